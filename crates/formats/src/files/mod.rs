//! Files and folders: what is found in them, bytes that are packed, and reading that is watched.

pub(crate) mod folder;
pub(crate) mod packed;
pub(crate) mod pattern;
pub(crate) mod reading;
pub(crate) mod watched;
