//! TensorFlow's messages, as far as they are written: field numbers are those of its .proto files.

pub mod graph;
pub mod hparams;
pub mod summary;

use prost::{Message, Oneof};

/// `tensorflow.Event` (core/util/event.proto).
#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    #[prost(int64, tag = "2")]
    pub step: i64,
    #[prost(oneof = "What", tags = "3, 4, 5")]
    pub what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum What {
    /// `brain.Event:2`, in the first event of a file.
    #[prost(string, tag = "3")]
    FileVersion(String),
    /// A [`graph::GraphDef`].
    #[prost(bytes = "vec", tag = "4")]
    GraphDef(Vec<u8>),
    #[prost(message, tag = "5")]
    Summary(summary::Summary),
}
