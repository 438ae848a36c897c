//! Arrays in NumPy's files.

mod archive;
mod array;
mod dtype;
mod header;
mod inputs;
mod literal;
mod targets;

use crate::task::Task;
use crate::{Load, Reader};
use archive::Archive;
use array::Array;
use inputs::Inputs;
use relume_catalog::Spec;
use relume_datasets::{DataError, Dataset, Preparation, Split, Targets};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Arrays in NumPy's files: an `.npz` file with inputs and targets, or `.npy` files.
///
/// In an `.npz` file, arrays are found by the names `x_train`, `y_train` and for the test `x_test`, `y_test` (as in
/// Keras' mnist.npz; `X_train` and so on too), or `train_images`, `train_labels`, `test_images`, `test_labels`; or `x`
/// and `y`, `X` and `y`, `data` and `target` or `targets`, `inputs` and `targets`, `images` and `labels`. Other names
/// are given: `numpy("FILE.npz", inputs="a", targets="b")`. An `.npy` file holds inputs; targets and the test part are
/// files of their own: `numpy("x.npy", targets="y.npy")`. Without a test part, a fraction is kept for it, of each class
/// if there are classes. Inputs are `[n, ...]`. Inputs of uint8 are images if they are `[n, height, width]`, or have 1
/// or 3 channels first or last (first if both are possible), unless `image` says otherwise: they stay bytes until they
/// are put into a batch, and augmentations may follow. All others become numbers in their shape. Targets `[n]` or `[n,
/// 1]` are classes if they are strings, or whole numbers or truth values of at most 20 different values, unless `task`
/// says otherwise; all others are numbers, `[n]` or `[n, k]`. Supported types are bool, int8 to int64, uint8 to uint64,
/// float16 to float64, and strings, of either byte order, in C and Fortran order. Python objects (pickle) are refused.
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
    /// Whether inputs are images; found out by default.
    pub image: Option<bool>,
    /// What the target is; found out by default.
    pub task: Option<Task>,
    /// Standardise each number of a row, or each channel, to mean 0 and deviation 1, by the train part; by default for
    /// images and rows.
    pub standardize: Option<bool>,
    /// Fraction for the test if there is no test part; 0.2 by default.
    #[spec(fraction)]
    pub test: Option<f64>,
    /// Seed of all random numbers.
    #[spec(default = 0)]
    pub seed: u64,
}

impl Numpy {
    fn consistent(&self) -> Result<(), String> {
        let problem = match (&self.test_inputs, &self.test_targets) {
            (None, Some(_)) => "test_targets= needs test_inputs= as well",
            (Some(_), None) => "test_inputs= needs test_targets= as well",
            (Some(_), Some(_)) if self.test.is_some() => {
                "test= draws a test part, but test_inputs= is one"
            }
            _ if self.inputs.is_some() && self.targets.is_none() => {
                "inputs= needs targets= as well"
            }
            _ => return Ok(()),
        };
        Err(problem.to_string())
    }
}

/// Names of arrays in a file: inputs and targets to train on, and those for the test.
const WITH_TEST: [[&str; 4]; 3] = [
    ["x_train", "y_train", "x_test", "y_test"],
    ["X_train", "y_train", "X_test", "y_test"],
    ["train_images", "train_labels", "test_images", "test_labels"],
];

/// Names of arrays in a file without a test part.
const WITHOUT_TEST: [[&str; 2]; 6] = [
    ["x", "y"],
    ["X", "y"],
    ["data", "target"],
    ["data", "targets"],
    ["inputs", "targets"],
    ["images", "labels"],
];

/// Inputs and targets: one array each to train on, and optionally one each for the test.
struct Arrays {
    inputs: Vec<Array>,
    targets: Vec<Array>,
}

impl Load for Numpy {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let path = Path::new(&self.path);
        let Arrays { inputs, targets } = match is_archive(path)? {
            true => self.named(&mut Archive::open(path, reader)?)?,
            false => self.files(path, reader)?,
        };
        check_counts(&inputs, &targets)?;
        if let (Some(_), Some(own)) = (self.test, inputs.get(1)) {
            return Err(own.refused("is already a test part", Some("leave test= out")));
        }
        let trained = inputs[0].len();
        let has_test = inputs.len() > 1;
        let targets = targets::targets(&targets, self.task)?;
        let fraction = self.test.unwrap_or(0.2);
        let split = match &targets {
            _ if has_test => {
                Split { train: (0..trained).collect(), test: (trained..targets.len()).collect() }
            }
            Targets::Classes { names, labels } => {
                Split::stratified(labels, names.len(), fraction, self.seed)
            }
            Targets::Values { .. } | Targets::Sequences { .. } => {
                Split::random(trained, fraction, self.seed)
            }
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        match inputs::inputs(inputs, self.image)? {
            Inputs::Images(pixels) => {
                let standardize = self.standardize.unwrap_or(true);
                let preparation = pixels.preparation(standardize, &split.train)?;
                Dataset::from_pixels(name, pixels, targets, split, preparation)
            }
            Inputs::Numbers(numbers, exact) => {
                let standardize = self.standardize.unwrap_or(numbers.shape().rank() == 2);
                let mut preparation =
                    standardize.then(|| Preparation::standardising(&numbers, &split.train));
                if let Some(preparation) = &mut preparation {
                    for (feature, values) in &exact {
                        let train = split.train.iter().map(|&sample| values[sample]);
                        preparation.standardise(*feature, train);
                    }
                }
                let mut data = Dataset::new(name, numbers, targets, split)?;
                for (feature, values) in exact {
                    data = data.with_exact(feature, values)?;
                }
                Ok(match preparation {
                    Some(preparation) => data.prepared(preparation),
                    None => data,
                })
            }
        }
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
    /// The arrays of an archive, by the names that are given, or by the usual ones.
    fn named(&self, archive: &mut Archive<'_>) -> Result<Arrays, DataError> {
        let own =
            |inputs: &Option<String>, targets: &Option<String>| inputs.clone().zip(targets.clone());
        let usual = |[inputs, targets]: [&str; 2]| (inputs.to_string(), targets.to_string());
        let named = own(&self.inputs, &self.targets);
        let mut test = own(&self.test_inputs, &self.test_targets);
        if let (None, Some(_)) = (&named, &self.targets) {
            return Err(archive.unnamed("is an archive, in which targets= goes with inputs="));
        }
        let train = match named {
            Some(named) => named,
            None => {
                let is_in = |names: &[&str]| names.iter().all(|name| archive.has(name));
                let with_test = WITH_TEST.into_iter().find(|names| is_in(&names[..2]));
                match (with_test, WITHOUT_TEST.into_iter().find(|names| is_in(names))) {
                    (Some([inputs, targets, of_test @ ..]), _) => {
                        // One without the other is refused when it is read.
                        if test.is_none() && of_test.iter().any(|name| archive.has(name)) {
                            test = Some(usual(of_test));
                        }
                        usual([inputs, targets])
                    }
                    (None, Some(names)) => usual(names),
                    (None, None) => {
                        return Err(archive.unnamed("its arrays have none of the usual names"));
                    }
                }
            }
        };
        let mut arrays = Arrays { inputs: Vec::new(), targets: Vec::new() };
        for (inputs, targets) in [Some(train), test].into_iter().flatten() {
            arrays.inputs.push(archive.read(&inputs)?);
            arrays.targets.push(archive.read(&targets)?);
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
        let mut arrays = Arrays { inputs: vec![inputs], targets: vec![targets] };
        if let (Some(inputs), Some(targets)) = (&self.test_inputs, &self.test_targets) {
            arrays.inputs.push(Array::open(Path::new(inputs), reader)?);
            arrays.targets.push(Array::open(Path::new(targets), reader)?);
        }
        Ok(arrays)
    }
}

/// Whether a file is an archive, by its first bytes.
fn is_archive(path: &Path) -> Result<bool, DataError> {
    let mut first = Vec::new();
    File::open(path)
        .and_then(|file| file.take(2).read_to_end(&mut first))
        .map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
    Ok(first == *b"PK")
}
