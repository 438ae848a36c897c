//! The states of a sample, blank, label, blank, label ... blank, and the recursions over them in time. All are
//! logarithms. Equations are numbered as in section 4.1 of the paper.

use super::samples::{FRONT, Samples};
use relume_tensor::simd::{Kernel, dispatch};
use relume_tensor::{Indices, Tensor, simd};

const NEVER: f32 = f32::NEG_INFINITY;

/// A sample's states.
pub(super) struct Lattice<'a> {
    samples: &'a Samples<'a>,
    sample: usize,
    labels: Indices,
    /// 0 if a state may be entered past the blank before it, that is from the label before; minus infinity otherwise.
    skips: Tensor,
    /// The logarithms of the states' probabilities at the current time step.
    emissions: Tensor,
}

/// The logarithm of the sum of three exponentials.
#[inline(always)]
fn log_sum(a: f32, b: f32, c: f32) -> f32 {
    let most = if b > a { b } else { a };
    let most = if c > most { c } else { most };
    // For minus infinities only, the differences would be NaN.
    let most = if most == NEVER { 0.0 } else { most };
    simd::ln(simd::exp(a - most) + simd::exp(b - most) + simd::exp(c - most)) + most
}

/// One time step of a recursion: equations 6 and 7 forward, 10 and 11 backward with the states reversed.
struct Step<'a> {
    /// At the time before (or after): the state itself, its neighbour, and the next one.
    stay: &'a [f32],
    next: &'a [f32],
    skip: &'a [f32],
    skips: &'a [f32],
    emissions: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Step<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let from = self.stay.iter().zip(self.next).zip(self.skip);
        let from = from.zip(self.skips).zip(self.emissions);
        for (out, ((((stay, next), skip), may_skip), emission)) in self.out.iter_mut().zip(from) {
            *out = log_sum(*stay, *next, skip + may_skip) + emission;
        }
    }
}

impl<'a> Lattice<'a> {
    pub fn new(samples: &'a Samples<'a>, sample: usize) -> Self {
        let places = samples.labels(sample);
        let labels = Indices::from_fn(places.len(), |i| samples.label(places.start + i));
        let count = 2 * labels.count() + 1;
        let mut skips = Tensor::full(count, NEVER);
        let places = skips.data_mut().iter_mut().skip(3).step_by(2);
        for (place, pair) in places.zip(labels.data().windows(2)) {
            if pair[0] != pair[1] {
                *place = 0.0;
            }
        }
        Lattice { samples, sample, labels, skips, emissions: Tensor::uninit(count) }
    }

    /// Gathers the probabilities of the states at a time step.
    fn emit(&mut self, step: usize) {
        let logs = self.samples.log_probs(self.sample, step);
        let blank = logs[self.samples.blank];
        let out = self.emissions.data_mut();
        out[0] = blank;
        for (pair, &label) in out[1..].chunks_exact_mut(2).zip(self.labels.data()) {
            pair.copy_from_slice(&[logs[label as usize], blank]);
        }
    }

    /// Writes the forward variables, a row of `width` for each time step, with [`FRONT`] unreachable states first.
    pub fn forwards(&mut self, alphas: &mut [f32], width: usize) {
        let count = self.skips.count();
        for step in 0..self.samples.length(self.sample) {
            self.emit(step);
            let (before, rest) = alphas.split_at_mut(step * width);
            let (front, row) = rest[..FRONT + count].split_at_mut(FRONT);
            front.fill(NEVER);
            if step == 0 {
                row.fill(NEVER);
                let starts = count.min(2);
                row[..starts].copy_from_slice(&self.emissions.data()[..starts]);
                continue;
            }
            let before = &before[(step - 1) * width..];
            dispatch(Step {
                stay: &before[2..],
                next: &before[1..],
                skip: before,
                skips: self.skips.data(),
                emissions: self.emissions.data(),
                out: row,
            });
        }
    }

    /// Writes the gradient with respect to the logits before log_softmax, times `g`, a row of classes for each time
    /// step: the probability of each class minus its probability given the labels (equation 16).
    pub fn backwards(
        &mut self,
        (alphas, width): (&[f32], usize),
        loss: f32,
        g: f32,
        out: &mut [f32],
    ) {
        let count = self.skips.count();
        let classes = self.samples.classes;
        let length = self.samples.length(self.sample);
        // The backward variables of two time steps, alternating; with two unreachable states after the last.
        let mut now = Tensor::full(count + FRONT, NEVER);
        let mut later = Tensor::full(count + FRONT, NEVER);
        // Whether a state may be left past the blank after it: whether the label there may be entered so.
        let mut skips = Tensor::full(count, NEVER);
        if count > 2 {
            skips.data_mut()[..count - 2].copy_from_slice(&self.skips.data()[2..]);
        }
        for step in (0..length).rev() {
            self.emit(step);
            let betas = &mut now.data_mut()[..count];
            if step == length - 1 {
                let ends = count.saturating_sub(2);
                betas[ends..].copy_from_slice(&self.emissions.data()[ends..]);
            } else {
                let later = later.data();
                dispatch(Step {
                    stay: later,
                    next: &later[1..],
                    skip: &later[2..],
                    skips: skips.data(),
                    emissions: self.emissions.data(),
                    out: betas,
                });
            }
            // Both variables contain the probability of the time step itself, so it is divided out once. Unreachable
            // states have none.
            let alphas = &alphas[step * width + FRONT..][..count];
            let ways = self.emissions.data_mut();
            simd::map2_in_place(
                ways,
                betas,
                |own, beta| {
                    if beta == NEVER { NEVER } else { beta - own }
                },
            );
            simd::map2_in_place(ways, alphas, |way, alpha| {
                let way = if alpha == NEVER { NEVER } else { way + alpha };
                simd::exp(way + loss)
            });
            let out = &mut out[step * classes..][..classes];
            simd::map(self.samples.log_probs(self.sample, step), out, simd::exp);
            out[self.samples.blank] -= ways[0];
            for (pair, &label) in ways[1..].chunks_exact(2).zip(self.labels.data()) {
                out[label as usize] -= pair[0];
                out[self.samples.blank] -= pair[1];
            }
            simd::map_in_place(out, |x| x * g);
            std::mem::swap(&mut now, &mut later);
        }
    }
}

/// The logarithm of the probability of a sample's labels (equation 8).
pub(super) fn log_likelihood(
    samples: &Samples<'_>,
    sample: usize,
    alphas: &[f32],
    width: usize,
) -> f32 {
    let labels = samples.labels(sample).len();
    let Some(last) = samples.length(sample).checked_sub(1) else {
        return if labels == 0 { 0.0 } else { NEVER };
    };
    let row = &alphas[last * width + FRONT..];
    match labels {
        0 => row[0],
        _ => log_sum(row[2 * labels], row[2 * labels - 1], NEVER),
    }
}
