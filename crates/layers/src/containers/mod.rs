//! Layers that hold networks: chains, residual connections, branches, shared weights.

pub(crate) mod chain;
pub(crate) mod concat;
pub(crate) mod residual;
pub(crate) mod shared;

pub use chain::Chain;
pub use concat::Concat;
pub use residual::Residual;
pub use shared::Shared;
