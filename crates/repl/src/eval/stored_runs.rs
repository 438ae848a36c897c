//! The runs that were kept as values: `runs[-1]`, `runs[-2:]`, `runs["2026-11-30T16-20-03-net"]`.

use super::places::Place;
use crate::syntax::{Expr, ExprKind, Span, Subscript};
use crate::{Failure, FailureKind, Session, Value};
use relume_catalog::nearest;
use relume_training::runs::{StoredRun, StoredRuns, stored_runs};
use std::path::{Path, PathBuf};

/// The name under which runs are found, if it has no other meaning; and the folder in which they are looked for, if
/// none is set.
pub(crate) const RUNS: &str = "runs";

impl Session {
    /// Whether an expression is the name of all runs.
    pub(crate) fn is_stored_runs(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name) if name == RUNS && !self.names.contains_key(name))
    }

    /// The folder of the runs that are kept.
    pub(crate) fn runs_folder(&self) -> PathBuf {
        self.kept_runs.runs.as_deref().unwrap_or(RUNS).into()
    }

    /// All runs of a folder, oldest first. Those that cannot be read are told.
    pub(crate) fn read_runs(
        &mut self,
        folder: &Path,
        span: Span,
    ) -> Result<Vec<StoredRun>, Failure> {
        let found = stored_runs(folder).map_err(|error| {
            Failure::at(span, format!("{}: {error}", folder.display())).of(FailureKind::Data)
        })?;
        let StoredRuns { runs, unreadable } = found;
        for problem in unreadable {
            self.output.warning(&format!("a run cannot be read: {problem}"));
        }
        Ok(runs)
    }

    /// All runs as a list.
    pub(super) fn stored_runs_value(&mut self, span: Span) -> Result<Value, Failure> {
        let runs = self.read_runs(&self.runs_folder(), span)?;
        Ok(Value::List(runs.into_iter().map(value).collect()))
    }

    /// Runs by their name, their number or a range of numbers.
    pub(super) fn picked_runs(
        &mut self,
        subscripts: &[Subscript],
        base: Span,
    ) -> Result<Value, Failure> {
        let places = self.places(subscripts)?;
        let runs = self.read_runs(&self.runs_folder(), base)?;
        if runs.is_empty() {
            let folder = self.runs_folder();
            return Err(Failure::at(base, format!("there are no runs in {}", folder.display()))
                .help("set runs=\"runs\" has every train leave one"));
        }
        let name = |place: &Place| place.name().map(str::to_string);
        match places.as_slice() {
            [place] if name(place).is_some() => {
                let name = name(place).unwrap_or_default();
                named(runs, &name, place.span).map(value)
            }
            _ => {
                let items = Value::List(runs.into_iter().map(value).collect());
                self.item_of(items, &places, base)
            }
        }
    }

    /// The run that a value means: a run, the name of one, or its number.
    pub(crate) fn run_value(&mut self, expr: &Expr) -> Result<StoredRun, Failure> {
        let value = self.evaluate(expr)?;
        let runs = match value {
            Value::Run(run) => return Ok(*run),
            Value::Text(_) | Value::Number(_) => self.read_runs(&self.runs_folder(), expr.span)?,
            other => {
                return Err(Failure::at(
                    expr.span,
                    format!("a run is wanted here, not {}", other.kind()),
                )
                .help("runs[-1] is the latest one, and runs lists all"));
            }
        };
        match value {
            Value::Text(name) => named(runs, &name, expr.span),
            number => {
                let pick = super::places::Pick::Item(number);
                let at = Place { pick, span: expr.span }.position(runs.len())?;
                Ok(runs[at].clone())
            }
        }
    }
}

fn value(run: StoredRun) -> Value {
    Value::Run(Box::new(run))
}

/// The run of a name.
fn named(mut runs: Vec<StoredRun>, name: &str, span: Span) -> Result<StoredRun, Failure> {
    match runs.iter().position(|run| run.record.name == name) {
        Some(at) => Ok(runs.swap_remove(at)),
        None => {
            let failure = Failure::at(span, format!("there is no run {name:?}"));
            let names = runs.iter().map(|run| run.record.name.as_str());
            Err(match nearest(name, names) {
                Some(near) => failure.help(format!("did you mean {near:?}?")),
                None => failure.help("runs lists them"),
            })
        }
    }
}
