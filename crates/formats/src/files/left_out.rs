//! What is left out of a folder, counted and named once.

use relume_catalog::count_text;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// So many names are given.
const NAMED: usize = 3;
/// Folders within folders that are looked into.
const DEEPEST: usize = 32;

/// The note on all that is in a folder and is not used: files of other kinds, hidden ones, and those of no class; none
/// if there is nothing. Folders that stand apart have a note of their own.
pub(crate) fn others_note<'a>(
    root: &Path,
    used: impl Iterator<Item = &'a Path>,
    apart: &[PathBuf],
) -> Option<String> {
    let mut others = Vec::new();
    add_others(root, DEEPEST, &Known { used: used.collect(), apart }, &mut others);
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut names: Vec<String> = others.iter().map(name).collect();
    names.sort();
    names.dedup();
    let is_all = names.len() == others.len() && names.len() <= NAMED;
    names.truncate(NAMED);
    let names = names.join(", ");
    match others.len() {
        0 => None,
        1 => Some(format!("one other file left out: {names}")),
        count if is_all => Some(format!("{count} other files left out: {names}")),
        count => Some(format!("{} other files left out, such as {names}", count_text(count))),
    }
}

/// What is not counted.
struct Known<'a> {
    used: HashSet<&'a Path>,
    apart: &'a [PathBuf],
}

/// Adds the files of a folder and below it that are not used. A hidden folder is one of them; what cannot be listed has
/// been refused before.
fn add_others(folder: &Path, deeper: usize, known: &Known<'_>, others: &mut Vec<PathBuf>) {
    for entry in relume_files::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if known.used.contains(path.as_path()) || known.apart.contains(&path) {
            continue;
        }
        // A link's own type does not tell that it leads to a folder.
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_hidden || is_file || !relume_files::is_dir(&path) {
            others.push(path);
        } else if deeper > 0 {
            add_others(&path, deeper - 1, known, others);
        }
    }
}
