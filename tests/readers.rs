//! Every file of the readers' corpus, and many damaged forms of each, run through the bodies of their fuzz targets: no
//! panic, and no more memory than the file and 64 MiB.
#![cfg(unix)]

#[path = "../fuzz/src/readers.rs"]
mod bodies;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What is allocated now, and the most that was since it was last set back.
static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call is passed on to the system's allocator unchanged; only counters are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of this function, which is that of the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from `alloc` above, which is the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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

fn run(target: &str, name: &str, body: fn(&[u8]), bytes: &[u8]) {
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let began = Instant::now();
    body(bytes);
    let taken = MOST.load(Ordering::Relaxed).saturating_sub(before);
    assert!(taken < bytes.len() + BESIDE, "{target}/{name}: {taken} bytes of memory");
    assert!(began.elapsed() < LONGEST, "{target}/{name}: {:?}", began.elapsed());
}

fn check(target: &str, body: fn(&[u8])) {
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
