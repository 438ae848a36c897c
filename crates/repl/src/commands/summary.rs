//! `summary`.

use super::{Command, Expression, Given};
use crate::json::exact;
use crate::{Failure, Session, Value, show};
use relume_catalog::Spec;
use relume_datasets::Part;
use relume_inspection::summarise;
use serde_json::json;

/// Shows a network's stages with their shapes and parameters.
///
/// Sizes are known once the network was trained, begins with input(...), or is given data with `on`.
///
/// ```relume
/// mlp = dense(32) -> relu -> dense(10)
/// summary mlp on digits
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Summary {
    /// The network.
    pub network: Expression,
    /// Data whose samples it would take.
    pub on: Option<Expression>,
}

impl Command for Summary {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        let (_, mut model) = given.network(session, "network")?;
        let expr = given.required("network")?;
        if let Some(on) = given.expr("on") {
            let data = part(session.evaluate(on)?)
                .ok_or_else(|| Failure::at(on.span, "data are wanted here"))?;
            let data = session.part_for(&model, &data, on.span)?;
            let built = model.build(data.data().sample_shape());
            built.map_err(|error| Failure::training(&error, expr.span, None)).map(|_| ())?;
        }
        match model.network() {
            Some(network) => {
                let summary = summarise(network);
                session
                    .output
                    .result(&show::summary(&summary), || json!({ "summary": exact(&summary) }));
                Ok(())
            }
            None => Err(Failure::at(expr.span, "the network's sizes are not known yet")
                .help("train it, begin it with input(...), or say: summary ... on DATA")),
        }
    }
}

/// The part of a value: a data set's train part, or a part itself.
pub(super) fn part(value: Value) -> Option<Part> {
    match value {
        Value::Data(data) => Some(data.train()),
        Value::Part(part) => Some(part),
        _ => None,
    }
}
