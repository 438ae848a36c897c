//! Files of texts, and of word vectors.

mod files;
mod vectors;

pub use crate::files::folder::{Folder, Found};
pub(crate) use files::ENDINGS;
pub use files::{Encoding, folder, read_text};
pub use vectors::{Missing, WordVectors};
