//! The order in which runs are listed.

use super::StoredRun;
use crate::fit::is_better_larger;
use std::collections::BTreeSet;

/// By what runs can be sorted beside their figures.
const KEYS: [&str; 6] = ["started", "name", "network", "data", "epochs", "seconds"];

/// Sorts runs: by a text or a number of theirs, the least first, or by the best value of a figure, the best first. A
/// figure such as `accuracy` is that of the validation part, or of the test part, or of the train part: the first one
/// that a run has. Runs without it come last.
///
/// # Errors
/// A key that no run has: what there is.
pub fn sort_runs(runs: &mut [StoredRun], by: &str) -> Result<(), Vec<String>> {
    match by {
        "started" => runs.sort_by_key(|run| run.record.started.clone()),
        "name" => runs.sort_by_key(|run| run.record.name.clone()),
        "network" => runs.sort_by_key(|run| run.record.spec.clone()),
        "data" => runs.sort_by_key(|run| run.record.data.name.clone()),
        "epochs" => sort_by_number(runs, |run| Some(run.history.epochs.len() as f64)),
        "seconds" => sort_by_number(runs, |run| run.seconds),
        figure => {
            if !runs.iter().any(|run| run.held_out(figure).is_some()) {
                return Err(keys(runs));
            }
            sort_by_number(runs, |run| {
                let figure = run.held_out(figure)?;
                let best = run.best(&figure)?.value;
                Some(if is_better_larger(&figure) { -best } else { best })
            });
        }
    }
    Ok(())
}

/// The smallest number first; what has none, last.
fn sort_by_number(runs: &mut [StoredRun], number: impl Fn(&StoredRun) -> Option<f64>) {
    runs.sort_by(|a, b| {
        let [a, b] = [a, b].map(|run| number(run).unwrap_or(f64::INFINITY));
        a.total_cmp(&b)
    });
}

/// All keys of some runs.
fn keys(runs: &[StoredRun]) -> Vec<String> {
    let plain = |name: String| {
        let parts = ["validation_", "test_"];
        parts.iter().find_map(|part| name.strip_prefix(part)).unwrap_or(&name).to_string()
    };
    let figures: BTreeSet<String> =
        runs.iter().flat_map(|run| run.history.names()).map(plain).collect();
    KEYS.iter().map(|key| (*key).to_string()).chain(figures).collect()
}
