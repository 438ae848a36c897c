//! What a session at the prompt keeps of itself on the disk while it lasts, so that the next one can restore it after a
//! crash or a closed terminal. A session that ends as it should leaves nothing.
//!
//! Each session has a folder of its own with `session.json` and the files that it names. A value's file is new whenever
//! the value is; the old ones go when `session.json`, which is replaced as a whole, names them no more. A lock, which
//! the system takes away with the process, says that the session is alive.

use super::journal::{Entry, Record};
use super::kept_value::{Files, keep, restore};
use crate::undo::is_same;
use crate::{Session, Value};
use relume_serialization::write_atomically;
use relume_tensor::Rng;
use relume_training::{Model, Moment, Observer, Run, Saver, TrainError};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The version of `session.json`.
const VERSION: u64 = 1;
const MANIFEST: &str = "session.json";
const LOCK: &str = "lock";

/// A running training is kept after a second at the earliest, and so that keeping it takes a fiftieth of the time.
const TRAINING_PAUSE: Duration = Duration::from_secs(1);
const TRAINING_SHARE: u32 = 50;

/// The folder of kept sessions: that of `RELUME_STATE` (none if it is empty), or `relume/sessions` in `$XDG_STATE_HOME`
/// or else in `~/.local/state`. There is none in a sandbox, where no session is kept, read or removed.
fn state_folder() -> Option<PathBuf> {
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
    has_failed: bool,
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
            has_failed: false,
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

    /// Keeps a value under its name, unless it is kept already.
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
        let json = keep(value, defined, &mut files)?;
        let kept = Kept { value: value.clone(), json, files: files.written };
        self.names.insert(name.to_string(), kept);
        Ok(())
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
fn remove(folder: &Path) {
    let _ = fs::remove_file(folder.join(MANIFEST));
    let _ = fs::remove_dir_all(folder);
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

impl Session {
    /// Keeps the session on the disk from now on. Returns those that did not end as they should.
    pub(crate) fn begin_autosave(&mut self) -> Vec<Lost> {
        self.autosave = Autosave::new();
        self.autosave.as_ref().map_or_else(Vec::new, |own| lost(&own.root))
    }

    /// Keeps the session as it is. If that fails, it is told once.
    pub(crate) fn keep_session(&mut self) {
        let Some(mut autosave) = self.autosave.take() else { return };
        let result = self.keep_in(&mut autosave);
        self.told(&mut autosave, result);
        self.autosave = Some(autosave);
    }

    fn told(&mut self, autosave: &mut Autosave, result: Result<(), String>) {
        match result {
            Ok(()) => autosave.has_failed = false,
            Err(error) if !autosave.has_failed => {
                autosave.has_failed = true;
                self.output.warning(&format!(
                    "the session is not kept for `restore` after a crash: {error}"
                ));
            }
            Err(_) => {}
        }
    }

    fn keep_in(&self, autosave: &mut Autosave) -> Result<(), String> {
        autosave.names.retain(|name, _| self.names.contains_key(name));
        for (name, value) in self.names.iter().filter(|(name, _)| *name != "_") {
            autosave.keep_value(name, value, self.defined(name).as_deref())?;
        }
        autosave.write(self.rest())
    }

    /// What belongs to a session beside its names.
    fn rest(&self) -> Json {
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

    /// The expression that a name was defined by last.
    fn defined(&self, name: &str) -> Option<String> {
        self.journal.records.iter().rev().find_map(|record| match record {
            Record::Ran { text, defined: Some(own) } if own == name => {
                text.split_once('=').map(|(_, expression)| expression.trim().to_string())
            }
            _ => None,
        })
    }
}

/// Keeps the network of a running training, beside another saver.
pub(crate) struct TrainingKeeper<'a> {
    pub other: &'a mut dyn Saver,
    /// The session's autosave, the network's name, and what belongs to the session beside its names.
    pub kept: Option<(Autosave, String, Json)>,
    last: Instant,
    took: Duration,
    is_others: bool,
}

impl<'a> TrainingKeeper<'a> {
    /// The network gets its name in the session when the training ends; in what is kept it has it at once.
    pub fn new(session: &mut Session, name: Option<&str>, other: &'a mut dyn Saver) -> Self {
        let kept = name.and_then(|name| {
            let autosave = session.autosave.take()?;
            Some((autosave, name.to_string(), session.rest()))
        });
        TrainingKeeper { other, kept, last: Instant::now(), took: Duration::ZERO, is_others: false }
    }

    /// Gives the session back what it keeps.
    pub fn end(self) -> Option<Autosave> {
        self.kept.map(|(autosave, ..)| autosave)
    }

    fn is_due(&self, moment: Moment) -> bool {
        let pause = TRAINING_PAUSE.max(self.took * TRAINING_SHARE);
        self.kept.is_some()
            && matches!(moment, Moment::Batch | Moment::Epoch)
            && self.last.elapsed() >= pause
    }
}

impl Saver for TrainingKeeper<'_> {
    fn wants(&mut self, moment: Moment, run: &Run) -> bool {
        self.is_others = self.other.wants(moment, run);
        self.is_others || self.is_due(moment)
    }

    fn save(
        &mut self,
        model: &Model,
        moment: Moment,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        if self.is_due(moment)
            && let Some((autosave, name, rest)) = &mut self.kept
        {
            let began = Instant::now();
            let value = Value::Network(Box::new(model.clone()));
            let kept = autosave.keep_value(name, &value, None);
            let kept = kept.and_then(|()| autosave.write(rest.clone()));
            // The numbers belong to the training alone again: its next step need not copy them.
            if let Some(own) = autosave.names.get_mut(name.as_str()) {
                own.value = Value::Nothing;
            }
            if let Err(error) = kept
                && !std::mem::replace(&mut autosave.has_failed, true)
            {
                observer.warning(&format!("the training is not kept for `restore`: {error}"));
            }
            (self.last, self.took) = (Instant::now(), began.elapsed());
        }
        match self.is_others {
            true => self.other.save(model, moment, observer),
            false => Ok(()),
        }
    }
}

/// A session that did not end as it should.
#[derive(Debug)]
pub(crate) struct Lost {
    folder: PathBuf,
    manifest: Json,
}

/// The sessions in a folder that are not alive, the newest first.
fn lost(root: &Path) -> Vec<Lost> {
    let mut found: Vec<Lost> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Lost::read(&entry.path()))
        .collect();
    found.sort_by_key(|lost| std::cmp::Reverse(lost.saved()));
    found
}

impl Lost {
    fn read(folder: &Path) -> Option<Self> {
        let lock = File::open(folder.join(LOCK)).ok()?;
        lock.try_lock().ok()?;
        let text = fs::read_to_string(folder.join(MANIFEST)).ok()?;
        let manifest = serde_json::from_str(&text).ok()?;
        Some(Lost { folder: folder.to_path_buf(), manifest })
    }

    fn saved(&self) -> u64 {
        self.manifest.get("saved").and_then(Json::as_u64).unwrap_or(0)
    }

    fn names(&self) -> impl Iterator<Item = (&str, &Json)> {
        let names = self.manifest.get("names").and_then(Json::as_array);
        names.into_iter().flatten().filter_map(|own| Some((own.get(0)?.as_str()?, own.get(1)?)))
    }

    /// What it is in a line: how old, from which folder, with which names.
    pub fn text(&self) -> String {
        const NAMED: usize = 8;
        let age = seconds_now().saturating_sub(self.saved());
        let age = match age {
            0..60 => "less than a minute ago".to_string(),
            60..3600 => format!("{} min ago", age / 60),
            3600..86_400 => format!("{} h ago", age / 3600),
            _ => format!("{} days ago", age / 86_400),
        };
        let folder = self.manifest.get("folder").and_then(Json::as_str).unwrap_or("?");
        let mut names: Vec<&str> = self.names().map(|(name, _)| name).collect();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{age}, in {folder}: {}{more}", names.join(", "))
    }

    /// Removes it.
    pub fn forget(self) {
        remove(&self.folder);
    }
}

/// The sessions that `restore` can bring back.
pub(crate) fn lost_sessions() -> Vec<Lost> {
    state_folder().map_or_else(Vec::new, |root| lost(&root))
}

impl Session {
    /// Brings a lost session's values back, and removes what was kept of it if all of them are. Returns how many, and
    /// those that could not be, with the reasons.
    pub(crate) fn restore(&mut self, lost: Lost) -> (usize, Vec<String>) {
        let mut failed = Vec::new();
        let mut restored = 0;
        let names: Vec<(String, Json)> =
            lost.names().map(|(name, kept)| (name.to_string(), kept.clone())).collect();
        // Expressions last: they use the names of other values.
        let is_expression =
            |kept: &Json| kept.get("kind").and_then(Json::as_str) == Some("expression");
        let (later, first): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|(_, kept)| is_expression(kept));
        for (name, kept) in first.into_iter().chain(later) {
            match restore(self, &kept, &lost.folder) {
                Ok((value, remark)) => {
                    self.names.insert(name.clone(), value);
                    restored += 1;
                    if let Some(remark) = remark {
                        self.output.warning(&format!("{name}: {remark}"));
                    }
                }
                Err(why) => failed.push(format!("{name}: {why}")),
            }
        }
        self.restore_rest(&lost.manifest);
        if failed.is_empty() {
            // What was restored is kept as this session's own first.
            self.keep_session();
            if self.autosave.as_ref().is_some_and(|own| !own.has_failed) {
                lost.forget();
            }
        }
        (restored, failed)
    }

    fn restore_rest(&mut self, manifest: &Json) {
        let list = |name: &str| manifest.get(name).and_then(Json::as_array).into_iter().flatten();
        let text = |json: Option<&Json>| json.and_then(Json::as_str).map(str::to_string);
        if let Some(seed) = manifest.get("seed").and_then(Json::as_u64) {
            self.settings.seed = seed;
        }
        if let Some(words) = manifest.get("generator").and_then(Json::as_array) {
            let words: Vec<u64> = words.iter().filter_map(Json::as_u64).collect();
            self.generator = <[u64; 4]>::try_from(words).ok().map(Rng::from_state);
        }
        self.journal.seed = manifest.get("first_seed").and_then(Json::as_u64).or(self.journal.seed);
        let entries = list("entries").filter_map(|own| {
            let succeeded = own.get(1).and_then(Json::as_bool)?;
            Some(Entry { text: text(own.get(0))?, succeeded })
        });
        self.journal.entries.splice(0..0, entries);
        let records = list("records").filter_map(|own| {
            Some(match (text(own.get("ran")), text(own.get("failed"))) {
                (Some(ran), _) => Record::Ran { text: ran, defined: text(own.get("defined")) },
                (None, Some(failed)) => Record::Failed(failed),
                (None, None) => Record::Lost {
                    text: text(own.get("lost"))?,
                    why: "did not come to its end in the session that was restored",
                },
            })
        });
        self.journal.records.splice(0..0, records);
    }
}
