//! Which columns of a table are kept.

use super::file_error;
use relume_catalog::{Value, nearest};
use relume_datasets::DataError;
use relume_datasets::raw::CellForm;
use std::path::Path;

/// The columns that are kept.
#[derive(Clone, Debug)]
pub(crate) enum Selection<'a> {
    /// All.
    All,
    /// Those that are wanted and those that options name, in the file's order, without those that are ignored.
    Named {
        /// All columns if there are none.
        columns: &'a [Value],
        /// With the option.
        named: &'a [(&'static str, &'a Value)],
        ignore: &'a [&'a Value],
        /// How the numbers of columns that no option names are written, if these are read as numbers.
        numbers: Option<&'a CellForm>,
    },
    /// Those with these names, in this order.
    Names {
        names: &'a [String],
        /// The file that has them.
        of: &'a Path,
        /// Whether there may be no others beside those that are ignored.
        alone: Option<&'a [&'a Value]>,
        /// How numbers are written, and whether each column is read as such.
        numbers: Option<(&'a CellForm, &'a [bool])>,
    },
}

impl Selection<'_> {
    /// The indices of the columns that are kept.
    pub fn kept(&self, path: &Path, names: &[String]) -> Result<Vec<usize>, DataError> {
        let all = || (0..names.len()).collect::<Vec<usize>>();
        let find =
            |wanted: &Value| find(names, &all(), wanted).map_err(|error| error.of(path, names));
        match self {
            Selection::All => Ok(all()),
            Selection::Named { columns, named, ignore, .. } => {
                let mut is_kept = vec![columns.is_empty(); names.len()];
                let mut options = vec![None; names.len()];
                for column in *columns {
                    is_kept[find(column)?] = true;
                }
                for (option, column) in *named {
                    let at = find(column)?;
                    (is_kept[at], options[at]) = (true, Some(option));
                }
                for &column in *ignore {
                    let at = find(column)?;
                    if let Some(option) = options[at] {
                        return Err(DataError::Options(format!(
                            "the column \"{}\" is given in {option} and in ignore",
                            names[at]
                        )));
                    }
                    // All columns of this name.
                    let is_own = |i: usize| i == at || names[i] == names[at] && column.is_string();
                    (0..names.len()).filter(|&i| is_own(i)).for_each(|i| is_kept[i] = false);
                }
                Ok(all().into_iter().filter(|&at| is_kept[at]).collect())
            }
            Selection::Names { names: wanted, of, alone, .. } => {
                let kept = wanted.iter().map(|name| {
                    names.iter().position(|own| own == name).ok_or_else(|| {
                        let problem = format!(
                            "there is no column \"{name}\", as there is in {}",
                            of.display()
                        );
                        let help = format!("its columns are {}", names.join(", "));
                        file_error(path, problem, Some(help))
                    })
                });
                let kept: Vec<usize> = kept.collect::<Result<_, _>>()?;
                if let Some(ignore) = alone {
                    let is_ignored =
                        |name: &String| ignore.iter().any(|own| own.as_str() == Some(name));
                    let further =
                        names.iter().find(|name| !wanted.contains(name) && !is_ignored(name));
                    if let Some(name) = further {
                        let problem = format!(
                            "there is a column \"{name}\", which is not in {}",
                            of.display()
                        );
                        let help = format!("leave it out: ignore=[\"{name}\"]");
                        return Err(file_error(path, problem, Some(help)));
                    }
                }
                Ok(kept)
            }
        }
    }

    /// How numbers are written, and whether each of the columns that are kept is read as such; `None` if all are text.
    ///
    /// `positions` are their indices in the file.
    pub fn numbers(&self, names: &[String], positions: &[usize]) -> Option<(&CellForm, Vec<bool>)> {
        match *self {
            Selection::Named { named, numbers: Some(form), .. } => {
                let found = named.iter().map(|(_, column)| find(names, positions, column));
                let found: Vec<usize> = found.filter_map(Result::ok).collect();
                Some((form, (0..names.len()).map(|at| !found.contains(&at)).collect()))
            }
            Selection::Names { numbers: Some((form, are_numbers)), .. } => {
                Some((form, are_numbers.to_vec()))
            }
            _ => None,
        }
    }

    /// How numbers are written, if columns are read as such.
    pub fn form(&self) -> Option<&CellForm> {
        match *self {
            Selection::Named { numbers, .. } => numbers,
            Selection::Names { numbers, .. } => numbers.map(|(form, _)| form),
            Selection::All => None,
        }
    }
}

/// A column that there is not.
pub(super) struct NoColumn {
    wanted: String,
}

impl NoColumn {
    pub fn of(self, path: &Path, names: &[String]) -> DataError {
        let wanted = self.wanted;
        let are_indices = names.iter().enumerate().all(|(i, name)| *name == i.to_string());
        let help = match nearest(&wanted, names.iter().map(String::as_str)) {
            _ if are_indices && wanted.parse::<usize>().is_err() => format!(
                "the first row was taken as data, so the columns are {}; header=true takes it as names",
                names.join(", ")
            ),
            Some(name) => format!("did you mean \"{name}\"?"),
            None => format!("the columns are {}", names.join(", ")),
        };
        file_error(path, format!("there is no column \"{wanted}\""), Some(help))
    }
}

/// A column by its name, or by its index in the file, counted from 0.
pub(super) fn find(
    names: &[String],
    positions: &[usize],
    wanted: &Value,
) -> Result<usize, NoColumn> {
    let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_string);
    let by_name = names.iter().position(|name| *name == wanted);
    let index = wanted.parse::<usize>().ok();
    let by_index = || positions.iter().position(|&own| Some(own) == index);
    by_name.or_else(by_index).ok_or(NoColumn { wanted })
}
