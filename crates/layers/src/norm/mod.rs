//! Normalisation by the statistics of a batch, a sample or a group of channels.

pub(crate) mod batchnorm;
pub(crate) mod batchnorm_op;
pub(crate) mod groupnorm;
pub(crate) mod layernorm;
pub(crate) mod local_response_norm;
pub(crate) mod local_response_norm_op;
pub(crate) mod row_norm;
pub(crate) mod sums;
pub(crate) mod sync_batchnorm_op;

pub use batchnorm::{Batchnorm, Momentum};
pub use groupnorm::{Groupnorm, Instancenorm};
pub use layernorm::{Layernorm, Rmsnorm};
pub use local_response_norm::LocalResponseNorm;
