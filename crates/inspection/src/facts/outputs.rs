//! The stages whose values are a network's outputs, and the numbers that these can be.

use super::Seen;
use relume_activations::ActivationSpec;
use relume_autograd::Tape;
use relume_catalog::Value;
use relume_layers::pool::TimePooling;
use relume_layers::{LayerSpec, NetworkSpec, Stage};
use relume_tensor::Tensor;

/// Stages that only put numbers in another order or form.
const REARRANGING: [&str; 7] =
    ["flatten", "reshape", "permute", "slice", "pixel_shuffle", "pixel_unshuffle", "identity"];

/// The numbers that outputs can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// No output is below it.
    pub low: f32,
    /// No output is above it.
    pub high: f32,
    /// Whether outputs come near both ends, rather than only not beyond them: false after a stage whose outputs are
    /// not known, such as a residual block or a layer from outside.
    pub is_reached: bool,
}

impl Range {
    /// All numbers, which are reached.
    const ALL: Range = Range { low: f32::NEG_INFINITY, high: f32::INFINITY, is_reached: true };
    /// Nothing is known.
    const UNKNOWN: Range = Range { is_reached: false, ..Range::ALL };

    /// Whether there is an end on one side at least.
    pub fn is_bounded(&self) -> bool {
        self.low.is_finite() || self.high.is_finite()
    }

    /// Whether outputs surely come to lie outside of these bounds.
    pub fn surely_leaves(&self, low: f32, high: f32) -> bool {
        self.is_reached && (self.low < low || self.high > high)
    }

    /// The smallest range that holds both.
    fn or(self, other: Range) -> Range {
        Range {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            is_reached: self.is_reached && other.is_reached,
        }
    }

    /// The range with 0, which padding brings.
    fn with_zero(self) -> Range {
        Range { low: self.low.min(0.0), high: self.high.max(0.0), ..self }
    }
}

impl Seen<'_> {
    /// Whether the values of a place are outputs of the network: those of the last stage, of those before stages that
    /// only rearrange them, and of the ends of networks inside of these.
    pub fn is_output(&self, path: &str) -> bool {
        self.output_paths().iter().any(|own| own == path)
    }

    /// The paths of all places whose values are outputs of the network, the last one first.
    pub fn output_paths(&self) -> Vec<String> {
        output_paths(self.spec())
    }

    /// The last stage that makes numbers, and its path: not one that only rearranges them.
    pub fn end(&self) -> Option<(String, Stage)> {
        let stage = |path: String| {
            let place = self.spec().place(&path).ok()?;
            let stage = self.spec().part(&place).ok()?.layers.into_iter().next()?;
            let has_stages =
                matches!(stage, Stage::Layer(LayerSpec::Chain(_) | LayerSpec::Shared(_)));
            (!has_stages && !rearranges(&stage)).then_some((path, stage))
        };
        self.output_paths().into_iter().find_map(stage)
    }

    /// The numbers that the outputs can be.
    pub fn output_range(&self) -> Range {
        range(self.spec(), Range::UNKNOWN)
    }

    /// The network without one stage; `None` if that cannot be, as inside of shared layers.
    pub fn without_stage(&self, path: &str) -> Option<NetworkSpec> {
        let place = self.spec().place(path).ok()?;
        self.spec().replaced(&place, &[]).ok()
    }
}

/// The paths of all places whose values are outputs of a network, the last one first.
pub(crate) fn output_paths(spec: &NetworkSpec) -> Vec<String> {
    let mut paths = Vec::new();
    ends(spec, "", &mut paths);
    paths
}

fn rearranges(stage: &Stage) -> bool {
    REARRANGING.contains(&stage.entry().name)
}

/// Adds the paths of a network's outputs; whether all of its stages only rearrange its input.
fn ends(spec: &NetworkSpec, prefix: &str, paths: &mut Vec<String>) -> bool {
    for (index, stage) in spec.layers.iter().enumerate().rev() {
        let path = format!("{prefix}{index}");
        paths.push(path.clone());
        let mut passes = rearranges(stage);
        if let Stage::Layer(
            LayerSpec::Chain(_)
            | LayerSpec::Shared(_)
            | LayerSpec::Residual(_)
            | LayerSpec::Concat(_),
        ) = stage
        {
            // What passes through any of the branches is an output.
            for inner in stage.kind().networks() {
                let prefix = match inner.prefix.as_str() {
                    "" => format!("{path}."),
                    own => format!("{path}.{own}."),
                };
                passes |= ends(inner.spec, &prefix, paths);
            }
        }
        if !passes {
            return false;
        }
    }
    true
}

/// The range of a network's outputs for inputs of a range.
fn range(spec: &NetworkSpec, input: Range) -> Range {
    spec.layers.iter().fold(input, |before, stage| match stage {
        Stage::Activation(activation) => of_activation(activation, before),
        Stage::Layer(layer) => of_layer(stage, layer, before),
    })
}

fn of_layer(stage: &Stage, layer: &LayerSpec, before: Range) -> Range {
    let name = stage.entry().name;
    let inside = || stage.kind().networks().into_iter().map(|own| range(own.spec, before));
    match layer {
        LayerSpec::Chain(_) | LayerSpec::Shared(_) => inside().next().unwrap_or(Range::UNKNOWN),
        LayerSpec::Concat(_) => inside().reduce(Range::or).unwrap_or(Range::UNKNOWN),
        LayerSpec::Dense(_) | LayerSpec::Bilinear(_) => Range::ALL,
        _ if name.starts_with("conv") => Range::ALL,
        LayerSpec::Batchnorm(_) | LayerSpec::Layernorm(_) | LayerSpec::Groupnorm(_) => Range::ALL,
        _ if REARRANGING.contains(&name) => before,
        LayerSpec::PoolOverTime(own) if own.mode == TimePooling::Sum => Range::UNKNOWN,
        _ if name.contains("pool") && is_given(layer, "divisor_override") => Range::UNKNOWN,
        // Means and maxima lie between the numbers that they are of.
        _ if name.contains("pool") => before.with_zero(),
        _ => Range::UNKNOWN,
    }
}

fn is_given(layer: &LayerSpec, argument: &str) -> bool {
    layer.arguments().get(argument).and_then(Value::as_f64).is_some()
}

/// The range of an activation function over inputs of a range.
fn of_activation(activation: &ActivationSpec, input: Range) -> Range {
    use ActivationSpec as A;
    let is_reached = input.is_reached;
    match activation {
        A::Softmax(_) | A::Softmin(_) => return Range { low: 0.0, high: 1.0, is_reached: true },
        A::LogSoftmax(_) => {
            return Range { low: f32::NEG_INFINITY, high: 0.0, is_reached: true };
        }
        A::Identity(_) => return input,
        A::Glu(_) | A::Swiglu(_) | A::Geglu(_) | A::Maxout(_) | A::Prelu(_) => {
            return Range { is_reached, ..Range::ALL };
        }
        _ if activation.inner().is_trained() => return Range { is_reached, ..Range::ALL },
        _ => {}
    }
    over_points(activation, input).map_or(Range::UNKNOWN, |[low, high]| {
        let open = |x: f32, end: f32| if x.abs() > 50.0 { end } else { x };
        Range { low: open(low, f32::NEG_INFINITY), high: open(high, f32::INFINITY), is_reached }
    })
}

/// The least and the largest value of a function over inputs of a range.
fn over_points(activation: &ActivationSpec, input: Range) -> Option<[f32; 2]> {
    // Dense near 0, where functions have their dips, and far out.
    let near = (-400..=400).map(|i| i as f32 * 0.025);
    let far = [1e2, 1e3, 1e4].into_iter().flat_map(|x| [-x, x]);
    let ends = [input.low, input.high].into_iter().filter(|x| x.is_finite());
    let is_inside = |x: &f32| (input.low..=input.high).contains(x);
    let points: Vec<f32> = near.chain(far).filter(is_inside).chain(ends).collect();
    let mut tape = Tape::inference();
    let x = tape.constant(Tensor::new([1, points.len()], points).ok()?);
    let y = tape.apply(activation.inner().op(), &[x]).ok()?;
    let numbers = tape.get(y).ok()?.data().iter().copied().filter(|x| !x.is_nan());
    let [low, high] = numbers
        .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)]);
    (low <= high).then_some([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_leave_the_range_of_their_numbers_and_means_do_not() {
        for (stage, ends) in [
            ("pool_over_time(\"sum\")", Range::UNKNOWN),
            ("avgpool2d(2, divisor_override=1)", Range::UNKNOWN),
            ("pool_over_time(\"mean\")", Range { low: 0.0, high: 1.0, is_reached: true }),
            ("avgpool2d(2)", Range { low: 0.0, high: 1.0, is_reached: true }),
        ] {
            let network: NetworkSpec = format!("dense(1) -> sigmoid -> {stage}").parse().unwrap();
            let found = range(&network, Range::ALL);
            assert_eq!((found.low, found.high), (ends.low, ends.high), "{stage}");
        }
    }

    #[test]
    fn the_names_are_those_of_stages() {
        for name in REARRANGING {
            let is_known = LayerSpec::find(name).is_some() || ActivationSpec::find(name).is_some();
            assert!(is_known, "{name}");
        }
    }
}
