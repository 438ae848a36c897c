//! Attention with several heads as one operation (Vaswani and others, "Attention is all you need", 2017).
//!
//! For each head: softmax(Q K^T / sqrt(size) + mask) V, with Q = x W_q^T + b_q and so on; the concatenated results of
//! the heads go through the output projection.

use super::heads::{HeadGradients, Heads};
use crate::attention::rotation::rotate;
use crate::recurrent::lengths::check_lengths;
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Matrix, Tensor, TensorError, gemm, gemm_weight, threads};
use std::ops::{Range, RangeInclusive};

/// Inputs: queries `[batch, queries, width]`, the memory that they attend to `[batch, keys, width]`, `in_proj_weight`
/// `[3 width, width]` (for queries, keys, values), `out_proj.weight` `[width, width]`, a mask, dropout's factors, and
/// if there is a `bias`, `in_proj_bias` `[3 width]` and `out_proj.bias` `[width]`; optionally, as indices `[batch]`,
/// how many keys of each sample count. Output: `[batch, queries, width]`.
///
/// The mask is empty for none, otherwise `[queries, keys]` or `[batch, queries, keys]`: it is added to the scores, with
/// negative infinity for masked keys. Dropout's factors are empty for none, otherwise one for each probability `[batch,
/// heads, queries, keys]`. Neither has a gradient. A query with all keys masked gets zeros from its heads, as in
/// PyTorch's `scaled_dot_product_attention`, not NaN.
#[derive(Clone, Debug)]
pub struct MultiheadAttention {
    /// Heads; they divide the width.
    pub heads: usize,
    /// Whether biases are added.
    pub bias: bool,
    /// Whether a query attends only to keys up to its own step.
    pub causal: bool,
    /// The angles that rotate queries and keys by their step, from [`crate::ops::rotation_angles`].
    pub rotation: Option<Tensor>,
}

#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub batch: usize,
    pub queries: usize,
    pub keys: usize,
    pub width: usize,
    pub heads: usize,
    /// Numbers of a head.
    pub size: usize,
}

impl Sizes {
    /// Numbers of a sample's probabilities, queries, and keys with values.
    pub fn of_sample(&self) -> [usize; 3] {
        let Sizes { queries, keys, width, heads, .. } = *self;
        [heads * queries * keys, queries * width, keys * 2 * width]
    }

    /// Samples that one thread works on at a time.
    pub fn samples(&self) -> usize {
        threads::rows_per_piece(self.queries * self.keys, 2 * self.width)
    }

    pub fn scale(&self) -> f32 {
        1.0 / (self.size as f32).sqrt()
    }

    /// A head's part of rows that lie `stride` apart.
    pub fn head<'a>(
        &self,
        data: &'a [f32],
        rows: usize,
        stride: usize,
        head: usize,
    ) -> Result<Matrix<'a>, TensorError> {
        Matrix::with_stride(&data[head * self.size..], rows, self.size, stride)
    }
}

/// x W^T + b, or x W^T, for W's `own` rows.
fn project(
    x: &Tensor,
    weight: &Tensor,
    own: Range<usize>,
    bias: Option<&[f32]>,
) -> Result<Tensor, TensorError> {
    let (inputs, outputs) = (x.shape().tail(2).count(), own.len());
    let rows = x.count() / inputs;
    let mut out = Tensor::uninit([x.dims()[0], x.dims()[1], outputs]);
    if let Some(bias) = bias {
        out.data_mut().chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(bias));
    }
    let beta = if bias.is_some() { 1.0 } else { 0.0 };
    let x = Matrix::new(x.data(), rows, inputs)?;
    gemm_weight(x, weight, own, beta, out.data_mut())?;
    Ok(out)
}

impl MultiheadAttention {
    /// How many tensors come before the numbers of keys.
    fn tensor_count(&self) -> usize {
        if self.bias { 8 } else { 6 }
    }

    fn sizes(&self, inputs: Inputs<'_>) -> Result<Sizes, TensorError> {
        let operation = self.name();
        let (x, memory, mask) = (inputs[0], inputs[1], inputs[4]);
        let mismatch = |left: &Tensor, right: &Tensor| {
            let (left, right) = (left.shape(), right.shape());
            Err(TensorError::Mismatch { operation, left, right })
        };
        let (&[batch, queries, width], &[batch_of_keys, keys, width_of_keys]) =
            (x.dims(), memory.dims())
        else {
            return mismatch(x, memory);
        };
        if batch != batch_of_keys || width != width_of_keys || x.count() * memory.count() == 0 {
            return mismatch(x, memory);
        }
        for (weight, rows) in [(inputs[2], 3 * width), (inputs[3], width)] {
            if weight.dims() != [rows, width] {
                return mismatch(x, weight);
            }
        }
        for (&bias, count) in inputs[6..].iter().zip([3 * width, width]) {
            if bias.dims() != [count] {
                return mismatch(x, bias);
            }
        }
        if self.heads == 0 || !width.is_multiple_of(self.heads) {
            let (left, right) = (x.shape(), self.heads.into());
            return Err(TensorError::Mismatch { operation, left, right });
        }
        match *mask.dims() {
            _ if mask.count() == 0 => {}
            [a, b] if [a, b] == [queries, keys] => {}
            [a, b, c] if [a, b, c] == [batch, queries, keys] => {}
            _ => return mismatch(memory, mask),
        }
        let (heads, size) = (self.heads, width / self.heads);
        let sizes = Sizes { batch, queries, keys, width, heads, size };
        let dropout = inputs[5].count();
        if dropout != 0 && dropout != batch * sizes.of_sample()[0] {
            return mismatch(x, inputs[5]);
        }
        if let Some(angles) = &self.rotation
            && (angles.dims() != [angles.dims()[0], size] || angles.dims()[0] < queries.max(keys))
        {
            return mismatch(x, angles);
        }
        Ok(sizes)
    }

    /// The probabilities `[batch, heads, queries, keys]` among what the forward pass saved.
    pub(crate) fn probabilities<'a>(&self, saved: &'a Saved) -> Option<&'a Tensor> {
        saved.get(2)
    }

    fn rotate(&self, q: &mut Tensor, kv: &mut Tensor, sizes: Sizes, back: bool) {
        if let Some(angles) = &self.rotation {
            let Sizes { queries, keys, width, .. } = sizes;
            rotate(q.data_mut(), [width, width, queries], angles, back);
            rotate(kv.data_mut(), [2 * width, width, keys], angles, back);
        }
    }
}

impl Op for MultiheadAttention {
    fn name(&self) -> &'static str {
        "multihead_attention"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        let tensors = self.tensor_count();
        tensors..=tensors + 1
    }

    fn takes_indices(&self, place: usize) -> bool {
        place == self.tensor_count()
    }

    /// Saves queries, keys with values, probabilities, and the input of the output projection.
    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let sizes = self.sizes(inputs)?;
        check_lengths(self.name(), inputs, self.tensor_count(), inputs[1].shape())?;
        let Sizes { batch, queries, keys, width, heads, .. } = sizes;
        let (x, memory, weight) = (inputs[0], inputs[1], inputs[2]);
        let [in_bias, out_bias] =
            if self.bias { [Some(inputs[6].data()), Some(inputs[7].data())] } else { [None; 2] };
        let in_bias = in_bias.map(|bias| bias.split_at(width));
        let mut q = project(x, weight, 0..width, in_bias.map(|(q, _)| q))?;
        let mut kv = project(memory, weight, width..3 * width, in_bias.map(|(_, kv)| kv))?;
        self.rotate(&mut q, &mut kv, sizes, false);

        let [of_probabilities, of_queries, _] = sizes.of_sample();
        let samples = sizes.samples();
        let failed = threads::FirstError::default();
        let of_heads = Heads { op: self, sizes, inputs, q: q.data(), kv: kv.data() };
        let mut context = Tensor::uninit(x.shape());
        let mut probabilities = None;
        match saved.is_wanted() {
            false => threads::for_pieces(context.data_mut(), samples * of_queries, |i, out| {
                failed.keep(of_heads.attend(i, None, out));
            }),
            true => {
                let all = probabilities.insert(Tensor::uninit([batch, heads, queries, keys]));
                threads::for_pieces2(
                    threads::Pieces::new(all.data_mut(), samples * of_probabilities),
                    threads::Pieces::new(context.data_mut(), samples * of_queries),
                    |i, probabilities, out| {
                        failed.keep(of_heads.attend(i, Some(probabilities), out));
                    },
                );
            }
        }
        failed.into_result()?;
        let out = project(&context, inputs[3], 0..width, out_bias)?;
        if let Some(probabilities) = probabilities {
            [q, kv, probabilities, context].into_iter().for_each(|tensor| saved.push(tensor));
        }
        Ok(out)
    }

    /// The projections of queries, keys, values and outputs, the scores, and the sums of values.
    fn multiply_adds(&self, inputs: Inputs<'_>, _: &Tensor) -> u64 {
        let Ok(Sizes { batch, queries, keys, width, .. }) = self.sizes(inputs) else { return 0 };
        let projections = 2 * (queries + keys) * width * width;
        let attended = 2 * queries * keys * width;
        batch as u64 * (projections + attended) as u64
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let sizes = self.sizes(pass.inputs)?;
        let gradient = pass.take_gradient();
        let [q, kv, probabilities, context] = &pass.saved[..4] else {
            return Err(AutogradError::NotRecording);
        };
        let d_context = give_output_projection(pass, sizes, &gradient, context)?;
        let [_, of_queries, of_keys] = sizes.of_sample();
        let samples = sizes.samples();
        let (mut dq, mut dkv) = (Tensor::uninit(q.shape()), Tensor::uninit(kv.shape()));
        let of_heads = Heads { op: self, sizes, inputs: pass.inputs, q: q.data(), kv: kv.data() };
        let (probabilities, d_context) = (probabilities.data(), d_context.data());
        let failed = threads::FirstError::default();
        threads::for_pieces2(
            threads::Pieces::new(dq.data_mut(), samples * of_queries),
            threads::Pieces::new(dkv.data_mut(), samples * of_keys),
            |piece, dq, dkv| {
                let gradients = HeadGradients { probabilities, d_context, dq, dkv };
                failed.keep(of_heads.attend_back(piece, gradients));
            },
        );
        failed.into_result()?;
        self.rotate(&mut dq, &mut dkv, sizes, true);
        give_input_projection(pass, sizes, &dq, &dkv)
    }
}

/// Gives the gradients of the output projection's weight and bias; returns that of what it was given.
fn give_output_projection(
    pass: &mut Backward<'_>,
    sizes: Sizes,
    gradient: &Tensor,
    context: &Tensor,
) -> Result<Tensor, AutogradError> {
    let (rows, width) = (sizes.batch * sizes.queries, sizes.width);
    let d_out = Matrix::new(gradient.data(), rows, width)?;
    if pass.wants(3) {
        let mut dw = Tensor::uninit([width, width]);
        let context = Matrix::new(context.data(), rows, width)?;
        gemm(d_out.t(), context, 0.0, dw.data_mut())?;
        pass.give(3, dw);
    }
    let mut d_context = Tensor::uninit(gradient.shape());
    let out_weight = Matrix::new(pass.inputs[3].data(), width, width)?;
    gemm(d_out, out_weight, 0.0, d_context.data_mut())?;
    if pass.wants(7) {
        pass.give(7, gradient.reshape([rows, width])?.sum_axis(0)?);
    }
    Ok(d_context)
}

/// Gives the gradients of the inputs, and of the weight and the bias of their projection.
fn give_input_projection(
    pass: &mut Backward<'_>,
    sizes: Sizes,
    dq: &Tensor,
    dkv: &Tensor,
) -> Result<(), AutogradError> {
    let width = sizes.width;
    let (rows, rows_of_keys) = (sizes.batch * sizes.queries, sizes.batch * sizes.keys);
    let (query_weight, kv_weight) = pass.inputs[2].data().split_at(width * width);
    let d_query = Matrix::new(dq.data(), rows, width)?;
    let d_kv = Matrix::new(dkv.data(), rows_of_keys, 2 * width)?;
    if pass.wants(0) {
        let mut dx = Tensor::uninit(pass.inputs[0].shape());
        gemm(d_query, Matrix::new(query_weight, width, width)?, 0.0, dx.data_mut())?;
        pass.give(0, dx);
    }
    if pass.wants(1) {
        let mut dx = Tensor::uninit(pass.inputs[1].shape());
        gemm(d_kv, Matrix::new(kv_weight, 2 * width, width)?, 0.0, dx.data_mut())?;
        pass.give(1, dx);
    }
    if pass.wants(2) {
        let mut dw = Tensor::uninit([3 * width, width]);
        let (of_query, of_kv) = dw.data_mut().split_at_mut(width * width);
        let x = Matrix::new(pass.inputs[0].data(), rows, width)?;
        let memory = Matrix::new(pass.inputs[1].data(), rows_of_keys, width)?;
        gemm(d_query.t(), x, 0.0, of_query)?;
        gemm(d_kv.t(), memory, 0.0, of_kv)?;
        pass.give(2, dw);
    }
    if pass.wants(6) {
        let of_query = dq.reshape([rows, width])?.sum_axis(0)?;
        let of_kv = dkv.reshape([rows_of_keys, 2 * width])?.sum_axis(0)?;
        pass.give(6, Tensor::concat(&[&of_query, &of_kv], 0)?);
    }
    Ok(())
}
