//! Image folders: what is found, how it is decoded, what is refused, and how images are varied.

mod augmentation;
mod decoding;
mod folders;
mod formats;
mod labels;
mod masks;
mod support;
mod turned;
mod varied;
