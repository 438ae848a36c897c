//! The scores of classes on data, for the commands that look at them.

use super::Given;
use super::explain_class::Class;
use crate::progress::Waiting;
use crate::syntax::Span;
use crate::{Failure, Session, Value};
use relume_catalog::count_text;
use relume_datasets::Part;
use relume_inspection::figures::Scored;
use relume_tensor::interrupt::cancellable;
use relume_training::{Model, TrainError};
use std::collections::HashSet;

/// Classes that are named in a message.
const NAMED: usize = 10;

/// The scores of classes or labels, which can be interrupted.
pub(super) fn scored(
    session: &mut Session,
    model: &Model,
    part: &Part,
    span: Span,
) -> Result<Scored, Failure> {
    let waiting = Waiting::new(&session.output, session.interrupt());
    let goes_on = |done: usize| {
        waiting.look(|| {
            format!("passing: {} of {} samples", count_text(done), count_text(part.len()))
        });
        !waiting.is_cancelled()
    };
    let found = cancellable(&session.interrupt(), || Scored::of(model, part, &goes_on));
    let found = found.unwrap_or(Err(TrainError::Interrupted));
    drop(waiting);
    if matches!(found, Err(TrainError::Interrupted)) {
        session.acknowledge_interrupt("it was interrupted; nothing has changed");
    }
    let found = found.map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
    found.ok_or_else(|| {
        Failure::at(span, format!("{} has no classes that a network gives scores for", part.name()))
            .help("for numbers: plot net on d.test kind=\"truth\"")
    })
}

/// The place of a class that is given by its name or its index.
pub(super) fn class_place(
    found: &Scored,
    class: Class,
    given: &Given<'_>,
) -> Result<usize, Failure> {
    let span = given.expr("class").map_or(given.span, |expr| expr.span);
    let names: Vec<&str> = found.classes.iter().map(|class| class.name.as_str()).collect();
    let (place, text) = match class {
        Class::Index(index) => {
            let place = usize::try_from(index).ok().filter(|&place| place < names.len());
            (place, index.to_string())
        }
        Class::Name(name) => (names.iter().position(|own| **own == *name), format!("{name:?}")),
    };
    place.ok_or_else(|| {
        let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        Failure::at(span, format!("there is no class {text}")).help(format!("there are {shown}"))
    })
}

/// The samples by which something is chosen: a part that was named, or the validation part of a data set, or the one
/// that was held out in training. Never those of the test part, which would no longer judge what was chosen by it.
pub(super) fn choosing_part(
    session: &mut Session,
    given: &Given<'_>,
    model: &Model,
) -> Result<Part, Failure> {
    let expr = given.required("on")?;
    let name = given.entry.name;
    match session.evaluate(expr)? {
        Value::Part(part) if is_of_test(&part) => {
            let message =
                format!("{name} does not choose by the test part, which then would judge itself");
            Err(Failure::at(expr.span, message).help(format!(
                "choose by the validation part: {name} net on {}",
                part.data().name()
            )))
        }
        Value::Part(part) => session.part_for(model, &part, expr.span),
        Value::Data(data) => {
            let data = session.data_for(model, &data, expr.span)?;
            let held = model
                .run()
                .plan
                .as_ref()
                .and_then(|plan| relume_training::held_out_part(&data, plan, model.seed()));
            let part = if data.validation().is_empty() { held } else { Some(data.validation()) };
            part.filter(|part| !part.is_empty()).ok_or_else(|| {
                let message = format!("{} has no validation part to choose by", data.name());
                Failure::at(expr.span, message).help(format!(
                    "read it with validation=0.1 and train again, or name other samples: {name} net on d.train[0..100]"
                ))
            })
        }
        other => Err(Failure::at(expr.span, format!("data are wanted, not {}", other.kind()))),
    }
}

/// Whether a part has samples of the test part.
fn is_of_test(part: &Part) -> bool {
    let test: HashSet<usize> = part.data().test().indices().iter().copied().collect();
    part.indices().iter().any(|sample| test.contains(sample))
}
