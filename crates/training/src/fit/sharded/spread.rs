//! The optimizer's state in parts, one on each rank (ZeRO, first stage).

use crate::TrainError;
use crate::group::Group;
use relume_layers::{Network, ParameterId};
use relume_optimizers::{Optimizer, OptimizerState};
use relume_tensor::{Shape, Tensor};

/// Which rank updates which parameter.
#[derive(Clone, Debug)]
pub(in crate::fit) struct Spread {
    owners: Vec<usize>,
}

/// Steps and slots as they are sent: by name, for each parameter its sizes and numbers.
type Sent = (Vec<u64>, Vec<(String, Vec<(Vec<usize>, Vec<f32>)>)>);

impl Spread {
    /// Gives the largest parameters first, each to the rank that has the fewest numbers so far.
    pub fn of(network: &Network, ranks: usize) -> Self {
        let parameters = network.parameters();
        let mut all: Vec<(ParameterId, usize)> = parameters
            .iter()
            .filter(|(_, own)| own.is_trained())
            .map(|(id, own)| (id, own.value.count()))
            .collect();
        all.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        let mut owners = vec![0; parameters.len()];
        let mut given = vec![0usize; ranks.max(1)];
        for (id, count) in all {
            let rank = (0..given.len()).min_by_key(|&rank| given[rank]).unwrap_or(0);
            given[rank] += count;
            owners[id.index()] = rank;
        }
        Spread { owners }
    }

    /// Which parameters a rank updates.
    pub fn owned(&self, rank: usize) -> Vec<bool> {
        self.owners.iter().map(|&owner| owner == rank).collect()
    }

    /// The optimizer with the state of the parameters alone that this rank updates.
    ///
    /// # Errors
    /// Groups that do not fit the parameters.
    pub fn own_part(
        &self,
        optimizer: &Optimizer,
        rank: usize,
        parameters: &[(&str, Shape)],
    ) -> Result<Optimizer, TrainError> {
        let owned = self.owned(rank);
        let origin = |(index, is_owned): (usize, &bool)| is_owned.then_some(index);
        let origins: Vec<Option<usize>> = owned.iter().enumerate().map(origin).collect();
        let mut own = optimizer.rearranged(&origins);
        own.assign(parameters)?;
        Ok(own)
    }

    /// Gives every rank the parameters that the others have updated.
    ///
    /// # Errors
    /// A rank that is gone, or that failed.
    pub fn exchange(&self, group: &Group, network: &mut Network) -> Result<(), TrainError> {
        for rank in 0..group.size() {
            let ids: Vec<ParameterId> = network
                .parameters()
                .iter()
                .filter(|(id, own)| self.owners[id.index()] == rank && own.is_trained())
                .map(|(id, _)| id)
                .collect();
            let values = ids.iter().map(|&id| &network.parameters().get(id).value);
            let numbers: Vec<f32> = match rank == group.rank() {
                true => values.flat_map(|value| value.data()).copied().collect(),
                false => vec![0.0; values.map(Tensor::count).sum()],
            };
            let numbers = group.spread(rank, numbers)?;
            if rank == group.rank() {
                continue;
            }
            let mut rest = &numbers[..];
            for id in ids {
                let value = &mut network.parameters_mut().get_mut(id).value;
                let (own, later) = rest.split_at(value.count());
                value.data_mut().copy_from_slice(own);
                rest = later;
            }
        }
        Ok(())
    }

    /// The optimizer with the whole state, from the parts of all ranks.
    ///
    /// # Errors
    /// A rank that is gone, or parts that do not fit each other.
    pub fn whole(
        &self,
        group: &Group,
        optimizer: &Optimizer,
        parameters: &[(&str, Shape)],
    ) -> Result<Optimizer, TrainError> {
        let OptimizerState { steps, slots } = optimizer.state();
        let sent = |tensor: Tensor| (tensor.dims().to_vec(), tensor.data().to_vec());
        let slots = slots.into_iter();
        let slots = slots.map(|(name, own)| (name, own.into_iter().map(sent).collect())).collect();
        let all: Vec<Sent> = group.gather("the optimizer's state", (steps, slots))?;
        let mut whole = OptimizerState { steps: vec![0; self.owners.len()], slots: Vec::new() };
        let empty = || vec![Tensor::zeros(0); self.owners.len()];
        for (rank, (steps, slots)) in all.into_iter().enumerate() {
            let mine = |index: usize| self.owners.get(index) == Some(&rank);
            for (index, steps) in steps.into_iter().enumerate().filter(|&(index, _)| mine(index)) {
                whole.steps[index] = steps;
            }
            for (name, tensors) in slots {
                let place = whole.slots.iter().position(|(own, _)| *own == name);
                let place = place.unwrap_or_else(|| {
                    whole.slots.push((name, empty()));
                    whole.slots.len() - 1
                });
                for (index, (sizes, numbers)) in tensors.into_iter().enumerate() {
                    if mine(index) {
                        whole.slots[place].1[index] = Tensor::new(Shape::new(&sizes)?, numbers)?;
                    }
                }
            }
        }
        Ok(Optimizer::from_state(optimizer.spec().clone(), whole, parameters)?)
    }
}
