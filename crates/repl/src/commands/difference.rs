//! `diff`.

use super::{Command, Expression, Given};
use crate::aligned::table;
use crate::json::exact;
use crate::lines::{WIDTH, cut};
use crate::{Failure, Session};
use relume_catalog::{Spec, value_text};
use relume_training::runs::{Difference, RunDifferences};
use serde_json::{Value as Json, json};

/// Shows how two runs differ that were kept: in network, plan, data, seed, version and machine, and in their figures.
///
/// `runs` lists the runs; `set runs="runs"` has every `train` leave one.
///
/// ```relume
/// set runs="runs"
/// mlp = dense(10)
/// train mlp on digits epochs=1
/// train mlp on digits epochs=1 lr=0.01
/// diff runs[-2] runs[-1]
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Diff {
    /// A run, its name, or its number among all runs.
    pub first: Expression,
    /// Another one.
    pub second: Expression,
}

impl Command for Diff {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        let first = session.run_value(given.required("first")?)?;
        let second = session.run_value(given.required("second")?)?;
        let differences = RunDifferences::of(&first, &second);
        session.output.result(
            &text(&differences),
            || json!({ "type": "run_differences", "differences": exact(&differences) }),
        );
        Ok(())
    }
}

/// Both runs side by side: what differs, then the figures.
fn text(found: &RunDifferences) -> String {
    let [first, second] = &found.runs;
    let all: Vec<&Difference> = found.settings.iter().chain(&found.figures).collect();
    let name = all.iter().map(|own| own.what.chars().count()).max().unwrap_or(0);
    let most = WIDTH.saturating_sub(name + 4) / 2;
    let row = |own: &&Difference| {
        let [first, second] = [&own.first, &own.second].map(plain);
        let shared = if first.chars().count().max(second.chars().count()) > most {
            same_words(&first, &second)
        } else {
            0
        };
        let side = |text: &str| match shared {
            0 => cut(text, most),
            shared => cut(&format!("... {}", &text[shared..]), most),
        };
        vec![own.what.clone(), side(&first), side(&second)]
    };
    let same = match found.settings.is_empty() {
        true => "network, plan, data, seed, version and machine are the same\n",
        false => "",
    };
    let rows = all.iter().map(row);
    format!("first   {first}\nsecond  {second}\n") + &table(&["", "first", "second"], rows) + same
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => "-".to_string(),
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        other => value_text(other),
    }
}

/// How many bytes of two texts are words that both begin with.
fn same_words(first: &str, second: &str) -> usize {
    let same = first.char_indices().zip(second.chars()).take_while(|((_, a), b)| a == b);
    let end = same.map(|((at, c), _)| at + c.len_utf8()).last().unwrap_or(0);
    first[..end].rfind(' ').map_or(0, |space| space + 1)
}
