//! Files in folders, one folder for each class, as torchvision's ImageFolder finds them.

use relume_datasets::{DataError, Split};
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// Names of the test part's folder, in the order in which they are tried.
const TEST_PARTS: [&str; 3] = ["test", "val", "valid"];
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
    /// All files, the train part's first; sorted by class, and then by path.
    pub files: Vec<Found>,
    /// The test part's own folder, if there is one.
    pub test: Option<&'static str>,
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
    /// Whether it belongs to the test part.
    pub is_test: bool,
}

impl Folder {
    /// Looks for `DIR/train/CLASS/...` beside `DIR/test/CLASS/...` (or `val`, or `valid`), otherwise for
    /// `DIR/CLASS/...`.
    ///
    /// Names that begin with a dot are ignored: they belong to an editor or the system. So are files directly in a
    /// part, beside the classes.
    ///
    /// # Errors
    /// A folder that cannot be read, no classes, a class without files, or a class that only the test part has.
    pub(crate) fn find(root: &Path, wanted: &Endings) -> Result<Self, DataError> {
        let train = root.join("train");
        let test = TEST_PARTS.into_iter().find(|part| root.join(part).is_dir());
        let mut folder =
            Folder { classes: Vec::new(), files: Vec::new(), test: None, left_out: Vec::new() };
        let Some(test) = test.filter(|_| train.is_dir()) else {
            folder.classes = folder.class_names(root, wanted)?;
            folder.add(root, false, wanted)?;
            return Ok(folder);
        };
        folder.test = Some(test);
        folder.classes = folder.class_names(&train, wanted)?;
        folder.add(&train, false, wanted)?;
        let own = root.join(test);
        let named = folder.class_names(&own, wanted)?;
        if let Some(unknown) = named.iter().find(|class| !folder.classes.contains(class)) {
            return Err(error(
                &own.join(unknown),
                format!("{} has no class \"{unknown}\"", train.display()),
                "both parts must have the same classes",
            ));
        }
        folder.add(&own, true, wanted)?;
        Ok(folder)
    }

    /// A folder whose files are named elsewhere, with the class of each.
    pub(crate) fn of(
        classes: Vec<String>,
        files: impl IntoIterator<Item = (PathBuf, usize)>,
    ) -> Self {
        let found = |(path, class)| Found { path, class, is_test: false };
        let files = files.into_iter().map(found).collect();
        Folder { classes, files, test: None, left_out: Vec::new() }
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

    /// Refuses a fraction for the test if the folder has its own test part.
    pub(crate) fn refuse_test(&self, root: &Path, test: Option<f64>) -> Result<(), DataError> {
        match (self.test, test) {
            (Some(part), Some(_)) => {
                Err(error(root, format!("has its own test part, {part}"), "leave test= out"))
            }
            _ => Ok(()),
        }
    }

    /// The split of its files: the folder's own, or a fraction of each class for the test (0.2 if not given).
    pub(crate) fn split(&self, test: Option<f64>, seed: u64) -> Split {
        if self.test.is_some() {
            return self.own_split();
        }
        let labels: Vec<usize> = self.files.iter().map(|file| file.class).collect();
        Split::stratified(&labels, self.classes.len(), test.unwrap_or(0.2), seed)
    }

    /// The split that the files' folders give.
    pub(crate) fn own_split(&self) -> Split {
        let (test, train) = (0..self.files.len()).partition(|&i| self.files[i].is_test);
        Split { train, test }
    }

    /// The names of a part's classes; the folders of no class are noted as left out.
    fn class_names(&mut self, part: &Path, wanted: &Endings) -> Result<Vec<String>, DataError> {
        let mut names = Vec::new();
        for path in entries(part)?.into_iter().filter(|path| path.is_dir()) {
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
    fn add(&mut self, part: &Path, is_test: bool, wanted: &Endings) -> Result<(), DataError> {
        for (class, name) in self.classes.iter().enumerate() {
            let own = part.join(name);
            if is_test && !own.is_dir() {
                continue;
            }
            let mut folders = Vec::new();
            walk(&own, DEEPEST, wanted, &mut folders)?;
            folders.sort();
            let paths: Vec<PathBuf> = folders.into_iter().flat_map(|(_, files)| files).collect();
            if paths.is_empty() && !is_test {
                let [one, many] = wanted.names;
                return Err(error(
                    &own,
                    format!("no {one} is in the folder of this class"),
                    &format!("{many} end in {wanted}; remove the folder if it is not a class"),
                ));
            }
            self.files.extend(paths.into_iter().map(|path| Found { path, class, is_test }));
        }
        Ok(())
    }
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
    let entries = std::fs::read_dir(folder).map_err(failed)?;
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
        if path.is_dir() {
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
