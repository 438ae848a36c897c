//! Files and folders: listing, decompression, encodings, and reading with an observer.

pub(crate) mod decoded;
pub(crate) mod folder;
pub(crate) mod glob;
pub(crate) mod left_out;
pub(crate) mod memory;
pub(crate) mod names;
pub(crate) mod packed;
pub(crate) mod pattern;
pub(crate) mod reading;
pub(crate) mod watched;
