//! Reading the runs that were kept.

use super::lines::{history, last_seconds};
use super::{RunRecord, RunStatus};
use crate::fit::is_better;
use crate::{BestEpoch, EpochRecord, History};
use std::fs::TryLockError;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A run that was kept.
#[derive(Clone, Debug)]
pub struct StoredRun {
    /// Its folder.
    pub path: PathBuf,
    /// What is known of it. One that still calls itself running is interrupted if its process ended.
    pub record: RunRecord,
    /// Its epochs, with those before it was resumed.
    pub history: History,
    /// Seconds that it took; of a run that did not end, until its last epoch.
    pub seconds: Option<f64>,
    /// What a person noted.
    pub note: Option<String>,
}

/// All runs of a folder.
#[derive(Clone, Debug, Default)]
pub struct StoredRuns {
    /// The runs, oldest first.
    pub runs: Vec<StoredRun>,
    /// Folders that could not be read, each with the reason, as sentences without their ends.
    pub unreadable: Vec<String>,
}

/// Reads all runs of a folder; a folder that is not there has none. Folders without a `run.json` are no runs.
///
/// # Errors
/// A folder that cannot be read.
pub fn stored_runs(folder: &Path) -> io::Result<StoredRuns> {
    let mut found = StoredRuns::default();
    let entries = match relume_files::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        if !relume_files::is_file(path.join("run.json")) {
            continue;
        }
        match StoredRun::read(&path) {
            Ok(run) => found.runs.push(run),
            Err(error) => found.unreadable.push(format!("{}: {error}", path.display())),
        }
    }
    let key = |run: &StoredRun| (run.record.started.clone(), run.record.name.clone());
    found.runs.sort_by_key(key);
    found.unreadable.sort();
    Ok(found)
}

impl StoredRun {
    /// Reads the run of a folder.
    ///
    /// # Errors
    /// A `run.json` that cannot be read or understood, or an `epochs.jsonl` that cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let record = relume_files::read(path.join("run.json"))?;
        let mut record: RunRecord = serde_json::from_slice(&record)?;
        // A folder that was renamed has the name that it is found by.
        if let Some(name) = path.file_name() {
            record.name = name.to_string_lossy().into_owned();
        }
        if record.status == RunStatus::Running && has_ended(path) {
            record.status = RunStatus::Interrupted;
        }
        let epochs = relume_files::read(path.join("epochs.jsonl"))?;
        let epochs = String::from_utf8_lossy(&epochs);
        let history = history(&epochs, &record.metric);
        let seconds = record.seconds.or_else(|| last_seconds(&epochs));
        let note = relume_files::read_to_string(path.join("note.txt")).ok();
        let note = note.map(|note| note.trim().to_string()).filter(|note| !note.is_empty());
        Ok(StoredRun { path: path.to_path_buf(), record, history, seconds, note })
    }

    /// Notes something about the run, in the place of what was noted before.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn set_note(&self, note: &str) -> io::Result<()> {
        let path = self.path.join("note.txt");
        Ok(relume_files::write_atomically(&path, |out| writeln!(out, "{}", note.trim()))?)
    }

    /// The best value of a figure over the epochs and its epoch, if the run has it.
    pub fn best(&self, figure: &str) -> Option<BestEpoch> {
        let mut best: Option<BestEpoch> = None;
        for epoch in &self.history.epochs {
            let value = self.history.figure(epoch, figure).filter(|value| !value.is_nan());
            if let Some(value) = value
                && best.is_none_or(|best| is_better(figure, value, best.value, 0.0))
            {
                best = Some(BestEpoch { epoch: epoch.epoch, value });
            }
        }
        best
    }

    /// The figures of the last epoch.
    pub fn last(&self) -> Option<&EpochRecord> {
        self.history.epochs.last()
    }

    /// A figure of the last epoch.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.history.figure(self.last()?, name)
    }

    /// The figure by which runs are compared: `name` on the validation part, or on the test part, or on the train
    /// part: the first one that the run has.
    pub fn held_out(&self, name: &str) -> Option<String> {
        let figures = ["validation_", "test_", ""].map(|part| format!("{part}{name}"));
        figures.into_iter().find(|figure| self.figure(figure).is_some())
    }
}

/// Whether no process writes the run any more.
fn has_ended(path: &Path) -> bool {
    let Ok(lock) = relume_files::open(path.join(".lock")) else { return true };
    // Where the system has no locks, this cannot be told.
    match lock.try_lock_shared() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}
