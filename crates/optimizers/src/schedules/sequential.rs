//! One schedule after another.

use super::{Place, Schedule, ScheduleSpec, Warmup, WarmupOptions};
use relume_catalog::Spec;

/// One schedule after another, each counting from its own beginning.
///
/// PyTorch's `SequentialLR`.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=4 schedule=sequential([linear(0.1, total_iters=2), cosine], milestones=[2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule, check = Self::consistent)]
pub struct Sequential {
    /// The schedules.
    pub schedules: Vec<ScheduleSpec>,
    /// Epochs at which the next one begins.
    #[spec(positive)]
    pub milestones: Vec<u64>,
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

/// How deeply schedules may be nested.
const DEEPEST: usize = 30;

impl Sequential {
    /// How deeply schedules are nested. Those inside were checked before: the search ends at the limit.
    fn depth(&self) -> usize {
        let inside = self.schedules.iter().map(|schedule| match schedule {
            ScheduleSpec::Sequential(inner) => inner.depth(),
            _ => 0,
        });
        1 + inside.max().unwrap_or(0)
    }

    fn consistent(&self) -> Result<(), String> {
        if self.schedules.len() != self.milestones.len() + 1 {
            let (schedules, milestones) = (self.schedules.len(), self.milestones.len());
            return Err(format!(
                "{schedules} schedules need one milestone between each two, not {milestones}"
            ));
        }
        if self.depth() > DEEPEST {
            return Err(format!("schedules are nested more than {DEEPEST} deep"));
        }
        match self.milestones.windows(2).all(|pair| pair[0] < pair[1]) {
            true => Ok(()),
            false => Err("milestones must rise".to_string()),
        }
    }
}

impl Sequential {
    /// The schedule at a place, and the place within it.
    fn at<'a>(&self, place: &Place<'a>) -> Option<(&ScheduleSpec, Place<'a>)> {
        let begun = self.milestones.iter().filter(|&&milestone| milestone <= place.epoch).count();
        let start = begun.checked_sub(1).map_or(0, |last| self.milestones[last]);
        let end = self.milestones.get(begun).copied().unwrap_or(u64::MAX);
        Some((self.schedules.get(begun)?, place.until(end).after(start)))
    }
}

impl Schedule for Sequential {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        self.at(place).map_or(1.0, |(schedule, place)| schedule.factors(&place).factor)
    }

    fn has_end(&self) -> bool {
        self.schedules.iter().any(|schedule| schedule.inner().has_end())
    }

    fn uses_validation(&self) -> bool {
        self.schedules.iter().any(|schedule| schedule.inner().uses_validation())
    }

    fn momentum(&self, place: &Place) -> Option<f64> {
        self.at(place).and_then(|(schedule, place)| schedule.factors(&place).momentum)
    }
}
