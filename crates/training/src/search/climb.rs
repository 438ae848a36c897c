//! A rung of a search: each of its trials is trained further.

use super::WHAT;
use crate::checkpoint;
use crate::compare::{ComparedRun, SentRun, Trials, at_once, side_by_side};
use crate::group::Group;
use crate::group::queue::{Given, Queue};
use crate::{Interrupt, Model, TrainError};
use serde::{Deserialize, Serialize};

/// A setting with a seed, on its way.
pub(super) struct Trial {
    pub variant: usize,
    pub seed: usize,
    pub run: Option<ComparedRun>,
    /// Its network, once it was trained; in a group it is carried instead.
    model: Option<Model>,
    /// The same as the bytes of a file, which rank 0 of a group has for all ranks.
    carried: Vec<u8>,
    /// Whether its training came to its end before all epochs were done.
    has_ended: bool,
}

impl Trial {
    pub fn new(variant: usize, seed: usize) -> Self {
        Trial { variant, seed, run: None, model: None, carried: Vec::new(), has_ended: false }
    }
}

/// Trials after a rung.
pub(super) struct Climbed {
    /// None for one that was stopped.
    pub trials: Vec<Option<Trial>>,
    /// Whether there was an interrupt.
    pub is_stopped: bool,
}

/// A rung.
#[derive(Clone, Copy)]
pub(super) struct Climb<'a, 'b> {
    pub group: &'a Group,
    pub trials: &'a Trials<'b>,
    pub interrupt: &'a Interrupt,
    /// What the largest training takes, in bytes.
    pub needs: u64,
    /// The place of its first trial among all trainings of the search.
    pub first: usize,
    /// Its number, from 0.
    pub height: usize,
    /// How many epochs a trial has after it.
    pub epochs: u64,
}

/// A trial after a rung, as the rank that trained it tells the others.
#[derive(Serialize, Deserialize)]
struct SentTrial {
    run: SentRun,
    has_ended: bool,
    is_trained: bool,
}

impl Climb<'_, '_> {
    /// Trains these trials further.
    pub fn all(self, trials: Vec<Trial>) -> Result<Climbed, TrainError> {
        let at_once = at_once(self.needs, trials.len().div_ceil(self.group.size()));
        match self.group.is_several() {
            true => self.among_ranks(trials, at_once),
            false => self.here(trials, at_once),
        }
    }

    fn here(self, trials: Vec<Trial>, at_once: usize) -> Result<Climbed, TrainError> {
        let places: Vec<(usize, Trial)> = (self.first..).zip(trials).collect();
        let trials = side_by_side(places, at_once, |(place, trial)| {
            let climbed = self.one(trial)?;
            if let Some((trial, is_trained)) = &climbed {
                self.trials.tell(place, trial.run.as_ref().filter(|_| *is_trained));
            }
            Ok(climbed.map(|(trial, _)| trial))
        })?;
        Ok(Climbed { trials, is_stopped: self.interrupt.is_set() })
    }

    fn among_ranks(self, mut trials: Vec<Trial>, at_once: usize) -> Result<Climbed, TrainError> {
        let Climb { group, interrupt, .. } = self;
        let mut carried: Vec<Vec<u8>> =
            trials.iter_mut().map(|trial| std::mem::take(&mut trial.carried)).collect();
        let climb = |at: usize, carried: Vec<u8>| {
            let Trial { variant, seed, ref run, has_ended, .. } = trials[at];
            let model = match carried.is_empty() {
                true => None,
                false => Some(checkpoint::from_bytes(&carried, "a network from rank 0")?),
            };
            let own = Trial { run: run.clone(), model, has_ended, ..Trial::new(variant, seed) };
            let Some((own, is_trained)) = self.one(own)? else { return Ok(None) };
            let Trial { run: Some(run), model, has_ended, .. } = own else { return Ok(None) };
            // What goes no further is not wanted any more.
            let carried = match model.filter(|_| !has_ended && !run.diverged) {
                Some(model) => checkpoint::to_bytes(&model)?,
                None => Vec::new(),
            };
            let result = SentTrial { run: run.into(), has_ended, is_trained };
            Ok(Some(Given { result, carried }))
        };
        let queue = Queue { group, what: WHAT, interrupt, at_once };
        let done = queue.run_carrying(&mut carried, climb, |at, sent| {
            let run = ComparedRun::from(sent.run.clone());
            self.trials.tell(self.first + at, Some(&run).filter(|_| sent.is_trained));
        })?;
        let results = trials.into_iter().zip(done.results).zip(carried);
        let trials = results.map(|((trial, sent), carried)| {
            let SentTrial { run, has_ended, .. } = sent?;
            Some(Trial { run: Some(run.into()), carried, has_ended, ..trial })
        });
        Ok(Climbed { trials: trials.collect(), is_stopped: done.is_stopped })
    }

    /// A trial after this rung, and whether it was trained: one that diverged or came to its end stays as it is. `None`
    /// if it was interrupted.
    fn one(self, trial: Trial) -> Result<Option<(Trial, bool)>, TrainError> {
        let Trial { variant, seed, model, mut run, .. } = trial;
        if trial.has_ended || run.as_ref().is_some_and(|run| run.diverged) {
            run.iter_mut().for_each(|run| run.rung = self.height);
            return Ok(Some((Trial { run, model, ..trial }, false)));
        }
        let model = match model {
            Some(model) => model,
            None => self.trials.begin(variant, seed)?,
        };
        let Some((model, mut own)) = self.trials.go_on(variant, seed, model, Some(self.epochs))?
        else {
            return Ok(None);
        };
        if let Some(before) = run {
            own.steps += before.steps;
            own.seconds += before.seconds;
        }
        own.rung = self.height;
        let has_ended = !model.run().is_unfinished();
        Ok(Some((Trial { run: Some(own), model: Some(model), has_ended, ..trial }, true)))
    }
}
