//! A residual connection (He and others, 2016).

use crate::{
    Builder, InnerNetwork, InputMismatch, Layer, LayerError, LayerKind, NetworkSpec, Pass, Refusal,
    network::Chain,
};
use relume_autograd::{Var, ops};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Adds the input to the output of the layers inside: gradients pass around them.
///
/// He and others, "Deep residual learning for image recognition", 2016. The layers inside must keep the shape, or
/// `shortcut` must bring the input to theirs: `residual(conv2d(32, 3, stride=2, padding=1) -> batchnorm,
/// shortcut=conv2d(32, 1, stride=2))`. Parameters: `body.0.weight`, `shortcut.0.weight` and so on.
///
/// ```relume
/// net = dense(32) -> residual(dense(32) -> relu) -> residual(dense(8), shortcut=dense(8)) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, text = Self::own_text)]
pub struct Residual {
    /// The layers inside.
    pub body: NetworkSpec,
    /// Layers on the shortcut.
    pub shortcut: Option<NetworkSpec>,
}

impl Residual {
    fn own_text(&self) -> String {
        match &self.shortcut {
            Some(shortcut) => format!("residual({}, shortcut={shortcut})", self.body),
            None => format!("residual({})", self.body),
        }
    }
}

impl LayerKind for Residual {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_shape_beside(input, None)
    }

    fn output_shape_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        let output = self.body.output_inside(input, memory)?;
        match &self.shortcut {
            None if output != input => {
                let channels = output.first().copied().unwrap_or(1);
                let help = match output.rank() {
                    3 => format!(
                        "end the layers inside with as many channels and the same size as come in, or give \
                        shortcut=conv2d({channels}, 1) with their stride"
                    ),
                    _ => format!(
                        "end the layers inside with the shape that comes in, or give shortcut=dense({channels})"
                    ),
                };
                let wanted = format!("wants layers that keep the shape (these give {output})");
                Err(InputMismatch::new(wanted).help(help).into())
            }
            None => Ok(output),
            Some(shortcut) => {
                let around = shortcut.output_inside(input, memory)?;
                match output == around {
                    true => Ok(output),
                    false => Err(InputMismatch::new(format!(
                        "wants both ways to give one shape (the layers give \
                        {output}, the shortcut {around})"
                    ))
                    .help("give both as many channels and the same stride")
                    .into()),
                }
            }
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let body = builder.chain("body", &self.body, input)?;
        let shortcut = self.shortcut.as_ref();
        let shortcut = shortcut.map(|spec| builder.chain("shortcut", spec, input)).transpose()?;
        Ok(Arc::new(ResidualLayer { body, shortcut }))
    }

    fn networks(&self) -> Vec<InnerNetwork<'_>> {
        let body = InnerNetwork::named("body", &self.body);
        let shortcut = self.shortcut.iter().map(|spec| InnerNetwork::named("shortcut", spec));
        std::iter::once(body).chain(shortcut).collect()
    }
}

#[derive(Debug)]
struct ResidualLayer {
    body: Chain,
    shortcut: Option<Chain>,
}

impl Layer for ResidualLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let came = pass.lengths;
        let inside = self.body.forward(pass, x)?;
        let left = std::mem::replace(&mut pass.lengths, came);
        let around = match &self.shortcut {
            Some(shortcut) => shortcut.forward(pass, x)?,
            None => x,
        };
        pass.lengths = pass.lengths.or(left);
        Ok(ops::add(pass.tape, inside, around)?)
    }
}
