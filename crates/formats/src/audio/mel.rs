//! The mel scale, and the cosine transform that follows it.

use std::f64::consts::PI;

/// A frequency in Hz on the mel scale: 2595 log10(1 + f / 700). O'Shaughnessy, "Speech communication", 1987; HTK's
/// formula.
fn mel(hertz: f64) -> f64 {
    2595.0 * (1.0 + hertz / 700.0).log10()
}

fn hertz(mel: f64) -> f64 {
    700.0 * (10f64.powf(mel / 2595.0) - 1.0)
}

/// A band of frequencies: where it begins among the bins of a spectrum, and the weight of each bin from there.
#[derive(Debug)]
pub(super) struct Band {
    pub first: usize,
    pub weights: Vec<f32>,
}

/// Triangles evenly spaced on the mel scale between two frequencies, over `bins` from 0 to half the rate. Not
/// normalised by their areas, as in torchaudio by default.
pub(super) fn bands(count: usize, bins: usize, rate: f64, [low, high]: [f64; 2]) -> Vec<Band> {
    let (first, last) = (mel(low), mel(high));
    let edge = |i: usize| hertz(first + (last - first) * i as f64 / (count + 1) as f64);
    // torchaudio halves the rate as a whole number.
    let frequency = |bin: usize| (rate / 2.0).floor() * bin as f64 / (bins - 1) as f64;
    let band = |i: usize| {
        let [left, middle, right] = [edge(i), edge(i + 1), edge(i + 2)];
        let weight = |bin: usize| {
            let f = frequency(bin);
            ((f - left) / (middle - left)).min((right - f) / (right - middle)).max(0.0) as f32
        };
        let inside = |&bin: &usize| weight(bin) > 0.0;
        let first = (0..bins).find(inside).unwrap_or(0);
        let weights = (first..bins).take_while(inside).map(weight).collect();
        Band { first, weights }
    };
    (0..count).map(band).collect()
}

/// The orthonormal cosine transform (DCT-II) `[coefficients, inputs]`.
pub(super) fn cosines(coefficients: usize, inputs: usize) -> Vec<f32> {
    let entry = |k: usize, n: usize| {
        let scale =
            if k == 0 { (1.0 / inputs as f64).sqrt() } else { (2.0 / inputs as f64).sqrt() };
        (scale * (PI / inputs as f64 * (n as f64 + 0.5) * k as f64).cos()) as f32
    };
    (0..coefficients).flat_map(|k| (0..inputs).map(move |n| entry(k, n))).collect()
}
