//! The targets from arrays.

use super::array::Array;
use super::dtype::Kind;
use crate::csv_file::target::{TWO, decimals_note};
use crate::table;
use crate::task::Task;
use relume_datasets::{DataError, Targets};
use relume_tensor::Tensor;

/// The targets of some arrays, one after the other, and a note if they are not what they look like.
pub(super) fn read(
    arrays: &[Array],
    task: Option<Task>,
) -> Result<(Targets, Option<String>), DataError> {
    let targets = targets(arrays, task)?;
    let are_floats = arrays.iter().any(|array| array.dtype.kind == Kind::Float);
    let is_noted = task.is_none() && are_floats && matches!(targets, Targets::Classes { .. });
    Ok((targets, is_noted.then(|| decimals_note(&arrays[0].origin.called()))))
}

/// All digits of numbers to predict, if they have more than f32.
pub(super) fn exact(arrays: &[Array], targets: &Targets) -> Option<Vec<f64>> {
    let is_wide = matches!(targets, Targets::Values { .. }) && arrays.iter().any(Array::is_wide);
    is_wide.then(|| arrays.iter().flat_map(Array::doubles).collect())
}

fn targets(arrays: &[Array], task: Option<Task>) -> Result<Targets, DataError> {
    let first = &arrays[0];
    let width = match first.shape[..] {
        [_] => 1,
        [_, width] => width,
        _ => {
            let problem =
                format!("is {} {:?}: targets are [n] or [n, k]", first.dtype, first.shape);
            return Err(first.refused(&problem, None));
        }
    };
    for array in arrays {
        if array.shape.iter().skip(1).product::<usize>() != width || array.shape.len() > 2 {
            let problem = format!(
                "is {:?}, which does not match {:?} of {}",
                array.shape, first.shape, first.origin
            );
            return Err(array.refused(&problem, None));
        }
        if is_words(array) != is_words(first) {
            let problem = format!(
                "is {}, which does not match {} of {}",
                array.dtype, first.dtype, first.origin
            );
            return Err(array.refused(&problem, None));
        }
    }
    if width > 1 {
        return match task {
            Some(Task::Classes) => Err(first.refused(
                &format!("is {:?}, but classes are [n] or [n, 1]", first.shape),
                Some("of targets that are 1 in the column of their class, save y.argmax(1)"),
            )),
            _ => values(arrays, width),
        };
    }
    let wholes = || -> Result<Vec<i128>, DataError> {
        let wholes = arrays.iter().map(|array| Ok(array.wholes()?.unwrap_or_default()));
        Ok(wholes.collect::<Result<Vec<_>, DataError>>()?.concat())
    };
    match (first.dtype.kind, task) {
        (Kind::Bytes | Kind::Text, None | Some(Task::Classes)) => words(arrays),
        (_, Some(Task::Numbers)) => values(arrays, width),
        // Floating-point numbers are classes only if the task says so, or if there are two of them, both whole.
        (_, None) if arrays.iter().any(|array| array.dtype.kind == Kind::Float) => match wholes() {
            Ok(wholes) if different(&wholes).len() <= TWO => {
                Ok(numbered(arrays, &wholes, &different(&wholes)))
            }
            _ => values(arrays, width),
        },
        (_, task) => {
            let wholes = wholes()?;
            let different = different(&wholes);
            match task.unwrap_or_else(|| Task::of_wholes(different.len())) {
                Task::Classes => Ok(numbered(arrays, &wholes, &different)),
                Task::Numbers => values(arrays, width),
            }
        }
    }
}

fn is_words(array: &Array) -> bool {
    matches!(array.dtype.kind, Kind::Bytes | Kind::Text)
}

/// Words as classes.
fn words(arrays: &[Array]) -> Result<Targets, DataError> {
    let mut words = Vec::new();
    for array in arrays {
        let own = array.words()?.unwrap_or_default();
        if let Some(empty) = own.iter().position(String::is_empty) {
            let problem = format!("is empty at {:?}", array.index(empty));
            return Err(array.refused(&problem, None));
        }
        words.extend(own);
    }
    let (names, labels) = table::classes(words.iter().map(String::as_str));
    Ok(Targets::Classes { names, labels })
}

fn different(wholes: &[i128]) -> Vec<i128> {
    let mut different = wholes.to_vec();
    different.sort_unstable();
    different.dedup();
    different
}

/// Whole numbers as classes, named after themselves.
fn numbered(arrays: &[Array], wholes: &[i128], different: &[i128]) -> Targets {
    let is_truth = arrays.iter().all(|array| array.dtype.kind == Kind::Truth);
    let name = |&value: &i128| match (is_truth, value) {
        (true, 0) => "False".to_string(),
        (true, _) => "True".to_string(),
        (false, value) => value.to_string(),
    };
    let names = different.iter().map(name).collect();
    let labels = wholes.iter().map(|value| different.partition_point(|own| own < value)).collect();
    Targets::Classes { names, labels }
}

/// Numbers, `width` for each sample.
fn values(arrays: &[Array], width: usize) -> Result<Targets, DataError> {
    let mut numbers = Vec::new();
    for array in arrays {
        numbers.extend(array.numbers()?);
    }
    let called = arrays[0].origin.called();
    let names = match width {
        1 => vec![called],
        _ => (0..width).map(|at| format!("{called}[{at}]")).collect(),
    };
    let values = Tensor::new([numbers.len() / width, width], numbers)?;
    Ok(Targets::Values { names, values })
}
