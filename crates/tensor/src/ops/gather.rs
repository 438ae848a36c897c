//! Numbers by positions along an axis: gather, and what undoes it.

use super::lanes::Lanes;
use crate::{Indices, Shape, Tensor, TensorError};

impl Tensor {
    /// Along an axis, the numbers at the positions that `indices` hold (`torch.gather`): for the axis 1 of a matrix,
    /// `out[i][j] = x[i][indices[i][j]]`. The result has the shape of `indices`.
    ///
    /// # Errors
    /// There is no such axis, `indices` have another number of axes or are larger along another axis, or a position is
    /// outside.
    pub fn gather_along(&self, axis: i64, indices: &Indices) -> Result<Tensor, TensorError> {
        let mut out = Tensor::try_uninit(indices.shape())?;
        let (from, to) = (self.data(), out.data_mut());
        for_each_place("gather", self.shape(), axis, indices, |i, place| to[i] = from[place])?;
        Ok(out)
    }

    /// This tensor with the numbers of `source` at the positions along an axis that `indices` hold (`torch.scatter`):
    /// for the axis 1 of a matrix, `out[i][indices[i][j]] = source[i][j]`. Of several numbers for one place the last
    /// stays.
    ///
    /// # Errors
    /// As [`Tensor::gather_along`], or a source that is smaller than `indices` along an axis.
    pub fn scatter(
        &self,
        axis: i64,
        indices: &Indices,
        source: &Tensor,
    ) -> Result<Tensor, TensorError> {
        let source = source.corner(indices.shape(), "scatter")?;
        let mut out = self.clone();
        let (from, to) = (source.data(), out.data_mut());
        for_each_place("scatter", self.shape(), axis, indices, |i, place| to[place] = from[i])?;
        Ok(out)
    }

    /// As [`Tensor::scatter`], where all numbers for one place are added to what it holds (`torch.scatter_add`).
    ///
    /// # Errors
    /// As [`Tensor::scatter`].
    pub fn scatter_add(
        &self,
        axis: i64,
        indices: &Indices,
        source: &Tensor,
    ) -> Result<Tensor, TensorError> {
        let source = source.corner(indices.shape(), "scatter_add")?;
        let mut out = self.clone();
        let (from, to) = (source.data(), out.data_mut());
        for_each_place("scatter_add", self.shape(), axis, indices, |i, place| {
            to[place] += from[i]
        })?;
        Ok(out)
    }

    /// The first positions of each axis, as many as `shape` has.
    fn corner(&self, shape: Shape, operation: &'static str) -> Result<Tensor, TensorError> {
        if self.shape() == shape {
            return Ok(self.clone());
        }
        let fits = self.rank() == shape.rank()
            && self.dims().iter().zip(&*shape).all(|(own, wanted)| own >= wanted);
        if !fits {
            return Err(TensorError::Mismatch { operation, left: self.shape(), right: shape });
        }
        (0..shape.rank()).try_fold(self.clone(), |x, axis| x.slice(axis, 0, shape[axis]))
    }
}

/// Calls `work` with each position of `indices` and the place in a tensor of `shape` that it stands for.
fn for_each_place(
    operation: &'static str,
    shape: Shape,
    axis: i64,
    indices: &Indices,
    mut work: impl FnMut(usize, usize),
) -> Result<(), TensorError> {
    let lanes = Lanes::new(shape, axis)?;
    let own = indices.shape();
    let fits = own.rank() == shape.rank()
        && (0..own.rank()).all(|other| other == lanes.axis || own[other] <= shape[other]);
    if !fits {
        return Err(TensorError::Mismatch { operation, left: shape, right: own });
    }
    if let Some(&index) = indices.data().iter().find(|&&index| index as usize >= lanes.size) {
        return Err(TensorError::Index { index: index as usize, size: lanes.size });
    }
    let mut strides = shape.strides();
    strides[lanes.axis] = 0;
    let mut at = [0; Shape::MAX_RANK];
    let mut base = 0;
    for (i, &index) in indices.data().iter().enumerate() {
        work(i, base + index as usize * lanes.step);
        for axis in (0..own.rank()).rev() {
            at[axis] += 1;
            base += strides[axis];
            if at[axis] < own[axis] {
                break;
            }
            base -= strides[axis] * own[axis];
            at[axis] = 0;
        }
    }
    Ok(())
}
