//! Every file of the readers' corpus, and many damaged forms of each, run through the bodies of their fuzz targets: no
//! panic, and no more memory than the file and 64 MiB.
#![cfg(unix)]

#[path = "../fuzz/src/readers.rs"]
mod bodies;

#[path = "common/damaged.rs"]
mod damaged;

use damaged::check;

/// One test for all, since the counters are those of the whole process.
#[test]
fn files_of_the_corpus_and_damaged_ones_are_read_or_refused_in_little_memory() {
    check("csv", bodies::csv);
    check("json", bodies::json);
    check("picture", bodies::picture);
    check("sound", bodies::sound);
    check("npz", bodies::npz);
    check("archive", bodies::archive);
}
