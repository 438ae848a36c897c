//! The example of specifications from outside, compiled within the workspace; .ci/run builds it outside.

#[path = "../docs/examples/custom/src/lib.rs"]
mod custom;
