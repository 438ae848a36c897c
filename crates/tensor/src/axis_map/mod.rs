//! Weighted sums along axes: average pooling, resizing and padding are one of these for each axis.

mod pad;
mod pool;
mod resize;

pub use pad::PadMode;
pub(crate) use pool::adaptive_window;
pub use pool::{Divisor, Window};
pub use resize::{Interpolation, Scale};

use crate::threads::{for_pieces, rows_per_piece};
use crate::{Shape, Tensor, TensorError, simd};
use std::ops::Range;

/// A linear map along one axis: each number of the output is a weighted sum of a few numbers of the input.
///
/// The gradient of the input is the transposed map of the gradient, so all operations that are built from maps have
/// their backward rule from here.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisMap {
    input: usize,
    /// Where the terms of each output start, and at last where they end.
    starts: Vec<u32>,
    terms: Vec<Term>,
    /// The value of outputs without terms.
    fill: f32,
    copied: CopiedRun,
}

/// The longest run of outputs that copies a run of the input.
#[derive(Clone, Debug, Default, PartialEq)]
struct CopiedRun {
    outputs: Range<usize>,
    /// The first index of the input that is copied.
    first: usize,
}

/// An index of the input and its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Term {
    index: u32,
    weight: f32,
}

impl AxisMap {
    /// A map of an axis of `input` numbers, from the terms of each output.
    fn new(input: usize, outputs: impl Iterator<Item = impl IntoIterator<Item = Term>>) -> Self {
        let (starts, terms) = (vec![0], Vec::new());
        let mut map = AxisMap { input, starts, terms, fill: 0.0, copied: CopiedRun::default() };
        for terms in outputs {
            map.terms.extend(terms);
            map.starts.push(map.terms.len() as u32);
        }
        map.copied = map.longest_copy();
        map
    }

    fn longest_copy(&self) -> CopiedRun {
        let alone = |output: usize| match *self.terms(output) {
            [Term { index, weight: 1.0 }] => Some(index as usize),
            _ => None,
        };
        let (mut longest, mut start) = (CopiedRun::default(), 0);
        while start < self.output() {
            let mut end = start + 1;
            if let Some(first) = alone(start) {
                while end < self.output() && alone(end) == Some(first + (end - start)) {
                    end += 1;
                }
                if end - start > longest.outputs.len() {
                    longest = CopiedRun { outputs: start..end, first };
                }
            }
            start = end;
        }
        longest
    }

    /// The map that leaves `size` numbers as they are.
    pub fn identity(size: usize) -> Self {
        AxisMap::new(size, (0..size).map(|i| [Term { index: i as u32, weight: 1.0 }]))
    }

    /// The size of the axis before the map.
    pub fn input(&self) -> usize {
        self.input
    }

    /// The size of the axis after the map.
    pub fn output(&self) -> usize {
        self.starts.len() - 1
    }

    /// The map from gradients of the output to gradients of the input.
    fn transposed(&self) -> Self {
        let mut lists = vec![Vec::new(); self.input];
        for output in 0..self.output() {
            for term in self.terms(output) {
                lists[term.index as usize].push(Term { index: output as u32, ..*term });
            }
        }
        AxisMap::new(self.output(), lists.into_iter())
    }

    fn terms(&self, output: usize) -> &[Term] {
        &self.terms[self.starts[output] as usize..self.starts[output + 1] as usize]
    }

    fn is_identity(&self) -> bool {
        self.input == self.output() && self.copied == CopiedRun { outputs: 0..self.input, first: 0 }
    }

    /// Maps rows of `inner` numbers: `[input, inner]` to `[output, inner]`.
    fn rows(&self, x: &[f32], inner: usize, out: &mut [f32]) {
        for (i, to) in out.chunks_exact_mut(inner).enumerate() {
            let row = |term: &Term| &x[term.index as usize * inner..][..inner];
            match self.terms(i) {
                [] => to.fill(self.fill),
                [term] if term.weight == 1.0 => to.copy_from_slice(row(term)),
                [first, rest @ ..] => {
                    let weight = first.weight;
                    simd::map(row(first), to, |x| weight * x);
                    for term in rest {
                        let weight = term.weight;
                        simd::map2_in_place(to, row(term), |sum, x| sum + weight * x);
                    }
                }
            }
        }
    }

    /// Maps contiguous numbers: `[input]` to `[output]`.
    fn line(&self, x: &[f32], out: &mut [f32]) {
        let CopiedRun { outputs: copied, first } = self.copied.clone();
        out[copied.clone()].copy_from_slice(&x[first..first + copied.len()]);
        self.sums(x, 0..copied.start, out);
        self.sums(x, copied.end..self.output(), out);
    }

    /// The weighted sums of some outputs.
    fn sums(&self, x: &[f32], outputs: Range<usize>, out: &mut [f32]) {
        let bounds = self.starts[outputs.start..=outputs.end].windows(2);
        for (to, bounds) in out[outputs].iter_mut().zip(bounds) {
            let terms = &self.terms[bounds[0] as usize..bounds[1] as usize];
            *to = match terms {
                [] => self.fill,
                [first, rest @ ..] => {
                    let term = |term: &Term| term.weight * x[term.index as usize];
                    rest.iter().fold(term(first), |sum, next| sum + term(next))
                }
            };
        }
    }
}

/// Checks the sizes of a map: that of its input, which must not be 0, and that of its output.
///
/// # Errors
/// An input of 0, or sizes that do not fit into 32 bits.
fn check_sizes(operation: &'static str, [input, output]: [usize; 2]) -> Result<(), TensorError> {
    let error = |problem| Err(TensorError::Geometry { operation, problem });
    match (u32::try_from(input), u32::try_from(output)) {
        (Ok(0), _) => error("the input is empty".to_string()),
        (Ok(_), Ok(_)) => Ok(()),
        _ => error(format!("from {input} to {output} numbers is too large")),
    }
}

/// One map for each of the last axes of a tensor, with their transposes.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisMaps {
    forward: Passes,
    backward: Passes,
}

/// Maps of the last axes, and the order in which they are applied.
#[derive(Clone, Debug, PartialEq)]
struct Passes {
    maps: Vec<AxisMap>,
    order: Vec<usize>,
    /// The most numbers between two maps.
    between: usize,
}

impl AxisMaps {
    /// One map for each of the last axes.
    pub fn new(maps: Vec<AxisMap>) -> Self {
        let backward = Passes::new(maps.iter().map(AxisMap::transposed).collect());
        AxisMaps { forward: Passes::new(maps), backward }
    }

    /// The sizes of the last axes after the maps.
    pub fn output(&self) -> impl Iterator<Item = usize> {
        self.forward.maps.iter().map(AxisMap::output)
    }

    /// Maps the last axes of `x`.
    ///
    /// # Errors
    /// Axes of other sizes than those of the maps, or a result that does not fit into memory.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor, TensorError> {
        self.forward.run(x)
    }

    /// The gradient of [`AxisMaps::apply`]'s input.
    ///
    /// # Errors
    /// Axes of other sizes than those of the maps, or a result that does not fit into memory.
    pub fn backward(&self, gradient: &Tensor) -> Result<Tensor, TensorError> {
        self.backward.run(gradient)
    }
}

impl Passes {
    fn new(maps: Vec<AxisMap>) -> Self {
        // Maps that shrink an axis come first, the outermost first, so that whole rows are added. Maps that enlarge one
        // come last, the innermost first.
        let axes = 0..maps.len();
        let shrinks = |&axis: &usize| maps[axis].output() < maps[axis].input();
        let changed = axes.filter(|&axis| !maps[axis].is_identity());
        let (mut order, grows): (Vec<usize>, Vec<usize>) = changed.partition(shrinks);
        order.extend(grows.into_iter().rev());
        let mut sizes: Vec<usize> = maps.iter().map(AxisMap::input).collect();
        let mut between = 0;
        for &axis in order.iter().take(order.len().saturating_sub(1)) {
            sizes[axis] = maps[axis].output();
            between = between.max(sizes.iter().fold(1, |n: usize, &size| n.saturating_mul(size)));
        }
        Passes { maps, order, between }
    }

    fn run(&self, x: &Tensor) -> Result<Tensor, TensorError> {
        let shape = x.shape();
        let first = shape.rank().checked_sub(self.maps.len());
        let fits = |first: usize| shape[first..].iter().copied().eq(self.inputs());
        let Some(first) = first.filter(|&first| fits(first)) else {
            let sizes: Vec<usize> = self.inputs().collect();
            let right = Shape::new(&sizes)?;
            return Err(TensorError::Mismatch { operation: "axis map", left: shape, right });
        };
        if self.order.is_empty() {
            return Ok(x.clone());
        }
        let mut output = shape;
        for (i, map) in self.maps.iter().enumerate() {
            output = output.with_axis(first + i, map.output());
        }
        let mut out = Tensor::try_uninit(output)?;
        let (from, to) = (shape.tail(first).count(), output.tail(first).count());
        if from == 0 {
            out.data_mut().fill(0.0);
            return Ok(out);
        }
        let planes = rows_per_piece(from.max(to), 4);
        for_pieces(out.data_mut(), planes * to.max(1), |i, out| {
            let mut scratch = Tensor::uninit(2 * self.between);
            let x = x.data()[i * planes * from..].chunks_exact(from);
            for (x, out) in x.zip(out.chunks_exact_mut(to.max(1))) {
                self.plane(x, scratch.data_mut(), out);
            }
        });
        Ok(out)
    }

    fn inputs(&self) -> impl Iterator<Item = usize> {
        self.maps.iter().map(AxisMap::input)
    }

    /// Applies all maps to one plane or volume.
    fn plane(&self, x: &[f32], scratch: &mut [f32], out: &mut [f32]) {
        let (mut here, mut there) = scratch.split_at_mut(self.between);
        let mut sizes = [1; Shape::MAX_RANK];
        sizes.iter_mut().zip(self.inputs()).for_each(|(size, input)| *size = input);
        for (i, &axis) in self.order.iter().enumerate() {
            let map = &self.maps[axis];
            let inner: usize = sizes[axis + 1..].iter().product();
            let outer: usize = sizes[..axis].iter().product();
            sizes[axis] = map.output();
            let (from, to) = (map.input() * inner, map.output() * inner);
            let source = if i == 0 { x } else { &*here };
            let target = if i + 1 == self.order.len() { &mut *out } else { &mut *there };
            let blocks = source[..outer * from].chunks_exact(from);
            for (x, out) in blocks.zip(target[..outer * to].chunks_exact_mut(to)) {
                match inner {
                    1 => map.line(x, out),
                    _ => map.rows(x, inner, out),
                }
            }
            (here, there) = (there, here);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transpose_of_a_map_gives_the_same_scalar_products() {
        let window = Window { kernel: 3, stride: 2, padding: 1, dilation: 1, ceil_mode: false };
        let maps = AxisMaps::new(vec![
            AxisMap::average(5, &window, Divisor::Padded).unwrap(),
            AxisMap::resized(4, 7, None, Interpolation::Linear { align_corners: false }).unwrap(),
            AxisMap::padded(3, [2, 1], PadMode::Circular).unwrap(),
        ]);
        let x = Tensor::from_fn([2, 5, 4, 3], |i| ((i * 37) % 11) as f32 - 5.0);
        let y = maps.apply(&x).unwrap();
        let g = Tensor::from_fn(y.shape(), |i| ((i * 23) % 7) as f32 - 3.0);
        let back = maps.backward(&g).unwrap();
        assert_eq!((y.dims(), back.dims()), (&[2, 3, 7, 6][..], x.dims()));
        let (there, here) = (y.dot(&g).unwrap(), x.dot(&back).unwrap());
        assert!((there - here).abs() < 1e-2, "{there} {here}");
    }

    #[test]
    fn maps_that_change_nothing_share_the_numbers() {
        let maps = AxisMaps::new(vec![AxisMap::identity(2), AxisMap::identity(3)]);
        let x = Tensor::from_fn([4, 2, 3], |i| i as f32);
        assert!(maps.apply(&x).unwrap().shares_with(&x));
        assert!(maps.apply(&Tensor::ones([3, 2])).is_err());
    }
}
