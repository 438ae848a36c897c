//! Sparse rows of numbers in LIBSVM's and SVMlight's text format.

use crate::files::packed::Unpacked;
use crate::table::file_error;
use crate::task::Task;
use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use relume_catalog::Spec;
use relume_datasets::raw::number;
use relume_datasets::{DataError, Dataset, PartKind, Preparation, Refit, Split, Targets};
use relume_tensor::Tensor;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// Sparse rows of numbers in a file of LIBSVM or SVMlight: `target index:value index:value ...` in each line.
///
/// Indices rise within a line; features that a line leaves out are 0. Indices begin at 1, or at 0 if an index 0 is
/// there, unless `zero_based` says otherwise. There are as many features as the largest index needs, unless `features`
/// says otherwise: give it where files that belong together do not all have the last features. What follows a `#`, and
/// the query `qid:number`, are left out. Files packed by gzip are recognised by their content. The target is a class
/// where all are whole numbers of at most 20 different values, unless `task` says otherwise. Several labels, as in
/// `1,3 index:value`, are each predicted as 0 or 1. All numbers are kept, zeros too: samples times features, 4 bytes
/// each.
///
/// ```relume
/// d = libsvm("flowers.svm")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data, aliases = ["svmlight"])]
pub struct Libsvm {
    /// The file.
    pub path: String,
    /// Number of features; by default as many as the largest index needs.
    #[spec(positive)]
    pub features: Option<usize>,
    /// Whether the first feature's index is 0; found out by default.
    pub zero_based: Option<bool>,
    /// What the target is; found out by default.
    pub task: Option<Task>,
    /// Standardise each feature to mean 0 and deviation 1, by the train part.
    #[spec(default = true)]
    pub standardize: bool,
    /// Scale numbers to predict to mean 0 and deviation 1 for the loss, by the train part; metrics and predictions are
    /// in their own units.
    #[spec(default = false)]
    pub scale_target: bool,
    /// A second file of rows for the test.
    pub test_path: Option<String>,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Libsvm {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let path = Path::new(&self.path);
        let mut files = vec![File::read(path, reader)?];
        if let Some(test_path) = &self.test_path {
            self.split.refuse(PartKind::Test, Path::new(test_path))?;
            files.push(File::read(Path::new(test_path), reader)?);
        }
        let inputs = self.inputs(&files)?;
        let Read { targets, exact, split } = self.targets(&files)?;
        let preparation =
            self.standardize.then(|| Preparation::standardising(&inputs, &split.train));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut data = Dataset::new(name, inputs, targets, split)?;
        if let Some(exact) = exact {
            data = data.with_exact_targets(exact)?;
        }
        if self.scale_target {
            data = data.with_scaled_targets()?;
        }
        data.check_target_digits()?;
        Ok(match preparation {
            Some(preparation) => data.prepared(preparation).with_refit(Refit::Standardise),
            None => data,
        })
    }
}

impl Libsvm {
    /// The numbers of all files' rows, `[samples, features]`.
    fn inputs(&self, files: &[File]) -> Result<Tensor, DataError> {
        let indices = || files.iter().flat_map(|file| &file.rows).flat_map(Row::indices);
        let has_zero = || indices().any(|index| index == 0);
        let first = usize::from(!self.zero_based.unwrap_or_else(has_zero));
        let needed =
            indices().max().map_or(0, |largest| largest.saturating_sub(first).saturating_add(1));
        let width = self.features.unwrap_or(needed);
        if width == 0 {
            let problem = "no row has a feature, index:value".to_string();
            return Err(file_error(&files[0].path, problem, None));
        }
        for file in files {
            file.check_indices(first, width)?;
        }
        let samples = files.iter().map(|file| file.rows.len()).sum();
        let mut inputs = Tensor::try_uninit([samples, width])?;
        inputs.data_mut().fill(0.0);
        let rows = files.iter().flat_map(|file| &file.rows);
        for (row, to) in rows.zip(inputs.data_mut().chunks_exact_mut(width)) {
            for &(index, value) in &row.features {
                to[index - first] = value;
            }
        }
        Ok(inputs)
    }

    /// The targets, and which rows are kept for the test.
    fn targets(&self, files: &[File]) -> Result<Read, DataError> {
        let (trained, count) =
            (files[0].rows.len(), files.iter().map(|file| file.rows.len()).sum());
        let are_several = files.iter().flat_map(|file| &file.rows).any(|row| row.targets.len() > 1);
        let (targets, exact) = match are_several {
            true => (self.labels(files, count)?, None),
            false => self.single(files, trained)?,
        };
        let split = match files.len() {
            1 => self.split.draw(&targets),
            _ => self.split.complete(Split::of_tested(trained, count), &targets),
        };
        Ok(Read { targets, exact, split })
    }

    /// A class or a number for each row; numbers with all their digits too.
    fn single(
        &self,
        files: &[File],
        trained: usize,
    ) -> Result<(Targets, Option<Vec<f64>>), DataError> {
        let mut targets = Vec::new();
        for file in files {
            for row in &file.rows {
                let [target] = row.targets[..] else {
                    let problem = "there is no target before the first index:value".to_string();
                    return Err(file.line_error(row.line, problem));
                };
                targets.push(target);
            }
        }
        let classes = different(targets.iter().copied());
        let found_out = || match classes.iter().all(|class| class.fract() == 0.0) {
            true => Task::of_wholes(classes.len()),
            false => Task::Numbers,
        };
        match self.task.unwrap_or_else(found_out) {
            Task::Classes => {
                for file in &files[1..] {
                    file.check_trained(&targets[..trained])?;
                }
                let place = |target: &f64| classes.partition_point(|class| class < target);
                let labels = targets.iter().map(place).collect();
                let names = classes.iter().map(f64::to_string).collect();
                Ok((Targets::Classes { names, labels }, None))
            }
            Task::Numbers => {
                let values = targets.iter().map(|&target| target as f32).collect();
                let values = Tensor::new([targets.len(), 1], values)?;
                let names = vec!["target".to_string()];
                Ok((Targets::Values { names, values }, Some(targets)))
            }
        }
    }

    /// Any number of labels for each row, as 0 and 1.
    fn labels(&self, files: &[File], count: usize) -> Result<Targets, DataError> {
        if let Some(task) = self.task {
            let problem = format!(
                "its rows have several labels, as in \"1,3\": task=\"{}\" is for one target",
                match task {
                    Task::Classes => "classes",
                    Task::Numbers => "numbers",
                }
            );
            return Err(file_error(&files[0].path, problem, Some("leave task= out".to_string())));
        }
        let rows = || files.iter().flat_map(|file| &file.rows);
        let labels = different(rows().flat_map(|row| row.targets.iter().copied()));
        let mut values = Tensor::try_uninit([count, labels.len()])?;
        values.data_mut().fill(0.0);
        for (row, to) in rows().zip(values.data_mut().chunks_exact_mut(labels.len())) {
            for target in &row.targets {
                to[labels.partition_point(|label| label < target)] = 1.0;
            }
        }
        Ok(Targets::Values { names: labels.iter().map(f64::to_string).collect(), values })
    }
}

/// What is predicted, and the parts.
struct Read {
    targets: Targets,
    /// Numbers with all their digits.
    exact: Option<Vec<f64>>,
    split: Split,
}

/// The different numbers, rising.
fn different(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut different: Vec<f64> = numbers.collect();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    different
}

/// The rows of a file.
struct File {
    path: PathBuf,
    rows: Vec<Row>,
}

/// A row, with the features that it has.
struct Row {
    /// The line, counted from 1.
    line: u64,
    /// One, or any number of labels.
    targets: Vec<f64>,
    /// Indices as they stand in the file, rising, and their values.
    features: Vec<(usize, f32)>,
}

impl Row {
    fn indices(&self) -> impl Iterator<Item = usize> {
        self.features.iter().map(|&(index, _)| index)
    }

    /// The row in a line's text; none where there is only a comment.
    fn parse(line: u64, text: &str) -> Result<Option<Self>, String> {
        let text = text.split_once('#').map_or(text, |(before, _)| before);
        let mut words = text.split_ascii_whitespace().peekable();
        let Some(&first) = words.peek() else { return Ok(None) };
        let mut targets = Vec::new();
        // A row without any of several labels begins with its features.
        if !first.contains(':') {
            words.next();
            for target in first.split(',') {
                // Without the sign of -0.
                let target = number(target).map(|target| target + 0.0);
                targets
                    .push(target.ok_or_else(|| format!("the target \"{first}\" is not a number"))?);
            }
        }
        let mut features: Vec<(usize, f32)> = Vec::new();
        for word in words.filter(|word| !word.starts_with("qid:")) {
            let feature = word
                .split_once(':')
                .and_then(|(index, value)| Some((index.parse().ok()?, number(value)? as f32)));
            let Some((index, value)) = feature else {
                return Err(format!("\"{word}\" is not index:value"));
            };
            if let Some(&(last, _)) = features.last()
                && index <= last
            {
                return Err(format!("the index {index} follows {last}: indices must rise"));
            }
            features.push((index, value));
        }
        Ok(Some(Row { line, targets, features }))
    }
}

impl File {
    fn read(path: &Path, reader: &dyn Reader) -> Result<Self, DataError> {
        let mut bytes = Unpacked::open(path, reader)?;
        let mut file = File { path: path.to_path_buf(), rows: Vec::new() };
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            match bytes.read_until(b'\n', &mut text) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return Err(bytes.refused(error)),
            }
            let row = match std::str::from_utf8(&text) {
                Ok(text) => Row::parse(line, text),
                Err(_) => Err("this is not text in UTF-8".to_string()),
            };
            file.rows.extend(row.map_err(|problem| file.line_error(line, problem))?);
        }
        match file.rows.is_empty() {
            true => Err(file_error(path, "there is no row in it".to_string(), None)),
            false => Ok(file),
        }
    }

    fn line_error(&self, line: u64, problem: String) -> DataError {
        DataError::Line { path: self.path.clone(), line, problem }
    }

    /// Refuses indices before the first one, and beyond the last of `width` features.
    fn check_indices(&self, first: usize, width: usize) -> Result<(), DataError> {
        for row in &self.rows {
            if let Some(index) = row.indices().find(|&index| index < first) {
                let problem = format!("there is an index {index}, but zero_based=false");
                return Err(self.line_error(row.line, problem));
            }
            if let Some(index) = row.indices().find(|&index| index - first >= width) {
                let problem = format!("the index {index} is beyond features={width}");
                return Err(self.line_error(row.line, problem));
            }
        }
        Ok(())
    }

    /// Refuses a class that no row of the train part has.
    fn check_trained(&self, trained: &[f64]) -> Result<(), DataError> {
        let is_strange = |row: &&Row| row.targets.iter().any(|target| !trained.contains(target));
        match self.rows.iter().find(is_strange) {
            None => Ok(()),
            Some(Row { line, targets, .. }) => {
                let target = targets.first().map_or_else(String::new, f64::to_string);
                let problem = format!(
                    "the class \"{target}\" is not in the train part, so nothing is learned about it"
                );
                Err(self.line_error(*line, problem))
            }
        }
    }
}
