//! Relume's command language and prompt.

#![forbid(unsafe_code)]
