//! Every file of the corpus of saved networks, and many damaged forms of each, run through the bodies of their fuzz
//! targets: no panic, and no more memory than the file and 64 MiB.
#![cfg(unix)]

#[path = "../fuzz/src/checkpoints.rs"]
mod bodies;
#[path = "common/damaged.rs"]
mod damaged;

use damaged::{check, run};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// One test for all, since the counters are those of the whole process.
#[test]
fn saved_networks_and_damaged_ones_are_loaded_or_refused_in_little_memory() {
    check_all("checkpoint", bodies::checkpoint);
    check_all("specification", bodies::specification);
    check_all("safetensors", bodies::safetensors);
}

fn check_all(target: &str, body: fn(&[u8])) {
    check(target, body);
    check_found(target, body);
}

/// Runs each input that fuzzing has found, all of a target's packed together, through its body.
fn check_found(target: &str, body: fn(&[u8])) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/found/{target}.zip"));
    let mut found =
        zip::ZipArchive::new(File::open(path).expect("the inputs")).expect("a zip file");
    for place in 0..found.len() {
        let mut entry = found.by_index(place).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        run(target, &entry.name().expect("a name"), body, &bytes);
    }
    assert!(found.len() >= 1000, "only {} inputs of {target}", found.len());
}
