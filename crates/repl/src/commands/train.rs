//! `train`.

use super::next_plan::NextPlan;
use super::plan_words::{PlanWords, PlanWordsOptions, Rate};
use super::shown::{Shower, Shown, shown_part};
use super::train_file::{Begun, TrainFile};
use super::train_records::{Kept, TrainRecords};
use super::watching::{self, Watching};
use super::{Command, Expression, Given, diverged, lint, lrfind};
use crate::json::exact;
use crate::lines::facts;
use crate::progress::Watcher;
use crate::sessions::TrainingKeeper;
use crate::syntax::ExprKind;
use crate::{Failure, Session, Value};
use relume_catalog::{Spec, count_text, counted};
use relume_datasets::{Dataset, Part};
use relume_inspection::WatchEvery;
use relume_training::{
    CheckpointWriter, Model, NotSaved, Observer, Observers, Outcome, Plan, Saver, TrainError,
    fit_saving,
};
use serde_json::json;

/// Trains a network on a data set; a trained one continues from its current state.
///
/// By default, the loss follows from the data (cross_entropy for classes, mse for numbers), the optimizer is adam, and
/// a batch has 32 samples. A network that was trained before prepares other data as it did those: it keeps their
/// preparation and the order of their classes. Ctrl-C stops it between two steps and keeps the weights; `train` without
/// epochs, or with words that agree with the interrupted run, then does the epochs that are left of it: `metrics`,
/// `checkpoint` and `every` may be others. A word that changes it, such as another `lr`, begins a run of its own from
/// the present weights: of `epochs`, or else of those that were left; that is said. `checkpoint="net.rlm"` writes the
/// run to a file before its first step, after each epoch, when it is stopped and at its end, each time as a whole or
/// not at all; with `resume=true` the same command, in the same or another process, goes on with the run in the file to
/// the same bits. What is chosen while training (`early_stop`, `keep="best"`, the schedule plateau) is chosen by the
/// validation part, never by the test part; where data have none, a tenth of the train part is held out. A schedule
/// goes on with the next `train`, except those that end with the epochs: cosine, onecycle and polynomial are given
/// again. After a loss or a gradient that is not finite, the network has its last weights with a finite loss;
/// `mlp.wreck` is the network as it broke, and `mlp.best` the one with the best weights so far, if the plan keeps them.
/// After `set runs="runs"`, each training leaves a folder with its plan, figures and weights, which `runs` lists; one
/// that goes on with an earlier training leaves a folder of its own, which begins with the epochs that were done.
///
/// ```relume
/// mlp = dense(128) -> relu -> dense(10)
/// train mlp on digits epochs=20 optimizer=adam(lr=0.001)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Train {
    /// The network.
    pub network: Expression,
    /// The data set.
    pub on: Expression,
    /// How it is trained.
    #[spec(flatten = PlanWordsOptions)]
    pub plan: PlanWords,
    /// Steps, one for each batch, after which to stop in the middle of the run; `train` without epochs then goes on.
    pub max_steps: Option<u64>,
    /// File that the run is written to; the best weights of `keep="best"` go beside it, to net.best.rlm for net.rlm.
    pub checkpoint: Option<String>,
    /// How often it is written within epochs, too: "30s", "5min", "1h" or "500 steps"; with "10 epochs" only after
    /// every 10.
    pub every: Option<String>,
    /// Whether to go on with the run in the file of `checkpoint`; it begins if there is no file yet, and is refused if
    /// network, plan or data are others.
    #[spec(default = false)]
    pub resume: bool,
    /// What is drawn after each epoch.
    pub show: Option<Shown>,
    /// Folder of the events that TensorBoard shows: losses, metrics, rates, histograms of weights and gradients, images
    /// with predictions, the network as a graph and the plan; `set tensorboard="tb"` makes one for every training.
    pub tensorboard: Option<String>,
    /// How often the network is looked into: true or 1 for each epoch, 10 for the first, each tenth and the last, or
    /// "100 steps". Its findings are said, and kept for mlp.history.update, plot mlp.watch and the like: at most 400
    /// looks, of which every second one is left out where there are more.
    pub watch: Option<Watching>,
}

impl Command for Train {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let mut train: Self = given.checked(session)?;
        let file = TrainFile::of(&train, given)?;
        let every = watching::every(train.watch.as_ref(), given)?;
        let (name, mut model) = given.network(session, "network")?;
        let raw = data(session, given)?;
        let mut data = session.data_for(&model, &raw, given.required("on")?.span)?;
        // What was remarked of the data is not remarked again.
        model.take_preparation(&data);
        if train.plan.lr == Some(Rate::Find) {
            let rate = match going_on_with(given, &train.plan, file.as_ref(), (&model, &data))? {
                Some(rate) => {
                    let rate_text = crate::show::number(rate);
                    session.output.remark(&format!(
                        "the run goes on with its lr={rate_text}: \"find\" is for where one begins"
                    ));
                    rate
                }
                None => lrfind::rate(session, given, &train.plan, &model, &data)?,
            };
            train.plan.lr = Some(Rate::Is(rate));
        }
        let NextPlan { mut plan, mut remark } = train.plan.clone().next(given, &model, &data)?;
        let mut writer = None;
        if let Some(file) = &file {
            writer = match file.begin(session, given, &train.plan, (&model, &data, &plan))? {
                Begun::Anew(writer) => Some(writer),
                Begun::Resumed(own, own_plan, writer) => {
                    (model, plan, remark) = (own, *own_plan, None);
                    data = session.data_for(&model, &raw, given.required("on")?.span)?;
                    Some(writer)
                }
                Begun::Complete(own) => {
                    tell_result(session, name.as_deref(), &own);
                    keep(session, name.as_deref(), own);
                    return Ok(());
                }
            };
        }
        if let Some(remark) = remark {
            session.output.remark(&remark);
        }
        lint::tell(session, given, name.clone(), &model, (&data, &plan))?;
        tell_ended_schedule(session, given, &model, &plan);
        let shown = shown_part(train.show, &data, given)?;
        let kept = Kept {
            name: name.as_deref(),
            model: &model,
            data: &data,
            plan: &plan,
            writer: writer.as_ref(),
        };
        let records = TrainRecords::of(session, given, &train, &kept)?;
        let run = Training { given, name, file, raw: &raw, plan, shown, every };
        run.run(session, model, &data, (writer, records), train.max_steps)
    }
}

/// The learning rate of the run that a command with `lr="find"` goes on with, in a file or not; none if a run begins.
///
/// # Errors
/// A file that cannot be read, or that has no run.
fn going_on_with(
    given: &Given<'_>,
    words: &PlanWords,
    file: Option<&TrainFile>,
    (model, data): (&Model, &Dataset),
) -> Result<Option<f64>, Failure> {
    if let Some(rate) = file.map(TrainFile::rate).transpose()?.flatten() {
        return Ok(Some(rate));
    }
    let before = model.run().plan.as_ref().filter(|_| model.run().is_unfinished());
    let Some(before) = before else { return Ok(None) };
    let rate = before.optimizer.inner().learning_rate();
    let words = PlanWords { lr: Some(Rate::Is(rate)), ..words.clone() };
    // Words that make no plan are refused by the search.
    Ok(words.goes_on(given, model, data).then_some(rate))
}

/// A training that can begin.
struct Training<'a> {
    given: &'a Given<'a>,
    name: Option<String>,
    file: Option<TrainFile>,
    raw: &'a Dataset,
    plan: Plan,
    /// The samples around which something is drawn.
    shown: Option<Part>,
    every: Option<WatchEvery>,
}

impl Training<'_> {
    fn run(
        &self,
        session: &mut Session,
        mut model: Box<Model>,
        data: &Dataset,
        (mut writer, mut records): (Option<CheckpointWriter>, TrainRecords),
        max_steps: Option<u64>,
    ) -> Result<(), Failure> {
        let name = self.name.as_deref();
        let looking = self
            .every
            .map(|every| watching::observer(session, self.given, self.name.clone(), every));
        let mut looking = looking.transpose()?;
        session.output.announce();
        let mut watcher = Watcher::new(&session.output, max_steps);
        let mut shower = self.shown.as_ref().map(|part| Shower::new(&session.output, part));
        // A second Ctrl-C waits for what is being written.
        let writes = self.file.is_some() || records.are_kept();
        let _writes = writes.then(|| session.stops.writes());
        let mut observers = Observers(records.beside(&mut watcher));
        observers.0.extend(looking.as_mut().map(|own| own as &mut dyn Observer));
        observers.0.extend(shower.as_mut().map(|own| own as &mut dyn Observer));
        let outcome = self.fit(session, &mut model, data, &mut observers, &mut writer);
        watcher.finish();
        records.finish(&outcome, &model);
        let outcome = match outcome {
            // Nothing was changed.
            Err(TrainError::Interrupted) => {
                let told = "interrupted before the first step; nothing has changed";
                session.acknowledge_interrupt(told);
                let span = self.given.span;
                return Err(Failure::interrupted(span, "training was interrupted"));
            }
            Err(error) if !matches!(error, TrainError::Diverged(_) | TrainError::Data(_)) => {
                let span = self.given.required("network")?.span;
                return Err(Failure::training(&error, span, Some(model.spec())));
            }
            outcome => outcome,
        };
        let stop = Stop {
            is_asked: watcher.has_all_steps(),
            steps: watcher.steps_kept(model.run().batch),
            is_untested: watcher.is_untested(model.run().batch),
            epoch: model.run().epoch,
            batch: model.run().batch,
            left: model.run().remaining(),
        };
        let unwritten = writer.as_mut().and_then(CheckpointWriter::failed);
        keep(session, name, model.clone());
        match outcome {
            Ok(outcome) => {
                tell_result(session, name, &model);
                self.tell_end(session, outcome, &stop, unwritten)
            }
            Err(error) => {
                if let TrainError::Diverged(divergence) = &error {
                    diverged::tell(session, self.given, name, (&model, data), divergence)?;
                }
                session.journal.leaves_effects();
                Err(Failure::training(&error, self.given.span, None))
            }
        }
    }

    fn fit(
        &self,
        session: &mut Session,
        model: &mut Model,
        data: &Dataset,
        watcher: &mut Observers<'_>,
        writer: &mut Option<CheckpointWriter>,
    ) -> Result<Outcome, TrainError> {
        let interrupt = session.interrupt();
        let saver: &mut dyn Saver = match writer {
            Some(writer) => writer,
            None => &mut NotSaved,
        };
        let rest = session.rest();
        let kept = self.name.as_deref().zip(session.autosave.as_mut());
        let mut keeper = TrainingKeeper::new(kept, rest, saver);
        fit_saving(model, data, &self.plan, watcher, &interrupt, &mut keeper)
    }

    /// Says how it ended, if not after all epochs; a failure if a person stopped it, or the file was not written.
    fn tell_end(
        &self,
        session: &mut Session,
        outcome: Outcome,
        stop: &Stop,
        unwritten: Option<TrainError>,
    ) -> Result<(), Failure> {
        let stopped = match outcome {
            Outcome::Finished => Ok(()),
            Outcome::StoppedEarly => {
                let figure = self.plan.monitored().replace('_', " ");
                let told = format!("stopped early: the {figure} did not improve any more");
                session.output.remark(&told);
                Ok(())
            }
            Outcome::Interrupted => stop.tell(session, self, unwritten.is_none()),
        };
        match unwritten {
            Some(error) => {
                session.journal.leaves_effects();
                Err(Failure::training(&error, self.given.span, None))
            }
            None => stopped,
        }
    }

    /// The command that goes on with the training.
    fn again(&self) -> Result<String, Failure> {
        let on = match &self.given.required("on")?.kind {
            ExprKind::Name(typed) => typed,
            _ => self.raw.name(),
        };
        Ok(format!("train {} on {on}", self.name.as_deref().unwrap_or("_")))
    }
}

/// Gives the network's name, or `_`, what became of it.
fn keep(session: &mut Session, name: Option<&str>, model: Box<Model>) {
    match name {
        Some(name) => session.update_network(name, model),
        None => session.names.insert("_".to_string(), Value::Network(model)),
    }
}

/// The last epoch as the command's result.
fn tell_result(session: &mut Session, name: Option<&str>, model: &Model) {
    let run = model.run();
    let text = facts(&run.history.last().unwrap_or_default());
    let last = exact(&run.history.epochs.last());
    session.output.result(&text, || json!({ "trained": name, "epochs": run.epoch, "last": last }));
}

/// Says that the learning rate is another one than in the last epoch, if nothing in the command says so.
fn tell_ended_schedule(session: &mut Session, given: &Given<'_>, model: &Model, plan: &Plan) {
    let anew = ["schedule", "optimizer", "lr"];
    let is_given = anew.iter().any(|name| given.expr(name).is_some());
    if let Some(ended) =
        Plan::ended_schedule(model).filter(|_| !is_given && plan.schedule_epochs == 0)
        && model.run().plan.as_ref() != Some(plan)
    {
        session.output.remark(&ended);
    }
}

/// Where a training stopped before its end.
struct Stop {
    /// Whether `max_steps` stopped it, not a person.
    is_asked: bool,
    /// Batches of this run.
    steps: u64,
    /// Whether it stopped in the test of an epoch: no number of steps tells that.
    is_untested: bool,
    epoch: u64,
    batch: u64,
    left: u64,
}

impl Stop {
    /// Says what is kept and how the training goes on; a failure if a person stopped it.
    fn tell(
        &self,
        session: &mut Session,
        training: &Training<'_>,
        is_written: bool,
    ) -> Result<(), Failure> {
        let Stop { is_asked, steps, is_untested, epoch, batch, left } = *self;
        let what = if is_asked { "stopped" } else { "interrupted" };
        let place = format!("{what} in {}", place_text(epoch, batch));
        let verb = if left == 1 { "is" } else { "are" };
        let left = format!("{} {verb} left", epochs_text(left));
        let is_over = !is_asked && session.ends_when_interrupted();
        session.output.remark(&match (&training.file, is_over) {
            (Some(file), true) if is_written => format!(
                "{place}; this state is in {}: the same command with resume=true goes on   ({left})",
                file.path.display()
            ),
            (_, true) => format!(
                "{place}; the weights are lost with the end of the program, since they were not written: \
                 checkpoint=\"net.rlm\" writes them"
            ),
            (Some(file), false) if is_written => format!(
                "{place}; the weights are kept, also in {}. Go on with the same command and resume=true   ({left})",
                file.path.display()
            ),
            (_, false) => {
                format!("{place}; the weights are kept. Go on with: {}   ({left})", training.again()?)
            }
        });
        if is_asked {
            return Ok(());
        }
        session.interrupt().take();
        match is_untested {
            true => session.journal.leaves_effects(),
            false => session.journal.stopped_after(steps),
        }
        Err(Failure::interrupted(training.given.span, "training was interrupted"))
    }
}

/// How many epochs there are.
pub(super) fn epochs_text(count: u64) -> String {
    counted(count as usize, "epoch")
}

/// A place in a run: `epoch 3 after 1 batch`.
pub(super) fn place_text(epoch: u64, batch: u64) -> String {
    format!(
        "epoch {} after {}",
        epoch + 1,
        match batch {
            1 => "1 batch".to_string(),
            count => format!("{} batches", count_text(count as usize)),
        }
    )
}

/// The data set after `on`.
pub(super) fn data(session: &mut Session, given: &Given<'_>) -> Result<Dataset, Failure> {
    let expr = given.required("on")?;
    match session.evaluate(expr)? {
        Value::Data(data) => Ok(data),
        Value::Part(_) => Err(Failure::at(
            expr.span,
            "training takes a whole data set: it trains on its train part",
        )
        .help("leave .train, .validation or .test out")),
        other => {
            Err(Failure::at(expr.span, format!("a data set is wanted here, not {}", other.kind())))
        }
    }
}
