//! `lint`.

use super::cure_names::names;
use super::plan_words::{PlanWords, PlanWordsOptions};
use super::train::data;
use super::{Command, Expression, Given};
use crate::json::exact;
use crate::looked_into::findings;
use crate::{Failure, Session};
use relume_catalog::Spec;
use relume_datasets::Dataset;
use relume_inspection::{Options, RuleSpec, Severity, lint};
use relume_training::{Model, Plan};
use serde_json::json;

/// Says before training what is wrong with the data, the network and the plan.
///
/// The samples are compared and counted, and the stages, the loss and the optimizer are read; nothing is trained.
/// `train` tells its warnings once. An error, which `train` refuses, ends a script with exit code 1; with `strict=true`
/// warnings and problems do so too, as in continuous integration. Arguments of the plan are those of `train`.
///
/// ```relume
/// d = iris()
/// mlp = dense(8) -> relu -> dense(3)
/// lint mlp on d batch=16
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Lint {
    /// The network.
    pub network: Expression,
    /// The data set.
    pub on: Expression,
    /// How it would be trained.
    #[spec(flatten = PlanWordsOptions)]
    pub plan: PlanWords,
    /// Rules that are left out, such as [constant_input].
    pub ignore: Option<Vec<RuleSpec>>,
    /// Whether warnings and problems are failures too.
    #[spec(default = false)]
    pub strict: bool,
}

impl Command for Lint {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Self = given.checked(session)?;
        let (name, model) = given.network(session, "network")?;
        let data = data(session, given)?;
        let data = session.data_for(&model, &data, given.required("on")?.span)?;
        let plan = words.plan.plan(given, &model, &data)?;
        let ignore = words.ignore.unwrap_or_default();
        let facts = session.facts_of(&data, given.required("on")?.span)?;
        let options = Options {
            ignore,
            names: names(session, given, name)?,
            facts: Some(facts),
            samples: None,
        };
        let span = given.required("network")?.span;
        let (rules, found) = lint(&model, &data, &plan, &options)
            .map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
        let stages = model.spec().layers.len();
        let text = findings(&found, rules, stages);
        let shown = exact(&found);
        session.output.result(
            &text,
            || json!({ "type": "lint", "schema": 1, "rules": rules, "findings": shown }),
        );
        let limit = if words.strict { Severity::Warning } else { Severity::Error };
        match found.iter().find(|own| own.severity >= limit) {
            Some(worst) => Err(Failure::at(span, format!("{}: {}", worst.rule, worst.text))),
            None => Ok(()),
        }
    }
}

/// Tells warnings and problems before training, each once in a session.
///
/// # Errors
/// What training would refuse.
pub(super) fn tell(
    session: &mut Session,
    given: &Given<'_>,
    network: Option<String>,
    model: &Model,
    (data, plan): (&Dataset, &Plan),
) -> Result<(), Failure> {
    let mut addresses = Vec::new();
    data.buffers(&mut |address, bytes| addresses.push((address, bytes)));
    let key = format!("{addresses:?} {} {} {plan:?}", data.name(), model.spec());
    if session.told.contains(&key) {
        return Ok(());
    }
    // What cannot be looked at is refused by the training itself, with the reason.
    let Ok(facts) = session.facts_of(data, given.required("on")?.span) else { return Ok(()) };
    let names = names(session, given, network)?;
    let options = Options { names, facts: Some(facts), ..Options::default() };
    let Ok((_, found)) = lint(model, data, plan, &options) else { return Ok(()) };
    for own in found.iter().filter(|own| own.severity >= Severity::Warning) {
        let text = format!("{}: {}", own.rule, own.text);
        let statement = own.cures.iter().find_map(|cure| cure.statement.clone());
        let help = match (&statement, own.cures.first()) {
            (Some(statement), _) => Some(format!("cure: {statement}")),
            (None, Some(words)) => Some(format!("try: {}", words.text)),
            (None, None) => None,
        };
        if own.severity == Severity::Error {
            let failure = Failure::at(given.required("network")?.span, text);
            return Err(match statement {
                Some(help) => failure.help(help),
                None => failure,
            });
        }
        if session.told.insert(text.clone()) {
            let help = help.map_or_else(String::new, |help| format!("\n  {help}"));
            session.output.warning(&format!("{text}{help}"));
        }
    }
    session.told.insert(key);
    Ok(())
}
