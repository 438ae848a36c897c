//! The file of `train ... checkpoint=`: where a run begins, or goes on.

use super::Given;
use super::plan_words::PlanWords;
use super::replaced::check_replaced;
use super::train::{Train, epochs_text, place_text};
use crate::syntax::Span;
use crate::{Failure, FailureKind, Session};
use relume_datasets::Dataset;
use relume_serialization::container::MAGIC;
use relume_training::{CheckpointWriter, Every, Keep, Model, Plan, RunFile, RunStart, beside};
use std::path::PathBuf;

/// What `checkpoint`, `every` and `resume` say.
pub(super) struct TrainFile {
    pub path: PathBuf,
    every: Option<Every>,
    resume: bool,
    span: Span,
}

/// How a training begins.
pub(super) enum Begun {
    /// It begins anew.
    Anew(CheckpointWriter),
    /// It goes on with the model of the file, by its plan.
    Resumed(Box<Model>, Box<Plan>, CheckpointWriter),
    /// The run in the file came to its end.
    Complete(Box<Model>),
}

impl TrainFile {
    /// The file of a command, if it names one.
    ///
    /// # Errors
    /// `every` or `resume` without a file, or a time that cannot be read.
    pub fn of(train: &Train, given: &Given<'_>) -> Result<Option<Self>, Failure> {
        let place = |name: &str| given.expr(name).map_or(given.span, |expr| expr.span);
        let Some(path) = &train.checkpoint else {
            let unused = [("every", train.every.is_some()), ("resume", train.resume)];
            return match unused.iter().find(|(_, is_given)| *is_given) {
                Some((name, _)) => {
                    let message = format!("{name} is for checkpoint, which is not given");
                    Err(Failure::at(place(name), message)
                        .help("for example: checkpoint=\"net.rlm\""))
                }
                None => Ok(None),
            };
        };
        let every = train.every.as_ref().map(|text| text.parse()).transpose();
        let every = every.map_err(|wanted: String| {
            Failure::at(place("every"), wanted).of(FailureKind::Argument)
        })?;
        let span = place("checkpoint");
        Ok(Some(TrainFile { path: path.into(), every, resume: train.resume, span }))
    }

    /// The learning rate of the run that the command goes on with; none if it begins one.
    ///
    /// # Errors
    /// A file that cannot be read, or that has no run.
    pub fn rate(&self) -> Result<Option<f64>, Failure> {
        if !(self.resume && relume_files::exists(&self.path)) {
            return Ok(None);
        }
        let file = RunFile::load(&self.path);
        let file = file.map_err(|error| Failure::training(&error, self.span, None))?;
        let start = file.start.ok_or_else(|| self.without_run())?;
        Ok(Some(start.plan().optimizer.inner().learning_rate()))
    }

    /// How a training of this model on these data by this plan begins.
    ///
    /// # Errors
    /// A file that cannot be read, or that has another run to go on with.
    pub fn begin(
        &self,
        session: &mut Session,
        given: &Given<'_>,
        words: &PlanWords,
        (model, data, plan): (&Model, &Dataset, &Plan),
    ) -> Result<Begun, Failure> {
        let failed = |error| Failure::training(&error, self.span, None);
        if plan.keep == Keep::Best {
            let best = beside(&self.path, "best");
            let best = best.to_string_lossy();
            check_replaced(&best, self.span, "saved network", |head| head.starts_with(&MAGIC))?;
        }
        let exists = relume_files::exists(&self.path);
        if !(exists && self.resume) {
            let start = RunStart::of(model, data, plan).map_err(failed)?;
            let writer = self.writer(start);
            return Ok(Begun::Anew(match exists && self.is_to_keep(session)? {
                true => writer.keeping_file(),
                false => writer,
            }));
        }
        let RunFile { model: mut reached, start } = RunFile::load(&self.path).map_err(failed)?;
        let name = self.path.display();
        if let Some(newer) = reached.take_newer() {
            session.output.remark(&format!("{name} {newer}"));
        }
        let start = start.ok_or_else(|| self.without_run())?;
        let is_reached = start.is_reached_by(&reached, model);
        let now = match is_reached {
            true => words.clone().plan_after(given, start.plan().clone())?,
            false => plan.clone(),
        };
        let now = RunStart::of(model, data, &now).map_err(failed)?;
        let differences = start.differences(&now, is_reached);
        if !differences.is_empty() {
            let message = format!("{name} has another run: {}", differences.join("; "));
            return Err(Failure::at(self.span, message).of(FailureKind::Training).help(
                "go on as it began; or give another file, or leave resume out, to begin anew",
            ));
        }
        let run = reached.run();
        if !run.is_unfinished() {
            session.output.remark(&format!(
                "the run in {name} is complete, after {}: nothing is left to do",
                epochs_text(run.epoch)
            ));
            return Ok(Begun::Complete(Box::new(reached)));
        }
        session.output.remark(&format!(
            "going on with the run in {name}, in {}",
            place_text(run.epoch, run.batch)
        ));
        let metrics = words.metrics.as_ref().unwrap_or(&start.plan().metrics).clone();
        let plan = Box::new(Plan { metrics, ..start.plan().clone() });
        Ok(Begun::Resumed(Box::new(reached), plan, self.writer(start)))
    }

    /// What is said of a file with a network and no run.
    fn without_run(&self) -> Failure {
        let name = self.path.display();
        let message = format!("{name} has no run of train with checkpoint= to go on with");
        Failure::at(self.span, message)
            .help(format!("go on with its network by hand: net = load(\"{name}\")"))
    }

    fn writer(&self, start: RunStart) -> CheckpointWriter {
        CheckpointWriter::new(&self.path, self.every, start)
    }

    /// Whether what is in the file is to be kept beside it: an unfinished run, which is remarked, or a network that was
    /// saved by itself.
    ///
    /// # Errors
    /// A file that is no network: it is not replaced.
    fn is_to_keep(&self, session: &mut Session) -> Result<bool, Failure> {
        let file = RunFile::load(&self.path).map_err(|error| {
            let message = format!("there is a file that is not a network: {error}");
            Failure::at(self.span, message)
                .help("give another name: a run is written in the place of its own file only")
        })?;
        let run = file.model.run();
        let is_unfinished = file.start.is_some() && run.step > 0 && run.is_unfinished();
        if is_unfinished {
            session.output.remark(&format!(
                "{} has an unfinished run, with which resume=true would go on; this one begins anew",
                self.path.display()
            ));
        }
        Ok(is_unfinished || file.start.is_none())
    }
}
