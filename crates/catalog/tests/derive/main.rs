//! The code that `#[derive(Spec)]` and `#[derive(Choice)]` write.

mod checks;
mod construction;
mod entries;
mod files;
mod specs;
mod text;
