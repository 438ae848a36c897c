//! Element-wise passes over tensors, spread over threads.

use crate::simd;
use crate::threads::{PIECE, for_pieces};
use crate::{Shape, Tensor, TensorError};

impl Tensor {
    /// A tensor of `f` of each number.
    pub fn map(&self, f: impl Fn(f32) -> f32 + Sync) -> Tensor {
        let mut out = Tensor::uninit(self.shape());
        let from = self.data();
        for_pieces(out.data_mut(), PIECE, |i, to| {
            simd::map(&from[i * PIECE..][..to.len()], to, &f);
        });
        out
    }

    /// Replaces each number by `f` of it.
    pub fn map_in_place(&mut self, f: impl Fn(f32) -> f32 + Sync) {
        for_pieces(self.data_mut(), PIECE, |_, part| simd::map_in_place(part, &f));
    }

    /// A tensor of `f` of each pair of numbers of two tensors of the same shape.
    ///
    /// # Errors
    /// The shapes differ. The error names the `operation`.
    pub fn zip(
        &self,
        other: &Tensor,
        operation: &'static str,
        f: impl Fn(f32, f32) -> f32 + Sync,
    ) -> Result<Tensor, TensorError> {
        same_shape(self.shape(), other.shape(), operation)?;
        let mut out = Tensor::uninit(self.shape());
        let (a, b) = (self.data(), other.data());
        for_pieces(out.data_mut(), PIECE, |i, to| {
            let at = i * PIECE..i * PIECE + to.len();
            simd::map2(&a[at.clone()], &b[at], to, &f);
        });
        Ok(out)
    }

    /// Replaces each number by `f` of it and the corresponding number of the other tensor.
    ///
    /// # Errors
    /// The shapes differ. The error names the `operation`.
    pub fn zip_in_place(
        &mut self,
        other: &Tensor,
        operation: &'static str,
        f: impl Fn(f32, f32) -> f32 + Sync,
    ) -> Result<(), TensorError> {
        same_shape(self.shape(), other.shape(), operation)?;
        let b = other.data();
        for_pieces(self.data_mut(), PIECE, |i, part| {
            simd::map2_in_place(part, &b[i * PIECE..][..part.len()], &f);
        });
        Ok(())
    }

    /// Adds another tensor of the same shape to this one.
    ///
    /// # Errors
    /// The shapes differ.
    pub fn add_assign(&mut self, other: &Tensor) -> Result<(), TensorError> {
        self.zip_in_place(other, "addition", |a, b| a + b)
    }

    /// Multiplies every number by a factor.
    pub fn scale(&mut self, factor: f32) {
        self.map_in_place(|x| x * factor);
    }

    /// Whether no number is infinite or NaN.
    pub fn is_finite(&self) -> bool {
        // A finite sum proves it at the speed of memory. After an overflow each number is checked.
        self.sum().is_finite() || self.data().iter().all(|x| x.is_finite())
    }
}

fn same_shape(left: Shape, right: Shape, operation: &'static str) -> Result<(), TensorError> {
    match left == right {
        true => Ok(()),
        false => Err(TensorError::Mismatch { operation, left, right }),
    }
}
