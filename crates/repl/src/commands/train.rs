//! `train`.

use super::{Command, Given, Options, command};
use crate::progress::Watcher;
use crate::syntax::ExprKind;
use crate::{Failure, Session, Value};
use relume_catalog::{Argument, Kind, Type};
use relume_datasets::Dataset;
use relume_training::{EarlyStop, Model, Outcome, Plan, TrainError, fit};
use serde_json::json;

pub const TRAIN: Command = command(
    "train",
    "trains a network on a data set; again, it goes on from where it is",
    "The loss follows from the data (cross_entropy for classes, mse for numbers), the optimizer is adam, a batch has 32 samples, unless they are given. A network that was trained before takes other data as it took those: it keeps their preparation and the order of their classes. Ctrl-C ends the batch and keeps the weights; `train` without epochs then finishes what was interrupted.",
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

fn train(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
    let mut options = given.options(session)?;
    let (name, mut model) = given.network(session, "network")?;
    let data = data(session, given)?;
    let data = session.data_for(&model, &data, given.required("on")?.span)?;
    let plan = plan(&mut options, &model, &data)?;
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

/// What the words ask for, on top of what the model and the data ask for.
fn plan(options: &mut Options, model: &Model, data: &Dataset) -> Result<Plan, Failure> {
    let mut plan = Plan::next(model, data, options.value("epochs")?);
    if let Some(batch) = options.value("batch")? {
        plan.batch = batch;
    }
    if let Some(optimizer) = options.take("optimizer") {
        plan.optimizer = optimizer;
    }
    if let Some(loss) = options.take("loss") {
        plan.loss = loss;
    }
    if let Some(schedule) = options.take("schedule") {
        plan.schedule = schedule;
    }
    plan.clip = options.value("clip")?.or(plan.clip);
    plan.clip_value = options.value("clip_value")?.or(plan.clip_value);
    let patience = options.value("early_stop")?;
    plan.early_stop = patience.map(|patience| EarlyStop { patience }).or(plan.early_stop);
    Ok(plan)
}
