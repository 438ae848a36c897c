#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod charts;
mod context;
mod curves;
mod data;
mod explanations;
mod findings;
mod hardest;
mod html;
mod inside;
mod network;
mod page;
mod picture;
mod report;
mod results;
mod samples;
mod statements;
mod svg;

pub use page::{LARGEST, MARK, Page, WrittenSection};
pub use report::{Report, Section};
