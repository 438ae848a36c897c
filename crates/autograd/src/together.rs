//! What the shards of a batch tell each other while they pass through a network.

use std::fmt::Debug;
use thiserror::Error;

/// Sums over all shards of a batch (an all-reduce), seen from one shard.
///
/// A batch may be cut into shards, each of which passes through the network by itself, forward and backward, on one
/// process or several. An operation that needs numbers of the whole batch, such as batch normalisation with
/// `sync=true`, asks for them here.
///
/// An implementation keeps these promises:
///
/// - The numbers of the shards are added in an order that depends on the shards alone, not on their threads, their
///   processes or who came first. Every shard gets the same bits.
/// - A shard that fails, is interrupted or panics, before, within or after a sum, makes the sums that others wait for
///   fail too. Otherwise they would wait for ever.
///
/// The caller that runs the shards keeps these:
///
/// - All shards of the batch take part, with the same network and the same parameters frozen: so each makes the same
///   sums in the same order, forward and backward.
/// - A shard waits within a sum for the others, so each runs on a thread of its own and not as a task of a pool of
///   fewer threads.
/// - **The gradient is that of the whole batch's loss**: a shard's backward pass starts from the weight of its own loss
///   in the loss of the batch, not from 1. If the loss is a mean over samples, this is the number of the shard's
///   samples divided by the number of the batch's. The gradients of the parameters are then *summed* over the shards
///   and not weighed again. Gradients that are weighed after the backward pass would be wrong: those that pass through
///   the statistics of the batch mix the shards.
pub trait Together: Debug + Send + Sync {
    /// Adds up the numbers of all shards, each place by itself: afterwards `numbers` holds the sums.
    ///
    /// # Errors
    /// Another shard failed or cannot be reached, or gave another number of numbers. What `numbers` holds then is not
    /// defined.
    fn sum(&self, numbers: &mut [f64]) -> Result<(), TogetherError>;
}

/// Why a sum over the shards of a batch could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no sum over the shards of the batch: {0}")]
pub struct TogetherError(pub String);
