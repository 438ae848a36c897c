//! A train loss that does not fall any more, far from 0.

use super::underfitting::late_fall;
use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// A train loss that does not fall any more, far from 0.
///
/// A note: after ten epochs or more, the last third of them lowered the train loss by less than 1 %, and it is still
/// above 20 % of a constant's.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[plateau]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct Plateau {}

impl Check for Plateau {
    fn needs(&self) -> Needs {
        Needs::History
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl Plateau {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let fall = late_fall(seen)?;
        let share = seen.share_of_baseline()?;
        let text =
            format!("the last third of the epochs lowered the train loss by {:.1} %", fall * 100.0);
        (fall < 0.01 && share > 0.2).then(|| {
            Finding::new("plateau", Severity::Note, text)
                .measured(fall, 0.01, "of the loss")
                .cured(Cure::words("a smaller learning rate, a schedule, or more units"))
        })
    }
}
