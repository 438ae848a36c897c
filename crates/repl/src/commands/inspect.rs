//! `inspect`.

use super::cure_names::names;
use super::inspected_file::{Holds, InspectedFile};
use super::summary::part;
use super::{Command, Expression, Given};
use crate::json::exact;
use crate::looked_into::{findings, inspection, one_unit, units};
use crate::{Failure, Session};
use relume_catalog::{Choice, Spec};
use relume_datasets::Part;
use relume_inspection::{Detail, Options, RuleSpec, inspect, try_cures, units_table};
use relume_training::Model;
use serde_json::json;

/// Steps for which a cure is tried.
const STEPS: u64 = 50;

/// Looks inside a network on data: what passes through each stage, what comes back, what a step changes, and what is
/// wrong.
///
/// A batch passes forward and backward, as in training, and the optimizer makes one real step; all on a clone, so that
/// nothing changes. Of each stage, at every depth, it shows how the outputs are distributed and how large they are
/// (root mean square), the signal (how much they differ between samples, as a share of their size), the share of dead
/// units and of values at the flat ends, the gradient, and by how much a step changes the weights. `help rules` lists
/// what is looked for. Cures are statements that run as they stand.
///
/// ```relume
/// mlp = dense(32) -> relu -> dense(10)
/// train mlp on digits epochs=1
/// inspect mlp on digits ignore=[redundant_bias]
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Inspect {
    /// The network.
    pub network: Expression,
    /// A data set (its train part) or a part of one.
    pub on: Expression,
    /// Samples of the batch; 256 by default, or as many as in a batch of training if those would take more than 64 MiB.
    #[spec(range = 2..=65536)]
    pub samples: Option<usize>,
    /// The path of a stage, such as 1 or "2.body.1", to look at unit by unit.
    pub stage: Option<StagePath>,
    /// One unit of that stage.
    pub unit: Option<usize>,
    /// Rules that are left out, such as [dead_units].
    pub ignore: Option<Vec<RuleSpec>>,
    /// Whether each cure is tried for 50 steps on a clone, and only what helps is shown.
    #[spec(default = false)]
    pub cure: bool,
    /// The file to write: one that ends in .json has all figures, one in .csv a line for every unit of the stage, or of
    /// all stages.
    pub to: Option<String>,
}

/// Where a stage is.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum StagePath {
    /// A stage of the network itself, counted from 0.
    Index(u64),
    /// A path.
    Path(String),
}

impl Command for Inspect {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Self = given.checked(session)?;
        let file = InspectedFile::of(given, words.to.as_deref())?;
        check_words(given, &words, file.as_ref())?;
        let (name, model) = given.network(session, "network")?;
        let on = given.required("on")?;
        let part = part(session.evaluate(on)?)
            .ok_or_else(|| Failure::at(on.span, "data are wanted here"))?;
        let part = session.part_for(&model, &part, on.span)?;
        let span = given.required("network")?.span;
        let failed = |error| Failure::training(&error, span, Some(model.spec()));
        if let Some(stage) = &words.stage {
            let path = match stage {
                StagePath::Index(index) => index.to_string(),
                StagePath::Path(path) => path.clone(),
            };
            let which = (&*path, words.unit, words.samples);
            return detail(session, given, &model, &part, which, file.as_ref());
        }
        if let Some(file) = file.as_ref().filter(|file| file.holds == Holds::Units) {
            let all = Detail::all(&model, &part, words.samples).map_err(failed)?;
            return file.write(session, &units_table(&all));
        }
        let options = Options {
            samples: words.samples,
            ignore: words.ignore.unwrap_or_default(),
            names: names(session, given, name)?,
            facts: session.facts_of(part.data(), on.span).ok(),
        };
        let mut seen = inspect(&model, &part, &options).map_err(failed)?;
        if words.cure {
            try_cures(&model, part.data(), &mut seen.findings, STEPS).map_err(failed)?;
        }
        let text = inspection(&seen) + &findings(&seen.findings, seen.rules, seen.places.len());
        let shown = exact(&seen);
        if let Some(file) = &file {
            return file.write_figures(session, ("inspection", "inspect"), &shown);
        }
        session
            .output
            .result(&text, || json!({ "type": "inspection", "schema": 1, "inspect": shown }));
        Ok(())
    }
}

/// Refuses words that would be ignored: those for findings where none are shown, and a unit without its stage.
fn check_words(
    given: &Given<'_>,
    words: &Inspect,
    file: Option<&InspectedFile<'_>>,
) -> Result<(), Failure> {
    const FOR_FINDINGS: [&str; 2] = ["ignore", "cure"];
    if words.stage.is_some() {
        return given
            .refuse(&FOR_FINDINGS, "is for findings, and one stage is shown without them")
            .map_err(|failure| failure.help("leave stage= out: the whole network has findings"));
    }
    if let Some(unit) = given.expr("unit").filter(|_| words.unit.is_some()) {
        return Err(Failure::at(unit.span, "unit= is for one stage: give stage= too"));
    }
    if file.is_some_and(|file| file.holds == Holds::Units) {
        return given
            .refuse(&FOR_FINDINGS, "is for findings, and a table of units has none")
            .map_err(|failure| failure.help("to=\"net.json\" has the findings too"));
    }
    Ok(())
}

/// Shows one stage unit by unit, or one of its units.
fn detail(
    session: &mut Session,
    given: &Given<'_>,
    model: &Model,
    part: &Part,
    (path, unit, samples): (&str, Option<usize>, Option<usize>),
    file: Option<&InspectedFile<'_>>,
) -> Result<(), Failure> {
    let span = given.expr("stage").map_or(given.span, |expr| expr.span);
    let seen = Detail::of(model, part, path, samples)
        .map_err(|error| Failure::training(&error, span, Some(model.spec())))?
        .ok_or_else(|| {
            let outline = model.spec().outline();
            Failure::at(span, format!("there is no stage {path:?}")).help(outline)
        })?;
    let text = match unit {
        None => units(&seen),
        Some(unit) => {
            let own = seen.units.get(unit).ok_or_else(|| {
                let span = given.expr("unit").map_or(given.span, |expr| expr.span);
                Failure::at(
                    span,
                    format!("stage {path} has {} units, counted from 0", seen.units.len()),
                )
            })?;
            one_unit(&seen, own, model)
        }
    };
    let only = unit.and_then(|unit| seen.units.get(unit));
    let shown = only.map_or_else(|| exact(&seen), exact);
    match file {
        Some(file) if file.holds == Holds::Figures => {
            return file.write_figures(session, ("units", "units"), &shown);
        }
        Some(file) => {
            let units = only.map_or_else(|| seen.units.clone(), |own| vec![own.clone()]);
            let table = units_table(&[Detail { units, path: seen.path.clone(), ..seen }]);
            return file.write(session, &table);
        }
        None => {}
    }
    session.output.result(&text, || json!({ "type": "units", "schema": 1, "units": shown }));
    Ok(())
}
