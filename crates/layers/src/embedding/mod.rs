//! Embeddings: rows of a table looked up by index, and the padding of sequences.

pub(crate) mod embedding_bag;
pub(crate) mod embedding_op;
pub(crate) mod lookup;
pub(crate) mod masking;
pub(crate) mod table;

pub use embedding_bag::{EmbeddingBag, Pooling};
pub use lookup::Embedding;
pub use masking::Masking;
pub use table::{EmbeddingOptions, EmbeddingTable};
