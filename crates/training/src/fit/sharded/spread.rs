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

/// Numbers of small parameters that are sent together; a larger parameter is sent alone. What is being sent is held
/// twice.
const TOGETHER: usize = 1 << 18;

/// What a rank has: steps, and by name of the state the sizes for each parameter.
type Held = (Vec<u64>, Vec<(String, Vec<Vec<usize>>)>);

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
            for ids in self.portions(rank, network) {
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
        }
        Ok(())
    }

    /// The parameters that a rank updates, in the portions in which they are sent.
    fn portions(&self, rank: usize, network: &Network) -> Vec<Vec<ParameterId>> {
        let mut portions: Vec<Vec<ParameterId>> = Vec::new();
        let mut numbers = usize::MAX;
        for (id, own) in network.parameters().iter() {
            if self.owners[id.index()] != rank || !own.is_trained() {
                continue;
            }
            numbers = numbers.saturating_add(own.value.count());
            match portions.last_mut() {
                Some(last) if numbers <= TOGETHER => last.push(id),
                _ => {
                    numbers = own.value.count();
                    portions.push(vec![id]);
                }
            }
        }
        portions
    }

    /// The optimizer with the whole state, from the parts of all ranks. One tensor after the other is sent, so that no
    /// more than one is held twice.
    ///
    /// # Errors
    /// A rank that is gone, or parts that do not fit each other.
    pub fn whole(
        &self,
        group: &Group,
        optimizer: &Optimizer,
        parameters: &[(&str, Shape)],
    ) -> Result<Optimizer, TrainError> {
        let own = optimizer.state();
        let sizes = |tensors: &[Tensor]| tensors.iter().map(|own| own.dims().to_vec()).collect();
        let held = own.slots.iter().map(|(name, tensors)| (name.clone(), sizes(tensors)));
        let all: Vec<Held> =
            group.gather("the optimizer's state", (own.steps.clone(), held.collect()))?;
        let mut whole = OptimizerState { steps: vec![0; self.owners.len()], slots: Vec::new() };
        for (rank, (steps, slots)) in all.into_iter().enumerate() {
            let mine = |index: usize| self.owners.get(index) == Some(&rank);
            for (index, steps) in steps.into_iter().enumerate().filter(|&(index, _)| mine(index)) {
                whole.steps[index] = steps;
            }
            for (name, sizes) in slots {
                let here = (rank == group.rank()).then(|| slot(&own, &name)).flatten();
                let place = self.place(&mut whole, name);
                for (index, sizes) in sizes.iter().enumerate().filter(|&(index, _)| mine(index)) {
                    let here = here.and_then(|tensors| tensors.get(index));
                    whole.slots[place].1[index] = given(group, rank, here, sizes)?;
                }
            }
        }
        Ok(Optimizer::from_state(optimizer.spec().clone(), whole, parameters)?)
    }

    /// The place of a state's name, which is added if it is new.
    fn place(&self, whole: &mut OptimizerState, name: String) -> usize {
        whole.slots.iter().position(|(own, _)| *own == name).unwrap_or_else(|| {
            whole.slots.push((name, vec![Tensor::zeros(0); self.owners.len()]));
            whole.slots.len() - 1
        })
    }
}

/// The tensors of a state's name.
fn slot<'a>(state: &'a OptimizerState, name: &str) -> Option<&'a [Tensor]> {
    state.slots.iter().find(|(own, _)| own == name).map(|(_, tensors)| &tensors[..])
}

/// A tensor that one rank has, given to all.
///
/// # Errors
/// A rank that is gone, or sizes that no tensor has.
fn given(
    group: &Group,
    rank: usize,
    here: Option<&Tensor>,
    sizes: &[usize],
) -> Result<Tensor, TrainError> {
    let shape = Shape::new(sizes)?;
    match here {
        Some(tensor) => {
            group.spread(rank, tensor.data().to_vec())?;
            Ok(tensor.clone())
        }
        None => Ok(Tensor::new(shape, group.spread(rank, vec![0.0; shape.count()])?)?),
    }
}
