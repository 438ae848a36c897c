//! The promises of the file format, tested from outside.

mod atomicity;
mod damage;
mod forgery;
mod golden;
mod newer;
mod refusals;
mod round_trip;
mod safetensors;
mod sample;
