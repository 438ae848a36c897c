//! How samples are drawn for the validation and the test part: the options that all sources share.

use relume_catalog::Spec;
use relume_datasets::{DataError, Drawing, Grouping, PartKind, Split, Targets};
use std::path::Path;

/// How samples are drawn for the validation and the test part.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = RandomSplitOptions)]
pub struct RandomSplit {
    /// Fraction of the samples (of each class) for the test if the data have no test part of their own; 0.2 by default.
    #[spec(fraction)]
    pub test: Option<f64>,
    /// Seed of all random numbers.
    #[spec(default = 0)]
    pub seed: u64,
    /// Fraction of the samples (of each class) for the validation part, by which training makes its choices; by default
    /// none, or the part that the data have of their own.
    #[spec(fraction)]
    pub validation: Option<f64>,
}

impl RandomSplit {
    /// The fraction for the test, if the data have no test part.
    pub(crate) fn test_fraction(&self) -> f64 {
        self.test.unwrap_or(0.2)
    }

    /// Both parts, drawn from all samples: of each class its share.
    pub(crate) fn draw(&self, targets: &Targets) -> Split {
        self.draw_by(targets, &Grouping::Single)
    }

    /// Both parts, drawn from all samples as their grouping says.
    pub(crate) fn draw_by(&self, targets: &Targets, grouping: &Grouping) -> Split {
        let by = Drawing { labels: targets.labels(), grouping, seed: self.seed };
        let test = self.test_fraction();
        let split = Split::drawn(targets.len(), test, &by);
        // A fraction of all samples, of which the test part has its own.
        self.with_validation(split, 1.0 - test, &by)
    }

    /// The parts that the data have, and of their train part the fractions for those that they do not have. Without a
    /// test part of their own, data that have a validation part have none unless `test` is given.
    pub(crate) fn complete(&self, own: Split, targets: &Targets) -> Split {
        self.complete_by(own, targets, &Grouping::Single)
    }

    /// The same, drawn as the samples' grouping says.
    pub(crate) fn complete_by(&self, own: Split, targets: &Targets, grouping: &Grouping) -> Split {
        let by = Drawing { labels: targets.labels(), grouping, seed: self.seed };
        let (split, rest) = match self.test {
            Some(test) if own.test.is_empty() => {
                let mut split = own.clone().with_validation(test, &by);
                split.validation.retain(|i| own.validation.binary_search(i).is_err());
                let test = std::mem::replace(&mut split.validation, own.validation);
                (Split { test, ..split }, 1.0 - self.test_fraction())
            }
            _ => (own, 1.0),
        };
        self.with_validation(split, rest, &by)
    }

    /// Holds out the fraction for the validation, of which the train part is `rest`.
    fn with_validation(&self, split: Split, rest: f64, by: &Drawing<'_>) -> Split {
        match self.validation {
            Some(validation) if validation > 0.0 && rest > 0.0 => {
                split.with_validation((validation / rest).min(1.0), by)
            }
            _ => split,
        }
    }

    /// The option that draws a part, if it is given.
    pub(crate) fn given(&self, part: PartKind) -> Option<&'static str> {
        let (fraction, name) = match part {
            PartKind::Train => return None,
            PartKind::Validation => (self.validation, "validation"),
            PartKind::Test => (self.test, "test"),
        };
        fraction.map(|_| name)
    }

    /// Refuses a fraction for a part that the data have of their own.
    ///
    /// # Errors
    /// The part's file or folder, with the option to leave out.
    pub(crate) fn refuse(&self, part: PartKind, path: &Path) -> Result<(), DataError> {
        match self.given(part) {
            None => Ok(()),
            Some(name) => Err(DataError::File {
                path: path.to_path_buf(),
                problem: format!("is already a {name} part"),
                help: Some(format!("leave {name}= out")),
            }),
        }
    }
}
