//! The principal components of a kernel's inputs, for whitening.

use super::Whitening;
use crate::Network;
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use relume_tensor::{Shape, Tensor, interrupt};

impl Whitening {
    /// Sets the weight `[outputs, channels, ...kernel]` of a stage, and its bias, from the stage's input: `[batch,
    /// channels, ...space]` for convolutions, `[..., features]` for dense layers.
    pub(super) fn fit(
        &self,
        network: &mut Network,
        stage: usize,
        inputs: &Tensor,
        dilation: &[usize],
    ) {
        let parameter = |name: &str| network.parameters().find(&format!("{stage}.{name}"));
        let (Some(weight), bias) = (parameter("weight"), parameter("bias")) else { return };
        let shape = network.parameters().get(weight).value.shape();
        let (outputs, seen) = (shape[0], shape.tail(1));
        // A dense layer gets rows of features: samples without axes in space.
        let sample = if dilation.is_empty() { seen } else { inputs.shape().without_batch() };
        let groups = sample[0] / seen[0];
        let per_group = outputs / groups;
        for group in 0..groups {
            let Some(components) = self.components(inputs, sample, seen, dilation, group) else {
                continue;
            };
            for (row, (vector, mean)) in (0..per_group).zip(components.signed()) {
                let output = group * per_group + row;
                let size = seen.count();
                let parameters = network.parameters_mut();
                parameters.get_mut(weight).value.data_mut()[output * size..][..size]
                    .copy_from_slice(&vector);
                if let Some(bias) = bias {
                    parameters.get_mut(bias).value.data_mut()[output] = -mean;
                }
            }
        }
    }

    /// The components of the kernel's inputs from a group of channels; `None` if the kernel is larger than the samples,
    /// or if numbers have overflowed.
    fn components(
        &self,
        inputs: &Tensor,
        sample: Shape,
        seen: Shape,
        dilation: &[usize],
        group: usize,
    ) -> Option<Components> {
        let (space, kernel) = (&sample[1..], &seen[1..]);
        let strides = sample.strides();
        let steps: Vec<usize> = dilation.iter().zip(&strides[1..]).map(|(d, s)| d * s).collect();
        let mut free = Vec::with_capacity(space.len());
        for ((size, kernel), dilation) in space.iter().zip(kernel).zip(dilation) {
            let positions = size.checked_sub((kernel - 1) * dilation);
            free.push(positions.filter(|&positions| positions > 0)?);
        }
        let positions = offsets(&free, &strides[1..]);
        let points = offsets(&seen, &[&strides[..1], &steps[..]].concat());
        let first = group * seen[0] * strides[0];
        let size = points.len();
        let (mut sum, mut products) = (DVector::zeros(size), DMatrix::zeros(size, size));
        let samples = inputs.count() / sample.count();
        let count = (samples * positions.len()) as f64;
        // Some samples at a time: many small products would take longer, one large one much memory.
        let some = sample.count() * 4096usize.div_ceil(positions.len());
        for samples in inputs.data().chunks(some) {
            interrupt::check();
            let patches: Vec<f64> = samples
                .chunks_exact(sample.count())
                .flat_map(|sample| {
                    positions.iter().map(move |position| &sample[first + position..])
                })
                .flat_map(|patch| points.iter().map(|point| f64::from(patch[*point])))
                .collect();
            let patches = DMatrix::from_vec(size, patches.len() / size, patches);
            let (own, own_products) = interrupt::waiting_for(move || {
                (patches.column_sum(), &patches * patches.transpose())
            });
            sum += own;
            products += own_products;
        }
        let mean = sum / count;
        let covariance = products / count - &mean * mean.transpose();
        let is_finite = covariance.iter().all(|x| x.is_finite());
        is_finite.then(|| Components::of(covariance, &mean, self.eps))
    }
}

/// All sums of a multiple below `sizes[i]` of each `strides[i]`, the last axis running fastest.
fn offsets(sizes: &[usize], strides: &[usize]) -> Vec<usize> {
    sizes.iter().zip(strides).fold(vec![0], |sums, (size, stride)| {
        sums.iter().flat_map(|sum| (0..*size).map(move |i| sum + i * stride)).collect()
    })
}

/// Whitening components by falling variance, with the mean of each one's output.
struct Components(Vec<(Vec<f32>, f32)>);

impl Components {
    fn of(covariance: DMatrix<f64>, mean: &DVector<f64>, eps: f64) -> Self {
        let eigen = interrupt::waiting_for(move || SymmetricEigen::new(covariance));
        let mut order: Vec<usize> = (0..mean.len()).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
        let component = |index: usize| {
            let vector = eigen.eigenvectors.column(index);
            // The sign is arbitrary: the largest number is positive.
            let scale = (eigen.eigenvalues[index].max(0.0) + eps).sqrt().recip();
            let vector = vector * (scale * vector[vector.iamax()].signum());
            let output = vector.dot(mean) as f32;
            (vector.iter().map(|x| *x as f32).collect(), output)
        };
        Components(order.into_iter().map(component).collect())
    }

    /// Each component, then each with its sign reversed.
    fn signed(&self) -> impl Iterator<Item = (Vec<f32>, f32)> {
        let turned = self.0.iter().map(|(v, mean)| (v.iter().map(|x| -x).collect(), -mean));
        self.0.iter().cloned().chain(turned)
    }
}
