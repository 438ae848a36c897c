//! `runs`.

use super::{Command, Given};
use crate::aligned::table;
use crate::lines::{WIDTH, cut, folded};
use crate::progress::duration;
use crate::sessions::matches;
use crate::{Failure, Session, stored_run};
use relume_catalog::{Spec, count_text, counted, nearest};
use relume_training::format_metric;
use relume_training::runs::{RunStatus, StoredRun, sort_runs};
use serde_json::json;
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;

/// Lists the runs that were kept, or notes something about one.
///
/// After `set runs="runs"`, every `train` leaves a folder there with its network, plan and data, the figures of all
/// steps and epochs, and the last and the best weights. The trainings of `compare`, `search` and `crossvalidate` leave
/// none. The latest run is `runs[-1]`, the last two are `runs[-2:]`, and a run has a name: `runs["..."]`. `.history`,
/// `.loss`, `.spec`, `.plan` and others are fields of it; `load(runs[-1].last)` is its network, and `.best` the file of
/// the weights that were best on the validation part. `plot runs[-2:] loss` draws runs over each other, and
/// `diff runs[-2] runs[-1]` shows how they differ. "best" in the list is the best metric on the validation part, "test"
/// the one of the last epoch.
///
/// ```relume
/// runs network="dense" by="accuracy" limit=5
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command, positional = 0)]
pub struct Runs {
    /// Part of the run's name; `*` matches any characters.
    pub name: Option<String>,
    /// A part of the network's name or of its layers as text.
    pub network: Option<String>,
    /// A part of the data's name.
    pub data: Option<String>,
    /// "running", "finished", "interrupted" or "diverged".
    pub status: Option<String>,
    /// By what they are sorted: "started", "name", "network", "data", "epochs", "seconds", or a figure such as
    /// "accuracy", the best first.
    #[spec(default = "started")]
    pub by: String,
    /// How many are listed: the latest ones, or the first ones in another order.
    #[spec(default = 20, positive)]
    pub limit: usize,
    /// What to note about the one run that these words mean; "" takes a note away.
    pub note: Option<String>,
    /// The folder of the runs; by default the one that is set, or "runs".
    pub folder: Option<String>,
}

impl Command for Runs {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Self = given.checked(session)?;
        let folder = words.folder.as_ref().map_or_else(|| session.runs_folder(), PathBuf::from);
        let mut runs = session.read_runs(&folder, given.span)?;
        let all = runs.len();
        let statuses = RunStatus::ALL.map(RunStatus::name);
        if let Some(status) = words.status.as_deref().filter(|own| !statuses.contains(own)) {
            let span = given.expr("status").map_or(given.span, |expr| expr.span);
            return Err(Failure::at(span, format!("no run is {status:?}"))
                .help(format!("a run is {}", statuses.join(", "))));
        }
        runs.retain(|run| words.mean(run));
        if runs.is_empty() && words.note.is_none() {
            let told = match all {
                0 => format!(
                    "there are no runs in {}: set runs=\"runs\" has every train leave one",
                    folder.display()
                ),
                _ => format!("none of the {} is such a run", counted(all, "run")),
            };
            session.output.remark(&told);
        } else if !runs.is_empty() {
            sort_runs(&mut runs, &words.by).map_err(|known| unknown(given, &words.by, &known))?;
        }
        let left_out = runs.len().saturating_sub(words.limit);
        match words.by.as_str() {
            "started" => drop(runs.drain(..left_out)),
            _ => runs.truncate(words.limit),
        }
        if let Some(note) = &words.note {
            return noted(session, given, &runs, note);
        }
        let text = if runs.is_empty() { String::new() } else { listed(&runs) };
        session.output.result(&text, || {
            let runs: Vec<_> = runs.iter().map(stored_run::json).collect();
            json!({ "type": "runs", "folder": folder.display().to_string(), "runs": runs })
        });
        if left_out > 0 {
            let told =
                format!("{} more: limit={} lists all", count_text(left_out), runs.len() + left_out);
            session.output.remark(&told);
        }
        Ok(())
    }
}

impl Runs {
    /// Whether the words mean a run.
    fn mean(&self, run: &StoredRun) -> bool {
        let holds = |part: &Option<String>, texts: &[&str]| {
            let pattern = part.as_ref().map(|part| format!("*{part}*"));
            pattern.is_none_or(|pattern| texts.iter().any(|text| matches(&pattern, text)))
        };
        let record = &run.record;
        holds(&self.name, &[&record.name])
            && holds(&self.network, &[&record.network, &record.spec])
            && holds(&self.data, &[&record.data.name])
            && holds(&self.status, &[record.status.name()])
    }
}

/// Notes something about the only run.
fn noted(
    session: &mut Session,
    given: &Given<'_>,
    runs: &[StoredRun],
    note: &str,
) -> Result<(), Failure> {
    let [run] = runs else {
        let message = format!("a note is for one run, and these words mean {}", runs.len());
        return Err(
            Failure::at(given.span, message).help("give its name: runs name=\"...\" note=\"...\"")
        );
    };
    run.set_note(note)
        .map_err(|error| Failure::at(given.span, format!("{}: {error}", run.path.display())))?;
    let name = run.record.name.clone();
    session
        .output
        .result(&format!("noted about {name}"), || json!({ "noted": name, "note": note }));
    Ok(())
}

fn unknown(given: &Given<'_>, by: &str, known: &[String]) -> Failure {
    let span = given.expr("by").map_or(given.span, |expr| expr.span);
    let failure = Failure::at(span, format!("runs cannot be sorted by {by:?}"));
    match nearest(by, known.iter().map(String::as_str)) {
        Some(near) => failure.help(format!("did you mean {near:?}?")),
        None => failure.help(format!("there are {}", known.join(", "))),
    }
}

/// Columns of the list with their cells.
type Column = (&'static str, Vec<String>);

/// The narrowest column of networks that is worth its place, and the widest name of data.
const NARROWEST: usize = 12;
const DATA: usize = 10;

/// Runs as a table of at most 80 columns, as long as their names allow that: networks have what numbers leave, and what
/// is to be known of a run beside its figures stands below it.
fn listed(runs: &[StoredRun]) -> String {
    let column = |name, cell: &dyn Fn(&StoredRun) -> Option<String>| {
        let cells: Vec<String> = runs.iter().map(|run| cell(run).unwrap_or_default()).collect();
        (name, cells)
    };
    let longest = runs.iter().map(|run| run.record.name.width()).max().unwrap_or(0);
    let mut columns: Vec<Column> = vec![
        // Of one width, or the year would make numbers of them.
        column("run", &|run| {
            let name = &run.record.name;
            Some(format!("{name}{:1$}", "", longest - name.width()))
        }),
        column("data", &|run| Some(cut(&run.record.data.name, DATA))),
        column("epochs", &|run| Some(run.history.epochs.len().to_string())),
        column("best", &best),
        column("test", &|run| figure(run, &format!("test_{}", run.record.metric))),
        column("time", &|run| run.seconds.map(duration)),
    ];
    columns.retain(|own| own.1.iter().any(|cell| !cell.is_empty()));
    let taken = |columns: &[Column]| columns.iter().map(|own| width(own) + 2).sum::<usize>();
    // Beside long names there is no room for everything.
    for name in ["time", "data", "epochs", "test", "best"] {
        if taken(&columns) > WIDTH + 2 {
            columns.retain(|own| own.0 != name);
        }
    }
    let left = WIDTH.saturating_sub(taken(&columns));
    if left >= NARROWEST {
        columns.insert(1, column("network", &|run| Some(cut(&run.record.spec, left))));
    }
    let heads: Vec<&str> = columns.iter().map(|own| own.0).collect();
    let row = |row: usize| columns.iter().map(|own| own.1[row].clone()).collect();
    let lines = table(&heads, (0..runs.len()).map(row));
    let notes = std::iter::once(String::new()).chain(runs.iter().map(note));
    lines.lines().zip(notes).map(|(line, note)| format!("{line}\n{note}")).collect()
}

/// The lines below a run: how it ended, if not as it should, and what was noted.
fn note(run: &StoredRun) -> String {
    let ended = stored_run::unfinished(run).map(str::to_string);
    let parts: Vec<String> = ended.into_iter().chain(run.note.clone()).collect();
    if parts.is_empty() { String::new() } else { folded("  ", 2, &parts.join("; ")) }
}

fn width((name, cells): &Column) -> usize {
    cells.iter().map(|cell| cell.width()).chain([name.width()]).max().unwrap_or(0)
}

fn best(run: &StoredRun) -> Option<String> {
    let best = run.best(&format!("validation_{}", run.record.metric))?;
    Some(format_metric(&run.record.metric, best.value))
}

fn figure(run: &StoredRun, name: &str) -> Option<String> {
    Some(format_metric(&run.record.metric, run.figure(name)?))
}
