//! Functions of networks.

use super::Function;
use super::call::{Call, Given};
use super::operand::Item;
use crate::commands::{EVALUATE_ARGUMENTS, evaluate_call};
use crate::eval::network::Joined;
use crate::{Failure, Session, Value};
use relume_catalog::{Entry, Kind, Spec};
use std::path::Path;

/// A network from a file.
///
/// ```relume
/// net = input(4) -> dense(3)
/// save net to "net.rlm"
/// again = load("net.rlm")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Load {
    /// The file.
    pub path: String,
}

impl Function for Load {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let model = relume_training::load(Path::new(&self.path))
            .map_err(|error| Failure::training(&error, call.first, None))?;
        Ok(Value::Network(Box::new(model)))
    }
}

/// The layers of a network without the weights that it has.
///
/// ```relume
/// net = input(4) -> dense(3); other = fresh(net) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Fresh {
    /// A network.
    pub network: Item,
}

impl Function for Fresh {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        match call.item(self.network) {
            (Value::Network(model), _) => {
                let spec = model.spec().clone();
                let spans = vec![call.span; spec.layers.len()];
                call.session.network_value(Joined { spec, spans, ..Joined::default() })
            }
            (other, span) => {
                Err(Failure::at(span, format!("fresh wants a network, not {}", other.kind())))
            }
        }
    }
}

/// `evaluate` as a function takes what the command takes.
pub const EVALUATE: Entry = Entry {
    kind: Kind::Function,
    name: "evaluate",
    aliases: &[],
    summary: "A network's loss and metric on data, as values",
    details: "",
    arguments: EVALUATE_ARGUMENTS,
    example: "net = dense(10)\ntrain net on digits epochs=1\nevaluate(net, digits.test, metrics=[f1]).f1",
};

/// Calls `evaluate`, which evaluates its arguments itself.
pub fn evaluate(session: &mut Session, given: &Given<'_>) -> Result<Value, Failure> {
    evaluate_call(session, given.arguments, given.span)
}
