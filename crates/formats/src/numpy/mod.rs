//! Arrays in NumPy's files.

mod archive;
mod array;
mod dtype;
mod header;
mod inputs;
mod literal;
mod targets;

use crate::task::Task;
use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use archive::Archive;
use array::Array;
use inputs::Inputs;
use relume_catalog::Spec;
use relume_datasets::{DataError, Dataset, Grouping, PartKind, Refit, Split};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Arrays in NumPy's files: an `.npz` file with inputs and targets, or `.npy` files.
///
/// In an `.npz` file, arrays are found by the names `x_train`, `y_train`, for the test `x_test`, `y_test` (as in Keras'
/// mnist.npz; `X_train` and so on too), and for the validation `x_val`, `y_val` (or `valid`, `validation`, `dev`); or
/// `train_images`, `train_labels`, `test_images`, `test_labels`, `val_images`, `val_labels`; or `x`
/// and `y`, `X` and `y`, `data` and `target` or `targets`, `inputs` and `targets`, `images` and `labels`. Other names
/// are given: `numpy("FILE.npz", inputs="a", targets="b")`. An `.npy` file holds inputs; targets and the test part are
/// files of their own: `numpy("x.npy", targets="y.npy")`. Without a test part, a fraction is kept for it, of each class
/// if there are classes. Inputs are `[n, ...]`. Inputs of uint8 are images if they are `[n, height, width]`, or have 1
/// or 3 channels first or last (first if both are possible), unless `image` says otherwise: they stay bytes until they
/// are put into a batch, and augmentations may follow. All others become numbers in their shape. Targets `[n]` or `[n,
/// 1]` are classes if they are strings, or whole numbers or truth values of at most 20 different values (of two, if
/// they are floating-point numbers such as 0.0 and 1.0), unless `task` says otherwise; all others are numbers, `[n]` or
/// `[n, k]`. Supported types are bool, int8 to int64, uint8 to uint64, float16 to float64, and strings, of either byte
/// order, in C and Fortran order. Python objects (pickle) are refused.
///
/// ```relume
/// d = numpy("mnist.npz")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data, check = Self::consistent)]
pub struct Numpy {
    /// The .npz file, or the .npy file of inputs.
    pub path: String,
    /// The array of inputs in an .npz file; found by its name by default.
    pub inputs: Option<String>,
    /// The array of targets in an .npz file, or the .npy file of targets.
    pub targets: Option<String>,
    /// The array, or the file, of the test part's inputs.
    pub test_inputs: Option<String>,
    /// The array, or the file, of the test part's targets.
    pub test_targets: Option<String>,
    /// The array, or the file, of the validation part's inputs.
    pub validation_inputs: Option<String>,
    /// The array, or the file, of the validation part's targets.
    pub validation_targets: Option<String>,
    /// Whether inputs are images; found out by default.
    pub image: Option<bool>,
    /// What the target is; found out by default.
    pub task: Option<Task>,
    /// Standardise each number of a row, or each channel, to mean 0 and deviation 1, by the train part; by default for
    /// images and rows.
    pub standardize: Option<bool>,
    /// Scale numbers to predict to mean 0 and deviation 1 for the loss, by the train part; metrics and predictions are
    /// in their own units.
    #[spec(default = false)]
    pub scale_target: bool,
    /// The array, or the file, of the samples' groups, such as the patient of each: no group is in two parts.
    pub split_by: Option<String>,
    /// The array, or the file, of the samples' times, as numbers: the last samples are the test part, those before them
    /// the validation part.
    pub split_time: Option<String>,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Numpy {
    fn consistent(&self) -> Result<(), String> {
        let pairs = [
            ("test", &self.test_inputs, &self.test_targets, self.split.test),
            (
                "validation",
                &self.validation_inputs,
                &self.validation_targets,
                self.split.validation,
            ),
        ];
        for (part, inputs, targets, fraction) in pairs {
            match (inputs, targets) {
                (None, Some(_)) => {
                    return Err(format!("{part}_targets= needs {part}_inputs= as well"));
                }
                (Some(_), None) => {
                    return Err(format!("{part}_inputs= needs {part}_targets= as well"));
                }
                (Some(_), Some(_)) if fraction.is_some() => {
                    return Err(format!("{part}= draws a {part} part, but {part}_inputs= is one"));
                }
                _ => {}
            }
        }
        if self.split_by.is_some() && self.split_time.is_some() {
            return Err(
                "split_by keeps groups together, split_time follows time: give one of them"
                    .to_string(),
            );
        }
        match self.inputs.is_some() && self.targets.is_none() {
            true => Err("inputs= needs targets= as well".to_string()),
            false => Ok(()),
        }
    }
}

/// Names of arrays in a file with parts: what goes before the part's name, and what after it.
const OF_PARTS: [Names; 3] = [
    Names { inputs: ["x_", ""], targets: ["y_", ""] },
    Names { inputs: ["X_", ""], targets: ["y_", ""] },
    Names { inputs: ["", "_images"], targets: ["", "_labels"] },
];

/// The parts' names in those of arrays.
const PARTS: [(PartKind, &[&str]); 3] = [
    (PartKind::Train, &["train"]),
    (PartKind::Validation, &["val", "valid", "validation", "dev"]),
    (PartKind::Test, &["test"]),
];

/// What stands before and after a part's name in those of its arrays.
struct Names {
    inputs: [&'static str; 2],
    targets: [&'static str; 2],
}

impl Names {
    /// The names of a part's inputs and targets.
    fn of(&self, part: &str) -> [String; 2] {
        [self.inputs, self.targets].map(|[before, after]| format!("{before}{part}{after}"))
    }
}

/// Names of arrays in a file without parts.
const WITHOUT_PARTS: [[&str; 2]; 6] = [
    ["x", "y"],
    ["X", "y"],
    ["data", "target"],
    ["data", "targets"],
    ["inputs", "targets"],
    ["images", "labels"],
];

/// Inputs and targets: one array each to train on, and one each for every other part.
struct Arrays {
    inputs: Vec<Array>,
    targets: Vec<Array>,
    parts: Vec<PartKind>,
}

/// The names of a part's arrays, or of their files.
struct Named {
    part: PartKind,
    inputs: String,
    targets: String,
}

impl Load for Numpy {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let mut data = self.loaded(reader)?;
        if self.scale_target {
            data = data.with_scaled_targets()?;
        }
        data.check_target_digits()?;
        Ok(data)
    }
}

impl Numpy {
    fn loaded(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let path = Path::new(&self.path);
        let (arrays, by) = self.arrays(path, reader)?;
        let Arrays { inputs, targets, parts } = arrays;
        check_counts(&inputs, &targets)?;
        let grouping = match &by {
            None => Grouping::Single,
            Some(by) => self.grouping(by, &inputs)?,
        };
        for (part, own) in parts.iter().zip(&inputs) {
            if let Some(name) = self.split.given(*part) {
                let problem = format!("is already a {name} part");
                return Err(own.refused(&problem, Some(&format!("leave {name}= out"))));
            }
        }
        let part_of = parts.iter().zip(&inputs);
        let part_of = part_of.flat_map(|(part, own)| std::iter::repeat_n(*part, own.len()));
        let own = Split::of_parts(part_of);
        let arrays = targets;
        let (targets, note) = targets::read(&arrays, self.task)?;
        let exact_targets = targets::exact(&arrays, &targets);
        drop(arrays);
        let split = match parts.len() {
            1 => self.split.draw_by(&targets, &grouping),
            _ => self.split.complete(own, &targets),
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut data = match inputs::inputs(inputs, self.image)? {
            Inputs::Images(pixels) => {
                let standardize = self.standardize.unwrap_or(true);
                let preparation = pixels.preparation(standardize, &split.train)?;
                let data = Dataset::from_pixels(name, pixels, targets, split, preparation)?;
                if standardize { data.with_refit(Refit::Standardise) } else { data }
            }
            Inputs::Numbers(numbers, exact) => {
                let data = Dataset::new(name, numbers, targets, split)?;
                self.standardised(data, exact)?
            }
        };
        if let Some(exact) = exact_targets {
            data = data.with_exact_targets(exact)?;
        }
        let data = data.with_grouping(grouping);
        Ok(match note {
            Some(note) => data.with_note(note),
            None => data,
        })
    }
}

impl Numpy {
    /// All arrays, and the one that keeps samples together or in order.
    fn arrays(
        &self,
        path: &Path,
        reader: &dyn Reader,
    ) -> Result<(Arrays, Option<Array>), DataError> {
        if is_archive(path)? {
            let mut archive = Archive::open(path, reader)?;
            let arrays = self.named(&mut archive)?;
            return Ok((arrays, self.by().map(|name| archive.read(name)).transpose()?));
        }
        let by = self.by().map(|path| Array::open(Path::new(path), reader)).transpose()?;
        Ok((self.files(path, reader)?, by))
    }

    /// The data set with all digits of its numbers, standardised if they are to be: rows are by default.
    fn standardised(
        &self,
        mut data: Dataset,
        exact: Vec<(usize, Vec<f64>)>,
    ) -> Result<Dataset, DataError> {
        let is_row = data.sample_shape().rank() == 1;
        for (feature, values) in exact {
            data = data.with_exact(feature, values)?;
        }
        match self.standardize.unwrap_or(is_row) {
            true => data.standardised(),
            false => Ok(data),
        }
    }

    /// The array that keeps samples together or in order.
    fn by(&self) -> Option<&str> {
        self.split_by.as_deref().or(self.split_time.as_deref())
    }

    /// What keeps samples together or in order.
    ///
    /// # Errors
    /// Parts of the data's own, another number of groups than of samples, or times that are no numbers.
    fn grouping(&self, by: &Array, inputs: &[Array]) -> Result<Grouping, DataError> {
        let option = if self.split_by.is_some() { "split_by" } else { "split_time" };
        let [inputs] = inputs else {
            let problem = format!("{option} draws the parts, and the data have parts of their own");
            return Err(DataError::Options(problem));
        };
        if by.shape != [inputs.len()] && by.shape != [inputs.len(), 1] {
            let problem = format!(
                "is {:?}, where {option} needs one value for each of the {} inputs",
                by.shape,
                inputs.len()
            );
            return Err(by.refused(&problem, None));
        }
        if self.split_time.is_some() {
            by.numbers()?;
            return Ok(Grouping::Times(Arc::new(by.doubles().collect())));
        }
        let names = match by.words()? {
            Some(words) => words,
            None => by.doubles().map(|group| group.to_string()).collect(),
        };
        let (_, groups) = crate::table::classes(names.iter().map(String::as_str));
        Ok(Grouping::Groups(Arc::new(groups)))
    }
}

/// Refuses another number of targets than of inputs.
fn check_counts(inputs: &[Array], targets: &[Array]) -> Result<(), DataError> {
    for (inputs, targets) in inputs.iter().zip(targets) {
        if inputs.len() != targets.len() {
            let problem = format!(
                "is {:?}, whose {} targets do not match the {} inputs of {}",
                targets.shape,
                targets.len(),
                inputs.len(),
                inputs.origin
            );
            return Err(targets.refused(&problem, None));
        }
    }
    Ok(())
}

impl Numpy {
    /// The arrays or files that are given for the parts beside the train part.
    fn given(&self) -> Vec<Named> {
        let given = [
            (PartKind::Validation, &self.validation_inputs, &self.validation_targets),
            (PartKind::Test, &self.test_inputs, &self.test_targets),
        ];
        let named = |(part, inputs, targets): (PartKind, &Option<String>, &Option<String>)| {
            let (inputs, targets) = inputs.clone().zip(targets.clone())?;
            Some(Named { part, inputs, targets })
        };
        given.into_iter().filter_map(named).collect()
    }

    /// The arrays of an archive, by the names that are given, or by the usual ones.
    fn named(&self, archive: &mut Archive<'_>) -> Result<Arrays, DataError> {
        let given = self.given();
        let mut named = match (&self.inputs, &self.targets) {
            (Some(inputs), Some(targets)) => {
                let (inputs, targets) = (inputs.clone(), targets.clone());
                vec![Named { part: PartKind::Train, inputs, targets }]
            }
            (None, Some(_)) => {
                return Err(archive.unnamed("is an archive, in which targets= goes with inputs="));
            }
            _ => usual(archive)?,
        };
        named.retain(|own| given.iter().all(|given| given.part != own.part));
        named.extend(given);
        let mut arrays = Arrays { inputs: Vec::new(), targets: Vec::new(), parts: Vec::new() };
        for Named { part, inputs, targets } in named {
            arrays.inputs.push(archive.read(&inputs)?);
            arrays.targets.push(archive.read(&targets)?);
            arrays.parts.push(part);
        }
        Ok(arrays)
    }

    /// The arrays of files of one array each.
    fn files(&self, path: &Path, reader: &dyn Reader) -> Result<Arrays, DataError> {
        let inputs = Array::open(path, reader)?;
        if self.inputs.is_some() {
            return Err(inputs.refused(
                "is one array, which has no name",
                Some("leave inputs= out; it names an array in a .npz file"),
            ));
        }
        let Some(targets) = &self.targets else {
            return Err(inputs.refused(
                "holds only inputs",
                Some("name the file of targets: targets=\"y.npy\""),
            ));
        };
        let targets = Array::open(Path::new(targets), reader)?;
        let (inputs, targets, parts) = (vec![inputs], vec![targets], vec![PartKind::Train]);
        let mut arrays = Arrays { inputs, targets, parts };
        for Named { part, inputs, targets } in self.given() {
            arrays.inputs.push(Array::open(Path::new(&inputs), reader)?);
            arrays.targets.push(Array::open(Path::new(&targets), reader)?);
            arrays.parts.push(part);
        }
        Ok(arrays)
    }
}

/// The arrays of an archive by the usual names. One of a part's two without the other is refused when it is read.
fn usual(archive: &mut Archive<'_>) -> Result<Vec<Named>, DataError> {
    let is_in = |names: &[String]| names.iter().all(|name| archive.has(name));
    if let Some(names) = OF_PARTS.iter().find(|names| is_in(&names.of("train"))) {
        let mut named = Vec::new();
        for (part, own) in PARTS {
            let mut own = own.iter().map(|own| names.of(own));
            if let Some([inputs, targets]) =
                own.find(|own| own.iter().any(|name| archive.has(name)))
            {
                named.push(Named { part, inputs, targets });
            }
        }
        return Ok(named);
    }
    let found =
        WITHOUT_PARTS.iter().map(|names| names.map(str::to_string)).find(|names| is_in(names));
    match found {
        Some([inputs, targets]) => Ok(vec![Named { part: PartKind::Train, inputs, targets }]),
        None => Err(archive.unnamed("its arrays have none of the usual names")),
    }
}

/// Whether a file is an archive, by its first bytes.
fn is_archive(path: &Path) -> Result<bool, DataError> {
    let mut first = Vec::new();
    relume_files::open(path)
        .and_then(|file| file.take(2).read_to_end(&mut first))
        .map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
    Ok(first == *b"PK")
}
