//! The features of a recording, frame by frame.

use super::deltas::deltas;
use super::mel::{Band, bands, cosines};
use super::{Sound, resample};
use realfft::{RealFftPlanner, RealToComplex};
use relume_datasets::DataError;
use relume_datasets::raw::{AudioFeatures, FeatureKind};
use relume_tensor::Tensor;
use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

/// The smallest energy; smaller ones are raised to it before decibels are taken.
const QUIETEST: f32 = 1e-10;
/// Decibels below the loudest band of a recording at which all bands are cut.
const RANGE: f32 = 80.0;

/// The options, with everything that all recordings share computed once.
pub struct Extractor {
    options: AudioFeatures,
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    hop: usize,
    bands: Vec<Band>,
    /// `[features, mels]`, for MFCC.
    cosines: Vec<f32>,
}

impl Extractor {
    /// Computes what all recordings share.
    ///
    /// # Errors
    /// Options that contradict each other, as a sentence.
    pub fn new(features: &AudioFeatures) -> Result<Self, String> {
        let samples =
            |milliseconds: f64| (milliseconds * f64::from(features.rate) / 1000.0).round();
        let (window, hop) = (samples(features.window) as usize, samples(features.hop) as usize);
        if window < 2 || hop < 1 {
            return Err(format!(
                "a window of {} ms every {} ms is too short for {} samples a second",
                features.window, features.hop, features.rate
            ));
        }
        let mels = match features.kind {
            FeatureKind::Mfcc => features.mels,
            FeatureKind::LogMel => features.features,
        };
        if features.features > mels {
            return Err(format!("{mels} mel bands give no {} coefficients", features.features));
        }
        let rate = f64::from(features.rate);
        let high = features.high.unwrap_or((rate / 2.0).floor());
        if !(0.0 <= features.low && features.low < high && high <= rate / 2.0) {
            return Err(format!(
                "bands from {} to {high} Hz do not lie between 0 and half of {rate} samples a second",
                features.low
            ));
        }
        let size = window.next_power_of_two();
        let hann = |i: usize| 0.5 - 0.5 * (2.0 * PI * i as f64 / window as f64).cos();
        // A window shorter than the transform is centred in it.
        let before = (size - window) / 2;
        let mut padded = vec![0.0; size];
        padded[before..][..window].iter_mut().enumerate().for_each(|(i, w)| *w = hann(i) as f32);
        Ok(Extractor {
            options: features.clone(),
            fft: RealFftPlanner::new().plan_fft_forward(size),
            window: padded,
            hop,
            bands: bands(mels, size / 2 + 1, rate, [features.low, high]),
            cosines: match features.kind {
                FeatureKind::Mfcc => cosines(features.features, mels),
                FeatureKind::LogMel => Vec::new(),
            },
        })
    }

    /// The options.
    pub fn options(&self) -> &AudioFeatures {
        &self.options
    }

    /// The features of a recording, `[frames, width]`: a frame for each hop that has begun, and one more.
    ///
    /// # Errors
    /// A recording too long for a tensor.
    pub fn features(&self, sound: &Sound) -> Result<Tensor, DataError> {
        let samples = resample(&sound.samples, sound.rate, self.options.rate);
        let energies = self.energies(&samples)?;
        let (bands, features) = (self.bands.len(), self.options.features);
        let mut levels = match self.options.kind {
            FeatureKind::LogMel => energies.iter().map(|x| (x + 1e-6).ln()).collect(),
            FeatureKind::Mfcc => self.cepstra(&energies),
        };
        let frames = energies.len() / bands;
        let mut parts = vec![std::mem::take(&mut levels)];
        for _ in 0..self.options.deltas {
            let last = parts.last().map(Vec::as_slice).unwrap_or_default();
            parts.push(deltas(last, features));
        }
        let width = self.options.width();
        let mut out = Tensor::uninit([frames, width]);
        for (frame, row) in out.data_mut().chunks_exact_mut(width).enumerate() {
            for (part, own) in parts.iter().zip(row.chunks_exact_mut(features)) {
                own.copy_from_slice(&part[frame * features..][..features]);
            }
        }
        Ok(out)
    }

    /// The energy in each band, `[frames, bands]`.
    fn energies(&self, samples: &[f32]) -> Result<Vec<f32>, DataError> {
        let size = self.window.len();
        let half = size / 2;
        // Mirroring needs more samples than it adds: shorter sounds are padded with silence.
        let length = samples.len().max(half + 1);
        let at = |i: isize| {
            let last = length as isize - 1;
            let i = if i < 0 { -i } else { i };
            let i = if i > last { 2 * last - i } else { i };
            samples.get(i as usize).copied().unwrap_or(0.0)
        };
        let frames = 1 + length / self.hop;
        let mut input = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        let mut energies = Vec::with_capacity(frames * self.bands.len());
        for frame in 0..frames {
            let first = (frame * self.hop) as isize - half as isize;
            for (i, (x, w)) in input.iter_mut().zip(&self.window).enumerate() {
                *x = at(first + i as isize) * w;
            }
            let done = self.fft.process_with_scratch(&mut input, &mut spectrum, &mut scratch);
            done.map_err(|error| DataError::Options(error.to_string()))?;
            energies.extend(self.bands.iter().map(|band| {
                let bins = spectrum[band.first..].iter().zip(&band.weights);
                bins.map(|(x, w)| x.norm_sqr() * w).sum::<f32>()
            }));
        }
        Ok(energies)
    }

    /// Energies in decibels, and their cosine transform.
    fn cepstra(&self, energies: &[f32]) -> Vec<f32> {
        let mut decibels: Vec<f32> =
            energies.iter().map(|x| 10.0 * x.max(QUIETEST).log10()).collect();
        let loudest = decibels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        decibels.iter_mut().for_each(|x| *x = x.max(loudest - RANGE));
        let bands = self.bands.len();
        let coefficients = |frame: &[f32]| -> Vec<f32> {
            let row = |row: &[f32]| row.iter().zip(frame).map(|(a, b)| a * b).sum();
            self.cosines.chunks_exact(bands).map(row).collect()
        };
        decibels.chunks_exact(bands).flat_map(coefficients).collect()
    }
}

impl fmt::Debug for Extractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Extractor").field(&self.options).finish()
    }
}
