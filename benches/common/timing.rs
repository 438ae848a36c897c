//! How long a step takes.

use relume_tensor::{flush_denormals, threads};
use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy)]
pub struct Timing {
    /// Warm-up time before the measurement.
    pub warm_up: Duration,
    /// How often the steps are timed; the median counts.
    pub repetitions: usize,
    /// The minimum time of one repetition, which has at least two steps.
    pub repetition: Duration,
}

impl Timing {
    /// The settings of benches/pytorch.py.
    pub const COMPARISON: Timing = Timing {
        warm_up: Duration::from_millis(300),
        repetitions: 5,
        repetition: Duration::from_millis(200),
    };
}

/// The median time of a step, in microseconds.
pub fn time(timing: Timing, mut step: impl FnMut()) -> f64 {
    let seconds = |steps: usize, step: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..steps).for_each(|_| step());
        start.elapsed().as_secs_f64()
    };
    // Steps get faster during the warm-up, so the time of one is taken at its end.
    let (mut steps, mut each) = (1, seconds(1, &mut step));
    let start = Instant::now();
    while start.elapsed() < timing.warm_up {
        each = seconds(steps, &mut step) / steps as f64;
        steps = (0.02 / each).ceil().clamp(1.0, 1e6) as usize;
    }
    let steps = (timing.repetition.as_secs_f64() / each).ceil().max(2.0) as usize;
    let mut times: Vec<f64> =
        (0..timing.repetitions).map(|_| seconds(steps, &mut step) / steps as f64).collect();
    times.sort_by(f64::total_cmp);
    times[timing.repetitions / 2] * 1e6
}

/// Runs `work` as training runs: on a worker of `count` threads, denormals flushed.
pub fn on_threads<R: Send>(count: usize, work: impl FnOnce() -> R + Send) -> R {
    threads::set_threads(count).expect("threads");
    threads::run_awake(|| flush_denormals(work))
}

/// The value of an option on the command line.
pub fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

/// The number of threads in `RELUME_THREADS`, since criterion parses the command line itself.
pub fn threads_wanted() -> Option<usize> {
    let count = std::env::var("RELUME_THREADS").ok()?;
    Some(count.parse().expect("RELUME_THREADS is a number of threads"))
}
