//! Recurrent layers over sequences: rnn, gru and lstm, stacked and bidirectional.

pub(crate) mod gru;
pub(crate) mod gru_cell;
pub(crate) mod lengths;
pub(crate) mod lstm;
pub(crate) mod lstm_op;
pub(crate) mod operands;
pub(crate) mod recurrence;
pub(crate) mod rnn;
pub(crate) mod rnn_cell;
pub(crate) mod sizes;
pub(crate) mod stack;

pub use gru::Gru;
pub use lstm::Lstm;
pub use rnn::Rnn;
pub use stack::{Output, RecurrentLayer, RecurrentOptions};
