//! `train`.

use super::{Command, Given, command};
use crate::progress::Watcher;
use crate::syntax::ExprKind;
use crate::{Failure, Session, Value};
use relume_catalog::{Argument, Kind, Map, Type, Value as Json};
use relume_datasets::Dataset;
use relume_training::{EarlyStop, Outcome, Plan, TrainError, fit};
use serde_json::json;

pub const TRAIN: Command = command(
    "train",
    "trains a network on a data set; again, it goes on from where it is",
    "The loss follows from the data (cross_entropy for classes, mse for numbers), the optimizer is adam, a batch has 32 samples, unless they are given. Ctrl-C ends the batch and keeps the weights; `train` without epochs then finishes what was interrupted.",
    &[
        Argument::new("network", Type::Anything, "the network"),
        Argument::new("on", Type::Anything, "the data set"),
        Argument::new(
            "epochs",
            Type::COUNT,
            "times through the data; 10, or the rest of what was interrupted",
        )
        .optional(),
        Argument::new("batch", Type::COUNT, "samples in a batch; 32 if not given").optional(),
        Argument::new(
            "optimizer",
            Type::Spec(Kind::Optimizer),
            "the optimizer; the one before, or adam",
        )
        .optional(),
        Argument::new(
            "loss",
            Type::Spec(Kind::Loss),
            "the loss; follows from the data if not given",
        )
        .optional(),
        Argument::new("schedule", Type::Spec(Kind::Schedule), "how the learning rate changes")
            .optional(),
        Argument::new("clip", Type::POSITIVE, "largest norm of all gradients together").optional(),
        Argument::new("clip_value", Type::POSITIVE, "largest absolute number of a gradient")
            .optional(),
        Argument::new(
            "early_stop",
            Type::COUNT,
            "epochs without a lower test loss after which to stop",
        )
        .optional(),
    ],
    "train mlp on digits epochs=20 optimizer=adam(lr=0.001)",
    train,
);

/// Epochs unless somebody says otherwise.
const EPOCHS: u64 = 10;

fn train(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
    let options = given.checked(session)?;
    let (name, mut model) = given.network(session, "network")?;
    let data = data(session, given)?;
    let plan = plan(&options, &model, &data, given)?;
    let interrupt = session.interrupt();
    interrupt.take();
    let mut watcher = Watcher::new(session.output.live);
    let outcome = fit(&mut model, &data, &plan, &mut watcher, &interrupt);
    watcher.finish(&mut session.output);
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
    let (epoch, batch, left) = (run.epoch, run.batch, run.remaining());
    let json = json!({ "trained": name, "epochs": epoch, "last": run.history.epochs.last() });
    match &name {
        Some(name) => session.names.insert(name.clone(), Value::Network(model)),
        None => session.names.insert("_".to_string(), Value::Network(model)),
    };
    if let Some(failure) = failure {
        return Err(failure);
    }
    session.output.result(&text, || json);
    match outcome {
        Ok(Outcome::Interrupted) => {
            interrupt.take();
            let own = name.as_deref().unwrap_or("_");
            let on = match &given.required("on")?.kind {
                ExprKind::Name(typed) => typed,
                _ => data.name(),
            };
            session.output.remark(&format!(
                "interrupted in epoch {} after {batch} batches; the weights are kept. Go on with: train {own} on {on}   ({left} epochs are left)",
                epoch + 1
            ));
            Err(Failure::interrupted(given.span, "training was interrupted"))
        }
        Ok(Outcome::StoppedEarly) => {
            session.output.remark("stopped early: the test loss did not fall any more");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The data set behind `on`.
fn data(session: &mut Session, given: &Given<'_>) -> Result<Dataset, Failure> {
    let expr = given.required("on")?;
    match session.evaluate(expr)? {
        Value::Data(data) => Ok(data),
        Value::Part(_) => Err(Failure::at(
            expr.span,
            "training takes a whole data set: it trains on its train part",
        )
        .help("leave .train or .test out")),
        other => {
            Err(Failure::at(expr.span, format!("a data set is wanted here, not {}", other.kind())))
        }
    }
}

/// What the words ask for, filled up by what was done before and by what the data ask for.
fn plan(
    options: &Map<String, Json>,
    model: &relume_training::Model,
    data: &Dataset,
    given: &Given<'_>,
) -> Result<Plan, Failure> {
    let option = |name: &str| options.get(name).filter(|value| !value.is_null());
    let before = model.run().plan.as_ref();
    let unfinished = before.filter(|_| model.run().remaining() > 0 && option("epochs").is_none());
    let usual = Plan::for_data(data, EPOCHS);
    let mut plan = match unfinished {
        Some(plan) => plan.clone(),
        None => Plan {
            optimizer: before.map_or(usual.optimizer.clone(), |plan| plan.optimizer.clone()),
            ..usual
        },
    };
    let wrong = |error: serde_json::Error| Failure::at(given.span, error.to_string());
    if let Some(epochs) = option("epochs").and_then(Json::as_u64) {
        plan.epochs = epochs;
    }
    if let Some(batch) = option("batch").and_then(Json::as_u64) {
        plan.batch = batch as usize;
    }
    if let Some(spec) = option("optimizer") {
        plan.optimizer = serde_json::from_value(spec.clone()).map_err(wrong)?;
    }
    if let Some(spec) = option("loss") {
        plan.loss = serde_json::from_value(spec.clone()).map_err(wrong)?;
    }
    if let Some(spec) = option("schedule") {
        plan.schedule = serde_json::from_value(spec.clone()).map_err(wrong)?;
    }
    if let Some(clip) = option("clip").and_then(Json::as_f64) {
        plan.clip = Some(clip);
    }
    if let Some(most) = option("clip_value").and_then(Json::as_f64) {
        plan.clip_value = Some(most);
    }
    if let Some(patience) = option("early_stop").and_then(Json::as_u64) {
        plan.early_stop = Some(EarlyStop { patience });
    }
    Ok(plan)
}
