//! The workloads of the comparison with PyTorch, one JSON line each: `cargo bench --bench workloads -- [--threads N]
//! [--only a,b]`.
//!
//! Each result is the median of several repetitions, in microseconds per step, after a warm-up. benches/pytorch.py does
//! the same with PyTorch, and benches/compare.py runs the two in turns.

mod common;

use common::step::Step;
use common::timing::{Timing, on_threads, option, time};
use common::workloads::{WORKLOADS, activations};
use relume_layers::NetworkSpec;
use relume_tensor::{Rng, threads};

const GEMMS: [usize; 6] = [64, 128, 256, 512, 1024, 2048];
/// Four million numbers.
const NUMBERS: [usize; 2] = [4096, 1024];

fn report(name: &str, step: impl FnMut()) {
    let microseconds = time(Timing::COMPARISON, step);
    let threads = threads::threads();
    println!("{{\"workload\": \"{name}\", \"us\": {microseconds:.2}, \"threads\": {threads}}}");
}

fn measure(only: Option<&str>) {
    let is_wanted = |name: &str, group: &str| {
        only.is_none_or(|only| only.split(',').any(|wanted| wanted == name || wanted == group))
    };
    for workload in WORKLOADS.iter().filter(|workload| is_wanted(workload.name, "networks")) {
        let mut step = workload.step();
        report(workload.name, || step.run());
    }
    for (name, spec) in activations().filter(|(name, _)| is_wanted(name, "activations")) {
        let mut step = Step::inference_of(&NetworkSpec::new(vec![spec.into()]), &NUMBERS);
        report(name, || step.run());
    }
    for size in GEMMS {
        let name = format!("gemm{size}");
        if is_wanted(&name, "gemm") {
            let [p, q] = [1, 2].map(|seed| Rng::new(seed).normal_tensor([size, size], 0.0, 1.0));
            report(&name, || drop(p.matmul(&q).expect("a product")));
        }
    }
}

fn main() {
    let count = option("--threads").map_or(2, |count| count.parse().expect("a number of threads"));
    let only = option("--only");
    on_threads(count, || measure(only.as_deref()));
}
