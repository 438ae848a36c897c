//! Files of a fuzz target's corpus and damaged forms of each, run through the body of the target with every allocation
//! counted: no panic, and no more memory than the file and 64 MiB.

#[path = "counting.rs"]
mod counting;

use std::path::Path;
use std::time::{Duration, Instant};

/// What a file may take beside its own size.
const BESIDE: usize = 64 << 20;
/// A file may take this long, on a machine that does other things too.
const LONGEST: Duration = Duration::from_secs(20);
/// How many damaged forms of each file are read.
const DAMAGED: u64 = 60;

/// Numbers that depend on a seed alone (Marsaglia, "Xorshift RNGs").
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// The bytes with a few of them changed, removed or doubled.
fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut own = bytes.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(own.len());
        match (numbers.below(5), own.is_empty()) {
            (_, true) => own.push(numbers.below(256) as u8),
            (0, _) => own[at] = numbers.below(256) as u8,
            (1, _) => own[at] = [0, 1, 0x7f, 0x80, 0xff][numbers.below(5)],
            (2, _) => own.truncate(at),
            (3, _) => {
                own.remove(at);
            }
            _ => {
                let end = (at + 1 + numbers.below(16)).min(own.len());
                let part = own[at..end].to_vec();
                own.splice(at..at, part);
            }
        }
    }
    own
}

/// Names the file whose body panics.
struct Named<'a>(&'a str);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("while reading {}", self.0);
        }
    }
}

/// Runs bytes through the body of a target.
pub fn run(target: &str, name: &str, body: fn(&[u8]), bytes: &[u8]) {
    let _named = Named(name);
    let before = counting::begin();
    let began = Instant::now();
    body(bytes);
    let taken = counting::most().saturating_sub(before);
    assert!(taken < bytes.len() + BESIDE, "{target}/{name}: {taken} bytes of memory");
    assert!(began.elapsed() < LONGEST, "{target}/{name}: {:?}", began.elapsed());
}

/// Runs each file of a target's corpus through its body, and damaged forms of each.
pub fn check(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        run(target, &name, body, &bytes);
        for seed in 0..DAMAGED {
            run(target, &format!("{name}, damaged by {seed}"), body, &damaged(&bytes, seed + 1));
        }
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} files of {target}");
}
