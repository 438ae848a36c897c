//! The gradients of a convolution that is followed by max-pooling: only the gradients of the maxima are not zero, and
//! only those are multiplied.
//!
//! After windows of 2 x 2, three numbers of four are zero, and the ReLU adds more. A sample is laid out with sixteen
//! channels side by side, so that an output pixel reads one vector of them for each point of the kernel. Every gradient
//! that is not zero then costs one multiply-add of each of those: a quarter of the work of the dense products.

use super::epilogue::{Epilogue, Outcome, Pool};
use super::{ConvGeometry, Sizes};
use crate::simd::{LANES, Vector, VectorKernel, dispatch_vectors};
use crate::{Indices, Tensor};

/// The layouts of a padded sample in blocks of sixteen channels, `[blocks, rows, columns, 16]`, and of the weights,
/// `[blocks, output channels, points, 16]`.
#[derive(Clone, Debug)]
pub(super) struct Sparse {
    channels: usize,
    rows: usize,
    points: usize,
    input: [usize; 2],
    padding: [usize; 2],
    padded: [usize; 2],
    in_sample: Layout,
    in_weights: Layout,
}

/// Where vectors of channels start in a block.
#[derive(Clone, Debug)]
struct Layout {
    /// For each output pixel, or for each row of the weights: the vector of the kernel's first point.
    starts: Vec<u32>,
    /// For each point of the kernel: how far its vector is from that of the first.
    points: Vec<u32>,
    /// Numbers of a block.
    block: usize,
}

impl Sparse {
    /// The layouts, if this is faster: pooling leaves at most a third, and channels fill whole vectors.
    pub fn new(geometry: &ConvGeometry, sizes: &Sizes, epilogue: &Epilogue) -> Option<Self> {
        let pool = epilogue.pool.as_ref()?;
        let ConvGeometry { channels, stride, groups, input, padding_before, .. } = *geometry;
        let is_faster = pool.n() * 3 <= sizes.n && channels % LANES == 0;
        if !is_faster || stride != [1, 1] || groups != 1 {
            return None;
        }
        let points: Vec<[usize; 2]> = geometry.points().collect();
        let reach = points.last().copied().unwrap_or_default();
        let padded = [0, 1].map(|axis| sizes.output[axis] + reach[axis]);
        // Positions are kept as u32.
        let largest = (padded[0] * padded[1] * LANES)
            .max(geometry.out_channels * points.len() * LANES)
            .max(geometry.out_channels * pool.n());
        u32::try_from(largest).ok()?;
        let at = |[y, x]: [usize; 2]| ((y * padded[1] + x) * LANES) as u32;
        let width = sizes.output[1];
        let in_sample = Layout {
            starts: (0..sizes.n).map(|i| at([i / width, i % width])).collect(),
            points: points.iter().copied().map(at).collect(),
            block: padded[0] * padded[1] * LANES,
        };
        let steps = |count: usize, step: usize| (0..count).map(|i| (i * step) as u32).collect();
        let in_weights = Layout {
            starts: steps(geometry.out_channels, points.len() * LANES),
            points: steps(points.len(), LANES),
            block: geometry.out_channels * points.len() * LANES,
        };
        Some(Sparse {
            channels,
            rows: geometry.out_channels,
            points: points.len(),
            input,
            padding: padding_before,
            padded,
            in_sample,
            in_weights,
        })
    }

    fn numbers(&self) -> usize {
        self.padded[0] * self.padded[1] * self.channels
    }

    fn k(&self) -> usize {
        self.points * self.channels
    }

    /// The weights `[rows, channels, points]` in this layout.
    pub fn weights(&self, weight: &[f32]) -> Tensor {
        let mut to = Tensor::uninit([self.rows, self.k()]);
        let part = self.points * LANES;
        for (row, from) in weight.chunks_exact(self.k()).enumerate() {
            for (block, from) in from.chunks_exact(part).enumerate() {
                let at = block * self.in_weights.block + row * part;
                transpose(from, self.points, &mut to.data_mut()[at..at + part]);
            }
        }
        to
    }

    /// Scratch for samples one after the other, and sums of zero.
    pub fn scratch(&self, epilogue: &Epilogue) -> Scratch {
        let pooled = self.rows * epilogue.pool.as_ref().map_or(0, Pool::n);
        Scratch {
            sample: Tensor::uninit(self.numbers()),
            sums: Tensor::zeros([self.rows, self.k()]),
            by_row: Entries::new(self.rows, pooled),
            by_pixel: Entries::new(self.in_sample.starts.len(), pooled),
        }
    }

    /// Collects the gradients of a sample's maxima, by channel and by pixel. Adds each channel's sum to `biases`.
    pub fn collect(
        &self,
        outcome: Outcome,
        epilogue: &Epilogue,
        scratch: &mut Scratch,
        biases: Option<&mut [f32]>,
    ) {
        let Scratch { by_row, by_pixel, .. } = scratch;
        by_row.fill(self.rows, outcome, epilogue);
        if let Some(biases) = biases {
            for (row, bias) in biases.iter_mut().enumerate() {
                *bias += by_row.of(row).map(|(_, gradient)| gradient).sum::<f32>();
            }
        }
        by_pixel.sort(by_row);
    }

    /// Adds what the sample `x` contributes to the weight's gradient.
    pub fn add_weights(&self, x: &[f32], scratch: &mut Scratch) {
        let Scratch { sample, sums, by_row, .. } = scratch;
        self.interleave(x, sample.data_mut());
        dispatch_vectors(Sums {
            entries: by_row,
            channels: self.channels,
            from: sample.data(),
            from_layout: &self.in_sample,
            to: sums.data_mut(),
            to_layout: &self.in_weights,
        });
    }

    /// The weight's gradient so far, `[rows, channels, points]`.
    pub fn write_weights(&self, scratch: &Scratch, to: &mut [f32]) {
        let part = self.points * LANES;
        for (row, to) in to.chunks_exact_mut(self.k()).enumerate() {
            for (block, to) in to.chunks_exact_mut(part).enumerate() {
                let at = block * self.in_weights.block + row * part;
                transpose(&scratch.sums.data()[at..at + part], LANES, to);
            }
        }
    }

    /// The gradient of the sample's own numbers, from [`Sparse::weights`].
    pub fn inputs(&self, weights: &Tensor, scratch: &mut Scratch, grad_x: &mut [f32]) {
        let Scratch { sample, by_pixel, .. } = scratch;
        sample.data_mut().fill(0.0);
        dispatch_vectors(Sums {
            entries: by_pixel,
            channels: self.channels,
            from: weights.data(),
            from_layout: &self.in_weights,
            to: sample.data_mut(),
            to_layout: &self.in_sample,
        });
        self.separate(sample.data(), grad_x);
    }

    /// Copies a sample's planes into this layout.
    fn interleave(&self, x: &[f32], to: &mut [f32]) {
        to.fill(0.0);
        let [height, width] = self.input;
        let planes = x.chunks_exact(LANES * height * width);
        for (planes, block) in planes.zip(to.chunks_exact_mut(self.in_sample.block)) {
            for y in 0..height {
                let Some(line) = self.line(y) else { continue };
                for (channel, plane) in planes.chunks_exact(height * width).enumerate() {
                    let from = &plane[y * width..][self.columns()];
                    let to = block[line + channel..].iter_mut().step_by(LANES);
                    to.zip(from).for_each(|(to, &x)| *to = x);
                }
            }
        }
    }

    /// The reverse of [`Sparse::interleave`].
    fn separate(&self, from: &[f32], x: &mut [f32]) {
        x.fill(0.0);
        let [height, width] = self.input;
        let planes = x.chunks_exact_mut(LANES * height * width);
        for (planes, block) in planes.zip(from.chunks_exact(self.in_sample.block)) {
            for y in 0..height {
                let Some(line) = self.line(y) else { continue };
                for (channel, plane) in planes.chunks_exact_mut(height * width).enumerate() {
                    let to = &mut plane[y * width..][self.columns()];
                    let from = block[line + channel..].iter().step_by(LANES);
                    to.iter_mut().zip(from).for_each(|(to, &x)| *to = x);
                }
            }
        }
    }

    /// Where the vector of the first pixel of a row starts in a block. `None` if no kernel reads the row.
    fn line(&self, y: usize) -> Option<usize> {
        let row = y + self.padding[0];
        (row < self.padded[0]).then_some((row * self.padded[1] + self.padding[1]) * LANES)
    }

    /// The columns that a kernel reads.
    fn columns(&self) -> std::ops::Range<usize> {
        0..self.input[1].min(self.padded[1].saturating_sub(self.padding[1]))
    }
}

/// `to[j][i] = from[i][j]` for `columns` columns j.
fn transpose(from: &[f32], columns: usize, to: &mut [f32]) {
    let rows = from.len() / columns;
    for (j, to) in to.chunks_exact_mut(rows).enumerate() {
        to.iter_mut().zip(from[j..].iter().step_by(columns)).for_each(|(to, &x)| *to = x);
    }
}

/// Scratch for samples one after the other, and the sums so far.
pub(super) struct Scratch {
    sample: Tensor,
    sums: Tensor,
    by_row: Entries,
    by_pixel: Entries,
}

/// Numbers that are not zero, in groups, each with an index.
struct Entries {
    indices: Indices,
    values: Tensor,
    /// Where each group ends.
    ends: Indices,
    count: usize,
}

impl Entries {
    fn new(groups: usize, count: usize) -> Self {
        Entries {
            indices: Indices::uninit(count),
            values: Tensor::uninit(count),
            ends: Indices::uninit(groups),
            count: 0,
        }
    }

    /// Collects the gradients of the maxima, grouped by channel, with the pixels of the maxima as indices.
    fn fill(&mut self, rows: usize, outcome: Outcome, epilogue: &Epilogue) {
        let Outcome { gradient, out, indices: maxima } = outcome;
        let pooled = gradient.len() / rows.max(1);
        let (indices, values) = (self.indices.data_mut(), self.values.data_mut());
        let ends = self.ends.data_mut();
        let mut count = 0;
        for (row, end) in ends.iter_mut().enumerate() {
            let at = row * pooled..(row + 1) * pooled;
            let numbers = gradient[at.clone()].iter().zip(&out[at.clone()]).zip(&maxima[at]);
            for ((&gradient, &out), &maximum) in numbers {
                // Always written, without a branch; the next one overwrites it if it is zero.
                let value = epilogue.relu_gradient(gradient, out);
                indices[count] = maximum;
                values[count] = value;
                count += usize::from(value != 0.0);
            }
            *end = count as u32;
        }
        self.count = count;
    }

    fn range(&self, group: usize) -> std::ops::Range<usize> {
        let end = |group: usize| self.ends.data()[group] as usize;
        (if group == 0 { 0 } else { end(group - 1) })..end(group)
    }

    fn of(&self, group: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = self.range(group);
        let indices = self.indices.data()[range.clone()].iter().map(|&i| i as usize);
        indices.zip(self.values.data()[range].iter().copied())
    }

    /// The entries of `other`, grouped by its indices; their groups become the indices, in order.
    fn sort(&mut self, other: &Entries) {
        let groups = other.ends.count();
        let ends = self.ends.data_mut();
        ends.fill(0);
        for &index in &other.indices.data()[..other.count] {
            ends[index as usize] += 1;
        }
        // Each group's start. Filling the group moves it to the group's end.
        let mut start = 0;
        for end in ends.iter_mut() {
            let count = *end;
            *end = start;
            start += count;
        }
        let (indices, values) = (self.indices.data_mut(), self.values.data_mut());
        for group in 0..groups {
            for (index, value) in other.of(group) {
                let at = ends[index] as usize;
                indices[at] = group as u32;
                values[at] = value;
                ends[index] += 1;
            }
        }
        self.count = other.count;
    }
}

/// Adds to the vectors of each group, at every point of the kernel, the sum of its entries: value times the vector of
/// the index.
struct Sums<'a> {
    entries: &'a Entries,
    channels: usize,
    from: &'a [f32],
    from_layout: &'a Layout,
    to: &'a mut [f32],
    to_layout: &'a Layout,
}

impl Sums<'_> {
    /// `P` points from `point` on, for one vector of channels from `channel` on in a block.
    ///
    /// # Safety
    /// The sizes have been checked as `run` does, and the processor has the instructions of `V`.
    #[inline(always)]
    unsafe fn points<V: Vector, const P: usize>(
        &mut self,
        point: usize,
        block: usize,
        channel: usize,
    ) {
        let (source, target) = (self.from_layout, self.to_layout);
        let from = self.from[block * source.block..][channel..].as_ptr();
        let to = self.to[block * target.block..][channel..].as_mut_ptr();
        let (indices, values) = (self.entries.indices.data(), self.entries.values.data());
        for (group, &start) in target.starts.iter().enumerate() {
            let range = self.entries.range(group);
            if range.is_empty() {
                continue;
            }
            // SAFETY: all starts plus points of both layouts, and sixteen channels after them, lie inside of a block
            // (checked by `run`), and the indices of entries are those of groups.
            unsafe {
                let mut sums = [V::splat(0.0); P];
                for (&index, &value) in indices[range.clone()].iter().zip(&values[range]) {
                    let start = *source.starts.get_unchecked(index as usize) as usize;
                    let from = from.add(start);
                    let value = V::splat(value);
                    for (p, sum) in sums.iter_mut().enumerate() {
                        let at = *source.points.get_unchecked(point + p) as usize;
                        *sum = value.mul_add(V::load(from.add(at)), *sum);
                    }
                }
                for (p, &sum) in sums.iter().enumerate() {
                    let at = start as usize + target.points[point + p] as usize;
                    let sum = V::splat(1.0).mul_add(V::load(to.add(at)), sum);
                    sum.store(to.add(at));
                }
            }
        }
    }
}

impl VectorKernel for Sums<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        for layout in [self.from_layout, self.to_layout] {
            let last = |offsets: &[u32]| offsets.iter().max().map_or(0, |&at| at as usize);
            assert!(last(&layout.starts) + last(&layout.points) + LANES <= layout.block);
        }
        let groups = self.from_layout.starts.len() as u32;
        let indices = &self.entries.indices.data()[..self.entries.count];
        assert!(indices.iter().all(|&index| index < groups));
        let points = self.from_layout.points.len();
        assert!(self.from.len() >= self.channels / LANES * self.from_layout.block);
        assert!(self.to.len() >= self.channels / LANES * self.to_layout.block);
        for channel in (0..self.channels / LANES * LANES).step_by(V::WIDTH) {
            let (block, channel) = (channel / LANES, channel % LANES);
            let mut point = 0;
            // SAFETY: just checked.
            unsafe {
                while points - point >= 9 {
                    self.points::<V, 9>(point, block, channel);
                    point += 9;
                }
                while points - point >= 3 {
                    self.points::<V, 3>(point, block, channel);
                    point += 3;
                }
                while point < points {
                    self.points::<V, 1>(point, block, channel);
                    point += 1;
                }
            }
        }
    }
}
