//! Gradients in buckets: what is summed at once, in the order in which the backward pass finds it.

use relume_autograd::Var;
use relume_layers::{Network, ParameterId, Workspace};
use relume_tensor::Tensor;
use std::collections::{HashMap, HashSet};

/// Numbers after which a bucket is full: 1 MiB.
const FULL: usize = 256 * 1024;

/// The trained parameters in buckets: those that are used last come first, since their gradients are found first.
#[derive(Debug)]
pub(super) struct Buckets {
    buckets: Vec<Bucket>,
    /// The bucket of each parameter, and its place in it.
    places: HashMap<ParameterId, (usize, usize)>,
}

#[derive(Debug, Default)]
struct Bucket {
    /// The parameters and where their numbers begin.
    parameters: Vec<(ParameterId, usize)>,
    numbers: usize,
}

impl Buckets {
    pub fn of(network: &Network) -> Self {
        let mut buckets: Vec<Bucket> = Vec::new();
        let mut places = HashMap::new();
        let trained: Vec<_> =
            network.parameters().iter().filter(|(_, own)| own.is_trained()).collect();
        for (id, parameter) in trained.into_iter().rev() {
            if buckets.last().is_none_or(|last| last.numbers >= FULL) {
                buckets.push(Bucket::default());
            }
            let bucket = buckets.len() - 1;
            let last = &mut buckets[bucket];
            places.insert(id, (bucket, last.parameters.len()));
            last.parameters.push((id, last.numbers));
            last.numbers += parameter.value.count();
        }
        Buckets { buckets, places }
    }

    pub fn count(&self) -> usize {
        self.buckets.len()
    }

    /// How many numbers a bucket holds.
    pub fn numbers(&self, bucket: usize) -> usize {
        self.buckets[bucket].numbers
    }

    /// The gradients of all parameters of a network, from the sums of all buckets, each times `share`.
    pub fn unpacked(
        &self,
        network: &Network,
        sums: &[Vec<f32>],
        share: f32,
    ) -> Vec<Option<Tensor>> {
        let gradient = |id: ParameterId| {
            let &(bucket, place) = self.places.get(&id)?;
            let shape = network.parameters().get(id).value.shape();
            let (_, start) = self.buckets[bucket].parameters[place];
            let numbers = &sums[bucket][start..start + shape.count()];
            Some(Tensor::from_fn(shape, |i| numbers[i] * share))
        };
        network.parameters().iter().map(|(id, _)| gradient(id)).collect()
    }
}

/// Buckets that one backward pass fills.
pub(super) struct Filling<'a> {
    buckets: &'a Buckets,
    /// The parameters by their variables on the tape.
    parameters: HashMap<Var, ParameterId>,
    filled: Vec<Vec<f32>>,
    /// The parameters whose gradients came.
    came: HashSet<ParameterId>,
    /// How many parameters each bucket still waits for.
    missing: Vec<usize>,
    /// The first bucket that was not handed out yet.
    next: usize,
    /// The first parameter whose gradient is not finite.
    broken: Option<ParameterId>,
}

impl<'a> Filling<'a> {
    pub fn begin(buckets: &'a Buckets, workspace: &Workspace) -> Self {
        let variable = |&id: &ParameterId| Some((workspace.variable(id)?, id));
        Filling {
            parameters: buckets.places.keys().filter_map(variable).collect(),
            filled: buckets.buckets.iter().map(|own| vec![0.0; own.numbers]).collect(),
            missing: buckets.buckets.iter().map(|own| own.parameters.len()).collect(),
            next: 0,
            came: HashSet::new(),
            broken: None,
            buckets,
        }
    }

    /// Takes in the gradient of a variable; `full` is given the buckets that are full then, in their order.
    pub fn put(&mut self, variable: Var, gradient: &Tensor, mut full: impl FnMut(usize, Vec<f32>)) {
        let Some(id) = self.parameters.remove(&variable) else { return };
        let Some(&(bucket, place)) = self.buckets.places.get(&id) else { return };
        if !gradient.is_finite() {
            self.broken.get_or_insert(id);
        }
        let (_, start) = self.buckets.buckets[bucket].parameters[place];
        self.filled[bucket][start..start + gradient.count()].copy_from_slice(gradient.data());
        self.came.insert(id);
        self.missing[bucket] -= 1;
        while self.missing.get(self.next) == Some(&0) {
            full(self.next, std::mem::take(&mut self.filled[self.next]));
            self.next += 1;
        }
    }

    /// The first parameter, in the order of the backward pass, whose gradient is not finite.
    pub fn broken(&self) -> Option<ParameterId> {
        self.broken
    }

    /// A parameter that no gradient reached.
    pub fn without_gradient(&self) -> Option<ParameterId> {
        let all = self.buckets.buckets.iter().flat_map(|own| &own.parameters);
        all.map(|&(id, _)| id).find(|id| !self.came.contains(id))
    }
}
