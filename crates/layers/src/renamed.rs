//! Other names for stages. The names of parameters have no part in it, so that weights stay as they are.

use crate::containers::{Chain, Shared};
use crate::{LayerError, LayerSpec, Network, NetworkSpec, Stage, StagePlace};

impl NetworkSpec {
    /// The same network with another name for the stage of a place: a chain, or shared layers, which have one name in
    /// all of their places.
    ///
    /// # Errors
    /// A place that is not one stage of the network, a stage without a name of its own, or the name of another stage
    /// beside it.
    pub fn with_stage_named(
        &self,
        place: &StagePlace,
        name: &str,
    ) -> Result<NetworkSpec, LayerError> {
        let (beside, range) = (self.beside(place)?, place.range());
        let [stage] = beside.layers.get(range.clone()).unwrap_or_default() else {
            return Err(LayerError::Range { stages: beside.layers.len() });
        };
        let is_other = |at: usize| !range.contains(&at);
        let taken = || LayerError::NameTaken { name: name.to_string() };
        match stage {
            Stage::Layer(LayerSpec::Chain(chain)) => {
                let mut stages = beside.layers.iter().enumerate();
                if stages.any(|(at, own)| is_other(at) && own.name() == Some(name)) {
                    return Err(taken());
                }
                let renamed = Chain { name: name.to_string(), ..chain.clone() };
                self.replaced(place, &[Stage::Layer(LayerSpec::Chain(renamed))])
            }
            Stage::Layer(LayerSpec::Shared(shared)) => {
                let names = |stage: &Stage| stage.name() == Some(name);
                match shared.name != name && self.has(&names) {
                    true => Err(taken()),
                    false => self.with_shared_named(shared, name),
                }
            }
            other => Err(LayerError::NoName { layer: other.to_string() }),
        }
    }

    /// Whether a stage is such a one, here or inside of others.
    fn has(&self, fits: &dyn Fn(&Stage) -> bool) -> bool {
        self.layers.iter().any(|stage| {
            fits(stage) || stage.kind().networks().iter().any(|inner| inner.spec.has(fits))
        })
    }

    /// Shared layers under another name, wherever they stand.
    fn with_shared_named(&self, shared: &Shared, name: &str) -> Result<NetworkSpec, LayerError> {
        let mut changed = self.clone();
        for stage in &mut changed.layers {
            if let Stage::Layer(LayerSpec::Shared(own)) = stage
                && own == shared
            {
                own.name = name.to_string();
                continue;
            }
            let networks = stage.kind().networks();
            let networks = networks.iter().map(|inner| {
                Ok((inner.argument.clone(), inner.spec.with_shared_named(shared, name)?))
            });
            let networks: Vec<_> = networks.collect::<Result<_, LayerError>>()?;
            for (argument, network) in networks {
                *stage = stage.with_network(&argument, &network)?;
            }
        }
        Ok(changed)
    }
}

impl Network {
    /// This network with another name for a stage; weights, buffers and the generator of random layers stay.
    ///
    /// # Errors
    /// As [`NetworkSpec::with_stage_named`].
    pub fn with_stage_named(&self, place: &StagePlace, name: &str) -> Result<Self, LayerError> {
        let spec = self.spec().with_stage_named(place, name)?;
        let mut network = Network::build(&spec, self.input(), 0)?;
        network.set_parameters(self.parameters().clone())?;
        network.set_rng(self.rng().clone());
        Ok(network)
    }
}
