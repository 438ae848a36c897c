//! `fingerprint`.

use super::{Command, Expression, Given};
use crate::sessions::fingerprint_text;
use crate::{Failure, Session, Value};
use relume_catalog::Spec;
use serde_json::json;

/// Shows a number that tells whether two data sets are the same, or compares it with an expected one.
///
/// It depends on samples, targets, the names of classes and columns, and the split: on all that figures depend on. If
/// it is not the expected one, a warning says so, and the statements after it run all the same. `save session` writes
/// such comparisons.
///
/// ```relume
/// fingerprint digits
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Fingerprint {
    /// The data set.
    pub data: Expression,
    /// The fingerprint that it should have.
    pub expected: Option<String>,
}

impl Command for Fingerprint {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Fingerprint { expected, .. } = given.checked(session)?;
        let expr = given.required("data")?;
        let data = match session.evaluate(expr)? {
            Value::Data(data) => data,
            other => {
                return Err(Failure::at(
                    expr.span,
                    format!("a data set is wanted here, not {}", other.kind()),
                ));
            }
        };
        let hash = data.fingerprint().map_err(|error| Failure::data(&error, expr.span))?;
        let own = fingerprint_text(hash);
        match expected {
            None => {
                let name = data.name().to_string();
                session.output.result(&format!("{name}: {own}"), || {
                    json!({ "fingerprint": own, "data": name })
                });
            }
            Some(expected) if expected == own => {}
            Some(expected) => session.output.warning(&format!(
                "{} are other data than were expected: fingerprint {own}, not {expected}; figures will differ",
                data.name()
            )),
        }
        Ok(())
    }
}
