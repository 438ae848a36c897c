//! Every file of the corpus of saved networks, and many damaged forms of each, run through the bodies of their fuzz
//! targets: no panic, and no more memory than the file and 64 MiB.
#![cfg(unix)]

#[path = "../fuzz/src/checkpoints.rs"]
mod bodies;
#[path = "common/damaged.rs"]
mod damaged;

use damaged::check;

/// One test for all, since the counters are those of the whole process.
#[test]
fn saved_networks_and_damaged_ones_are_loaded_or_refused_in_little_memory() {
    check("checkpoint", bodies::checkpoint);
    check("specification", bodies::specification);
    check("safetensors", bodies::safetensors);
}
