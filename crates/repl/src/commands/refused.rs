//! Words of a command that cannot stand as they are.

use super::Given;
use crate::eval::describe;
use crate::syntax::Expr;
use crate::{Failure, Value};

impl Given<'_> {
    /// Refuses words that would be ignored here: "`word` `why`", at the first that was given.
    pub(super) fn refuse(&self, words: &[&str], why: &str) -> Result<(), Failure> {
        let found = words.iter().find_map(|word| Some((word, self.expr(word)?)));
        match found {
            Some((word, expr)) => Err(Failure::at(expr.span, format!("{word} {why}"))),
            None => Ok(()),
        }
    }
}

/// The failure of an argument that is no network.
pub(super) fn no_network(expr: &Expr, value: &Value) -> Failure {
    let message = format!("a network is wanted here, not {}", describe(value));
    let failure = Failure::at(expr.span, message);
    match value {
        Value::Layer(..) => {
            failure.help("a stage is a network of its own as net[1], or chain(layer)")
        }
        _ => failure,
    }
}
