//! Images whose classes a table tells: one row for each file.

use crate::Reader;
use crate::files::folder::Folder;
use crate::images::{ENDINGS, Images};
use crate::table::{Form, Table, file_error};
use relume_catalog::{Value, count_text};
use relume_datasets::DataError;
use relume_datasets::raw::CellForm;
use std::path::{Path, PathBuf};

/// Names of the column of classes, if there are several columns.
const CLASSES: [&str; 6] = ["label", "labels", "class", "target", "category", "class_name"];

/// The files of a table, with what is to be said of those that are not there.
pub(crate) struct Listed {
    pub folder: Folder,
    pub note: Option<String>,
    /// The group of each file, by the column that `split_by` names.
    pub groups: Option<Vec<usize>>,
}

impl Images {
    /// The images that the table of labels names, and their classes.
    pub(crate) fn in_table(
        &self,
        root: &Path,
        labels: &str,
        reader: &dyn Reader,
    ) -> Result<Listed, DataError> {
        // A path as it is given, or else one in the folder.
        let own = Path::new(labels);
        let path = if relume_files::is_file(own) { own.to_path_buf() } else { root.join(own) };
        let table = Table::read(&path, &Form::default(), reader)?;
        let files = self.column_of_files(&table, root)?;
        let target = self.column_of_classes(&table, files)?;
        let paths: Vec<Option<PathBuf>> =
            table.cells(files).map(|cell| image_of(root, cell)).collect();
        let missing: Vec<usize> = (0..paths.len()).filter(|&row| paths[row].is_none()).collect();
        let note = match missing.first() {
            None => None,
            Some(&first) if !self.skip_broken => {
                return Err(no_file(&table, root, files, first, missing.len()));
            }
            Some(&first) => Some(missing_note(missing.len(), table.cell(first, files))),
        };
        let has_file: Vec<bool> = paths.iter().map(Option::is_some).collect();
        let table = table.kept(&has_file)?;
        if table.len() == 0 {
            let problem = format!("none of its images is in {}", root.display());
            return Err(file_error(&table.path, problem, None));
        }
        let (classes, labels) = table.classes(target, &CellForm::default())?;
        let column = self.split_by.as_ref().filter(|_| self.pattern.is_none());
        let column = column.map(|name| table.column(&Value::from(name.as_str()))).transpose()?;
        let groups = column.map(|column| crate::table::classes(table.cells(column)).1);
        let paths = paths.into_iter().flatten();
        Ok(Listed { folder: Folder::of(classes, paths.zip(labels)), note, groups })
    }

    /// The column that is given, or the first one that names a file in one of its first hundred rows.
    fn column_of_files(&self, table: &Table, root: &Path) -> Result<usize, DataError> {
        if let Some(column) = &self.column {
            return table.column(column);
        }
        let is_file = |&column: &usize| {
            table.cells(column).take(100).any(|cell| image_of(root, cell).is_some())
        };
        (0..table.names.len()).find(is_file).ok_or_else(|| {
            let problem = format!("no column names files in {}", root.display());
            let help = format!(
                "column=\"...\" says which one does; the columns are {}, and a file is found with or without its \
                ending",
                table.names.join(", ")
            );
            file_error(&table.path, problem, Some(help))
        })
    }

    /// The column that is given, the only other one, or one with a usual name.
    fn column_of_classes(&self, table: &Table, files: usize) -> Result<usize, DataError> {
        if let Some(target) = &self.target {
            return table.column(target);
        }
        let others: Vec<usize> = (0..table.names.len()).filter(|&own| own != files).collect();
        if let [only] = others[..] {
            return Ok(only);
        }
        let named = |name: &&str| {
            others.iter().copied().find(|&own| table.names[own].eq_ignore_ascii_case(name))
        };
        CLASSES.iter().find_map(named).ok_or_else(|| {
            let problem = "it is not clear which column holds the classes".to_string();
            let help =
                format!("target=\"...\" says which; the columns are {}", table.names.join(", "));
            file_error(&table.path, problem, Some(help))
        })
    }
}

/// The file of an image that a cell names, with or without its ending.
fn image_of(root: &Path, cell: &str) -> Option<PathBuf> {
    if cell.is_empty() {
        return None;
    }
    let whole = root.join(cell);
    if relume_files::is_file(&whole) {
        return ENDINGS.fit(&whole).then_some(whole);
    }
    let with = |ending: &&str| root.join(format!("{cell}.{ending}"));
    let capital = |ending: &&str| root.join(format!("{cell}.{}", ending.to_uppercase()));
    let paths = ENDINGS.endings.iter().flat_map(|ending| [with(ending), capital(ending)]);
    paths.into_iter().find(|path| relume_files::is_file(path))
}

/// The note on rows that were left out.
fn missing_note(count: usize, first: &str) -> String {
    match count {
        1 => format!("one row without a file left out: {first}"),
        count => format!("{} rows without a file left out, the first {first}", count_text(count)),
    }
}

fn no_file(table: &Table, root: &Path, column: usize, first: usize, count: usize) -> DataError {
    let name = table.cell(first, column);
    let more = match count {
        1 => String::new(),
        2 => ", and one more is missing".to_string(),
        count => format!(", and {} more are missing", count_text(count - 1)),
    };
    let folder = root.display();
    table.row_error(
        first,
        format!(
            "there is no image {name:?} in {folder}{more}; skip_broken=true leaves such rows out"
        ),
    )
}
