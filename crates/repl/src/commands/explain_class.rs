//! The class that `explain` is asked for, and the output that is its score.

use super::Given;
use crate::Failure;
use crate::explained::SHOWN;
use relume_catalog::Choice;
use relume_training::Model;

/// A class.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Class {
    /// The index of an output, counted from 0.
    Index(u64),
    /// The name of a class.
    Name(String),
}

/// Where a class has its score.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub class: usize,
    pub output: usize,
    /// Whether the output speaks against it.
    pub is_negated: bool,
}

/// Whether one output stands for two classes: it is the score of the second.
pub(super) fn has_single_output(model: &Model) -> bool {
    let outputs = model.network().map(|network| network.output().count());
    outputs == Some(1) && model.classes().len() == 2
}

/// The output of a class that is given by its name or its index.
///
/// # Errors
/// There is no such class.
pub(super) fn output(model: &Model, class: Class, given: &Given<'_>) -> Result<Place, Failure> {
    let outputs = model.network().map_or(0, |network| network.output().count());
    let is_single = has_single_output(model);
    let count = if is_single { 2 } else { outputs };
    let refused = |what: String| {
        let span = given.expr("class").map_or(given.span, |expr| expr.span);
        Failure::at(span, format!("there is no {what}")).help(classes(model, count))
    };
    let class = match class {
        Class::Index(index) => match usize::try_from(index).ok().filter(|&own| own < count) {
            Some(own) => own,
            // What has no outputs yet is refused by what explains it.
            None if count == 0 => 0,
            None if model.classes().is_empty() => return Err(refused(format!("output {index}"))),
            None => return Err(refused(format!("class {index}"))),
        },
        Class::Name(name) => {
            let found = model.classes().iter().position(|own| *own == name);
            found.ok_or_else(|| refused(format!("class {name:?}")))?
        }
    };
    Ok(match is_single {
        true => Place { class, output: 0, is_negated: class == 0 },
        false => Place { class, output: class, is_negated: false },
    })
}

/// What classes there are, each with its index.
fn classes(model: &Model, count: usize) -> String {
    let names = if model.classes().is_empty() { model.numbers() } else { model.classes() };
    let is_index = |(at, name): (usize, &String)| *name == at.to_string();
    if names.is_empty() || names.iter().enumerate().all(is_index) {
        return match count {
            1 => "there is one output, 0".to_string(),
            _ => format!("there are 0 to {}", count.saturating_sub(1)),
        };
    }
    let shown = names.iter().enumerate().take(SHOWN).map(|(at, name)| format!("{name} ({at})"));
    let more = if names.len() > SHOWN { " and others" } else { "" };
    format!("there are {}{more}", shown.collect::<Vec<_>>().join(", "))
}
