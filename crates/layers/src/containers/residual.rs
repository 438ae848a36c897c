//! A way around (He and others, 2016).

use crate::{
    Builder, Layer, LayerError, LayerKind, NetworkSpec, Pass, Refusal, Unfit, network::Chain,
};
use relume_autograd::{Var, ops};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What layers make of their input, plus the input itself, or plus what other layers make of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Residual {
    /// The layers.
    pub body: NetworkSpec,
    /// What the input passes through on its way around; nothing, where it is not given.
    #[serde(default)]
    pub shortcut: Option<NetworkSpec>,
}

impl Described for Residual {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "residual",
        aliases: &[],
        summary: "adds the input to what the layers inside make of it: gradients pass around them",
        details: "He and others, \"Deep residual learning for image recognition\", 2016. What is inside must keep the shape, or `shortcut` must bring the input to the same: `residual(conv2d(32, 3, stride=2, padding=1) -> batchnorm, shortcut=conv2d(32, 1, stride=2))`. Parameters: `body.0.weight`, `shortcut.0.weight` and so on.",
        arguments: &[
            Argument::new("body", Type::Network, "the layers inside"),
            Argument::new("shortcut", Type::Network, "layers on the way around").optional(),
        ],
        example: "net = dense(32) -> residual(dense(32) -> relu) -> residual(dense(8), shortcut=dense(8)) -> dense(2)",
    };

    fn text(&self) -> String {
        match &self.shortcut {
            Some(shortcut) => format!("residual({}, shortcut={shortcut})", self.body),
            None => format!("residual({})", self.body),
        }
    }
}

impl LayerKind for Residual {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_beside(input, None)
    }

    fn output_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        let output = self.body.output_inside(input, memory)?;
        match &self.shortcut {
            None if output != input => {
                let channels = output.first().copied().unwrap_or(1);
                let help = match output.rank() {
                    3 => format!(
                        "end the layers inside with as many channels and the same size as come in, or give shortcut=conv2d({channels}, 1) with their stride"
                    ),
                    _ => format!(
                        "end the layers inside with the shape that comes in, or give shortcut=dense({channels})"
                    ),
                };
                let wanted = format!("wants layers that keep the shape (these give {output})");
                Err(Unfit::new(wanted).help(help).into())
            }
            None => Ok(output),
            Some(shortcut) => {
                let around = shortcut.output_inside(input, memory)?;
                match output == around {
                    true => Ok(output),
                    false => Err(Unfit::new(format!("wants both ways to give one shape (the layers give {output}, the shortcut {around})"))
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
