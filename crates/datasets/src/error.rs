//! Data that cannot be read or used.

use relume_catalog::ArgumentError;
use relume_tensor::{Shape, TensorError};
use std::io::ErrorKind;
use std::path::PathBuf;
use thiserror::Error;

/// Why a data set cannot be made or used.
#[derive(Debug, Error)]
pub enum DataError {
    /// A file that cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A place in a file that is not understood.
    #[error("{path}:{line}: {problem}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong, as a sentence.
        problem: String,
    },
    /// A file that cannot be used as a whole.
    #[error("{path}: {problem}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, as a sentence.
        problem: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// An image of another size than those before it.
    #[error("{path}: is {} x {} pixels (height x width), but the images before it are {} x \
        {}", own[0], own[1], wanted[0], wanted[1], path = path.display())]
    ImageSize {
        /// The file.
        path: PathBuf,
        /// Its height and width.
        own: [usize; 2],
        /// The height and width of those before it.
        wanted: [usize; 2],
    },
    /// Augmentation that does not fit the samples.
    #[error("{problem}")]
    Augmentation {
        /// What is wrong, as a sentence.
        problem: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// Loading was cancelled.
    #[error("reading was interrupted")]
    Interrupted,
    /// The thread that prepares batches is gone.
    #[error("the thread that prepares batches has ended unexpectedly")]
    Lost,
    /// Inputs and targets of different numbers.
    #[error("{inputs} samples do not match {targets} targets")]
    Counts {
        /// The inputs' number.
        inputs: usize,
        /// The targets' number.
        targets: usize,
    },
    /// A class that has no name.
    #[error(
        "sample {sample}: its label {label} is not one of the {classes} classes, counted from 0"
    )]
    Label {
        /// The sample, counted from 0.
        sample: usize,
        /// Its label.
        label: usize,
        /// The number of classes' names.
        classes: usize,
    },
    /// Targets that are not a row of numbers, or of labels, for each sample.
    #[error("targets of shape {0} are not [samples, numbers]")]
    TargetShape(Shape),
    /// A target that is not a finite number.
    #[error("sample {sample}: its target is not a finite number at position {position}")]
    TargetNotFinite {
        /// The sample, from 0.
        sample: usize,
        /// The position in the target, from 0.
        position: usize,
    },
    /// A value that is not a finite number.
    #[error("sample {sample}: its input is not a finite number at position {position}")]
    NotFinite {
        /// The sample, counted from 0.
        sample: usize,
        /// The position in the sample, counted from 0.
        position: usize,
    },
    /// Data that do not match those that a network was trained on.
    #[error("{data}: {problem}")]
    Mismatch {
        /// The data set.
        data: String,
        /// What does not match, as a sentence.
        problem: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// An option of a source or an augmentation that is out of range, or options that contradict each other.
    #[error(transparent)]
    Arguments(#[from] ArgumentError),
    /// Weights of samples that cannot be used.
    #[error("{0}")]
    Weights(String),
    /// Options that do not match the data.
    #[error("{0}")]
    Options(String),
    /// Inputs of a shape that holds no samples.
    #[error("inputs of shape {0} hold no samples")]
    NoSamples(Shape),
    /// Shapes that do not match each other.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}

impl DataError {
    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<String> {
        match self {
            DataError::File { help, .. }
            | DataError::Augmentation { help, .. }
            | DataError::Mismatch { help, .. } => help.clone(),
            DataError::Read { source, .. } if source.kind() == ErrorKind::IsADirectory => {
                Some("this is a folder; name a file in it".to_string())
            }
            DataError::Read { .. } => {
                Some("check the path; it is relative to where relume was started".to_string())
            }
            DataError::ImageSize { wanted: [height, width], .. } => {
                Some(format!("size=[{height}, {width}] brings every image to one size"))
            }
            DataError::Arguments(error) => error.help(),
            _ => None,
        }
    }
}
