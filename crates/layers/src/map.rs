//! A network with other stages in the places of its own, at every depth.

use crate::{LayerError, LayerSpec, NetworkSpec, Stage};

/// What becomes of a stage: `None` if it stays.
pub type Mapped = Result<Option<Stage>, LayerError>;

impl NetworkSpec {
    /// The same network with other stages. `map` is given each stage, those inside of a stage before it, and whether it
    /// is the end of the whole network: its last stage, or the last one of a chain that is.
    ///
    /// # Errors
    /// Networks that are nested too deeply, a stage that cannot take the other one, and the errors of `map`.
    pub fn mapped(
        &self,
        map: &mut dyn FnMut(&Stage, bool) -> Mapped,
    ) -> Result<NetworkSpec, LayerError> {
        self.check_nesting()?;
        self.mapped_inside(true, map)
    }

    fn mapped_inside(
        &self,
        has_end: bool,
        map: &mut dyn FnMut(&Stage, bool) -> Mapped,
    ) -> Result<NetworkSpec, LayerError> {
        let last = self.layers.len().saturating_sub(1);
        let mut changed = self.clone();
        for (index, own) in changed.layers.iter_mut().enumerate() {
            let is_end = has_end && index == last;
            let stage = own.clone();
            for inner in stage.kind().networks() {
                let goes_on = is_end && matches!(stage, Stage::Layer(LayerSpec::Chain(_)));
                let network = inner.spec.mapped_inside(goes_on, map)?;
                if network != *inner.spec {
                    *own = own.with_network(&inner.argument, &network)?;
                }
            }
            if let Some(other) = map(own, is_end)? {
                *own = other;
            }
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_activations::{Relu, Tanh};

    #[test]
    fn stages_are_replaced_at_every_depth_and_the_end_is_known() {
        let text = "dense(4) -> relu -> residual(dense(4) -> relu) -> chain(dense(2) -> relu)";
        let spec: NetworkSpec = text.parse().unwrap();
        let mut ends = Vec::new();
        let relu = Stage::Activation(Relu {}.into());
        let changed = spec.mapped(&mut |stage, is_end| {
            if is_end {
                ends.push(stage.to_string());
            }
            Ok((*stage == relu && !is_end).then(|| Stage::Activation(Tanh {}.into())))
        });
        let wanted = "dense(4) -> tanh -> residual(dense(4) -> tanh) -> chain(dense(2) -> relu)";
        assert_eq!(changed.unwrap().to_string(), wanted);
        assert_eq!(ends, ["relu", "chain(dense(2) -> relu)"]);
    }
}
