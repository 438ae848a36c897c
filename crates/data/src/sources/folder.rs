//! Image files in folders, one folder for each class, as torchvision's ImageFolder finds them.

use crate::DataError;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Endings of image files, in small letters; files may have them in any.
const ENDINGS: [&str; 3] = ["jpg", "jpeg", "png"];
/// Names of the folder of the test part, in the order in which they are looked for.
const TEST_PARTS: [&str; 3] = ["test", "val", "valid"];
/// Folders within folders: more than this is a circle of links.
const DEEPEST: usize = 32;

/// What is in a folder of images.
#[derive(Debug)]
pub(super) struct Folder {
    /// The classes' names, sorted.
    pub classes: Vec<String>,
    /// All files, the train part's first; sorted by class, and then by path.
    pub files: Vec<Found>,
    /// The test part's own folder, where there is one.
    pub test: Option<&'static str>,
}

/// An image file.
#[derive(Debug)]
pub(super) struct Found {
    pub path: PathBuf,
    pub class: usize,
    pub is_test: bool,
}

impl Folder {
    /// Looks for `DIR/train/CLASS/...` beside `DIR/test/CLASS/...` (or `val`, or `valid`), otherwise for `DIR/CLASS/...`.
    ///
    /// Names that begin with a point are left alone: they are an editor's or the system's.
    ///
    /// # Errors
    /// A folder that cannot be read, no classes, a class without images, or a class that only the test part has.
    pub fn find(root: &Path) -> Result<Self, DataError> {
        let train = root.join("train");
        let test = TEST_PARTS.into_iter().find(|part| root.join(part).is_dir());
        let Some(test) = test.filter(|_| train.is_dir()) else {
            let mut folder = Folder { classes: class_names(root)?, files: Vec::new(), test: None };
            folder.add(root, false)?;
            return Ok(folder);
        };
        let classes = class_names(&train)?;
        let mut folder = Folder { classes, files: Vec::new(), test: Some(test) };
        folder.add(&train, false)?;
        let own = root.join(test);
        if let Some(unknown) =
            class_names(&own)?.iter().find(|class| !folder.classes.contains(class))
        {
            return Err(error(
                &own.join(unknown),
                format!("{} has no class \"{unknown}\"", train.display()),
                "both parts must have the same classes",
            ));
        }
        folder.add(&own, true)?;
        Ok(folder)
    }

    /// Adds the files of all classes of a part.
    fn add(&mut self, part: &Path, is_test: bool) -> Result<(), DataError> {
        for (class, name) in self.classes.iter().enumerate() {
            let own = part.join(name);
            if is_test && !own.is_dir() {
                continue;
            }
            let mut folders = Vec::new();
            walk(&own, DEEPEST, &mut folders)?;
            folders.sort();
            let paths: Vec<PathBuf> = folders.into_iter().flat_map(|(_, files)| files).collect();
            if paths.is_empty() && !is_test {
                return Err(error(
                    &own,
                    "no image is in the folder of this class".to_string(),
                    "images end in .jpg, .jpeg or .png; remove the folder if it is no class",
                ));
            }
            self.files.extend(paths.into_iter().map(|path| Found { path, class, is_test }));
        }
        Ok(())
    }
}

fn error(path: &Path, problem: String, help: &str) -> DataError {
    DataError::File { path: path.to_path_buf(), problem, help: Some(help.to_string()) }
}

/// What is in a folder, sorted by name.
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

fn class_names(part: &Path) -> Result<Vec<String>, DataError> {
    let folders = entries(part)?.into_iter().filter(|path| path.is_dir());
    let name = |path: PathBuf| match path.file_name().and_then(OsStr::to_str) {
        Some(name) => Ok(name.to_string()),
        None => Err(error(
            &path,
            "the name of this class is no valid text".to_string(),
            "rename the folder",
        )),
    };
    let names: Vec<String> = folders.map(name).collect::<Result<_, _>>()?;
    match names.is_empty() {
        false => Ok(names),
        true => Err(error(
            part,
            "there are no folders of classes here".to_string(),
            "put the images of each class into a folder of its own: FOLDER/CLASS/0001.jpg",
        )),
    }
}

/// A folder, and the image files right in it.
type Files = (Vec<u8>, Vec<PathBuf>);

/// The image files of a folder and of all folders below it, each folder for itself.
fn walk(folder: &Path, deeper: usize, found: &mut Vec<Files>) -> Result<(), DataError> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            if deeper == 0 {
                return Err(error(
                    &path,
                    format!("lies more than {DEEPEST} folders deep"),
                    "does a link lead back to where it is?",
                ));
            }
            walk(&path, deeper - 1, found)?;
        } else if is_image(&path) {
            files.push(path);
        }
    }
    // Sorted as text, as torchvision sorts them: `a-b` stands before `a/b`.
    found.push((folder.as_os_str().as_encoded_bytes().to_vec(), files));
    Ok(())
}

fn is_image(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str);
    ending.is_some_and(|own| ENDINGS.iter().any(|ending| own.eq_ignore_ascii_case(ending)))
}
