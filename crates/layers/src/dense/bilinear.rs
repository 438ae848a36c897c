//! The bilinear layer: products of two rows of features.

use crate::{
    Builder, InitializerSpec, InnerNetwork, InputMismatch, Layer, LayerError, LayerKind,
    NetworkSpec, ParameterId, Pass, Refusal, network::Chain, ops,
};
use relume_autograd::{Op, Var};
use relume_catalog::{Described, Spec};
use relume_tensor::Shape;
use std::sync::Arc;

/// Each output is a weighted sum of all products of two rows of features, plus a bias.
///
/// y_k = l^T W_k r + b_k, where l and r are the input itself, or the outputs of the networks `left` and `right`. Takes
/// `[features]`, or a sequence step by step. Parameters: `weight` `[units, left features, right features]`, `bias`
/// `[units]`, and `left.0.weight` and so on.
///
/// ```relume
/// net = bilinear(8, left=dense(5) -> tanh, right=dense(3)) -> relu -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, positional = 1, text = Self::own_text)]
pub struct Bilinear {
    /// Number of outputs.
    #[spec(positive)]
    pub units: usize,
    /// Layers that give the left factor.
    pub left: Option<NetworkSpec>,
    /// Layers that give the right factor.
    pub right: Option<NetworkSpec>,
    /// Whether a bias is added.
    #[spec(default = true)]
    pub bias: bool,
    /// Initial values of the weight.
    #[spec(default = crate::initializers::Default)]
    pub init: InitializerSpec,
    /// Initial values of the bias.
    #[spec(default = crate::initializers::Default)]
    pub bias_init: InitializerSpec,
}

impl Bilinear {
    fn own_text(&self) -> String {
        // A network is printed as text, not as JSON.
        let mut rest = self.clone();
        let (left, right) = (rest.left.take(), rest.right.take());
        let text = relume_catalog::call_text(&Self::ENTRY, &rest.arguments());
        let units = format!("bilinear({}", self.units);
        let networks = [("left", left), ("right", right)].into_iter();
        let networks: String =
            networks.filter_map(|(name, network)| Some(format!(", {name}={}", network?))).collect();
        text.replacen(&units, &format!("{units}{networks}"), 1)
    }
}

impl Bilinear {
    /// The shapes of both factors.
    fn factors(&self, input: Shape, memory: Option<Shape>) -> Result<[Shape; 2], Refusal> {
        let factor = |network: &Option<NetworkSpec>| match network {
            Some(network) => network.output_inside(input, memory),
            None => Ok(input),
        };
        Ok([factor(&self.left)?, factor(&self.right)?])
    }
}

impl LayerKind for Bilinear {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_shape_beside(input, None)
    }

    fn output_shape_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        let [left, right] = self.factors(input, memory)?;
        match (&*left, &*right) {
            ([_], [_]) => Ok(self.units.into()),
            ([time, _], [same, _]) if time == same => Ok([*time, self.units].into()),
            _ => Err(InputMismatch::new(format!(
                "wants two rows of features (the factors are {left} and {right})"
            ))
            .help("end both networks with flatten, or with dense")
            .into()),
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let [left, right] = self.factors(input, builder.memory())?;
        let [left, right] = [left, right].map(|shape| shape.last().copied().unwrap_or(1));
        // As in PyTorch, the bound follows from the left factor alone.
        let fans = [left, self.units];
        let weight = builder.parameter("weight", [self.units, left, right], &self.init, fans);
        let bias = self.bias.then(|| builder.parameter("bias", self.units, &self.bias_init, fans));
        let mut chain = |name, network: &Option<NetworkSpec>| {
            network.as_ref().map(|network| builder.chain(name, network, input)).transpose()
        };
        let (left, right) = (chain("left", &self.left)?, chain("right", &self.right)?);
        Ok(Arc::new(BilinearLayer { left, right, weight, bias }))
    }

    fn networks(&self) -> Vec<InnerNetwork<'_>> {
        let factors = [("left", &self.left), ("right", &self.right)].into_iter();
        factors.filter_map(|(name, spec)| Some(InnerNetwork::named(name, spec.as_ref()?))).collect()
    }

    fn initializers(&self) -> Vec<&InitializerSpec> {
        vec![&self.init, &self.bias_init]
    }
}

#[derive(Debug)]
struct BilinearLayer {
    left: Option<Chain>,
    right: Option<Chain>,
    weight: ParameterId,
    bias: Option<ParameterId>,
}

impl Layer for BilinearLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        // Both start with the lengths of the input, and these are those of the product.
        let came = pass.lengths;
        let mut factor = |chain: &Option<Chain>| match chain {
            Some(chain) => {
                let factor = chain.forward(pass, x);
                pass.lengths = came;
                factor
            }
            None => Ok(x),
        };
        let (left, right) = (factor(&self.left)?, factor(&self.right)?);
        let weight = pass.parameter(self.weight);
        let op = &ops::Bilinear as &'static dyn Op;
        Ok(match self.bias.map(|bias| pass.parameter(bias)) {
            Some(bias) => pass.tape.apply(op, &[left, right, weight, bias])?,
            None => pass.tape.apply(op, &[left, right, weight])?,
        })
    }
}
