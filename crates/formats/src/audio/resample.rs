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
    let taps = 2 * width + from;
    // A filter for each of the `to` output samples that take the place of `from` input samples.
    let filters: Vec<f32> = (0..to)
        .flat_map(|phase| {
            (0..taps).map(move |tap| {
                let place = (tap as f64 - width as f64) / from as f64;
                let t = ((place - phase as f64 / to as f64) * base).clamp(-CROSSINGS, CROSSINGS);
                let window = (t * PI / CROSSINGS / 2.0).cos().powi(2);
                let sinc = if t == 0.0 { 1.0 } else { (t * PI).sin() / (t * PI) };
                (sinc * window * base / from as f64) as f32
            })
        })
        .collect();
    let length = (to * samples.len()).div_ceil(from);
    (0..length)
        .map(|i| {
            let (frame, phase) = (i / to, i % to);
            let first = frame * from;
            let filter = &filters[phase * taps..][..taps];
            // Tap `width` is on sample `first`; beyond both ends there is silence.
            let skipped = width.saturating_sub(first);
            let own = samples.get((first + skipped).saturating_sub(width)..).unwrap_or_default();
            filter[skipped..].iter().zip(own).map(|(a, b)| a * b).sum()
        })
        .collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
