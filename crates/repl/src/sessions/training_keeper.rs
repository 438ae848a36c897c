//! A running training as a session keeps it on the disk.

use super::autosave::Autosave;
use crate::Value;
use relume_training::{Model, Moment, Observer, Run, Saver, TrainError};
use serde_json::Value as Json;
use std::time::{Duration, Instant};

/// A running training is kept after a second at the earliest, and so that keeping it takes a fiftieth of the time.
const PAUSE: Duration = Duration::from_secs(1);
const SHARE: u32 = 50;

/// Keeps the network of a running training, beside another saver.
pub(crate) struct TrainingKeeper<'a> {
    other: &'a mut dyn Saver,
    /// The network's name, and what the session keeps.
    kept: Option<(&'a str, &'a mut Autosave)>,
    /// What belongs to the session beside its names.
    rest: Json,
    last: Instant,
    took: Duration,
    is_others: bool,
}

impl<'a> TrainingKeeper<'a> {
    /// The network gets its name in the session when the training ends; in what is kept it has it at once.
    pub fn new(
        kept: Option<(&'a str, &'a mut Autosave)>,
        rest: Json,
        other: &'a mut dyn Saver,
    ) -> Self {
        let (last, took) = (Instant::now(), Duration::ZERO);
        TrainingKeeper { other, kept, rest, last, took, is_others: false }
    }

    fn is_due(&self, moment: Moment) -> bool {
        self.kept.is_some()
            && matches!(moment, Moment::Batch | Moment::Epoch)
            && self.last.elapsed() >= PAUSE.max(self.took * SHARE)
    }
}

impl Saver for TrainingKeeper<'_> {
    fn wants(&mut self, moment: Moment, run: &Run) -> bool {
        self.is_others = self.other.wants(moment, run);
        self.is_others || self.is_due(moment)
    }

    fn save(
        &mut self,
        model: &Model,
        moment: Moment,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        if self.is_due(moment)
            && let Some((name, autosave)) = &mut self.kept
        {
            let began = Instant::now();
            let value = Value::Network(Box::new(model.clone()));
            if let Some(why) = autosave.keep_training(name, &value, &self.rest) {
                observer.warning(&why);
            }
            (self.last, self.took) = (Instant::now(), began.elapsed());
        }
        match self.is_others {
            true => self.other.save(model, moment, observer),
            false => Ok(()),
        }
    }
}
