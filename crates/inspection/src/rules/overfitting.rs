//! A loss on held-out samples that rises while that on the train part falls.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Change, Cure};
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_training::{EarlyStop, Keep, Plan};

/// A loss on held-out samples that rises while that on the train part falls.
///
/// The loss on the validation part (on the test part without one) was lower in an earlier epoch: the last one is 1.2
/// times the best or more, and 5 % of a constant's above it, while the train loss is below the best. Where the best
/// weights are kept, what came after them does not count. Prechelt, "Early stopping, but when?", 1998.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[overfitting]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct Overfitting {}

impl Check for Overfitting {
    fn needs(&self) -> Needs {
        Needs::History
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl Overfitting {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let (part, held_out) = held_out(seen)?;
        let baseline = seen.baseline()?.loss;
        let (at, best) =
            held_out.iter().copied().enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let last = *held_out.last()?;
        let train = f64::from(seen.epochs().last()?.loss);
        if last < 1.2 * best || last - best < 0.05 * baseline || train > best {
            return None;
        }
        let epoch = seen.epochs().get(at)?.epoch;
        let text = format!(
            "since epoch {epoch} the {part} loss rose from {best:.3} to {last:.3}, while the train loss fell to \
             {train:.3}"
        );
        let finding = Finding::new("overfitting", Severity::Warning, text).measured(
            last / best,
            1.2,
            "times the best",
        );
        let stopped = Plan {
            early_stop: Some(EarlyStop { patience: 5, min_delta: 0.0 }),
            keep: Keep::Best,
            ..seen.plan.clone()
        };
        let stop = seen.cure(
            "stop where it was best",
            Change { network: None, reset: true, plan: Some(stopped) },
        );
        Some(
            finding.cured(stop).cured(Cure::words(
                "dropout, weight_decay, fewer units, augmentation, or more data",
            )),
        )
    }
}

/// The losses on held-out samples by epoch, up to the one whose weights the network has, and the name of their part.
pub(super) fn held_out(seen: &Seen<'_>) -> Option<(&'static str, Vec<f64>)> {
    let epochs = seen.epochs();
    let of = |loss: fn(&relume_training::EpochRecord) -> Option<f32>| -> Option<Vec<f64>> {
        epochs.iter().map(|epoch| loss(epoch).map(f64::from)).collect()
    };
    let validation = of(|epoch| epoch.validation_loss).map(|losses| ("validation", losses));
    validation
        .or_else(|| of(|epoch| epoch.test_loss).map(|losses| ("test", losses)))
        .filter(|(_, own)| own.len() > 1)
}
