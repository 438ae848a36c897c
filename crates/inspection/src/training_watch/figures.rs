//! The figures of a step: what a pass shows of the places, and what the step does to the parameters.

use crate::Histogram;
use crate::facts::{BINS, MOST_VALUES, PassFacts, PlaceFacts, StepFacts, update_ratio};
use crate::statistics::sum_of_squares;
use relume_tensor::Tensor;
use relume_training::{Bins, StepView, WatchRecord, WatchedParameter, WatchedPlace};

/// The record of a step, with the figures of a pass through the network before it.
pub(super) fn record(view: &StepView<'_>, pass: &PassFacts, step: &StepFacts) -> WatchRecord {
    let trained = view.before.parameters().iter().filter(|(_, own)| own.is_trained());
    let parameters = trained.zip(&step.updates).map(|((id, own), (name, ratio))| {
        let gradient = view.gradients.get(id.index()).and_then(Option::as_ref);
        WatchedParameter {
            name: name.clone(),
            gradient: gradient.map(|own| sum_of_squares(own.data()).sqrt()),
            update: Some(*ratio).filter(|ratio| ratio.is_finite()),
            weights: distribution(&own.value),
            gradients: gradient.map(distribution),
        }
    });
    WatchRecord {
        epoch: view.epoch,
        step: view.step,
        samples: pass.samples as u64,
        places: pass.places.iter().map(place).collect(),
        parameters: parameters.collect(),
    }
}

/// By how much the step changed each trained parameter.
pub(super) fn step(view: &StepView<'_>) -> StepFacts {
    let trained = view.before.parameters().iter().filter(|(_, own)| own.is_trained());
    let update = trained.map(|(id, own)| {
        let after = &view.after.parameters().get(id).value;
        (own.name.clone(), update_ratio(&own.value, after))
    });
    StepFacts { updates: update.collect(), ..StepFacts::default() }
}

fn place(own: &PlaceFacts) -> WatchedPlace {
    let units = own.units.as_ref();
    WatchedPlace {
        path: own.path.clone(),
        stage: own.stage.clone(),
        mean: own.output.mean,
        std: own.output.std,
        signal: own.output.signal,
        dead: units.map(|units| units.dead.len() as f64 / units.count.max(1) as f64),
        flat: units.map(|units| units.saturated),
        gradient: own.gradient,
        outputs: bins(own.histogram.clone()),
    }
}

fn distribution(values: &Tensor) -> Bins {
    bins(Histogram::of_some(values.data(), BINS, MOST_VALUES))
}

fn bins(Histogram { edges, counts }: Histogram) -> Bins {
    let end = |edge: Option<&f32>| edge.copied().unwrap_or(0.0);
    Bins { low: end(edges.first()), high: end(edges.last()), counts }
}
