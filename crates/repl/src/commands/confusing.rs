//! `confusing`.

use super::summary::part;
use super::{Command, Expression, Given};
use crate::hard_samples::{record, rows, text};
use crate::json::exact;
use crate::progress::Waiting;
use crate::{Failure, Session, Value};
use relume_catalog::{Spec, count_text, counted};
use relume_losses::LossSpec;
use relume_training::{TrainError, hardest};
use serde_json::json;

/// Shows the samples with the greatest losses: those that are labelled wrongly, and those that a network mixes up.
///
/// Of each sample it shows its place in the part, the truth, what the network says with its probability, and its loss;
/// images are drawn, texts are shown by their first words, rows of a table by their columns. For a data set, the test
/// part is used.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1
/// confusing net on digits.test count=3
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Confusing {
    /// The network.
    pub network: Expression,
    /// A data set (its test part) or a part of one.
    pub on: Expression,
    /// How many samples are shown.
    #[spec(default = 10, range = 1..=1000)]
    pub count: usize,
    /// The loss; by default the one it was trained with.
    pub loss: Option<LossSpec>,
}

impl Command for Confusing {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Confusing { count, loss, .. } = given.checked(session)?;
        let (_, model) = given.network(session, "network")?;
        let expr = given.required("on")?;
        let part = match session.evaluate(expr)? {
            Value::Data(data) => data.test(),
            other => part(other).ok_or_else(|| Failure::at(expr.span, "data are wanted here"))?,
        };
        let raw = part.clone();
        let part = session.part_for(&model, &part, expr.span)?;
        let loss = loss.unwrap_or_else(|| model.loss_for(part.data()));
        let waiting = Waiting::new(&session.output, session.interrupt());
        let goes_on = |done: usize| {
            waiting.look(|| {
                format!("passing: {} of {}", count_text(done), counted(part.len(), "sample"))
            });
            !waiting.is_cancelled()
        };
        let found = hardest(&model, &part, &loss, count, &goes_on);
        drop(waiting);
        let found = match found {
            Err(TrainError::Interrupted) => {
                session.acknowledge_interrupt("it was interrupted; nothing has changed");
                return Err(Failure::interrupted(given.span, "it was interrupted"));
            }
            found => {
                found.map_err(|error| Failure::training(&error, expr.span, Some(model.spec())))?
            }
        };
        let places = found.hardest.iter().map(|own| own.index);
        let hard = raw.at(places).map_err(|error| Failure::data(&error, expr.span))?;
        let is_colored = session.output.is_colored();
        let shown = text(&found, &hard, is_colored);
        session.output.result(&shown, || {
            json!({ "type": "confusing", "schema": 1, "data": found.data, "samples": found.samples,
                "mean": exact(&found.mean), "confusing": rows(&found) })
        });
        session.names.insert("_".to_string(), Value::Record(record(&found)));
        Ok(())
    }
}
