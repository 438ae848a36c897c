//! The stages that a batch has passed through, and what their outputs are like.

use super::pass::{BINS, PlaceFacts};
use super::units::UnitFacts;
use crate::Histogram;
use crate::statistics::Statistics;
use relume_activations::ActivationSpec;
use relume_autograd::{AutogradError, Tape};
use relume_layers::{NetworkSpec, Stage, Watch, Watched, WatchedKind, Workspace};
use relume_tensor::Tensor;

/// A stage, or a part of one, through which a batch has passed, with the tape that has its values.
#[derive(Clone, Copy)]
pub(crate) struct PassedStage<'a> {
    pub watched: &'a Watched,
    pub tape: &'a Tape,
}

impl<'a> PassedStage<'a> {
    pub fn input(self) -> Result<&'a Tensor, AutogradError> {
        self.tape.get(self.watched.input)
    }

    pub fn output(self) -> Result<&'a Tensor, AutogradError> {
        self.tape.get(self.watched.output)
    }

    pub fn gradient(self) -> Option<&'a Tensor> {
        self.tape.gradient(self.watched.output)
    }
}

/// What a workspace has seen, in order.
pub(crate) fn passed(workspace: &Workspace) -> Vec<PassedStage<'_>> {
    let seen = workspace.watch().map_or(&[][..], Watch::seen).iter();
    seen.map(|watched| PassedStage { watched, tape: &workspace.tape }).collect()
}

/// The same, with what other workspaces have seen in the place of some: stages one by one that ran as one operation.
pub(crate) fn passed_with<'a>(
    workspace: &'a Workspace,
    separated: &'a [(usize, Workspace)],
) -> Vec<PassedStage<'a>> {
    let stages = passed(workspace).into_iter().enumerate();
    let own = |(place, stage)| match separated.iter().find(|(at, _)| *at == place) {
        Some((_, apart)) => passed(apart),
        None => vec![stage],
    };
    stages.flat_map(own).collect()
}

/// The activation function of a place, if it is one.
pub(super) fn activation(spec: &NetworkSpec, watched: &Watched) -> Option<ActivationSpec> {
    match &watched.kind {
        WatchedKind::Activation(activation) => Some(activation.clone()),
        WatchedKind::Stage => {
            let stage = spec.place(&watched.path).and_then(|place| spec.part(&place)).ok()?;
            match stage.layers.into_iter().next() {
                Some(Stage::Activation(activation)) => Some(activation),
                _ => None,
            }
        }
        WatchedKind::Part(_) | WatchedKind::Recurrent(_) => None,
    }
}

/// What stands at a place, as text.
fn text(spec: &NetworkSpec, watched: &Watched) -> String {
    match &watched.kind {
        WatchedKind::Activation(activation) => Stage::from(activation.clone()).label(),
        WatchedKind::Part(name) => (*name).to_string(),
        WatchedKind::Recurrent(part) => match part.gates {
            1 => "rnn".to_string(),
            3 => "gru".to_string(),
            _ => "lstm".to_string(),
        },
        WatchedKind::Stage => {
            let stage = spec.place(&watched.path).and_then(|place| spec.part(&place));
            let stage = stage.ok().and_then(|own| own.layers.into_iter().next());
            stage.map_or_else(String::new, |stage| stage.label())
        }
    }
}

/// The axis of the units of each place: features are last, channels of images and lines second.
pub(crate) fn unit_axes(spec: &NetworkSpec, stages: &[PassedStage<'_>]) -> Vec<usize> {
    let mut is_line = false;
    let axis = |own: &PassedStage<'_>| {
        let watched = own.watched;
        // An activation may have any name.
        let stage =
            activation(spec, watched).map_or_else(|| text(spec, watched), |_| String::new());
        if stage.starts_with("conv") {
            is_line = true;
        } else if stage.starts_with("dense") || matches!(watched.kind, WatchedKind::Recurrent(_)) {
            is_line = false;
        } else if stage.starts_with("permute") {
            is_line = !is_line;
        }
        match own.output().map_or(0, Tensor::rank) {
            3 if !is_line => 2,
            _ => 1,
        }
    };
    stages.iter().map(axis).collect()
}

/// What is known of places beside their outputs, and how closely these are looked at.
pub(super) struct Figures {
    /// The units of each place.
    pub units: Vec<Option<UnitFacts>>,
    /// The root mean square of the gradient of each.
    pub gradients: Vec<Option<f32>>,
    /// The most values that histograms count.
    pub most: usize,
}

pub(super) fn places(
    spec: &NetworkSpec,
    stages: &[PassedStage<'_>],
    figures: Figures,
) -> Vec<PlaceFacts> {
    let Figures { units, gradients, most } = figures;
    let place = |((own, units), gradient): ((&PassedStage<'_>, _), _)| {
        let values = own.output().ok()?;
        Some(PlaceFacts {
            path: own.watched.path.clone(),
            stage: text(spec, own.watched),
            output: Statistics::of(values),
            histogram: Histogram::of_some(values.data(), BINS, most),
            gradient,
            units,
        })
    };
    stages.iter().zip(units).zip(gradients).filter_map(place).collect()
}
