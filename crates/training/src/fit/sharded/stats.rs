//! What ranks tell each other after a batch.

use serde::{Deserialize, Serialize};

/// A shard that has passed through the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShardStats {
    /// Its mean loss.
    pub loss: f32,
    /// What the loss weighs in a mean over shards.
    pub weight: f64,
    /// The metric, summed over the samples.
    pub metric: f64,
    /// How many samples, or places with a class, loss and metric are a mean over.
    pub counted: u64,
    /// What is not finite: the loss if this is empty, or else the gradient of this parameter.
    pub broken: Option<String>,
}

/// What a rank tells of a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct RankStats {
    /// Its shards that have samples, in order.
    pub shards: Vec<ShardStats>,
    /// Why it could not go on.
    pub failed: Option<String>,
    /// Whether it was asked to stop.
    pub stops: bool,
}
