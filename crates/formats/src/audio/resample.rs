//! Resampling.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 6.0;
/// The cut-off frequency, as a part of the lower of both Nyquist frequencies.
const ROLLOFF: f64 = 0.99;

/// Samples at another rate, by a sinc under a Hann window: the defaults of torchaudio's `functional.resample` (six zero
/// crossings, a roll-off of 0.99). Smith, "Digital audio resampling", 2020, and torchaudio's documentation.
pub fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to || samples.is_empty() || from == 0 || to == 0 {
        return samples.to_vec();
    }
    let common = gcd(from, to);
    let (from, to) = ((from / common) as usize, (to / common) as usize);
    let base = from.min(to) as f64 * ROLLOFF;
    let width = (CROSSINGS * from as f64 / base).ceil() as usize;
    let length = (to * samples.len()).div_ceil(from);
    // A filter for each of the `to` output samples that take the place of `from` input samples, as many as there are.
    let filters: Vec<Filter> = (0..to.min(length))
        .map(|phase| Filter::new(phase, Ratio { from, to, base, width }))
        .collect();
    (0..length)
        .map(|i| {
            let filter = &filters[i % to];
            // Tap `width` is on the first of the `from` samples; beyond both ends there is silence.
            let first = (i / to * from + filter.first) as isize - width as isize;
            let skipped = usize::try_from(-first).unwrap_or(0);
            let own = samples.get(usize::try_from(first).unwrap_or(0)..).unwrap_or_default();
            let taps = filter.taps.get(skipped..).unwrap_or_default();
            taps.iter().zip(own).map(|(a, b)| a * b).sum()
        })
        .collect()
}

/// What all filters share.
#[derive(Clone, Copy)]
struct Ratio {
    from: usize,
    to: usize,
    /// The cut-off frequency, in halves of a period of `from` samples.
    base: f64,
    /// Samples to each side that a filter reaches.
    width: usize,
}

/// The taps of a filter that are not zero: most of the `2 width + from` are.
struct Filter {
    /// The first of them.
    first: usize,
    taps: Vec<f32>,
}

impl Filter {
    fn new(phase: usize, Ratio { from, to, base, width }: Ratio) -> Self {
        let middle = phase * from / to + width;
        let first = middle.saturating_sub(width);
        let last = (middle + width + 1).min(2 * width + from - 1);
        let tap = |tap: usize| {
            let place = (tap as f64 - width as f64) / from as f64;
            let t = ((place - phase as f64 / to as f64) * base).clamp(-CROSSINGS, CROSSINGS);
            let window = (t * PI / CROSSINGS / 2.0).cos().powi(2);
            let sinc = if t == 0.0 { 1.0 } else { (t * PI).sin() / (t * PI) };
            (sinc * window * base / from as f64) as f32
        };
        Filter { first, taps: (first..=last).map(tap).collect() }
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
