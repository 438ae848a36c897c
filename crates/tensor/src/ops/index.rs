//! Indexing: single numbers, slices, lists and masks, one for each axis.

use crate::storage::ask;
use crate::{Indices, Shape, Tensor, TensorError};

/// What one index picks of an axis; NumPy's basic and advanced indexing, by PyTorch's rules.
///
/// Negative positions count from the end: -1 is the last.
#[derive(Clone, Debug, PartialEq)]
pub enum Index {
    /// One position; its axis disappears (`x[3]`).
    At(i64),
    /// Positions from `start` to before `end`, `step` apart (`x[start:end:step]`). Bounds outside of the axis end at
    /// it. With a negative step they run downwards, as in Python.
    Slice {
        /// The first position; the axis' first (for a negative step, its last) if there is none.
        start: Option<i64>,
        /// The position before which the slice ends; all that follow if there is none.
        end: Option<i64>,
        /// From one position to the next; not 0.
        step: i64,
    },
    /// All of the axis (`x[:]`).
    All,
    /// A new axis of size 1 (`x[None]`).
    NewAxis,
    /// All of as many axes as the others leave over (`x[...]`).
    Ellipsis,
    /// The positions of a list, in the list's shape.
    List(Indices),
    /// As [`Index::List`], from whole numbers, of which negative ones count from the end.
    Numbers(Tensor),
    /// Where a tensor of 0 and 1 has a 1. It stands for as many axes as it has, and their sizes are its own.
    Mask(Tensor),
}

impl From<i64> for Index {
    fn from(position: i64) -> Self {
        Index::At(position)
    }
}

impl From<std::ops::Range<i64>> for Index {
    fn from(range: std::ops::Range<i64>) -> Self {
        Index::Slice { start: Some(range.start), end: Some(range.end), step: 1 }
    }
}

impl From<std::ops::RangeFull> for Index {
    fn from(_: std::ops::RangeFull) -> Self {
        Index::All
    }
}

impl Tensor {
    /// What the indices pick (`x[index]`). Axes without an index are taken whole.
    ///
    /// Lists and masks are broadcast together. The axes of the result that they make stand at the place of the first of
    /// them, or in front if others stand between them.
    ///
    /// # Errors
    /// More indices than axes, a position outside of its axis, a step of 0, a mask of another size or of other numbers
    /// than 0 and 1, lists that do not broadcast, or a result with too many axes or numbers.
    pub fn index(&self, index: &[Index]) -> Result<Tensor, TensorError> {
        let selection = Selection::new(self.shape(), index)?;
        let mut out = Tensor::try_uninit(selection.shape)?;
        let (from, to) = (self.data(), out.data_mut());
        selection.for_each_run(|at, place, width| {
            to[at..at + width].copy_from_slice(&from[place..place + width]);
        });
        Ok(out)
    }

    /// Writes `value`, broadcast, to what the indices pick (`x[index] = value`). Of several values for one place the
    /// last stays.
    ///
    /// # Errors
    /// As [`Tensor::index`], or a value that does not broadcast to what is picked.
    pub fn set_index(&mut self, index: &[Index], value: &Tensor) -> Result<(), TensorError> {
        self.write_index(index, value, |to, from| to.copy_from_slice(from))
    }

    /// Adds `value`, broadcast, to what the indices pick; all values for one place are added. The gradient of
    /// [`Tensor::index`].
    ///
    /// # Errors
    /// As [`Tensor::set_index`].
    pub fn add_index(&mut self, index: &[Index], value: &Tensor) -> Result<(), TensorError> {
        self.write_index(index, value, |to, from| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from)
        })
    }

    fn write_index(
        &mut self,
        index: &[Index],
        value: &Tensor,
        write: impl Fn(&mut [f32], &[f32]),
    ) -> Result<(), TensorError> {
        let selection = Selection::new(self.shape(), index)?;
        let (left, right) = (selection.shape, value.shape());
        let value = value.broadcast_to(selection.shape).map_err(|_| TensorError::Mismatch {
            operation: "assignment",
            left,
            right,
        })?;
        let (from, to) = (value.data(), self.data_mut());
        selection.for_each_run(|at, place, width| {
            write(&mut to[place..place + width], &from[at..at + width]);
        });
        Ok(())
    }
}

/// What indices pick: every sum of the base and one offset of each list, in row-major order.
struct Selection {
    shape: Shape,
    base: usize,
    offsets: Vec<Offsets>,
}

/// Offsets along an axis of the result.
enum Offsets {
    /// From 0 in steps, which may be negative. The sum with the base is a place in the tensor.
    Steps { count: usize, step: isize },
    /// By a list.
    List(Vec<usize>),
}

impl Offsets {
    fn count(&self) -> usize {
        match self {
            Offsets::Steps { count, .. } => *count,
            Offsets::List(list) => list.len(),
        }
    }

    fn at(&self, i: usize) -> isize {
        match self {
            Offsets::Steps { step, .. } => i as isize * step,
            Offsets::List(list) => list[i] as isize,
        }
    }

    /// Whether each offset is `width` above the one before.
    fn are_apart_by(&self, width: usize) -> bool {
        match self {
            Offsets::Steps { count, step } => *count == 1 || *step == width as isize,
            Offsets::List(list) => list.windows(2).all(|pair| pair[1] == pair[0] + width),
        }
    }
}

/// A part of the result's shape.
enum Part {
    /// An axis in steps.
    Axis { count: usize, step: isize },
    /// A new axis of size 1.
    New,
    /// Offsets by a list, in its shape.
    List(Shape, Vec<usize>),
}

impl Selection {
    fn new(shape: Shape, index: &[Index]) -> Result<Self, TensorError> {
        let mut reader =
            Reader { shape, strides: shape.strides(), axis: 0, base: 0, parts: Vec::new() };
        let used: usize = index.iter().map(axes_of).sum();
        if used > shape.rank() {
            return Err(problem(format!(
                "{used} indices for the axes of a tensor of shape {shape}"
            )));
        }
        if index.iter().filter(|index| matches!(index, Index::Ellipsis)).count() > 1 {
            return Err(problem("only one `...` can stand in an index".to_string()));
        }
        for index in index {
            reader.read(index, shape.rank() - used)?;
        }
        while reader.axis < shape.rank() {
            reader.push_all();
        }
        Self::of_parts(reader.base, join_lists(reader.parts)?)
    }

    fn of_parts(base: usize, parts: Vec<Part>) -> Result<Self, TensorError> {
        let mut sizes = Vec::new();
        let mut offsets = Vec::new();
        for part in parts {
            match part {
                Part::New => sizes.push(1),
                Part::Axis { count, step } => {
                    sizes.push(count);
                    offsets.push(Offsets::Steps { count, step });
                }
                Part::List(shape, list) => {
                    sizes.extend_from_slice(&shape);
                    offsets.push(Offsets::List(list));
                }
            }
        }
        Ok(Selection { shape: Shape::new(&sizes)?, base, offsets })
    }

    /// Calls `work` with each stretch of neighbouring numbers: its position in the result, its place in the tensor, its
    /// width.
    fn for_each_run(mut self, mut work: impl FnMut(usize, usize, usize)) {
        if self.shape.count() == 0 {
            return;
        }
        let mut width = 1;
        // The last lists are one stretch as long as each continues where the next one ends.
        while let Some(last) = self.offsets.pop_if(|last| last.are_apart_by(width)) {
            self.base = self.base.wrapping_add_signed(last.at(0));
            width *= last.count();
        }
        let mut index = vec![0; self.offsets.len()];
        let runs = self.shape.count() / width;
        for run in 0..runs {
            let offset = self.offsets.iter().zip(&index).map(|(offsets, &i)| offsets.at(i)).sum();
            work(run * width, self.base.wrapping_add_signed(offset), width);
            for (i, offsets) in index.iter_mut().zip(&self.offsets).rev() {
                *i += 1;
                if *i < offsets.count() {
                    break;
                }
                *i = 0;
            }
        }
    }
}

/// Reads indices from left to right.
struct Reader {
    shape: Shape,
    strides: [usize; Shape::MAX_RANK],
    /// The next axis.
    axis: usize,
    /// The offset of single positions.
    base: usize,
    parts: Vec<Part>,
}

impl Reader {
    fn read(&mut self, index: &Index, left_over: usize) -> Result<(), TensorError> {
        match index {
            Index::At(position) => {
                let (size, stride) = self.next_axis();
                let offset = resolve_position(*position, size)?.wrapping_mul(stride);
                self.base = self.base.wrapping_add(offset);
            }
            Index::Slice { start, end, step } => {
                let (size, stride) = self.next_axis();
                let (first, count) = slice_positions(size, *start, *end, *step)?;
                self.base = self.base.wrapping_add(first.wrapping_mul(stride));
                let step = (*step as isize).wrapping_mul(stride as isize);
                self.parts.push(Part::Axis { count, step });
            }
            Index::All => self.push_all(),
            Index::NewAxis => self.parts.push(Part::New),
            Index::Ellipsis => (0..left_over).for_each(|_| self.push_all()),
            Index::List(list) => {
                let positions = list.data().iter().map(|&position| i64::from(position));
                self.push_list(list.shape(), positions)?;
            }
            Index::Numbers(list) => {
                if let Some(x) =
                    list.data().iter().find(|x| x.fract() != 0.0 || x.abs() >= 16_777_216.0)
                {
                    return Err(problem(format!("{x} is no position: an index is a whole number")));
                }
                self.push_list(list.shape(), list.data().iter().map(|&x| x as i64))?;
            }
            Index::Mask(mask) => self.push_mask(mask)?,
        }
        Ok(())
    }

    fn next_axis(&mut self) -> (usize, usize) {
        let axis = self.axis;
        self.axis += 1;
        (self.shape[axis], self.strides[axis])
    }

    fn push_all(&mut self) {
        let (count, stride) = self.next_axis();
        self.parts.push(Part::Axis { count, step: stride as isize });
    }

    fn push_list(
        &mut self,
        shape: Shape,
        positions: impl Iterator<Item = i64>,
    ) -> Result<(), TensorError> {
        let (size, stride) = self.next_axis();
        let offsets = positions.map(|p| Ok(resolve_position(p, size)?.wrapping_mul(stride)));
        self.parts.push(Part::List(shape, offsets.collect::<Result<_, TensorError>>()?));
        Ok(())
    }

    fn push_mask(&mut self, mask: &Tensor) -> Result<(), TensorError> {
        let axes = self.axis..self.axis + mask.rank();
        let masked = &self.shape[axes.clone()];
        if mask.rank() == 0 || mask.dims() != masked {
            let problem_text = format!(
                "a mask of shape {} does not fit axes of {}",
                mask.shape(),
                Shape::new(masked)?
            );
            return Err(problem(problem_text));
        }
        mask.check_mask("index")?;
        // The axes of a mask are one axis of the tensor, whose positions are the last of their strides apart.
        let stride = self.strides[axes.end - 1];
        let chosen = mask.data().iter().enumerate().filter(|&(_, &x)| x == 1.0);
        let offsets: Vec<usize> =
            chosen.map(|(position, _)| position.wrapping_mul(stride)).collect();
        self.axis = axes.end;
        self.parts.push(Part::List(offsets.len().into(), offsets));
        Ok(())
    }
}

/// Broadcasts the lists together and puts them where PyTorch does.
fn join_lists(parts: Vec<Part>) -> Result<Vec<Part>, TensorError> {
    let is_list = |part: &Part| matches!(part, Part::List(..));
    let places: Vec<usize> = (0..parts.len()).filter(|&i| is_list(&parts[i])).collect();
    let (Some(&first), Some(&last)) = (places.first(), places.last()) else { return Ok(parts) };
    let mut shape = Shape::SCALAR;
    for part in &parts {
        if let Part::List(own, _) = part {
            shape = shape.broadcast(own, "an index by lists")?;
        }
    }
    // Each takes as much as two numbers.
    ask(shape.count().saturating_mul(2)).map_err(|refusal| refusal.of(shape))?;
    let mut sums = vec![0usize; shape.count()];
    let mut others = Vec::new();
    for part in parts {
        match part {
            Part::List(own, offsets) => {
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.wrapping_add(offsets[own.place_of(i, shape)]);
                }
            }
            other => others.push(other),
        }
    }
    let are_neighbours = last - first + 1 == places.len();
    others.insert(if are_neighbours { first } else { 0 }, Part::List(shape, sums));
    Ok(others)
}

/// How many axes an index stands for.
fn axes_of(index: &Index) -> usize {
    match index {
        Index::NewAxis | Index::Ellipsis => 0,
        Index::Mask(mask) => mask.rank(),
        _ => 1,
    }
}

fn resolve_position(position: i64, size: usize) -> Result<usize, TensorError> {
    match usize::try_from(position) {
        Ok(index) if index < size => Ok(index),
        Ok(index) => Err(TensorError::Index { index, size }),
        Err(_) => usize::try_from(position.unsigned_abs())
            .ok()
            .and_then(|back| size.checked_sub(back))
            .ok_or(TensorError::NegativeIndex { index: position, size }),
    }
}

/// The first position of Python's `start:end:step` along an axis, and how many there are.
fn slice_positions(
    size: usize,
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
) -> Result<(usize, usize), TensorError> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let clipped = |bound: Option<i64>, default: i64, low: i64, high: i64| {
        let from_start = |bound: i64| if bound < 0 { bound.saturating_add(size) } else { bound };
        bound.map_or(default, |bound| from_start(bound).clamp(low, high))
    };
    let (start, length) = match step {
        0 => return Err(problem("the step of a slice is not 0".to_string())),
        1.. => {
            let start = clipped(start, 0, 0, size);
            (start, clipped(end, size, 0, size) - start)
        }
        // Downwards the bounds are the places before the first position and at the last.
        _ => {
            let start = clipped(start, size - 1, -1, size - 1);
            (start, start - clipped(end, -1, -1, size - 1))
        }
    };
    let length = u64::try_from(length).unwrap_or(0);
    let count = length.div_ceil(step.unsigned_abs());
    Ok((start.max(0) as usize, count as usize))
}

fn problem(problem: String) -> TensorError {
    TensorError::Argument { operation: "index", problem }
}
