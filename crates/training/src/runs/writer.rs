//! The observer that keeps a run in a folder of its own.

use super::clock::Moment as Clock;
use super::lines::{epoch_line, step_line};
use super::record::{Place, RunData, SCHEMA};
use super::{Environment, RunRecord, RunStatus};
use crate::checkpoint::save_run;
use crate::fit::is_better;
use crate::{
    BatchTrace, BestEpoch, EpochRecord, Model, Moment, Observer, Plan, Progress, Run, RunStart,
    TrainError, save,
};
use relume_serialization::SaveError;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The weights are written after a second at the earliest, and so that writing them takes a twentieth of the time.
const PAUSE: Duration = Duration::from_secs(1);
const SHARE: u32 = 20;

/// What is kept of a run beside its figures.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The folder of all runs.
    pub folder: PathBuf,
    /// The name of the network.
    pub network: String,
    /// The statement that began the run, if it was one.
    pub statement: Option<String>,
    /// What the run begins with.
    pub start: RunStart,
}

/// Keeps a run in a folder of its own: [the module](super) says what is in it. The folder is made before the first
/// step. One that cannot be written then is an error; what cannot be written later is told once, and the run goes on
/// without being kept.
pub struct RunWriter {
    options: RunOptions,
    warn: Box<dyn FnMut(&str) + Send>,
    open: Option<Open>,
}

/// The folder of a run that has begun.
struct Open {
    path: PathBuf,
    record: RunRecord,
    steps: BufWriter<File>,
    epochs: BufWriter<File>,
    /// Locked as long as the writer lives: so others tell a run that goes on from one whose process ended.
    _lock: File,
    began: Instant,
    flushed: Instant,
    /// When the weights were written last, and how long that took.
    written: Instant,
    took: Duration,
    /// The best weights so far, until they are written.
    best: Option<Box<Model>>,
    has_failed: bool,
}

impl RunWriter {
    /// A writer that hands warnings to `warn`.
    pub fn new(options: RunOptions, warn: impl FnMut(&str) + Send + 'static) -> Self {
        RunWriter { options, warn: Box::new(warn), open: None }
    }

    /// The folder of the run, once it has begun.
    pub fn path(&self) -> Option<&Path> {
        self.open.as_ref().map(|open| open.path.as_path())
    }

    /// Writes how the run ended, with the error that ended it. A run that never began leaves no folder.
    pub fn finish(&mut self, status: RunStatus, problem: Option<String>, model: &Model) {
        let Some(open) = &mut self.open else { return };
        let path = open.path.clone();
        let result = open.finish(status, problem, model);
        self.told(&path, result);
    }

    fn begin(&self, model: &Model) -> Result<Open, TrainError> {
        let RunOptions { folder, network, statement, start } = &self.options;
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |source: io::Error| TrainError::from(SaveError::Write { path, source })
        };
        let now = Clock::now();
        relume_files::create_dir_all(folder).map_err(failed(folder))?;
        let (name, path) = free(folder, &name_at(now, network)).map_err(failed(folder))?;
        let append = |name: &str| {
            let path = path.join(name);
            relume_files::append(&path).map_err(failed(&path))
        };
        let lock = append(".lock")?;
        // Where the system has no locks, a run whose process ended looks like one that goes on.
        relume_files::lock(&lock);
        let run = model.run();
        let record = RunRecord {
            schema: SCHEMA,
            name,
            started: now.text(),
            program: "relume".to_string(),
            version: env!("CARGO_PKG_VERSION").to_string(),
            statement: statement.clone(),
            network: network.clone(),
            spec: model.spec().to_string(),
            parameters: model.network().map_or(0, |network| network.parameters().count()),
            seed: model.seed(),
            plan: plan(run.plan.as_ref(), &path)?,
            metric: run.history.metric.clone(),
            data: RunData::of(start),
            environment: Environment::here(),
            resumed: Some(Place::of(model)).filter(|place| place.step > 0),
            ..RunRecord::default()
        };
        let now = Instant::now();
        let mut open = Open {
            steps: BufWriter::new(append("steps.jsonl")?),
            epochs: BufWriter::new(append("epochs.jsonl")?),
            path: path.clone(),
            record,
            _lock: lock,
            began: now,
            flushed: now,
            written: now,
            took: Duration::ZERO,
            best: None,
            has_failed: false,
        };
        // Of a run that goes on, the epochs that are done.
        for own in run.own_epochs() {
            let line = epoch_line(own, &run.history.metric, None);
            writeln!(open.epochs, "{line}").map_err(failed(&path))?;
        }
        if let Some(best) = run.best
            && let Some(own) = model.best()?
        {
            save(&own, &path.join("best.rlm"))?;
            open.record.best = Some(best);
            open.record.monitored = run.plan.as_ref().map(|plan| plan.monitored().to_string());
        }
        open.flush().and_then(|()| open.write_record()).map_err(failed(&path))?;
        save_run(model, start, &path.join("last.rlm"))?;
        Ok(open)
    }

    /// Tells once that the run is not kept any more.
    fn told(&mut self, path: &Path, result: Result<(), TrainError>) {
        let Err(error) = result else { return };
        let Some(open) = self.open.as_mut().filter(|open| !open.has_failed) else { return };
        open.has_failed = true;
        let path = path.display();
        (self.warn)(&format!("{error}; training goes on, but {path} does not have it all"));
    }

    /// Writes, unless that has failed before.
    fn writing(&mut self, write: impl FnOnce(&mut Open, &RunStart) -> Result<(), TrainError>) {
        let RunWriter { options, open, .. } = self;
        let Some(open) = open.as_mut().filter(|open| !open.has_failed) else { return };
        let path = open.path.clone();
        let result = write(open, &options.start);
        self.told(&path, result);
    }
}

impl Open {
    fn failed(&self, source: io::Error) -> TrainError {
        SaveError::Write { path: self.path.clone(), source }.into()
    }

    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed = Instant::now();
        self.steps.flush()?;
        self.epochs.flush()
    }

    fn write_record(&self) -> io::Result<()> {
        let text = serde_json::to_string_pretty(&self.record)?;
        let path = self.path.join("run.json");
        relume_files::write_atomically(&path, |out| writeln!(out, "{text}"))?;
        Ok(())
    }

    fn trace(&mut self, trace: &BatchTrace<'_>) -> Result<(), TrainError> {
        let line = step_line(trace, self.seconds()).map_err(|error| self.failed(error.into()))?;
        let mut written = writeln!(self.steps, "{line}");
        if written.is_ok() && self.flushed.elapsed() >= PAUSE {
            written = self.flush();
        }
        written.map_err(|error| self.failed(error))
    }

    fn epoch(&mut self, record: &EpochRecord, metric: &str) -> Result<(), TrainError> {
        let line = epoch_line(record, metric, Some(self.seconds()));
        let written = writeln!(self.epochs, "{line}").and_then(|()| self.flush());
        written.map_err(|error| self.failed(error))
    }

    /// Keeps the weights of the last epoch if they are the best ones so far on the validation part.
    fn keep_if_best(&mut self, model: &Model) -> Result<(), TrainError> {
        let run = model.run();
        let figure = run.plan.as_ref().map_or("validation_loss", Plan::monitored);
        let value = run.history.epochs.last().and_then(|last| run.history.figure(last, figure));
        let Some(value) = value.filter(|value| !value.is_nan()) else { return Ok(()) };
        let is_best = |best: BestEpoch| is_better(figure, value, best.value, 0.0);
        if figure.starts_with("validation_") && self.record.best.is_none_or(is_best) {
            self.record.best = Some(BestEpoch { epoch: run.epoch, value });
            self.record.monitored = Some(figure.to_string());
            self.best = Some(Box::new(as_best(model)?));
        }
        Ok(())
    }

    /// Writes the best weights, if they have not been written yet, and the last ones.
    fn write_weights(&mut self, model: &Model, start: &RunStart) -> Result<(), TrainError> {
        let began = Instant::now();
        self.write_best()?;
        save_run(model, start, &self.path.join("last.rlm"))?;
        (self.written, self.took) = (Instant::now(), began.elapsed());
        Ok(())
    }

    fn write_best(&mut self) -> Result<(), TrainError> {
        match self.best.take() {
            Some(best) => save(&best, &self.path.join("best.rlm")),
            None => Ok(()),
        }
    }

    fn is_due(&self) -> bool {
        self.written.elapsed() >= PAUSE.max(self.took * SHARE)
    }

    fn finish(
        &mut self,
        status: RunStatus,
        problem: Option<String>,
        model: &Model,
    ) -> Result<(), TrainError> {
        let weights = self.write_best();
        self.record.status = status;
        self.record.problem = problem;
        self.record.ended = Some(Clock::now().text());
        self.record.seconds = Some((self.seconds() * 1e3).round() / 1e3);
        self.record.reached = Some(Place::of(model));
        let written = self.flush().and_then(|()| self.write_record());
        weights.and(written.map_err(|error| self.failed(error)))
    }
}

impl Observer for RunWriter {
    fn wants_trace(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.has_failed)
    }

    fn trace(&mut self, trace: &BatchTrace<'_>) {
        self.writing(|open, _| open.trace(trace));
    }

    fn epoch(&mut self, _: &Progress, record: &EpochRecord, metric: &str) {
        self.writing(|open, _| open.epoch(record, metric));
    }

    fn wants_state(&self, moment: Moment, _: &Run) -> bool {
        matches!(moment, Moment::Start | Moment::Epoch | Moment::End)
    }

    fn state(&mut self, model: &Model, moment: Moment) -> Result<(), TrainError> {
        match moment {
            Moment::Start => self.open = Some(self.begin(model)?),
            Moment::Epoch => self.writing(|open, start| {
                open.keep_if_best(model)?;
                if open.is_due() { open.write_weights(model, start) } else { Ok(()) }
            }),
            Moment::End => self.writing(|open, start| open.write_weights(model, start)),
            Moment::Batch => {}
        }
        Ok(())
    }
}

/// A model as it would be if its plan ended here, with the weights as they were evaluated last.
fn as_best(model: &Model) -> Result<Model, TrainError> {
    let network = Some(model.in_use().ok_or(TrainError::NotBuilt)?);
    let mut best = Model { network, optimizer: None, best_state: None, ..model.clone() };
    best.run.ended = true;
    Ok(best)
}

/// The plan as a record.
fn plan(plan: Option<&Plan>, path: &Path) -> Result<serde_json::Value, TrainError> {
    let plan = serde_json::to_value(plan);
    plan.map_err(|error| SaveError::Write { path: path.to_path_buf(), source: error.into() }.into())
}

/// The name of a run of a network that begins now: `2026-11-30T16-20-03-net`, with the time in UTC.
pub fn run_name(network: &str) -> String {
    name_at(Clock::now(), network)
}

fn name_at(moment: Clock, network: &str) -> String {
    format!("{}-{}", moment.name(), word(network))
}

/// The letters, digits and `_` of a network's name.
fn word(name: &str) -> String {
    const MOST: usize = 40;
    let own: String =
        name.chars().filter(|c| c.is_alphanumeric() || *c == '_').take(MOST).collect();
    if own.is_empty() || own == "_" { "network".to_string() } else { own }
}

/// Makes a folder of this name, or with a number after it if there is one.
fn free(folder: &Path, name: &str) -> io::Result<(String, PathBuf)> {
    for number in 1u32.. {
        let own = if number == 1 { name.to_string() } else { format!("{name}-{number}") };
        let path = folder.join(&own);
        match relume_files::create_dir(&path) {
            Ok(()) => return Ok((own, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}
