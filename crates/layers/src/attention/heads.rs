//! The heads of some samples: what they give the output projection, and the gradients of queries, keys and values.

use super::attention_op::{MultiheadAttention, Sizes};
use crate::norm::sums::sums;
use crate::recurrent::lengths::length;
use relume_autograd::Inputs;
use relume_tensor::{Matrix, Tensor, TensorError, gemm_serial, simd};

/// What the heads read: queries, and keys with values, after their projections.
pub(super) struct Heads<'a> {
    pub op: &'a MultiheadAttention,
    pub sizes: Sizes,
    pub inputs: Inputs<'a>,
    pub q: &'a [f32],
    pub kv: &'a [f32],
}

/// What the backward pass reads of all samples, and writes of a piece of them.
pub(super) struct HeadGradients<'a> {
    pub probabilities: &'a [f32],
    /// The gradient of what the output projection was given.
    pub d_context: &'a [f32],
    pub dq: &'a mut [f32],
    pub dkv: &'a mut [f32],
}

/// Buffers of one head.
struct Scratch {
    scores: Tensor,
    /// The probabilities after dropout; empty without it.
    dropped: Tensor,
    rows: Tensor,
}

/// The gradients of one sample.
struct OfSample<'a> {
    d_context: &'a [f32],
    dq: &'a mut [f32],
    dkv: &'a mut [f32],
}

impl Heads<'_> {
    /// Writes what the output projection gets of a piece of samples, and their probabilities where they are wanted.
    pub fn attend(
        &self,
        piece: usize,
        mut probabilities: Option<&mut [f32]>,
        out: &mut [f32],
    ) -> Result<(), TensorError> {
        let Sizes { queries, keys, width, heads, size, .. } = self.sizes;
        let [of_probabilities, of_queries, of_keys] = self.sizes.of_sample();
        let Scratch { mut scores, mut dropped, mut rows } = self.scratch(queries);
        for (i, out) in out.chunks_exact_mut(of_queries).enumerate() {
            let sample = piece * self.sizes.samples() + i;
            let q = &self.q[sample * of_queries..];
            let kv = &self.kv[sample * of_keys..];
            for head in 0..heads {
                let scores = match probabilities.as_deref_mut() {
                    Some(all) => {
                        &mut all[i * of_probabilities + head * queries * keys..][..queries * keys]
                    }
                    None => scores.data_mut(),
                };
                let k = self.sizes.head(kv, keys, 2 * width, head)?;
                let v = self.sizes.head(&kv[width..], keys, 2 * width, head)?;
                gemm_serial(self.sizes.head(q, queries, width, head)?, k.t(), 0.0, scores)?;
                self.softmax(scores, sample);
                let used = match self.dropout(sample, head) {
                    [] => &*scores,
                    factors => {
                        simd::map2(scores, factors, dropped.data_mut(), |p, f| p * f);
                        dropped.data()
                    }
                };
                gemm_serial(Matrix::new(used, queries, keys)?, v, 0.0, rows.data_mut())?;
                put(rows.data(), size, out, width, head * size);
            }
        }
        Ok(())
    }

    /// Writes the gradients of queries, and of keys with values, of a piece of samples.
    pub fn attend_back(&self, piece: usize, all: HeadGradients<'_>) -> Result<(), TensorError> {
        let Sizes { queries, keys, heads, .. } = self.sizes;
        let [_, of_queries, of_keys] = self.sizes.of_sample();
        let mut scratch = self.scratch(queries.max(keys));
        let parts = all.dq.chunks_exact_mut(of_queries).zip(all.dkv.chunks_exact_mut(of_keys));
        for (i, (dq, dkv)) in parts.enumerate() {
            let sample = piece * self.sizes.samples() + i;
            let d_context = &all.d_context[sample * of_queries..];
            let mut own = OfSample { d_context, dq, dkv };
            for head in 0..heads {
                let at = (sample * heads + head) * queries * keys;
                let probabilities = &all.probabilities[at..][..queries * keys];
                self.head_back(sample, head, probabilities, &mut own, &mut scratch)?;
            }
        }
        Ok(())
    }

    fn head_back(
        &self,
        sample: usize,
        head: usize,
        probabilities: &[f32],
        own: &mut OfSample<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), TensorError> {
        let Sizes { queries, keys, width, size, .. } = self.sizes;
        let [_, of_queries, of_keys] = self.sizes.of_sample();
        let q = &self.q[sample * of_queries..];
        let kv = &self.kv[sample * of_keys..];
        let d_scores = scratch.scores.data_mut();
        let result = scratch.rows.data_mut();
        let dc = self.sizes.head(own.d_context, queries, width, head)?;
        let v = self.sizes.head(&kv[width..], keys, 2 * width, head)?;
        gemm_serial(dc, v.t(), 0.0, d_scores)?;
        let used = match self.dropout(sample, head) {
            [] => probabilities,
            factors => {
                simd::map2_in_place(d_scores, factors, |d, f| d * f);
                simd::map2(probabilities, factors, scratch.dropped.data_mut(), |p, f| p * f);
                scratch.dropped.data()
            }
        };
        let result_of_keys = &mut result[..keys * size];
        gemm_serial(Matrix::new(used, queries, keys)?.t(), dc, 0.0, result_of_keys)?;
        put(result_of_keys, size, own.dkv, 2 * width, width + head * size);
        self.softmax_back(d_scores, probabilities);
        let d_scores = Matrix::new(d_scores, queries, keys)?;
        let k = self.sizes.head(kv, keys, 2 * width, head)?;
        let q = self.sizes.head(q, queries, width, head)?;
        gemm_serial(d_scores.t(), q, 0.0, result_of_keys)?;
        put(result_of_keys, size, own.dkv, 2 * width, head * size);
        let result = &mut result[..queries * size];
        gemm_serial(d_scores, k, 0.0, result)?;
        put(result, size, own.dq, width, head * size);
        Ok(())
    }

    /// Buffers for one head with so many rows.
    fn scratch(&self, rows: usize) -> Scratch {
        let Sizes { queries, keys, size, .. } = self.sizes;
        let dropped = if self.inputs[5].count() > 0 { queries * keys } else { 0 };
        Scratch {
            scores: Tensor::uninit([queries, keys]),
            dropped: Tensor::uninit(dropped),
            rows: Tensor::uninit([rows, size]),
        }
    }

    /// Dropout's factors of a head's probabilities; empty for none.
    fn dropout(&self, sample: usize, head: usize) -> &[f32] {
        let Sizes { queries, keys, heads, .. } = self.sizes;
        match self.inputs[5].data() {
            [] => &[],
            factors => &factors[(sample * heads + head) * queries * keys..][..queries * keys],
        }
    }

    /// Scores to probabilities, for one head of one sample.
    fn softmax(&self, scores: &mut [f32], sample: usize) {
        let Sizes { queries, keys, .. } = self.sizes;
        let (scale, mask) = (self.sizes.scale(), self.inputs[4]);
        let length = length(self.inputs.indices(0), sample, keys);
        let added = match mask.rank() {
            _ if mask.count() == 0 => None,
            2 => Some(mask.data()),
            3 => Some(&mask.data()[sample * queries * keys..]),
            _ => None,
        };
        for (query, row) in scores.chunks_exact_mut(keys).enumerate() {
            let seen = if self.op.causal { length.min(query + 1) } else { length };
            let (row, unseen) = row.split_at_mut(seen);
            unseen.fill(0.0);
            match added {
                Some(added) => simd::map2_in_place(row, &added[query * keys..][..seen], |x, m| {
                    x.mul_add(scale, m)
                }),
                None => simd::map_in_place(row, |x| x * scale),
            }
            let most = simd::largest(row);
            if most == f32::NEG_INFINITY {
                row.fill(0.0);
                continue;
            }
            simd::map_in_place(row, |x| simd::exp(x - most));
            let sum = simd::sum(row);
            simd::map_in_place(row, |x| x / sum);
        }
    }

    /// From the gradient of the probabilities to that of the scores: dS = P (dP - sum(P dP)), row by row.
    fn softmax_back(&self, d_scores: &mut [f32], probabilities: &[f32]) {
        let (keys, scale) = (self.sizes.keys, self.sizes.scale());
        let lines = d_scores.chunks_exact_mut(keys);
        for (d, p) in lines.zip(probabilities.chunks_exact(keys)) {
            let [mean, _] = sums(d, p, |d, p| [d * p, 0.0]);
            let mean = mean as f32;
            simd::map2_in_place(d, p, |d, p| p * (d - mean) * scale);
        }
    }
}

/// Writes a head's rows into their place in rows that lie `stride` apart.
fn put(from: &[f32], size: usize, to: &mut [f32], stride: usize, at: usize) {
    for (from, to) in from.chunks_exact(size).zip(to.chunks_exact_mut(stride)) {
        to[at..at + size].copy_from_slice(from);
    }
}
