//! Tensors joined, cut, padded, repeated and turned around.

use super::{Index, resolve_axis};
use crate::{Indices, Shape, Tensor, TensorError};

impl Shape {
    /// The axis that a number names: from 0, or from the last one, which is -1.
    ///
    /// # Errors
    /// There is no such axis.
    pub fn axis(&self, axis: i64) -> Result<usize, TensorError> {
        resolve_axis(axis, *self)
    }

    /// The sizes of a new shape of as many numbers, of which one may be -1: the size that is left over.
    ///
    /// # Errors
    /// Another count than this shape's, more than one -1, a size below it, or too many axes.
    pub fn reshaped(&self, sizes: &[i64]) -> Result<Shape, TensorError> {
        let refuse = |problem: String| TensorError::Argument { operation: "reshape", problem };
        let known: Result<Vec<usize>, _> =
            sizes.iter().filter(|&&size| size != -1).map(|&size| usize::try_from(size)).collect();
        let known = known.map_err(|_| {
            refuse(format!(
                "the sizes {sizes:?} are not all 0 or more; one may be -1, for what is left over"
            ))
        })?;
        if known.len() + 1 < sizes.len() {
            return Err(refuse(format!("only one size can be -1, not several of {sizes:?}")));
        }
        let rest = match known.len() == sizes.len() {
            true => 1,
            false => {
                let count = Shape::new(&known)?.count();
                let rest =
                    self.count().checked_div(count).filter(|rest| rest * count == self.count());
                rest.ok_or_else(|| {
                    refuse(format!(
                        "the {} numbers of {self} do not fill the sizes {sizes:?}",
                        self.count()
                    ))
                })?
            }
        };
        let sizes: Vec<usize> =
            sizes.iter().map(|&size| usize::try_from(size).unwrap_or(rest)).collect();
        let shape = Shape::new(&sizes)?;
        match shape.count() == self.count() {
            true => Ok(shape),
            false => Err(TensorError::Count { shape, given: self.count() }),
        }
    }

    /// The shape with a new axis of size 1, which the number names in the result.
    ///
    /// # Errors
    /// A place beyond the axes, or too many axes.
    pub fn unsqueezed(&self, axis: i64) -> Result<Shape, TensorError> {
        let mut sizes = self.to_vec();
        sizes.insert(0, 1);
        let larger = Shape::new(&sizes)?;
        let axis = resolve_axis(axis, larger).map_err(|_| {
            let problem = format!("a tensor of shape {self} has no place {axis} for a new axis");
            TensorError::Argument { operation: "unsqueeze", problem }
        })?;
        sizes.remove(0);
        sizes.insert(axis, 1);
        Shape::new(&sizes)
    }

    /// The shape without the named axes that have size 1; without all of those if none is named.
    ///
    /// # Errors
    /// There is no such axis.
    pub fn squeezed(&self, axes: &[i64]) -> Result<Shape, TensorError> {
        let mut named = [axes.is_empty(); Shape::MAX_RANK];
        for &axis in axes.iter().filter(|&&axis| self.rank() > 0 || !matches!(axis, 0 | -1)) {
            named[resolve_axis(axis, *self)?] = true;
        }
        let kept = self.iter().zip(named).filter(|&(&size, named)| !(named && size == 1));
        Shape::new(&kept.map(|(&size, _)| size).collect::<Vec<_>>())
    }

    /// The shape with the axes from `start` up to `end`, which is included, as one.
    ///
    /// # Errors
    /// There is no such axis, or `end` comes before `start`.
    pub fn flattened(&self, start: i64, end: i64) -> Result<Shape, TensorError> {
        if self.rank() == 0 && matches!((start, end), (0 | -1, 0 | -1)) {
            return Ok(1.into());
        }
        let (first, last) = (resolve_axis(start, *self)?, resolve_axis(end, *self)?);
        if first > last {
            let problem =
                format!("the axis {start} comes after the axis {end} in a tensor of shape {self}");
            return Err(TensorError::Argument { operation: "flatten", problem });
        }
        let joined = Shape::new(&self[first..=last])?.count();
        Shape::new(&[&self[..first], &[joined], &self[last + 1..]].concat())
    }

    /// The shape of each part of a stack: these shapes, which are equal, with a new axis of size 1.
    ///
    /// # Errors
    /// No shapes or different ones, a place beyond the axes, or too many axes.
    pub fn stacked(shapes: &[Shape], axis: i64) -> Result<Shape, TensorError> {
        let first = *shapes.first().ok_or(TensorError::Empty { operation: "stack" })?;
        match shapes.iter().find(|&&shape| shape != first) {
            Some(&right) => Err(TensorError::Mismatch { operation: "stack", left: first, right }),
            None => first.unsqueezed(axis),
        }
    }

    /// Checks that sizes add up to that of an axis.
    ///
    /// # Errors
    /// They do not, or there is no such axis.
    pub fn check_split(&self, axis: usize, sizes: &[usize]) -> Result<(), TensorError> {
        let size = *self.get(axis).ok_or(TensorError::Axis { axis, shape: *self })?;
        let total = sizes.iter().fold(0usize, |total, &size| total.saturating_add(size));
        if total != size {
            let problem = format!("the sizes {sizes:?} do not add up to an axis of {size}");
            return Err(TensorError::Argument { operation: "split", problem });
        }
        Ok(())
    }

    /// The sizes of `chunks` parts of an axis, the last ones smaller or left out if it does not divide (`torch.chunk`).
    ///
    /// # Errors
    /// There is no such axis, or no chunks are asked for.
    pub fn chunk_sizes(&self, chunks: usize, axis: i64) -> Result<Vec<usize>, TensorError> {
        let size = self[resolve_axis(axis, *self)?];
        if chunks == 0 {
            let problem = "there is at least one chunk".to_string();
            return Err(TensorError::Argument { operation: "chunk", problem });
        }
        let width = size.div_ceil(chunks).max(1);
        let count = size.div_ceil(width).max(1);
        Ok((0..count).map(|i| width.min(size - i * width)).collect())
    }
}

impl Tensor {
    /// The same numbers with a new axis of size 1, which the number names in the result (`torch.unsqueeze`).
    ///
    /// # Errors
    /// A place beyond the axes, or too many axes.
    pub fn unsqueeze(&self, axis: i64) -> Result<Tensor, TensorError> {
        self.reshape(self.shape().unsqueezed(axis)?)
    }

    /// The same numbers without the named axes that have size 1; without all of those if none is named
    /// (`torch.squeeze`).
    ///
    /// # Errors
    /// There is no such axis.
    pub fn squeeze(&self, axes: &[i64]) -> Result<Tensor, TensorError> {
        self.reshape(self.shape().squeezed(axes)?)
    }

    /// The tensor with two axes exchanged (`torch.transpose`).
    ///
    /// # Errors
    /// There is no such axis.
    pub fn swap_axes(&self, a: i64, b: i64) -> Result<Tensor, TensorError> {
        let mut order: Vec<usize> = (0..self.rank()).collect();
        order.swap(resolve_axis(a, self.shape())?, resolve_axis(b, self.shape())?);
        match order.is_sorted() {
            true => Ok(self.clone()),
            false => self.permute(&order),
        }
    }

    /// Tensors of one shape side by side along a new axis, which the number names in the result (`torch.stack`).
    ///
    /// # Errors
    /// No tensors, other shapes, a place beyond the axes, or a result with too many axes or numbers.
    pub fn stack(tensors: &[&Tensor], axis: i64) -> Result<Tensor, TensorError> {
        let shapes: Vec<Shape> = tensors.iter().map(|tensor| tensor.shape()).collect();
        let wider = Shape::stacked(&shapes, axis)?;
        let parts: Result<Vec<Tensor>, _> =
            tensors.iter().map(|tensor| tensor.reshape(wider)).collect();
        Tensor::concat(&parts?.iter().collect::<Vec<_>>(), wider.axis(axis)?)
    }

    /// Parts of these sizes along an axis (`torch.split`).
    ///
    /// # Errors
    /// There is no such axis, or the sizes do not add up to its own.
    pub fn split(&self, sizes: &[usize], axis: i64) -> Result<Vec<Tensor>, TensorError> {
        let axis = resolve_axis(axis, self.shape())?;
        self.shape().check_split(axis, sizes)?;
        let mut start = 0;
        sizes
            .iter()
            .map(|&size| {
                start += size;
                self.slice(axis, start - size, start)
            })
            .collect()
    }

    /// Turns axes around: all of them if none is named (`torch.flip`).
    ///
    /// # Errors
    /// There is no such axis.
    pub fn flip(&self, axes: &[i64]) -> Result<Tensor, TensorError> {
        let backwards = Index::Slice { start: None, end: None, step: -1 };
        let mut index =
            vec![if axes.is_empty() { backwards.clone() } else { Index::All }; self.rank()];
        for &axis in axes {
            index[resolve_axis(axis, self.shape())?] = backwards.clone();
        }
        self.index(&index)
    }

    /// Moves all numbers `shift` places on along an axis; those that leave it at the end come back at the start
    /// (`torch.roll`).
    ///
    /// # Errors
    /// There is no such axis.
    pub fn roll(&self, shift: i64, axis: i64) -> Result<Tensor, TensorError> {
        let axis = resolve_axis(axis, self.shape())?;
        let size = self.shape()[axis];
        if self.count() == 0 {
            return Ok(self.clone());
        }
        let start = size - shift.rem_euclid(size as i64) as usize;
        Tensor::concat(&[&self.slice(axis, start, size)?, &self.slice(axis, 0, start)?], axis)
    }

    /// The tensor repeated along each axis, so many times; new axes come in front (`torch.repeat`, `torch.tile`).
    ///
    /// # Errors
    /// Fewer counts than axes, or a result with too many axes or numbers.
    pub fn repeat(&self, counts: &[usize]) -> Result<Tensor, TensorError> {
        let new_axes = counts.len().checked_sub(self.rank()).ok_or_else(|| {
            let problem = format!(
                "there are {} counts for the axes of a tensor of shape {}",
                counts.len(),
                self.shape()
            );
            TensorError::Argument { operation: "repeat", problem }
        })?;
        let shape = Shape::new(&[&vec![1; new_axes], self.dims()].concat())?;
        let mut out = self.reshape(shape)?;
        for (axis, &count) in counts.iter().enumerate().filter(|&(_, &count)| count != 1) {
            let larger = shape[axis].saturating_mul(count);
            let mut wide = Tensor::try_uninit(out.shape().with_axis(axis, larger))?;
            if wide.count() > 0 {
                let width = out.shape().tail(axis).count();
                let rows = wide.data_mut().chunks_exact_mut(width * count);
                for (row, from) in rows.zip(out.data().chunks_exact(width)) {
                    row.chunks_exact_mut(width).for_each(|to| to.copy_from_slice(from));
                }
            }
            out = wide;
        }
        Ok(out)
    }

    /// The sum of all repetitions: the gradient of [`Tensor::repeat`] of a tensor of `shape`.
    ///
    /// # Errors
    /// The shape so repeated is not this tensor's.
    pub fn sum_repeats(&self, counts: &[usize], shape: Shape) -> Result<Tensor, TensorError> {
        let new_axes = counts.len().saturating_sub(shape.rank());
        let sizes = [&vec![1; new_axes], &*shape].concat();
        let fits = self.rank() == counts.len()
            && (0..self.rank())
                .all(|axis| self.dims()[axis] == sizes[axis].saturating_mul(counts[axis]));
        if !fits {
            return Err(TensorError::Mismatch {
                operation: "repeat",
                left: self.shape(),
                right: shape,
            });
        }
        let mut out = self.clone();
        for (axis, &count) in counts.iter().enumerate().filter(|&(_, &count)| count != 1) {
            let (outer, inner) =
                (Shape::new(&out.dims()[..axis])?.count(), out.shape().tail(axis + 1).count());
            let narrow = out.shape().with_axis(axis, sizes[axis]);
            out = out
                .reshape([outer, count, sizes[axis].saturating_mul(inner)])?
                .sum_axis(1)?
                .reshape(narrow)?;
        }
        out.reshape(shape)
    }

    /// The tensor with `padding`, the numbers of places before and after each of its last axes, filled with `value`
    /// (`torch.pad` in the constant mode, whose list begins with the last axis).
    ///
    /// # Errors
    /// More pairs than axes, or a result that does not fit into memory.
    pub fn pad(&self, padding: &[[usize; 2]], value: f32) -> Result<Tensor, TensorError> {
        let (shape, center) = padded(self.shape(), padding)?;
        let mut out = Tensor::try_uninit(shape)?;
        out.data_mut().fill(value);
        out.set_index(&center, self)?;
        Ok(out)
    }

    /// What [`Tensor::pad`] surrounded: its gradient.
    ///
    /// # Errors
    /// More pairs than axes, or more places than there are.
    pub fn unpad(&self, padding: &[[usize; 2]], shape: Shape) -> Result<Tensor, TensorError> {
        let (padded, center) = padded(shape, padding)?;
        match padded == self.shape() {
            true => self.index(&center),
            false => {
                Err(TensorError::Mismatch { operation: "pad", left: self.shape(), right: padded })
            }
        }
    }

    /// Of a vector the matrix with it on a diagonal; of a matrix the diagonal as a vector (`torch.diag`). The diagonal
    /// 0 starts in the corner, those above it are positive.
    ///
    /// # Errors
    /// Neither a vector nor a matrix, or a result that does not fit into memory.
    pub fn diag(&self, diagonal: i64) -> Result<Tensor, TensorError> {
        match *self.dims() {
            [size] => {
                let beside = usize::try_from(diagonal.unsigned_abs()).unwrap_or(usize::MAX);
                let width = size.saturating_add(beside);
                let mut out = Tensor::try_uninit([width, width])?;
                out.data_mut().fill(0.0);
                out.set_index(&diagonal_of(width, width, diagonal)?, self)?;
                Ok(out)
            }
            [rows, columns] => self.index(&diagonal_of(rows, columns, diagonal)?),
            _ => Err(TensorError::Rank {
                operation: "diag",
                wanted: "a vector or a matrix",
                given: self.shape(),
            }),
        }
    }

    /// The sum of the diagonal of a matrix (`torch.trace`).
    ///
    /// # Errors
    /// Not a matrix.
    pub fn trace(&self) -> Result<Tensor, TensorError> {
        match self.rank() {
            2 => Ok(Tensor::scalar(self.diag(0)?.sum())),
            _ => Err(TensorError::Rank {
                operation: "trace",
                wanted: "a matrix",
                given: self.shape(),
            }),
        }
    }

    /// The gradient of [`Tensor::diag`] of a tensor of `shape` from that of its result.
    ///
    /// # Errors
    /// The result has another shape.
    pub fn diag_backward(&self, diagonal: i64, shape: Shape) -> Result<Tensor, TensorError> {
        match *shape {
            [rows, columns] => {
                let mut out = Tensor::zeros(shape);
                out.set_index(&diagonal_of(rows, columns, diagonal)?, self)?;
                Ok(out)
            }
            _ => self.diag(diagonal),
        }
    }

    /// The matrices of the last two axes with zeros above a diagonal (`torch.tril`).
    ///
    /// # Errors
    /// Fewer than two axes.
    pub fn tril(&self, diagonal: i64) -> Result<Tensor, TensorError> {
        self.triangle("tril", |row, column| column - row <= i128::from(diagonal))
    }

    /// The matrices of the last two axes with zeros below a diagonal (`torch.triu`).
    ///
    /// # Errors
    /// Fewer than two axes.
    pub fn triu(&self, diagonal: i64) -> Result<Tensor, TensorError> {
        self.triangle("triu", |row, column| column - row >= i128::from(diagonal))
    }

    fn triangle(
        &self,
        operation: &'static str,
        stays: impl Fn(i128, i128) -> bool,
    ) -> Result<Tensor, TensorError> {
        let [.., rows, columns] = *self.dims() else {
            return Err(TensorError::Rank {
                operation,
                wanted: "a matrix, or several",
                given: self.shape(),
            });
        };
        let mut out = self.clone();
        if out.count() > 0 {
            for (i, row) in out.data_mut().chunks_exact_mut(columns).enumerate() {
                for (column, x) in row.iter_mut().enumerate() {
                    if !stays((i % rows) as i128, column as i128) {
                        *x = 0.0;
                    }
                }
            }
        }
        Ok(out)
    }
}

/// The padded shape, and the index of the tensor within it.
fn padded(shape: Shape, padding: &[[usize; 2]]) -> Result<(Shape, Vec<Index>), TensorError> {
    let first = shape.rank().checked_sub(padding.len()).ok_or_else(|| {
        let problem =
            format!("there are {} pairs for the axes of a tensor of shape {shape}", padding.len());
        TensorError::Argument { operation: "pad", problem }
    })?;
    let mut padded = shape;
    let mut center = vec![Index::All; first];
    for (axis, &[before, after]) in (first..).zip(padding) {
        let end = before.saturating_add(shape[axis]);
        padded = padded.with_axis(axis, end.saturating_add(after));
        center.push(Index::from(before as i64..end as i64));
    }
    Ok((padded, center))
}

/// The index of a diagonal of a matrix.
fn diagonal_of(rows: usize, columns: usize, diagonal: i64) -> Result<[Index; 2], TensorError> {
    let beside = usize::try_from(diagonal.unsigned_abs()).unwrap_or(usize::MAX);
    let (top, left) = if diagonal < 0 { (beside, 0) } else { (0, beside) };
    let length = rows.saturating_sub(top).min(columns.saturating_sub(left));
    let list = |start: usize| -> Result<Index, TensorError> {
        let positions: Vec<usize> = (0..length).map(|i| start + i).collect();
        Ok(Index::List(Indices::vector(&positions)?))
    };
    Ok([list(top)?, list(left)?])
}
