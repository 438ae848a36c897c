//! The limit of nesting.

use crate::{LayerError, NetworkSpec};

impl NetworkSpec {
    /// How deeply networks may be nested: in `chain(residual(relu))` they are 2 deep.
    pub const MAX_NESTING: usize = 30;

    /// Checks that no network inside this one is deeper than [`NetworkSpec::MAX_NESTING`].
    ///
    /// # Errors
    /// A network that is.
    pub fn check_nesting(&self) -> Result<(), LayerError> {
        match self.is_nested_deeper(Self::MAX_NESTING) {
            true => Err(LayerError::NestedTooDeep),
            false => Ok(()),
        }
    }

    fn is_nested_deeper(&self, most: usize) -> bool {
        let mut inside = self.layers.iter().flat_map(|stage| stage.kind().networks());
        match most.checked_sub(1) {
            Some(most) => inside.any(|inner| inner.spec.is_nested_deeper(most)),
            None => inside.next().is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::containers::{Chain, Concat, Residual};
    use crate::{Network, Stage};
    use relume_activations::Relu;

    fn nested(depth: usize, wrap: impl Fn(NetworkSpec) -> Stage) -> NetworkSpec {
        let inner = NetworkSpec::new(vec![Stage::Activation(Relu {}.into())]);
        (0..depth).fold(inner, |inner, _| NetworkSpec::new(vec![wrap(inner)]))
    }

    #[test]
    fn networks_are_built_as_deep_as_allowed_and_refused_beyond() {
        let wraps: [fn(NetworkSpec) -> Stage; 3] = [
            |body| Stage::Layer(Chain { body, name: String::new() }.into()),
            |body| Stage::Layer(Residual { body, shortcut: None }.into()),
            |body| Stage::Layer(Concat { branches: vec![body], axis: None }.into()),
        ];
        for wrap in wraps {
            let deepest = nested(NetworkSpec::MAX_NESTING, wrap);
            assert!(Network::build(&deepest, 3.into(), 0).is_ok());
            let deeper = nested(NetworkSpec::MAX_NESTING + 1, wrap);
            let refused = Network::build(&deeper, 3.into(), 0).map(drop);
            assert_eq!(refused, Err(LayerError::NestedTooDeep));
        }
    }
}
