//! `train`.

use super::plan_words::{PlanWords, PlanWordsOptions};
use super::{Command, Expression, Given};
use crate::json::exact;
use crate::progress::Watcher;
use crate::syntax::{ExprKind, Span};
use crate::{Failure, Session, Value};
use relume_catalog::Spec;
use relume_datasets::Dataset;
use relume_training::{Outcome, Plan, TrainError, fit};
use serde_json::json;

/// Trains a network on a data set; a trained one continues from its current state.
///
/// By default, the loss follows from the data (cross_entropy for classes, mse for numbers), the optimizer is adam, and
/// a batch has 32 samples. A network that was trained before prepares other data as it did those: it keeps their
/// preparation and the order of their classes. Ctrl-C ends the batch and keeps the weights; `train` without epochs then
/// finishes the interrupted run. What is chosen while training (`early_stop`, `keep="best"`, the schedule plateau) is
/// chosen by the validation part, never by the test part; where data have none, a tenth of the train part is held out.
/// A schedule goes on with the next `train`, except those that end with the epochs: cosine, onecycle and polynomial are
/// given again.
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
}

impl Command for Train {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let train: Self = given.checked(session)?;
        let (name, mut model) = given.network(session, "network")?;
        let data = data(session, given)?;
        let data = session.data_for(&model, &data, given.required("on")?.span)?;
        // What was remarked of the data is not remarked again.
        model.take_preparation(&data);
        let max_steps = train.max_steps;
        let plan = train.plan.plan(given, &model, &data)?;
        let anew = ["schedule", "optimizer", "lr"];
        let goes_on = anew.iter().any(|name| given.expr(name).is_some());
        if let Some(ended) =
            Plan::ended_schedule(&model).filter(|_| !goes_on && plan.schedule_epochs == 0)
            && model.run().plan.as_ref() != Some(&plan)
        {
            session.output.remark(&ended);
        }
        let interrupt = session.interrupt();
        interrupt.take();
        session.output.announce();
        let mut watcher = Watcher::new(&session.output, max_steps, &interrupt);
        let outcome = fit(&mut model, &data, &plan, &mut watcher, &interrupt);
        watcher.finish();
        let is_stopped = watcher.has_all_steps();
        if is_stopped {
            interrupt.take();
        }
        let span = given.required("network")?.span;
        let failure = match &outcome {
            Ok(_) => None,
            Err(error @ (TrainError::Diverged(_) | TrainError::Data(_))) => {
                Some(Failure::training(error, given.span, None))
            }
            // Nothing was changed.
            Err(error) => return Err(Failure::training(error, span, Some(model.spec()))),
        };
        let run = model.run();
        let text = run.history.last().unwrap_or_default();
        let stop = Stop {
            is_asked: is_stopped,
            steps: watcher.steps,
            epoch: run.epoch,
            batch: run.batch,
            left: run.remaining(),
        };
        let last = exact(&run.history.epochs.last());
        let json = json!({ "trained": name, "epochs": run.epoch, "last": last });
        match &name {
            Some(name) => session.update_network(name, model),
            None => session.names.insert("_".to_string(), Value::Network(model)),
        };
        if let Some(failure) = failure {
            session.journal.leaves_effects();
            return Err(failure);
        }
        session.output.result(&text, || json);
        match outcome {
            Ok(Outcome::Interrupted) => {
                interrupt.take();
                let again = again(given, name.as_deref(), &data)?;
                stop.tell(session, &again, given.span)
            }
            Ok(Outcome::StoppedEarly) => {
                let better =
                    format!("{} did not improve any more", plan.monitored().replace('_', " "));
                session.output.remark(&format!("stopped early: the {better}"));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Where a training stopped before its end.
struct Stop {
    /// Whether `max_steps` stopped it, not a person.
    is_asked: bool,
    /// Batches of this run.
    steps: u64,
    epoch: u64,
    batch: u64,
    left: u64,
}

impl Stop {
    /// Says how the training goes on; a failure if a person stopped it.
    fn tell(&self, session: &mut Session, again: &str, span: Span) -> Result<(), Failure> {
        let Stop { is_asked, steps, epoch, batch, left } = *self;
        let what = if is_asked { "stopped" } else { "interrupted" };
        session.output.remark(&format!(
            "{what} in epoch {} after {batch} batches; the weights are kept. Go on with: {again}   ({left} epochs are \
             left)",
            epoch + 1
        ));
        if is_asked {
            return Ok(());
        }
        session.journal.stopped_after(steps);
        Err(Failure::interrupted(span, "training was interrupted"))
    }
}

/// The command that goes on with a training.
fn again(given: &Given<'_>, name: Option<&str>, data: &Dataset) -> Result<String, Failure> {
    let on = match &given.required("on")?.kind {
        ExprKind::Name(typed) => typed,
        _ => data.name(),
    };
    Ok(format!("train {} on {on}", name.unwrap_or("_")))
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
