//! A steady step, in training or inference, allocates nothing: buffers come from the pools of the threads.
//!
//! Every allocation of every thread of this program is counted, so it holds a single test.

#[path = "../benches/common/mod.rs"]
mod common;

use common::step::network;
use common::timing::on_threads;
use common::workloads::{CNN, TEXT, VGG, WORKLOADS, Workload};
use relume_datasets::augmentations::{Mixup, Noise};
use relume_datasets::{AugmentationSpec, Dataset, Split, Targets};
use relume_tensor::{Rng, Shape, threads};
use relume_training::{Interrupt, Model, Observer, Outcome, Plan, Progress, Silent, fit};
use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

/// The system's allocator, with a counter.
struct Counting;

static IS_COUNTING: AtomicBool = AtomicBool::new(false);
static SEEN: Mutex<Seen> = Mutex::new(Seen { count: 0, first: None });

/// The number of allocations while counting.
struct Seen {
    count: usize,
    /// The place of the first one.
    first: Option<String>,
}

/// Waits for a thread that is recording where its allocation came from.
fn seen() -> MutexGuard<'static, Seen> {
    SEEN.lock().expect("no panic")
}

thread_local! {
    /// Whether this thread is recording where an allocation came from, which itself allocates.
    static IS_NOTING: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread's pool is no longer in use: its workers end at some later time, and that allocates.
    static IS_RETIRED: Cell<bool> = const { Cell::new(false) };
}

fn note() {
    if !IS_COUNTING.load(Ordering::SeqCst) || IS_RETIRED.get() || IS_NOTING.replace(true) {
        return;
    }
    let mut seen = seen();
    seen.count += 1;
    seen.first.get_or_insert_with(|| Backtrace::force_capture().to_string());
    drop(seen);
    IS_NOTING.set(false);
}

// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn start_counting() {
    *seen() = Seen { count: 0, first: None };
    IS_COUNTING.store(true, Ordering::SeqCst);
}

fn stop_counting() {
    IS_COUNTING.store(false, Ordering::SeqCst);
}

/// Runs `work` on a pool of its own, whose workers no longer count when it is done.
fn on_own_threads(count: usize, work: impl FnOnce() + Send) {
    on_threads(count, || {
        work();
        threads::on_every_thread(|| IS_RETIRED.set(true));
    });
}

/// Refuses allocations that were counted, with the place of the first one.
fn assert_none(what: &str) {
    let Seen { count, first } = &*seen();
    let Some(first) = first else { return };
    panic!("{what} allocates {count} times; for the first time here:\n{first}");
}

/// Steps in which the pools fill, and steps that are counted.
const WARM_UP: usize = 2;
const COUNTED: usize = 3;

/// Batches that are quick in a development build.
fn small(workload: &Workload) -> usize {
    let most = match workload.network {
        VGG => 2,
        _ if workload.sample.len() > 1 => 8,
        _ => 64,
    };
    workload.batch.min(most)
}

fn steps_allocate_nothing(workload: &Workload, threads: usize) {
    on_own_threads(threads, || {
        let warm = || {
            let mut step = workload.step_of(small(workload));
            (0..WARM_UP).for_each(|_| step.run());
            step
        };
        // On every thread: otherwise it is up to chance when one first gets a piece of some size, and allocates for it.
        threads::on_every_thread(|| drop(warm()));
        let mut step = warm();
        start_counting();
        (0..COUNTED).for_each(|_| step.run());
        stop_counting();
    });
    assert_none(&format!("a step of {} on {threads} threads", workload.name));
}

/// Counts from the first batch of the second epoch to the last one.
struct FromSecondEpoch;

impl Observer for FromSecondEpoch {
    fn batch(&mut self, progress: &Progress) {
        match (progress.epoch, progress.batch) {
            (2, 1) => start_counting(),
            (2, batch) if batch == progress.batches => stop_counting(),
            _ => {}
        }
    }
}

/// Classifiers for the test of the training loop.
#[rustfmt::skip]
const TRAINED: &[Workload] = &[
    Workload { name: "text", network: TEXT, batch: 64, sample: &[300], loss: None },
    Workload { name: "cnn", network: CNN, batch: 8, sample: &[3, 32, 32], loss: None },
    Workload { name: "vgg", network: VGG, batch: 2, sample: &[3, 16, 16], loss: None },
    Workload { name: "lstm", network: "lstm(120) -> dropout(0.2) -> flatten -> \
        dense(10)", batch: 8, sample: &[20, 40], loss: None },
];

fn training_allocates_nothing(workload: &Workload, stages: &[AugmentationSpec], threads: usize) {
    let samples = 4 * small(workload);
    let sizes: Vec<usize> =
        std::iter::once(samples).chain(workload.sample.iter().copied()).collect();
    let network = network(workload.network, &sizes);
    let classes = network.output().count();
    let inputs = Rng::new(1).normal_tensor(Shape::new(&sizes).expect("a shape"), 0.0, 1.0);
    let targets = Targets::Classes {
        names: (0..classes).map(|class| class.to_string()).collect(),
        labels: (0..samples).map(|i| i % classes).collect(),
    };
    let split = Split { train: (0..samples).collect(), test: Vec::new(), ..Split::default() };
    let data = Dataset::new(workload.name, inputs, targets, split).expect("a data set");
    let data = stages.iter().cloned().try_fold(data, Dataset::augmented).expect("it is varied");
    let plan = Plan { batch: small(workload), ..Plan::for_data(&data, 2) };
    let run = |observer: &mut dyn Observer| {
        let mut model = Model::new(network.spec().clone(), 1);
        let outcome = fit(&mut model, &data, &plan, observer, &Interrupt::default());
        assert_eq!(outcome.expect("a run"), Outcome::Finished);
    };
    on_own_threads(threads, || {
        threads::on_every_thread(|| run(&mut Silent));
        run(&mut FromSecondEpoch);
    });
    assert_none(&format!("training {} on {threads} threads", workload.name));
}

#[test]
fn a_steady_step_allocates_nothing() {
    for threads in [1, 2] {
        for workload in WORKLOADS {
            steps_allocate_nothing(workload, threads);
        }
        for workload in TRAINED {
            training_allocates_nothing(workload, &[], threads);
        }
        for workload in &TRAINED[2..] {
            let stages = [Noise { std: 0.1 }.into(), Mixup { alpha: 0.2 }.into()];
            training_allocates_nothing(workload, &stages, threads);
        }
    }
}
