//! What a session at the prompt keeps of itself on the disk while it lasts, so that the next one can restore it after a
//! crash or a closed terminal. A session that ends as it should leaves nothing.
//!
//! Each session has a folder of its own with `session.json` and the files that it names. A value's file is new whenever
//! the value is; the old ones go when `session.json`, which is replaced as a whole, names them no more. A lock, which
//! the system takes away with the process, says that the session is alive.

use super::journal::{Journal, Record};
use super::kept_value::{Files, keep, lost};
use super::lost::{Lost, lost_sessions};
use crate::names::Names;
use crate::undo::is_same;
use crate::{Session, Value};
use relume_serialization::write_atomically;
use relume_tensor::Rng;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The version of `session.json`.
const VERSION: u64 = 1;
pub(super) const MANIFEST: &str = "session.json";
pub(super) const LOCK: &str = "lock";

/// The folder of kept sessions: that of `RELUME_STATE` (none if it is empty), or `relume/sessions` in `$XDG_STATE_HOME`
/// or else in `~/.local/state`. There is none in a sandbox, where no session is kept, read or removed.
pub(super) fn state_folder() -> Option<PathBuf> {
    if relume_files::is_sandboxed() {
        return None;
    }
    if let Some(own) = std::env::var_os("RELUME_STATE") {
        return Some(PathBuf::from(own)).filter(|own| !own.as_os_str().is_empty());
    }
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = given("XDG_STATE_HOME").or_else(|| {
        given("HOME").or_else(|| given("USERPROFILE")).map(|home| home.join(".local/state"))
    })?;
    Some(state.join("relume").join("sessions"))
}

/// What a session keeps.
#[derive(Debug)]
pub(crate) struct Autosave {
    root: PathBuf,
    /// Its own folder, once there is something to keep.
    own: Option<Own>,
    names: BTreeMap<String, Kept>,
    next: u64,
    manifest: Json,
    /// Why it could not keep everything the last time.
    failed: Option<String>,
}

#[derive(Debug)]
struct Own {
    folder: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

/// A value as it was kept last.
#[derive(Debug)]
struct Kept {
    value: Value,
    json: Json,
    files: Vec<String>,
}

impl Autosave {
    /// For a session at the prompt; `None` where there is no folder for it.
    pub fn new() -> Option<Self> {
        Some(Autosave {
            root: state_folder()?,
            own: None,
            names: BTreeMap::new(),
            next: 0,
            manifest: Json::Null,
            failed: None,
        })
    }

    /// The session's folder, made when it is needed first.
    fn folder(&mut self) -> Result<PathBuf, String> {
        if let Some(own) = &self.own {
            return Ok(own.folder.clone());
        }
        let failed = |error: std::io::Error| error.to_string();
        make_folder(&self.root).map_err(failed)?;
        let name = format!("{}-{}", seconds_now(), std::process::id());
        let folder = self.root.join(name);
        make_folder(&folder).map_err(failed)?;
        let lock = File::create(folder.join(LOCK)).map_err(failed)?;
        lock.try_lock().map_err(|error| error.to_string())?;
        self.own = Some(Own { folder: folder.clone(), _lock: lock });
        Ok(folder)
    }

    /// Keeps a value under its name, unless it is kept already. What cannot be kept is so named, and tried again.
    ///
    /// # Errors
    /// Why it cannot be kept.
    fn keep_value(
        &mut self,
        name: &str,
        value: &Value,
        defined: Option<&str>,
    ) -> Result<(), String> {
        if self.names.get(name).is_some_and(|kept| is_same(&kept.value, value)) {
            return Ok(());
        }
        let folder = self.folder()?;
        let mut files = Files { folder: &folder, next: &mut self.next, written: Vec::new() };
        let result = keep(value, defined, &mut files);
        let files = files.written;
        let (kept, result) = match result {
            Ok(json) => (Kept { value: value.clone(), json, files }, Ok(())),
            Err(why) => {
                // A full disk has no place for what belongs to no value.
                files.iter().for_each(|file| drop(fs::remove_file(folder.join(file))));
                let json = lost(value.kind());
                let kept = Kept { value: Value::Nothing, json, files: Vec::new() };
                (kept, Err(format!("{name}: {why}")))
            }
        };
        self.names.insert(name.to_string(), kept);
        result
    }

    /// Keeps the network of a running training. Returns a warning, once, if that fails.
    pub fn keep_training(&mut self, name: &str, value: &Value, rest: &Json) -> Option<String> {
        let kept = self.keep_value(name, value, None);
        let result = kept.and_then(|()| self.write(rest.clone()));
        // The numbers belong to the training alone again: its next step need not copy them.
        if let Some(own) = self.names.get_mut(name) {
            own.value = Value::Nothing;
        }
        self.told(result)
    }

    /// Keeps a session's names, and what belongs to it beside them. Returns a warning, once, if that fails.
    fn keep_all(&mut self, names: &Names, journal: &Journal, rest: Json) -> Option<String> {
        self.names.retain(|name, _| names.contains_key(name));
        let mut result = Ok(());
        for (name, value) in names.iter().filter(|(name, _)| *name != "_") {
            // What can be kept is kept, whatever cannot.
            let kept = self.keep_value(name, value, journal.definition(name).as_deref());
            result = result.and(kept);
        }
        let written = self.write(rest);
        self.told(written.and(result))
    }

    fn told(&mut self, result: Result<(), String>) -> Option<String> {
        let before = std::mem::replace(&mut self.failed, result.err());
        let why = self.failed.as_ref().filter(|why| before.as_ref() != Some(why))?;
        Some(format!("not all is kept for `restore` after a crash: {why}"))
    }

    /// Whether everything was kept the last time.
    pub fn is_whole(&self) -> bool {
        self.failed.is_none()
    }

    /// Writes what the session consists of, if anything has changed since it was written last.
    fn write(&mut self, mut rest: Json) -> Result<(), String> {
        let names: Vec<Json> =
            self.names.iter().map(|(name, kept)| json!([name, kept.json])).collect();
        rest["names"] = names.into();
        if rest == self.manifest || (self.own.is_none() && self.names.is_empty()) {
            return Ok(());
        }
        let folder = self.folder()?;
        let mut written = rest.clone();
        written["saved"] = seconds_now().into();
        let text = written.to_string();
        write_atomically(&folder.join(MANIFEST), |out| out.write_all(text.as_bytes()))
            .map_err(|error| error.to_string())?;
        self.manifest = rest;
        self.forget_files(&folder);
        Ok(())
    }

    /// Removes files that no name has any more.
    fn forget_files(&self, folder: &Path) {
        let used = |name: &str| {
            name == MANIFEST
                || name == LOCK
                || self.names.values().any(|kept| kept.files.iter().any(|file| file == name))
        };
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if !entry.file_name().to_str().is_some_and(used) {
                // What cannot be removed now is removed with the folder.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Forgets the session, which has ended as it should.
    pub fn end(self) {
        if let Some(Own { folder, _lock }) = self.own {
            drop(_lock);
            remove(&folder);
        }
    }
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Removes a session's folder. One that stays in part is no session any more.
pub(super) fn remove(folder: &Path) {
    let _ = fs::remove_file(folder.join(MANIFEST));
    let _ = fs::remove_dir_all(folder);
}

/// When the session of a folder began.
pub(super) fn began(folder: &Path) -> Option<u64> {
    folder.file_name()?.to_str()?.split_once('-')?.0.parse().ok()
}

pub(super) fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

impl Session {
    /// Keeps the session on the disk from now on. Returns those that did not end as they should.
    pub(crate) fn begin_autosave(&mut self) -> Vec<Lost> {
        self.autosave = Autosave::new();
        let lost = lost_sessions();
        self.lost = lost.iter().map(|own| own.folder.clone()).collect();
        lost
    }

    /// Keeps the session as it is. If that fails, it is told once.
    pub(crate) fn keep_session(&mut self) {
        // A signal that ends the program waits until all is written.
        let _runs = self.stops.running();
        let rest = self.rest();
        let Some(autosave) = &mut self.autosave else { return };
        if let Some(warning) = autosave.keep_all(&self.names, &self.journal, rest) {
            self.output.warning(&warning);
        }
    }

    /// What belongs to a session beside its names.
    pub(crate) fn rest(&self) -> Json {
        let entries = self.journal.entries.iter().map(|own| json!([own.text, own.succeeded]));
        let records = self.journal.records.iter().map(|record| match record {
            Record::Ran { text, defined } => json!({ "ran": text, "defined": defined }),
            Record::Failed(text) => json!({ "failed": text }),
            Record::Lost { text, .. } => json!({ "lost": text }),
        });
        json!({
            "version": VERSION,
            "folder": std::env::current_dir().unwrap_or_default().display().to_string(),
            "seed": self.settings.seed,
            "first_seed": self.journal.seed,
            "generator": self.generator.as_ref().map(Rng::state),
            "entries": entries.collect::<Vec<_>>(),
            "records": records.collect::<Vec<_>>(),
        })
    }
}
