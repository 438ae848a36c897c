//! The layers for features, lines, images and volumes, and those that hold networks.

mod common;
mod half;
mod misuse;
mod noise;
mod promises;
mod refusals;
mod sharing;
mod steady;
mod threads;
