//! Files in folders, one folder for each class, as torchvision's ImageFolder finds them.

use crate::RandomSplit;
use relume_datasets::{DataError, Grouping, PartKind, Split, Targets};
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// Names of the parts' folders, in small or capital letters.
const PARTS: [(PartKind, &[&str]); 3] = [
    (PartKind::Train, &["train"]),
    (PartKind::Validation, &["val", "valid", "validation", "dev"]),
    (PartKind::Test, &["test"]),
];
/// More folders within folders than this are a cycle of links.
const DEEPEST: usize = 32;

/// The files that a source reads from a folder.
#[derive(Debug)]
pub(crate) struct Endings {
    /// Their endings, in small letters; files may have them in capital ones.
    pub endings: &'static [&'static str],
    /// Singular and plural, for errors.
    pub names: [&'static str; 2],
    /// Folders beside the classes whose files belong to no class.
    pub unlabelled: &'static [&'static str],
}

/// The contents of a folder of such files.
#[derive(Debug)]
pub struct Folder {
    /// The classes' names, sorted.
    pub classes: Vec<String>,
    /// All files, the train part's first, then the validation part's; sorted by class, and then by path.
    pub files: Vec<Found>,
    /// The folders of the parts, the train part's first; empty if the folder has no parts.
    parts: Vec<(PartKind, PathBuf)>,
    /// Folders beside the classes that were left out, because their files belong to no class.
    pub left_out: Vec<PathBuf>,
}

/// A file of a class.
#[derive(Debug)]
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// Its class, an index into [`Folder::classes`].
    pub class: usize,
    /// The part that it belongs to.
    pub part: PartKind,
}

impl Folder {
    /// Looks for `DIR/train/CLASS/...` beside folders of the other parts, otherwise for `DIR/CLASS/...`.
    ///
    /// Names that begin with a dot are ignored: they belong to an editor or the system. So are files directly in a
    /// part, beside the classes.
    ///
    /// # Errors
    /// A folder that cannot be read, two folders of one part, no classes, a class without files, or a class that the
    /// train part does not have.
    pub(crate) fn find(root: &Path, wanted: &Endings) -> Result<Self, DataError> {
        let parts = parts(root)?;
        let mut folder =
            Folder { classes: Vec::new(), files: Vec::new(), parts, left_out: Vec::new() };
        let [(_, train), others @ ..] = &folder.parts.clone()[..] else {
            folder.classes = folder.class_names(root, wanted)?;
            folder.add(root, PartKind::Train, wanted)?;
            return Ok(folder);
        };
        folder.classes = folder.class_names(train, wanted)?;
        folder.add(train, PartKind::Train, wanted)?;
        for (part, own) in others {
            let named = folder.class_names(own, wanted)?;
            if let Some(unknown) = named.iter().find(|class| !folder.classes.contains(class)) {
                return Err(error(
                    &own.join(unknown),
                    format!("{} has no class \"{unknown}\"", train.display()),
                    "all parts must have the same classes",
                ));
            }
            folder.add(own, *part, wanted)?;
        }
        Ok(folder)
    }

    /// All files in a folder and below it, without classes; those of `train`, `val` and `test` are parts.
    ///
    /// # Errors
    /// As [`Folder::find`], and no such files.
    pub(crate) fn unlabelled(root: &Path, wanted: &Endings) -> Result<Self, DataError> {
        let parts = parts(root)?;
        let own = |path: &Path, part| -> Result<Vec<Found>, DataError> {
            let paths = Self::all(path, wanted)?.into_iter();
            Ok(paths.map(|path| Found { path, class: 0, part }).collect())
        };
        let mut files = Vec::new();
        for (part, path) in &parts {
            files.extend(own(path, *part)?);
        }
        if parts.is_empty() {
            files = own(root, PartKind::Train)?;
        }
        Ok(Folder { classes: Vec::new(), files, parts, left_out: Vec::new() })
    }

    /// A folder whose files are named elsewhere, with the class of each.
    pub(crate) fn of(
        classes: Vec<String>,
        files: impl IntoIterator<Item = (PathBuf, usize)>,
    ) -> Self {
        let found = |(path, class)| Found { path, class, part: PartKind::Train };
        let files = files.into_iter().map(found).collect();
        Folder { classes, files, parts: Vec::new(), left_out: Vec::new() }
    }

    /// All files in a folder and below it, sorted.
    ///
    /// # Errors
    /// A folder that cannot be read, or no such files.
    pub(crate) fn all(root: &Path, wanted: &Endings) -> Result<Vec<PathBuf>, DataError> {
        let mut folders = Vec::new();
        walk(root, DEEPEST, wanted, &mut folders)?;
        folders.sort();
        let paths: Vec<PathBuf> = folders.into_iter().flat_map(|(_, files)| files).collect();
        match paths.is_empty() {
            true => {
                let [one, many] = wanted.names;
                Err(error(
                    root,
                    format!("no {one} is in this folder"),
                    &format!("{many} end in {wanted}"),
                ))
            }
            false => Ok(paths),
        }
    }

    /// Refuses a fraction for a part that has a folder of its own.
    pub(crate) fn refuse_parts(&self, split: &RandomSplit) -> Result<(), DataError> {
        self.parts.iter().try_for_each(|(part, path)| split.refuse(*part, path))
    }

    /// Whether the folder is divided into parts.
    pub(crate) fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// The split of its files: the folder's own, or drawn; their classes are the targets.
    pub(crate) fn split(
        &self,
        split: &RandomSplit,
        targets: &Targets,
        grouping: &Grouping,
    ) -> Split {
        match self.has_parts() {
            true => {
                let own = Split::of_parts(self.files.iter().map(|file| file.part));
                split.complete(own, targets)
            }
            false => split.draw_by(targets, grouping),
        }
    }

    /// The names of a part's classes; the folders of no class are noted as left out.
    fn class_names(&mut self, part: &Path, wanted: &Endings) -> Result<Vec<String>, DataError> {
        let mut names = Vec::new();
        for path in entries(part)?.into_iter().filter(|path| relume_files::is_dir(path)) {
            match path.file_name().and_then(OsStr::to_str) {
                Some(name) if wanted.unlabelled.contains(&name) => self.left_out.push(path),
                Some(name) => names.push(name.to_string()),
                None => {
                    let problem = "the name of this class is not valid text".to_string();
                    return Err(error(&path, problem, "rename the folder"));
                }
            }
        }
        if names.is_empty() {
            let example = wanted.endings.first().copied().unwrap_or_default();
            return Err(error(
                part,
                "there are no folders of classes here".to_string(),
                &format!(
                    "put the {} of each class into a folder of its own: FOLDER/CLASS/0001.{example}",
                    wanted.names[1]
                ),
            ));
        }
        Ok(names)
    }

    /// Adds the files of all classes of a part.
    fn add(&mut self, folder: &Path, part: PartKind, wanted: &Endings) -> Result<(), DataError> {
        for (class, name) in self.classes.iter().enumerate() {
            let own = folder.join(name);
            if part != PartKind::Train && !relume_files::is_dir(&own) {
                continue;
            }
            let mut folders = Vec::new();
            walk(&own, DEEPEST, wanted, &mut folders)?;
            folders.sort();
            let paths: Vec<PathBuf> = folders.into_iter().flat_map(|(_, files)| files).collect();
            if paths.is_empty() && part == PartKind::Train {
                let [one, many] = wanted.names;
                return Err(error(
                    &own,
                    format!("no {one} is in the folder of this class"),
                    &format!("{many} end in {wanted}; remove the folder if it is not a class"),
                ));
            }
            self.files.extend(paths.into_iter().map(|path| Found { path, class, part }));
        }
        Ok(())
    }
}

/// The folders of the parts, the train part's first; none if there is no other part beside it.
fn parts(root: &Path) -> Result<Vec<(PartKind, PathBuf)>, DataError> {
    let mut found: Vec<(PartKind, PathBuf)> = Vec::new();
    let folders: Vec<PathBuf> =
        entries(root)?.into_iter().filter(|path| relume_files::is_dir(path)).collect();
    for (part, names) in PARTS {
        let is_named = |path: &&PathBuf| {
            let own = path.file_name().and_then(OsStr::to_str);
            own.is_some_and(|own| names.iter().any(|name| own.eq_ignore_ascii_case(name)))
        };
        let own: Vec<&PathBuf> = folders.iter().filter(is_named).collect();
        match own[..] {
            [] if part == PartKind::Train => return Ok(Vec::new()),
            [] => {}
            [one] => found.push((part, one.clone())),
            [one, other, ..] => {
                let problem = format!("is the same part as {}", other.display());
                return Err(error(one, problem, "leave one folder for each part"));
            }
        }
    }
    if found.len() == 1 {
        found.clear();
    }
    Ok(found)
}

impl Endings {
    /// Whether a file has one of the endings.
    pub(crate) fn fit(&self, path: &Path) -> bool {
        let ending = path.extension().and_then(OsStr::to_str);
        ending.is_some_and(|own| self.endings.iter().any(|one| own.eq_ignore_ascii_case(one)))
    }
}

impl fmt::Display for Endings {
    /// As in ".jpg, .jpeg or .png".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, ending) in self.endings.iter().enumerate() {
            let before = match i {
                0 => "",
                _ if i + 1 == self.endings.len() => " or ",
                _ => ", ",
            };
            write!(f, "{before}.{ending}")?;
        }
        Ok(())
    }
}

fn error(path: &Path, problem: String, help: &str) -> DataError {
    DataError::File { path: path.to_path_buf(), problem, help: Some(help.to_string()) }
}

/// The contents of a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source| DataError::Read { path: folder.to_path_buf(), source };
    let entries = relume_files::read_dir(folder).map_err(failed)?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A folder, and the files directly in it.
type Files = (Vec<u8>, Vec<PathBuf>);

/// The files of a folder and of all folders below it, each folder with its own.
fn walk(
    folder: &Path,
    deeper: usize,
    wanted: &Endings,
    found: &mut Vec<Files>,
) -> Result<(), DataError> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if relume_files::is_dir(&path) {
            if deeper == 0 {
                return Err(error(
                    &path,
                    format!("is more than {DEEPEST} folders deep"),
                    "does a link point back to a parent folder?",
                ));
            }
            walk(&path, deeper - 1, wanted, found)?;
        } else if wanted.fit(&path) {
            files.push(path);
        }
    }
    // Sorted as text, as torchvision sorts them: `a-b` comes before `a/b`.
    found.push((folder.as_os_str().as_encoded_bytes().to_vec(), files));
    Ok(())
}
