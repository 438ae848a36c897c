//! Files and folders: listing, decompression, and reading with an observer.

pub(crate) mod folder;
pub(crate) mod left_out;
pub(crate) mod packed;
pub(crate) mod pattern;
pub(crate) mod reading;
pub(crate) mod watched;
