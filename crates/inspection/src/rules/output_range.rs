//! Outputs that cannot reach the targets.

use super::{Check, Needs};
use crate::facts::Column;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_autograd::Tape;
use relume_catalog::Spec;
use relume_layers::{NetworkSpec, Stage};
use relume_losses::Expects;
use relume_tensor::Tensor;

/// Outputs that cannot reach the targets.
///
/// The last activation function's range does not hold the targets, as the loss takes them: a sigmoid gives nothing
/// above 1, a relu nothing below 0. A problem if more than the mean lies outside, a warning otherwise. For classes,
/// logits that are cut off at 0 or at 1 are a warning.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[output_range]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct OutputRange {}

impl Check for OutputRange {
    fn needs(&self) -> Needs {
        Needs::Spec
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl OutputRange {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let last = seen.spec().layers.last()?;
        let [low, high] = output_range(last)?;
        let at = seen.spec().layers.len() - 1;
        let (outside, text, is_grave) = match seen.data.classes() {
            Some(_) if seen.plan.loss.inner().expects() == Expects::Logits => {
                let is_softmax = matches!(last.entry().name, "softmax" | "sigmoid" | "log_softmax");
                let text =
                    format!("{last} ends the network: logits are between {low:.3} and {high:.3}");
                (!is_softmax, text, false)
            }
            Some(_) => return None,
            None if seen.plan.loss.inner().expects() == Expects::Logits => return None,
            None => {
                let margin = |column: &Column| 1e-3 * column.std.max(1e-6);
                let out = |own: &&Column| {
                    own.min < f64::from(low) - margin(own)
                        || own.max > f64::from(high) + margin(own)
                };
                let worst = seen.samples.targets.iter().find(out)?;
                let text = format!(
                    "{last} gives {low:.3} to {high:.3}, and {} is {:.4} to {:.4} in the loss",
                    worst.name, worst.min, worst.max
                );
                let is_grave = worst.mean > f64::from(high) || worst.mean < f64::from(low);
                (true, text, is_grave)
            }
        };
        if !outside {
            return None;
        }
        let severity = if is_grave { Severity::Problem } else { Severity::Warning };
        let finding =
            Finding::new("output_range", severity, text).at(vec![seen.place(&at.to_string())]);
        let network =
            NetworkSpec { layers: seen.spec().layers[..at].to_vec(), ..seen.spec().clone() };
        match at {
            0 => Some(finding),
            _ => Some(
                finding
                    .cured(seen.other_network(format!("without {}", last.entry().name), network)),
            ),
        }
    }
}

/// The numbers that a last stage can give, if it is an activation function that is bounded on one side at least.
pub(super) fn output_range(last: &Stage) -> Option<[f32; 2]> {
    let Stage::Activation(activation) = last else { return None };
    match last.entry().name {
        "softmax" => return Some([0.0, 1.0]),
        "log_softmax" => return Some([f32::NEG_INFINITY, 0.0]),
        "glu" | "swiglu" | "geglu" | "maxout" | "softmin" | "identity" => return None,
        _ => {}
    }
    if activation.inner().parameter().is_some() {
        return None;
    }
    // Dense near 0, where functions have their dips, and far out.
    let near = (-400..=400).map(|i| i as f32 * 0.025);
    let far = [1e2, 1e3, 1e4].into_iter().flat_map(|x| [-x, x]);
    let points: Vec<f32> = near.chain(far).collect();
    let mut tape = Tape::inference();
    let x = tape.constant(Tensor::new([1, points.len()], points).ok()?);
    let y = tape.apply(activation.inner().op(), &[x]).ok()?;
    let values = tape.get(y).ok()?;
    let [low, high] = [values.min(), values.max()];
    let open = |x: f32, end: f32| if x.abs() > 50.0 { end } else { x };
    let range = [open(low, f32::NEG_INFINITY), open(high, f32::INFINITY)];
    (range[0].is_finite() || range[1].is_finite()).then_some(range)
}
