//! A file of named sections of any content: every byte is under a checksum.
//!
//! [`Writer`] writes sections one after the other, [`Container`] opens such a file and returns its sections one by one.
//! `docs/checkpoint.md` describes the bytes.

mod layout;
mod read;
mod write;

pub use layout::{Kind, MAGIC, VERSION, Version};
pub use read::Container;
pub(crate) use read::zeros;
pub use write::{Payload, Section, Writer};
