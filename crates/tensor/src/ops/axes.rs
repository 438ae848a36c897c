//! The axes that a reduction takes away.

use crate::{Shape, Tensor, TensorError};

/// The axes that a reduction takes away: all of them, or those that are named. A negative axis counts from the last
/// one, -1.
///
/// Made from an axis (`-1`), from several (`[0, -1]`), or by [`Axes::all`]. No names mean all axes, as in PyTorch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axes {
    named: Vec<i64>,
    keepdim: bool,
}

impl Axes {
    /// All axes.
    pub fn all() -> Self {
        Axes { named: Vec::new(), keepdim: false }
    }

    /// Keeps each reduced axis, with size 1.
    pub fn keepdim(self) -> Self {
        Axes { keepdim: true, ..self }
    }

    /// The shape of the result.
    ///
    /// # Errors
    /// There is no such axis, or an axis is named twice. So for all methods of axes.
    pub fn reduced(&self, shape: Shape) -> Result<Shape, TensorError> {
        if self.keepdim {
            return self.with_ones(shape);
        }
        let is_reduced = self.flags(shape)?;
        let kept = shape.iter().zip(is_reduced).filter(|&(_, reduced)| !reduced);
        Shape::new(&kept.map(|(&size, _)| size).collect::<Vec<_>>())
    }

    /// The shape with size 1 in place of each reduced axis, which broadcasts to the whole shape.
    ///
    /// # Errors
    /// As [`Axes::reduced`].
    pub fn with_ones(&self, shape: Shape) -> Result<Shape, TensorError> {
        let is_reduced = self.flags(shape)?;
        Ok((0..shape.rank())
            .filter(|&axis| is_reduced[axis])
            .fold(shape, |s, axis| s.with_axis(axis, 1)))
    }

    /// How many numbers are reduced to one.
    ///
    /// # Errors
    /// As [`Axes::reduced`].
    pub fn count(&self, shape: Shape) -> Result<usize, TensorError> {
        let is_reduced = self.flags(shape)?;
        let sizes: Vec<usize> =
            shape.iter().zip(is_reduced).filter(|&(_, reduced)| reduced).map(|(&s, _)| s).collect();
        Ok(Shape::new(&sizes)?.count())
    }

    /// A result of the reduction broadcast to the shape that was reduced.
    ///
    /// # Errors
    /// As [`Axes::reduced`], or a result of another shape.
    pub fn expand(&self, result: &Tensor, shape: Shape) -> Result<Tensor, TensorError> {
        result.reshape(self.with_ones(shape)?)?.broadcast_to(shape)
    }

    /// The only axis that is reduced, if it is one.
    pub(super) fn single(&self, shape: Shape) -> Result<Option<usize>, TensorError> {
        match *self.named {
            [axis] => Ok(Some(resolve_axis(axis, shape)?)),
            _ => Ok(None),
        }
    }

    /// The tensor with its reduced axes last, so that each result comes from one row.
    pub(super) fn rows(&self, x: &Tensor) -> Result<Rows, TensorError> {
        let shape = x.shape();
        let is_reduced = self.flags(shape)?;
        let mut order: Vec<usize> = (0..shape.rank()).collect();
        order.sort_by_key(|&axis| is_reduced[axis]);
        let tensor = match order.is_sorted() {
            true => x.clone(),
            false => x.permute(&order)?,
        };
        Ok(Rows { tensor, width: self.count(shape)?, shape: self.reduced(shape)? })
    }

    fn flags(&self, shape: Shape) -> Result<[bool; Shape::MAX_RANK], TensorError> {
        let mut is_reduced = [self.named.is_empty(); Shape::MAX_RANK];
        for &axis in &self.named {
            // A single number is its own sum along its "last" axis, as in PyTorch.
            if shape.rank() == 0 && matches!(axis, 0 | -1) {
                continue;
            }
            let place = resolve_axis(axis, shape)?;
            if is_reduced[place] {
                return Err(TensorError::AxisTwice { axis });
            }
            is_reduced[place] = true;
        }
        Ok(is_reduced)
    }
}

/// A tensor whose rows of `width` numbers become one number each.
pub(super) struct Rows {
    tensor: Tensor,
    width: usize,
    shape: Shape,
}

impl Rows {
    /// The result of `reduce` of each row.
    pub fn fold(&self, reduce: impl Fn(&[f32]) -> f32 + Sync) -> Result<Tensor, TensorError> {
        let mut out = Tensor::try_uninit(self.shape)?;
        let rows = crate::threads::rows_per_piece(self.width, 4);
        let x = self.tensor.data();
        crate::threads::for_pieces(out.data_mut(), rows, |piece, part| {
            for (i, slot) in part.iter_mut().enumerate() {
                *slot = reduce(&x[(piece * rows + i) * self.width..][..self.width]);
            }
        });
        Ok(out)
    }

    /// Like [`Rows::fold`] for what has no value without numbers.
    pub fn fold_some(
        &self,
        operation: &'static str,
        reduce: impl Fn(&[f32]) -> f32 + Sync,
    ) -> Result<Tensor, TensorError> {
        if self.width == 0 && self.shape.count() > 0 {
            return Err(TensorError::Empty { operation });
        }
        self.fold(reduce)
    }
}

impl From<i64> for Axes {
    fn from(axis: i64) -> Self {
        Axes { named: vec![axis], keepdim: false }
    }
}

impl<const N: usize> From<[i64; N]> for Axes {
    fn from(axes: [i64; N]) -> Self {
        Axes { named: axes.to_vec(), keepdim: false }
    }
}

impl From<&[i64]> for Axes {
    fn from(axes: &[i64]) -> Self {
        Axes { named: axes.to_vec(), keepdim: false }
    }
}

/// The axis that a number names: from 0, or from the last one, which is -1.
pub(crate) fn resolve_axis(axis: i64, shape: Shape) -> Result<usize, TensorError> {
    let rank = shape.rank() as i64;
    match axis {
        0.. if axis < rank => Ok(axis as usize),
        0.. => Err(TensorError::Axis { axis: usize::try_from(axis).unwrap_or(usize::MAX), shape }),
        _ if axis >= -rank => Ok((axis + rank) as usize),
        _ => Err(TensorError::NegativeAxis { axis, shape }),
    }
}
