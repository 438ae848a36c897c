//! Counting the units of activation functions that pass no gradient, over a batch or over a part.

use super::places::{PassedStage, activation, passed, unit_axes};
use super::units::{UnitCounter, UnitFacts};
use relume_activations::ActivationSpec;
use relume_datasets::{Batches, Part};
use relume_layers::{Mode, Network, Workspace};
use relume_tensor::{Shape, Tensor};
use relume_training::TrainError;

/// Multiply-adds for which units are counted over the whole train part: about a second.
const QUICK: usize = 2_000_000_000;
/// Samples over which they are counted otherwise, if that takes no longer than ten times as much.
const SOME: usize = 4096;

/// A counter for each place, where an activation function is.
fn counters(network: &Network, stages: &[PassedStage<'_>]) -> Vec<Option<UnitCounter>> {
    let counter = |own: &PassedStage<'_>| {
        let activation = activation(network.spec(), own.watched)?;
        let parameters = parameters_of(network, &own.watched.path, &activation)?;
        UnitCounter::new(&activation, parameters)
    };
    stages.iter().map(counter).collect()
}

/// Adds what has passed through the places.
fn add(
    counters: &mut [Option<UnitCounter>],
    network: &Network,
    stages: &[PassedStage<'_>],
) -> Result<(), TrainError> {
    let axes = unit_axes(network.spec(), stages);
    for ((counter, own), axis) in counters.iter_mut().zip(stages).zip(axes) {
        if let Some(counter) = counter {
            counter.add(own.input()?, own.output()?, axis);
        }
    }
    Ok(())
}

/// The units of each place, counted over a batch that has passed.
pub(super) fn units_of(
    network: &Network,
    stages: &[PassedStage<'_>],
) -> Result<Vec<Option<UnitFacts>>, TrainError> {
    let mut counters = counters(network, stages);
    add(&mut counters, network, stages)?;
    Ok(counters.into_iter().map(|own| own.and_then(UnitCounter::finish)).collect())
}

/// The units of each place, counted over the train part, and over how many samples.
pub(super) fn count_units(
    network: &Network,
    stages: &[PassedStage<'_>],
    part: &Part,
    at_once: usize,
) -> Result<(Vec<Option<UnitFacts>>, usize), TrainError> {
    let mut counters = counters(network, stages);
    if counters.iter().all(Option::is_none) {
        return Ok((counters.iter().map(|_| None).collect(), part.len().min(at_once)));
    }
    let cost = cost(network).max(1);
    let most = match cost.saturating_mul(part.len()) <= QUICK {
        true => part.len(),
        false => SOME.min(10 * QUICK / cost).max(at_once).min(part.len()),
    };
    let few = Batches::shuffled(part.clone(), at_once, 0, 0).take(most.div_ceil(at_once));
    let mut own = network.clone();
    let mut counted = 0;
    for batch in few {
        let batch = batch?;
        let mut workspace = Workspace::recording().watching();
        let x = workspace.tape.constant(batch.inputs.clone());
        own.forward(&mut workspace, x, Mode::Training)?;
        add(&mut counters, network, &passed(&workspace))?;
        counted += batch.samples();
    }
    Ok((counters.into_iter().map(|own| own.and_then(UnitCounter::finish)).collect(), counted))
}

/// About how many multiply-adds a sample takes.
fn cost(network: &Network) -> usize {
    let each = network.shapes().iter().enumerate().map(|(index, shape)| {
        let prefix = format!("{index}.");
        let own = network.parameters().iter().filter(|(_, own)| own.name.starts_with(&prefix));
        let numbers: usize = own.map(|(_, own)| own.value.count()).sum();
        let channels = if shape.rank() > 2 { shape.first() } else { shape.last() };
        shape.count() + shape.count() / channels.copied().unwrap_or(1).max(1) * numbers
    });
    each.sum()
}

/// The values of an activation's trained parameters at a path; `None` if they are not there.
fn parameters_of(
    network: &Network,
    path: &str,
    activation: &ActivationSpec,
) -> Option<Vec<Tensor>> {
    let all = network.parameters();
    let names = activation.inner().parameters(Shape::SCALAR).into_iter();
    let value = |(name, _)| all.find(&format!("{path}.{name}")).map(|id| all.get(id).value.clone());
    names.map(value).collect()
}
