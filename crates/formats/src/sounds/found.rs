//! Recordings in a folder: their classes are folders, or part of the files' names.

use super::{Parts, Recordings, Said, Sounds, Target};
use crate::audio::ENDINGS;
use crate::files::folder::Folder;
use crate::files::left_out::others_note;
use crate::files::pattern::Pattern;
use crate::table::classes;
use relume_catalog::{Value, nearest};
use relume_datasets::{DataError, PartKind};
use std::path::Path;

impl Sounds {
    /// The files of a folder with their classes.
    pub(super) fn in_folder(&self, root: &Path) -> Result<Recordings, DataError> {
        if self.target == Target::Text {
            return Err(DataError::Options(format!(
                "{} is a folder, whose files' names tell classes: target=\"text\" is for a list of recordings, such \
                as \"list.csv\"",
                self.path
            )));
        }
        let name = root.file_name().map_or("sounds".into(), |name| name.to_string_lossy());
        let (paths, said, parts) = match &self.pattern {
            Some(pattern) => self.by_pattern(root, pattern)?,
            None => self.by_folders(root)?,
        };
        let used = paths.iter().map(std::path::PathBuf::as_path);
        let others = others_note(root, used, &[]);
        Ok(Recordings { name: name.into_owned(), paths, said, parts, others })
    }

    fn by_folders(&self, root: &Path) -> Result<Named, DataError> {
        for (option, field) in [("test_by", &self.test_by), ("split_by", &self.split_by)] {
            if field.is_some() {
                let problem = format!("{option} names a field of pattern, which is not given");
                return Err(DataError::Options(problem));
            }
        }
        let folder = Folder::find(root, &ENDINGS)?;
        folder.refuse_parts(&self.split)?;
        let parts = match folder.has_parts() {
            true => Parts::Own(folder.files.iter().map(|file| file.part).collect()),
            false => Parts::Drawn,
        };
        let labels = folder.files.iter().map(|file| file.class).collect();
        let paths = folder.files.into_iter().map(|file| file.path).collect();
        Ok((paths, Said::Classes { names: folder.classes, labels }, parts))
    }

    fn by_pattern(&self, root: &Path, text: &str) -> Result<Named, DataError> {
        let pattern = Pattern::parse(text).map_err(DataError::Options)?;
        let paths = Folder::all(root, &ENDINGS)?;
        let mut named = Vec::with_capacity(paths.len());
        for path in &paths {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            named.push(pattern.read(stem).ok_or_else(|| DataError::File {
                path: path.clone(),
                problem: "its name does not fit the pattern".to_string(),
                help: Some(format!("the pattern is {text:?}")),
            })?);
        }
        let own = |field: &str| named.iter().map(|fields| fields[field]).collect::<Vec<&str>>();
        let parts = match (&self.test_by, &self.test_values) {
            (Some(by), Some(values)) => Parts::Own(chosen(by, values, &own(by))?),
            _ => match &self.split_by {
                Some(by) => Parts::Grouped(classes(own(by).into_iter()).1),
                None => Parts::Drawn,
            },
        };
        let said = Said::classes(&own("label"));
        Ok((paths, said, parts))
    }
}

/// Files, what is predicted of each, and their parts.
type Named = (Vec<std::path::PathBuf>, Said, Parts);

/// The test part of recordings that have one of some values; `own` holds the value of each, and `by` names the field.
pub(crate) fn chosen(by: &str, values: &[Value], own: &[&str]) -> Result<Vec<PartKind>, DataError> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let values: Vec<String> = values.iter().map(text).collect();
    for value in &values {
        if !own.contains(&value.as_str()) {
            let mut problem = format!("no file has {value:?} as its {by}");
            if let Some(near) = nearest(value, own.iter().copied()) {
                problem += &format!("; did you mean {near:?}?");
            }
            return Err(DataError::Options(problem));
        }
    }
    let part = |own: &&str| match values.iter().any(|value| value == own) {
        true => PartKind::Test,
        false => PartKind::Train,
    };
    Ok(own.iter().map(part).collect())
}
