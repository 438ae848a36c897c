//! A built convolution: in two dimensions, with views before and after it for lines and volumes.

use crate::{Layer, LayerError, ParameterId, Pass, Tail, ops};
use relume_autograd::{OpRef, Var};
use relume_tensor::Convolution;
use std::sync::Arc;

/// A convolution with the operations before and after it.
#[derive(Clone, Debug)]
pub(crate) struct ConvolutionLayer {
    convolution: Convolution,
    /// Whether pooling is fused already; then nothing else can be.
    pools: bool,
    before: Vec<OpRef>,
    weight: (ParameterId, Option<OpRef>),
    bias: Option<ParameterId>,
    op: OpRef,
    after: Vec<OpRef>,
}

impl ConvolutionLayer {
    /// The weight may need another shape.
    pub fn new(
        convolution: Convolution,
        before: Vec<OpRef>,
        weight: (ParameterId, Option<OpRef>),
        bias: Option<ParameterId>,
        after: Vec<OpRef>,
    ) -> Self {
        let op = Arc::new(ops::Conv2d(convolution.clone())).into();
        ConvolutionLayer { convolution, pools: false, before, weight, bias, op, after }
    }
}

impl Layer for ConvolutionLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let x = through(&self.before, pass, x)?;
        let weight = pass.parameter(self.weight.0);
        let weight = through(self.weight.1.as_slice(), pass, weight)?;
        let y = match self.bias {
            Some(bias) => {
                let bias = pass.parameter(bias);
                pass.tape.apply(&self.op, &[x, weight, bias])?
            }
            None => pass.tape.apply(&self.op, &[x, weight])?,
        };
        through(&self.after, pass, y)
    }

    fn fuse(&self, next: Tail) -> Option<Arc<dyn Layer>> {
        let (convolution, pools) = match next {
            _ if self.pools => return None,
            Tail::Relu => (self.convolution.clone().with_relu(), false),
            Tail::MaxPool(geometry) => (self.convolution.clone().with_pool(geometry).ok()?, true),
            Tail::Separate => return None,
        };
        let op = Arc::new(ops::Conv2d(convolution.clone())).into();
        Some(Arc::new(ConvolutionLayer { convolution, pools, op, ..self.clone() }))
    }
}

/// Passes a value through operations that have no parameters.
pub(crate) fn through(ops: &[OpRef], pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
    ops.iter().try_fold(x, |x, op| Ok(pass.tape.apply(op, &[x])?))
}
