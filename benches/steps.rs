//! The training and inference steps of all networks of benches/common: `cargo bench --bench steps [-- FILTER]`.
//!
//! On one and on two threads, or on as many as `RELUME_THREADS` says.

mod common;

use common::timing::{on_threads, threads_wanted};
use common::workloads::WORKLOADS;
use criterion::{Criterion, SamplingMode};
use std::time::Duration;

fn main() {
    for threads in threads_wanted().map_or(vec![1, 2], |threads| vec![threads]) {
        on_threads(threads, || {
            let mut criterion = Criterion::default()
                .sample_size(10)
                .warm_up_time(Duration::from_millis(500))
                .measurement_time(Duration::from_secs(2))
                .configure_from_args();
            let mut group = criterion.benchmark_group(format!("step on {threads}"));
            group.sampling_mode(SamplingMode::Flat);
            for workload in WORKLOADS {
                let mut step = None;
                group.bench_function(workload.name, |bencher| {
                    let step = step.get_or_insert_with(|| workload.step());
                    bencher.iter(|| step.run());
                });
            }
            group.finish();
        });
    }
}
