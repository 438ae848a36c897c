//! A file of named sections, whatever they hold: every byte is under a checksum.
//!
//! [`Writer`] lays sections out one behind the other, [`Container`] opens such a file and hands the sections
//! out one by one. `docs/checkpoint.md` describes the bytes.

mod layout;
mod read;
mod write;

pub use layout::{Kind, MAGIC, VERSION};
pub use read::Container;
pub use write::{Payload, Section, Writer};
