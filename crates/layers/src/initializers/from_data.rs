//! Weights that are initialised from the first batch.

use super::{InitializerSpec, Lsuv};
use crate::{LayerError, LayerSpec, Mode, Network, Stage, Workspace};
use relume_tensor::Tensor;

/// A stage's initializer that uses data.
#[derive(Clone)]
enum FromData {
    Lsuv(Lsuv),
    /// With the steps between neighbouring points of the kernel.
    #[cfg(feature = "nalgebra")]
    Whitening(super::Whitening, Vec<usize>),
}

/// The stage's own, if its weight has such an initializer.
fn of(stage: &Stage) -> Option<FromData> {
    let Stage::Layer(layer) = stage else { return None };
    #[cfg(feature = "nalgebra")]
    if let Some(whitening) = whitening(layer) {
        return Some(whitening);
    }
    match layer.inner().initializers().first()? {
        InitializerSpec::Lsuv(lsuv) => Some(FromData::Lsuv(lsuv.clone())),
        _ => None,
    }
}

/// The layer's whitening, if its weight has that initializer. Without the feature, a network with it is not built.
#[cfg(feature = "nalgebra")]
fn whitening(layer: &LayerSpec) -> Option<FromData> {
    use crate::conv::{Conv, ConvInit};
    use crate::dense::Dense;
    use InitializerSpec::Whitening as White;
    let (spec, dilation): (_, &[usize]) = match layer {
        LayerSpec::Dense(Dense { init: White(spec), .. }) => (spec, &[]),
        LayerSpec::Conv1d(Conv {
            initial: ConvInit { init: White(spec), .. }, dilation, ..
        }) => (spec, dilation),
        LayerSpec::Conv2d(Conv {
            initial: ConvInit { init: White(spec), .. }, dilation, ..
        }) => (spec, dilation),
        LayerSpec::Conv3d(Conv {
            initial: ConvInit { init: White(spec), .. }, dilation, ..
        }) => (spec, dilation),
        _ => return None,
    };
    Some(FromData::Whitening(spec.clone(), dilation.to_vec()))
}

/// Whether a parameter of the layer, or of a network inside it, has an initializer that uses data.
fn mentions(layer: &LayerSpec) -> bool {
    let uses_data = |init: &&InitializerSpec| {
        matches!(init, InitializerSpec::Lsuv(_) | InitializerSpec::Whitening(_))
    };
    layer.inner().initializers().iter().any(uses_data)
        || (layer.inner().networks().iter().flat_map(|network| &network.spec.layers)).any(|stage| {
            match stage {
                Stage::Layer(layer) => mentions(layer),
                Stage::Activation(_) => false,
            }
        })
}

impl Network {
    /// Whether the weight of one of its stages is initialised from data.
    pub fn starts_from_data(&self) -> bool {
        self.spec().layers.iter().any(|stage| of(stage).is_some())
    }

    /// The stages in which a weight should be initialised from data but cannot be: those inside others, and unsupported
    /// layers.
    pub fn stages_beyond_data(&self) -> impl Iterator<Item = &Stage> {
        self.spec().layers.iter().filter(|stage| match stage {
            Stage::Layer(layer) => of(stage).is_none() && mentions(layer),
            Stage::Activation(_) => false,
        })
    }

    /// Initialises the weights that use data from a batch `[batch, ...input]`, from the first stage on.
    ///
    /// # Errors
    /// Samples of another shape, or an error of a layer.
    pub fn start_from_data(&mut self, batch: &Tensor) -> Result<(), LayerError> {
        self.start_stages_from_data(batch, |_| true)
    }

    /// The same for the stages for which `wanted` returns true.
    ///
    /// # Errors
    /// Samples of another shape, or an error of a layer.
    pub fn start_stages_from_data(
        &mut self,
        batch: &Tensor,
        wanted: impl Fn(usize) -> bool,
    ) -> Result<(), LayerError> {
        let stages: Vec<(usize, FromData)> = (self.spec().layers.iter().enumerate())
            .filter(|(index, _)| wanted(*index))
            .filter_map(|(index, stage)| Some((index, of(stage)?)))
            .collect();
        for (index, start) in stages {
            match start {
                FromData::Lsuv(lsuv) => lsuv.scale(self, index, batch)?,
                #[cfg(feature = "nalgebra")]
                FromData::Whitening(whitening, dilation) => {
                    let inputs = match index.checked_sub(1) {
                        Some(before) => output(self, before, batch)?,
                        None => batch.clone(),
                    };
                    whitening.fit(self, index, &inputs, &dilation);
                }
            }
        }
        Ok(())
    }
}

/// The output of a stage, as in training; the network is not changed.
pub(super) fn output(
    network: &Network,
    stage: usize,
    batch: &Tensor,
) -> Result<Tensor, LayerError> {
    let mut workspace = Workspace::inference().watching();
    let x = workspace.tape.constant(batch.clone());
    // On a clone: running statistics and the generator stay as they are.
    let last = network.clone().forward(&mut workspace, x, Mode::Training)?;
    let path = stage.to_string();
    let seen = workspace.watch().map_or(&[][..], |watch| watch.seen());
    let output = seen.iter().find(|own| own.path == path).map_or(last, |own| own.output);
    Ok(workspace.tape.array(output)?.to_tensor()?)
}
