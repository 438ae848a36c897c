//! A model cut and changed: some of its stages as a model of their own, stages replaced, weights set.

use crate::{InputPreparation, Model, TrainError, Weights};
use relume_layers::{
    LayerError, Network, Origin, Replaced, Replacement, ShapeMismatch, StagePlace, StateDict,
};
use relume_tensor::Tensor;
use std::ops::Range;

impl Model {
    /// Some of its stages as a model of their own: [`Model::part`] of a range.
    ///
    /// # Errors
    /// A range without a stage, or beyond the last one.
    pub fn slice(&self, range: Range<usize>) -> Result<Model, TrainError> {
        self.part(&StagePlace::stages(range))
    }

    /// The stages of a place as a model of their own, with the weights that they have; with the preparation of the
    /// inputs where they begin with the first stage of all. `spec().place("trunk.1")` is the place of a path.
    ///
    /// # Errors
    /// A place without a stage, or one that the network does not have.
    pub fn part(&self, place: &StagePlace) -> Result<Model, TrainError> {
        let spec = self.spec.part(place)?;
        let Weights { state, trained, preparation, .. } = self.weights();
        let state = state.at_all_places(&self.spec).part(&self.spec, place)?;
        let preparation = match place.takes_the_input(&self.spec) {
            true => preparation,
            false => InputPreparation::Open,
        };
        let network = self.network.as_ref();
        let input = network.and_then(|network| self.spec.input_of(place, network.input()));
        Model::with_weights(spec, self.seed(), Weights { state, trained, input, preparation })
    }

    /// Replaces the stages of a place by those of `with`, which bring the weights that they have along.
    ///
    /// Weights, buffers, frozen marks and the optimizer's state of all other stages stay, and so do the place in the
    /// run and its history: training goes on, also in the middle of an epoch. What follows keeps its weights where
    /// their shapes stay; the others start fresh, as in a network of these stages and this seed, and are returned. The
    /// names of what is predicted stay unless the shape of the outputs changes.
    ///
    /// # Errors
    /// A place that the network does not have, no stage left, shapes that do not follow one another, or a group of the
    /// optimizer that no parameter is left for: nothing has changed then.
    pub fn replace(
        &mut self,
        place: &StagePlace,
        with: &Model,
    ) -> Result<Vec<ShapeMismatch>, TrainError> {
        let weights = with.weights();
        let with = Replacement { stages: with.spec.layers.clone(), state: weights.state };
        let mut changed = self.clone();
        changed.spec = self.spec.replaced(place, &with.stages)?;
        changed.spec.check_nesting()?;
        changed.spec.check().map_err(LayerError::from)?;
        changed.trained_before |= weights.trained;
        changed.given = match &self.given {
            Some(given) => Some(given.clone().replaced(&self.spec, place, &with)?),
            None if self.network.is_none() && !with.state.is_empty() => {
                Some(StateDict::default().replaced(&self.spec, place, &with)?)
            }
            None => None,
        };
        let mut mismatched = Vec::new();
        if let Some(before) = &self.network {
            let replaced = before.replaced(place, &with, self.seed())?;
            mismatched = changed.take_replaced(before, replaced, weights.trained)?;
        }
        *self = changed;
        Ok(mismatched)
    }

    /// Gives the stage of a place another name: a chain, or shared layers in all of their places. All else stays as it
    /// is: weights, the optimizer's state, and the place in the run.
    ///
    /// # Errors
    /// A place that is not one stage of the network, a stage without a name of its own, or the name of another stage
    /// beside it.
    pub fn rename_stage(&mut self, place: &StagePlace, name: &str) -> Result<(), TrainError> {
        let spec = self.spec.with_stage_named(place, name)?;
        if let Some(network) = &self.network {
            if let Some(best) = &mut self.best_state {
                let mut own = network.clone();
                own.set_parameters(best.parameters.clone())?;
                best.parameters = own.with_stage_named(place, name)?.parameters().clone();
            }
            self.network = Some(network.with_stage_named(place, name)?);
        }
        self.spec = spec;
        Ok(())
    }

    /// Takes a network in which stages were replaced, by trained ones or not: the optimizer's state follows the
    /// parameters.
    fn take_replaced(
        &mut self,
        before: &Network,
        replaced: Replaced,
        is_trained: bool,
    ) -> Result<Vec<ShapeMismatch>, TrainError> {
        let Replaced { network, origins, mismatched } = replaced;
        let kept = |origin: &Origin| match origin {
            Origin::Kept(index) => Some(*index),
            Origin::Given | Origin::Fresh => None,
        };
        if let Some(optimizer) = &self.optimizer {
            let sources: Vec<Option<usize>> = origins.iter().map(kept).collect();
            let mut optimizer = optimizer.rearranged(&sources);
            optimizer.assign(&network.parameters().shapes())?;
            self.optimizer = Some(optimizer);
        }
        // The weights of the best epoch are those of the stages before: the next epoch is the first to be compared.
        if self.best_state.take().is_some() {
            self.run.best = None;
        }
        if network.output() != before.output() {
            (self.classes, self.numbers, self.labels) = (Vec::new(), Vec::new(), Vec::new());
        }
        let names: Vec<&str> =
            before.parameters().iter().map(|(_, parameter)| parameter.name.as_str()).collect();
        let was_taken = |index: usize| {
            names
                .get(index)
                .copied()
                .and_then(stage_of_weight)
                .is_some_and(|stage| self.taken_over.contains(&stage))
        };
        let taken = network.parameters().iter().zip(&origins).filter_map(|((_, own), origin)| {
            let stage = stage_of_weight(&own.name)?;
            match origin {
                Origin::Given => Some(stage),
                Origin::Kept(index) => was_taken(*index).then_some(stage),
                Origin::Fresh => None,
            }
        });
        let taken: Vec<usize> = taken.collect();
        let was_brought = |index: usize| {
            names.get(index).is_some_and(|&name| self.brought.iter().any(|own| own == name))
        };
        let brought =
            network.parameters().iter().zip(&origins).filter(|(_, origin)| match origin {
                Origin::Given => is_trained,
                Origin::Kept(index) => was_brought(*index),
                Origin::Fresh => false,
            });
        let brought: Vec<String> = brought.map(|((_, own), _)| own.name.clone()).collect();
        (self.taken_over, self.brought) = (taken, brought);
        self.network = Some(network);
        Ok(mismatched)
    }

    /// Gives a parameter or buffer other numbers of the same shape: `0.weight`. They are stored in the element type
    /// that it has, its frozen mark and the optimizer's state stay, and its moving average begins anew.
    ///
    /// # Errors
    /// A model without weights, a name that it does not have, another shape, or a number that f16 cannot hold: nothing
    /// has changed then.
    pub fn set_parameter(&mut self, name: &str, value: &Tensor) -> Result<(), TrainError> {
        match (&mut self.network, &mut self.given) {
            (Some(network), _) => {
                network.set_parameter(name, value)?;
                let index = network.parameters().find(name).map(|id| id.index());
                if let (Some(optimizer), Some(index)) = (&mut self.optimizer, index) {
                    optimizer.forget_average(index);
                }
                // What starts by looking at data does not start over these numbers.
                self.taken_over.extend(stage_of_weight(name));
                Ok(())
            }
            (None, Some(state)) => {
                let unknown = || LayerError::UnknownParameter(name.to_string());
                let found = state.iter_mut().find(|parameter| parameter.name == name);
                Ok(found.ok_or_else(unknown)?.set(value)?)
            }
            (None, None) => Err(TrainError::NotBuilt),
        }
    }
}

/// The stage whose own weight has this name.
pub(crate) fn stage_of_weight(name: &str) -> Option<usize> {
    name.strip_suffix(".weight")?.parse().ok()
}
