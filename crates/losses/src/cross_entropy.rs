//! Cross-entropy of logits, the softmax built in.

use crate::reduction::REDUCTION;
use crate::{Expects, Loss, Reduction, Targets};
use relume_autograd::{AutogradError, Backward, Op, OpRef, Saved};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Tensor, simd};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The negative logarithm of the probability that softmax gives to the right class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossEntropy {
    /// A weight for each class.
    pub weight: Option<Vec<f64>>,
    /// A class that counts nothing.
    pub ignore_index: Option<i64>,
    /// The share of the target that is spread over all classes.
    pub label_smoothing: f64,
    /// What becomes of the losses of all samples.
    pub reduction: Reduction,
}

impl Described for CrossEntropy {
    const ENTRY: Entry = Entry {
        kind: Kind::Loss,
        name: "cross_entropy",
        aliases: &[],
        summary: "cross-entropy with the softmax built in: for classes",
        details: "L = ln sum_j e^x_j - x_class for logits `[batch, classes]`; dL/dx = softmax(x) - target. Targets are class indices `[batch]`, or probabilities `[batch, classes]`. With class weights the mean divides by the samples' weights. No softmax before it.",
        arguments: &[
            Argument::new("weight", Type::List(&Type::NON_NEGATIVE), "a weight for each class")
                .optional(),
            Argument::new(
                "ignore_index",
                Type::Integer { min: i64::MIN, max: i64::MAX },
                "a class that counts nothing",
            )
            .optional(),
            Argument::new(
                "label_smoothing",
                Type::FRACTION,
                "share of the target that is spread over all classes",
            )
            .or_number(0.0),
            REDUCTION,
        ],
        example: "cross_entropy([[2, -1, 0]], [0])",
    };
}

impl Loss for CrossEntropy {
    fn op(&self) -> OpRef {
        Arc::new(CrossEntropyOp {
            weight: self.weight.iter().flatten().map(|&w| w as f32).collect(),
            ignored: self.ignore_index,
            smoothing: self.label_smoothing as f32,
            reduction: self.reduction,
        })
        .into()
    }

    fn expects(&self) -> Expects {
        Expects::Logits
    }

    fn targets(&self) -> Targets {
        Targets::Classes
    }
}

#[derive(Debug)]
struct CrossEntropyOp {
    /// Empty where all classes weigh the same.
    weight: Vec<f32>,
    ignored: Option<i64>,
    smoothing: f32,
    reduction: Reduction,
}

const NAME: &str = "cross_entropy";

fn error<T>(problem: String) -> Result<T, AutogradError> {
    Err(AutogradError::Value { operation: NAME, problem })
}

impl CrossEntropyOp {
    fn weight_of(&self, class: usize) -> f32 {
        self.weight.get(class).copied().unwrap_or(1.0)
    }

    /// The class of a sample; none if it is ignored.
    fn class(
        &self,
        row: usize,
        target: f32,
        classes: usize,
    ) -> Result<Option<usize>, AutogradError> {
        if self.ignored.is_some_and(|ignored| ignored as f32 == target) {
            return Ok(None);
        }
        match target >= 0.0 && target < classes as f32 && target.fract() == 0.0 {
            true => Ok(Some(target as usize)),
            false => {
                error(format!("row {row}: {target} is not one of the classes 0 to {}", classes - 1))
            }
        }
    }

    /// Writes what the targets ask for, class by class and weighted, and returns the sum of the samples' weights.
    fn targets(&self, logits: &Tensor, target: &Tensor) -> Result<(Tensor, f32), AutogradError> {
        let &[batch, classes] = logits.dims() else {
            return error(format!("wants logits [batch, classes], not {}", logits.shape()));
        };
        if classes == 0 {
            return error("there are no classes".to_string());
        }
        if !self.weight.is_empty() && self.weight.len() != classes {
            return error(format!("{} weights for {classes} classes", self.weight.len()));
        }
        let mut wanted = Tensor::zeros([batch, classes]);
        let rows = wanted.data_mut().chunks_exact_mut(classes).enumerate();
        let spread = self.smoothing / classes as f32;
        let mut total = 0.0;
        if target.dims() == [batch] {
            for (row, wanted) in rows {
                let Some(class) = self.class(row, target.data()[row], classes)? else { continue };
                for (c, slot) in wanted.iter_mut().enumerate() {
                    let hot = if c == class { 1.0 - self.smoothing } else { 0.0 };
                    *slot = (hot + spread) * self.weight_of(c);
                }
                total += self.weight_of(class);
            }
        } else if target.dims() == [batch, classes] {
            for (row, wanted) in rows {
                let given = &target.data()[row * classes..][..classes];
                for (c, (slot, &p)) in wanted.iter_mut().zip(given).enumerate() {
                    *slot = (p * (1.0 - self.smoothing) + spread) * self.weight_of(c);
                }
            }
            // As in PyTorch, probabilities are averaged over samples, whatever the weights.
            total = batch as f32;
        } else {
            return error(format!(
                "targets of shape {} do not go with logits of {}: give class indices [{batch}] or probabilities",
                target.shape(),
                logits.shape()
            ));
        }
        Ok((wanted, total))
    }
}

impl Op for CrossEntropyOp {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Saves the logarithms of the probabilities, the wanted shares, and the sum of the weights.
    fn forward(&self, inputs: &[&Tensor], saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (logits, target) = (inputs[0], inputs[1]);
        let (wanted, total) = self.targets(logits, target)?;
        let classes = logits.dims()[1];
        let mut logs = Tensor::stale(logits.shape());
        let mut losses = Tensor::stale(logits.dims()[0]);
        let rows =
            logs.data_mut().chunks_exact_mut(classes).zip(logits.data().chunks_exact(classes));
        let rows = rows.zip(wanted.data().chunks_exact(classes)).zip(losses.data_mut());
        for (((logs, x), wanted), loss) in rows {
            let most =
                x.iter().fold(f32::NEG_INFINITY, |m, &x| if x > m || x.is_nan() { x } else { m });
            simd::map(x, logs, |x| simd::exp(x - most));
            let log_sum = logs.iter().sum::<f32>().ln();
            simd::map(x, logs, |x| x - most - log_sum);
            let terms = wanted.iter().zip(&*logs).filter(|(w, _)| **w != 0.0);
            *loss = -terms.map(|(w, log)| w * log).sum::<f32>();
        }
        saved.push(logs);
        saved.push(wanted);
        saved.push(Tensor::scalar(total));
        Ok(self.reduction.apply(losses, total))
    }

    /// dx = (softmax(x) sum(wanted) - wanted) g.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let [logs, wanted, total] = [0, 1, 2].map(|i| &pass.saved[i]);
        let total = total.data()[0];
        let classes = logs.dims()[1];
        let mut out = Tensor::stale(logs.shape());
        let rows = out.data_mut().chunks_exact_mut(classes).zip(logs.data().chunks_exact(classes));
        for (row, ((out, logs), wanted)) in
            rows.zip(wanted.data().chunks_exact(classes)).enumerate()
        {
            let sum: f32 = wanted.iter().sum();
            // Where every sample is ignored the mean is 0 / 0, but still nothing is to be learnt.
            if sum == 0.0 {
                out.fill(0.0);
                continue;
            }
            let g = self.reduction.gradient(&pass.gradient, total, row);
            simd::map2(logs, wanted, out, |log, wanted| (simd::exp(log) * sum - wanted) * g);
        }
        pass.give(0, out);
        Ok(())
    }
}
