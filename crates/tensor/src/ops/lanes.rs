//! The lanes of an axis: for each place of the other axes, the numbers along it.

use super::resolve_axis;
use crate::{Indices, Shape, Tensor, TensorError};

/// Where the numbers along one axis are.
#[derive(Clone, Copy)]
pub(super) struct Lanes {
    /// The axis, counted from 0.
    pub axis: usize,
    /// How many numbers a lane has.
    pub size: usize,
    /// From one number of a lane to the next.
    pub step: usize,
    /// How many lanes there are.
    pub count: usize,
}

impl Lanes {
    /// The lanes along an axis; a single number is a lane of one.
    pub fn new(shape: Shape, axis: i64) -> Result<Self, TensorError> {
        if shape.rank() == 0 && matches!(axis, 0 | -1) {
            return Ok(Lanes { axis: 0, size: 1, step: 1, count: 1 });
        }
        let axis = resolve_axis(axis, shape)?;
        let (size, step) = (shape[axis], shape.tail(axis + 1).count());
        Ok(Lanes { axis, size, step, count: shape.without_axis(axis).count() })
    }

    /// The place of the first number of a lane.
    pub fn start(&self, lane: usize) -> usize {
        lane / self.step * self.size * self.step + lane % self.step
    }

    /// Copies a lane out.
    pub fn read(&self, from: &[f32], lane: usize, to: &mut Vec<f32>) {
        let start = self.start(lane);
        to.clear();
        to.extend((0..self.size).map(|k| from[start + k * self.step]));
    }

    /// The same lanes with another number of places each: where the results of a lane go.
    pub fn resized(&self, size: usize) -> Self {
        Lanes { size, ..*self }
    }
}

impl Tensor {
    /// A tensor of the same shape whose lanes along an axis `work` makes from this one's.
    pub(super) fn map_lanes(
        &self,
        axis: i64,
        work: impl Fn(&mut [f32]),
    ) -> Result<Tensor, TensorError> {
        let lanes = Lanes::new(self.shape(), axis)?;
        let mut out = Tensor::uninit(self.shape());
        if out.count() == 0 {
            return Ok(out);
        }
        let mut buffer = Vec::new();
        let to = out.data_mut();
        for lane in 0..lanes.count {
            lanes.read(self.data(), lane, &mut buffer);
            work(&mut buffer);
            let start = lanes.start(lane);
            buffer.iter().enumerate().for_each(|(k, &x)| to[start + k * lanes.step] = x);
        }
        Ok(out)
    }

    /// For each lane along an axis, the `size` positions that `pick` writes for its numbers.
    pub(super) fn pick_lanes(
        &self,
        axis: i64,
        size: usize,
        mut pick: impl FnMut(&[f32], &mut Vec<u32>),
    ) -> Result<Indices, TensorError> {
        let lanes = Lanes::new(self.shape(), axis)?;
        if u32::try_from(lanes.size.saturating_sub(1)).is_err() {
            return Err(TensorError::LargeIndex { index: lanes.size - 1 });
        }
        let mut out = Indices::uninit(self.shape().with_axis(lanes.axis, size));
        if out.count() == 0 {
            return Ok(out);
        }
        let results = lanes.resized(size);
        let (mut numbers, mut positions) = (Vec::new(), Vec::new());
        let to = out.data_mut();
        for lane in 0..lanes.count {
            lanes.read(self.data(), lane, &mut numbers);
            pick(&numbers, &mut positions);
            let start = results.start(lane);
            let places = (start..).step_by(results.step.max(1));
            places.zip(&positions).take(size).for_each(|(place, &position)| to[place] = position);
        }
        Ok(out)
    }
}
