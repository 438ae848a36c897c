//! Sessions that did not end as they should, and what was kept of them.

use super::autosave::{Autosave, LOCK, MANIFEST, began, remove, seconds_now, state_folder};
use super::journal::{Entry, Record};
use super::kept_value::restore;
use crate::Session;
use relume_tensor::Rng;
use serde_json::Value as Json;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::PathBuf;

/// A session that did not end as it should.
#[derive(Debug)]
pub(crate) struct Lost {
    pub folder: PathBuf,
    manifest: Json,
    /// Locked, so that no other session restores it meanwhile.
    _lock: File,
}

/// How old the folder of a session is that has kept nothing, and never will.
const STALE: u64 = 60;

/// The sessions that `restore` can bring back: those of the state folder that are not alive, the newest first.
pub(crate) fn lost_sessions() -> Vec<Lost> {
    let entries = state_folder().and_then(|root| fs::read_dir(root).ok());
    let folders = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<Lost> = folders.filter_map(|folder| Lost::open(folder).ok()).collect();
    found.sort_by_key(|lost| std::cmp::Reverse(lost.saved()));
    found
}

impl Lost {
    /// Reads what was kept of a session that is not alive. A folder in which nothing was kept is removed.
    ///
    /// # Errors
    /// Why it cannot be had, after its name.
    pub fn open(folder: PathBuf) -> Result<Self, &'static str> {
        const GONE: &str = "is no longer there: it was restored or discarded";
        let lock = File::open(folder.join(LOCK)).map_err(|_| GONE)?;
        lock.try_lock().map_err(|_| "is in use by another prompt")?;
        let text = match fs::read_to_string(folder.join(MANIFEST)) {
            Ok(text) => text,
            Err(error) => {
                let is_stale = began(&folder).is_some_and(|began| began + STALE < seconds_now());
                if error.kind() == ErrorKind::NotFound && is_stale {
                    remove(&folder);
                }
                return Err(GONE);
            }
        };
        let manifest = serde_json::from_str(&text).map_err(|_| "is damaged")?;
        Ok(Lost { folder, manifest, _lock: lock })
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

impl Session {
    /// The folders of the lost sessions by their numbers, which stay; those that were lost since come last.
    pub(crate) fn lost_folders(&mut self) -> &[PathBuf] {
        for Lost { folder, .. } in lost_sessions() {
            if !self.lost.contains(&folder) {
                self.lost.push(folder);
            }
        }
        &self.lost
    }

    /// Brings a lost session's values back, and removes what was kept of it if all of them are. Returns how many, and
    /// those that could not be, with the reasons.
    pub(crate) fn restore(&mut self, lost: Lost) -> (usize, Vec<String>) {
        let mut failed = Vec::new();
        let mut restored = 0;
        let names: Vec<(String, Json)> =
            lost.names().map(|(name, kept)| (name.to_string(), kept.clone())).collect();
        // Expressions last, and again as long as that helps: they use the names of other values.
        let is_expression =
            |kept: &Json| kept.get("kind").and_then(Json::as_str) == Some("expression");
        let (later, first): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|(_, kept)| is_expression(kept));
        let mut open: Vec<(String, Json)> = first.into_iter().chain(later).collect();
        loop {
            let count = open.len();
            failed.clear();
            open.retain(|(name, kept)| match restore(self, kept, &lost.folder) {
                Ok((value, remark)) => {
                    self.names.insert(name.clone(), value);
                    restored += 1;
                    if let Some(remark) = remark {
                        self.output.warning(&format!("{name}: {remark}"));
                    }
                    false
                }
                Err(why) => {
                    failed.push(format!("{name}: {why}"));
                    true
                }
            });
            if open.is_empty() || open.len() == count {
                break;
            }
        }
        self.restore_rest(&lost.manifest);
        if failed.is_empty() {
            // What was restored is kept as this session's own first.
            self.keep_session();
            if self.autosave.as_ref().is_some_and(Autosave::is_whole) {
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
