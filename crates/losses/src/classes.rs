//! Shared by the losses of classes: class indices, the weights of classes, and predictions as rows.

use crate::Reduction;
use crate::whole::Whole;
use relume_autograd::AutogradError;
use relume_catalog::{Choice, Spec};
use relume_tensor::{Shape, Tensor};

/// The class that is ignored unless another one is given, as in PyTorch.
const IGNORED: i64 = -100;

/// What classes weigh in a loss.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = ClassWeightsOptions)]
pub struct ClassWeights {
    /// A weight for each class; "balanced" weighs each by the train part: samples / (classes x its samples), so that
    /// all classes count the same, as in scikit-learn.
    pub weight: Option<ClassWeight>,
    /// A class that is ignored; -100 by default.
    pub ignore_index: Option<i64>,
}

/// The weights of classes.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum ClassWeight {
    /// By the train part, so that all classes count the same.
    Balanced,
    /// A weight for each class.
    #[spec(non_negative)]
    Each(Vec<f64>),
}

impl ClassWeights {
    /// The same with the weights of so many samples of each class in the place of "balanced"; `None` if nothing
    /// changes. A class without samples has the weight 1.
    pub(crate) fn balanced(&self, samples: &[usize]) -> Option<ClassWeights> {
        if self.weight != Some(ClassWeight::Balanced) {
            return None;
        }
        let present = samples.iter().filter(|&&own| own > 0).count().max(1);
        let all: usize = samples.iter().sum();
        let weight = |&own: &usize| match own {
            0 => 1.0,
            own => all as f64 / (present as f64 * own as f64),
        };
        let weight = Some(ClassWeight::Each(samples.iter().map(weight).collect()));
        Some(ClassWeights { weight, ..self.clone() })
    }
}

/// How class indices are read, and their weights.
#[derive(Debug)]
pub(crate) struct ClassTargets {
    name: &'static str,
    /// Empty if all classes have the same weight.
    weight: Vec<f32>,
    ignored: i64,
    /// Whether the weights are to be those of data that are not known.
    is_open: bool,
    pub reduction: Reduction,
}

impl ClassTargets {
    pub fn new(name: &'static str, classes: &ClassWeights, reduction: Reduction) -> Self {
        let weight = match &classes.weight {
            Some(ClassWeight::Each(weights)) => weights.iter().map(|&w| w as f32).collect(),
            None | Some(ClassWeight::Balanced) => Vec::new(),
        };
        let ignored = classes.ignore_index.unwrap_or(IGNORED);
        let is_open = classes.weight == Some(ClassWeight::Balanced);
        ClassTargets { name, weight, ignored, is_open, reduction }
    }

    pub fn error<T>(&self, problem: String) -> Result<T, AutogradError> {
        Err(AutogradError::Value { operation: self.name, problem })
    }

    /// The error of a gradient with respect to class indices.
    pub fn no_gradient<T>(&self) -> Result<T, AutogradError> {
        self.error("class indices are whole numbers: they have no gradient".to_string())
    }

    pub fn weight_of(&self, class: usize) -> f32 {
        self.weight.get(class).copied().unwrap_or(1.0)
    }

    /// The class of a row; `None` if it is ignored.
    pub fn class(
        &self,
        rows: &Rows,
        row: usize,
        targets: Whole<'_>,
    ) -> Result<Option<usize>, AutogradError> {
        if targets.at(row) == self.ignored as f64 {
            return Ok(None);
        }
        let last = rows.classes - 1;
        match targets.up_to(row, last) {
            Some(class) => Ok(Some(class)),
            None => self.error(format!(
                "{}: {} is not one of the classes 0 to {last}{}",
                rows.place(row),
                targets.text(row),
                targets.rounding_hint(row)
            )),
        }
    }

    /// The rows of predictions, the weights checked against their classes.
    pub fn rows(&self, input: &Tensor) -> Result<Rows, AutogradError> {
        if self.is_open {
            return self.error(
                "weight=\"balanced\" is of the data that a network is trained on: give a list of weights".to_string(),
            );
        }
        let Some(rows) = Rows::of(input)? else {
            return self.error("there are no classes".to_string());
        };
        match !self.weight.is_empty() && self.weight.len() != rows.classes {
            true => {
                self.error(format!("{} weights for {} classes", self.weight.len(), rows.classes))
            }
            false => Ok(rows),
        }
    }
}

/// Predictions `[classes]`, `[batch, classes]` or `[batch, classes, ...]` as rows of classes.
pub(crate) struct Rows {
    /// `[rows, classes]`.
    pub values: Tensor,
    pub classes: usize,
    /// The shape of the losses, and of class indices: the predictions' without the axis of classes.
    pub losses: Shape,
    /// The shape of the predictions.
    shape: Shape,
}

impl Rows {
    /// `None` if there are no classes.
    fn of(input: &Tensor) -> Result<Option<Self>, AutogradError> {
        let shape = input.shape();
        let axis = shape.rank().min(2).saturating_sub(1);
        let Some(&classes) = shape.get(axis).filter(|&&classes| classes > 0) else {
            return Ok(None);
        };
        let values = rows(input, classes)?;
        Ok(Some(Rows { values, classes, losses: shape.without_axis(axis), shape }))
    }

    /// Another tensor of the predictions' shape as rows.
    pub fn like(&self, other: &Tensor) -> Result<Tensor, AutogradError> {
        rows(other, self.classes)
    }

    /// Rows back in the predictions' shape.
    pub fn back(&self, rows: &Tensor) -> Result<Tensor, AutogradError> {
        if self.shape.rank() <= 2 {
            return Ok(rows.reshape(self.shape)?);
        }
        let last = self.shape.rank() - 1;
        let mut sizes = [0; Shape::MAX_RANK];
        sizes[..last].copy_from_slice(&self.losses);
        sizes[last] = self.classes;
        let order: Vec<usize> = [0, last].into_iter().chain(1..last).collect();
        Ok(rows.reshape(Shape::new(&sizes[..=last])?)?.permute(&order)?)
    }

    /// The position of a row, in words.
    fn place(&self, row: usize) -> String {
        let inner = self.losses.tail(1).count();
        match self.shape.rank() <= 2 {
            true => format!("row {row}"),
            false => format!("row {}, position {}", row / inner, row % inner),
        }
    }
}

fn rows(input: &Tensor, classes: usize) -> Result<Tensor, AutogradError> {
    let count = input.count() / classes;
    if input.rank() <= 2 {
        return Ok(input.reshape([count, classes])?);
    }
    // The axis of classes moves to the end.
    let order: Vec<usize> = [0].into_iter().chain(2..input.rank()).chain([1]).collect();
    Ok(input.permute(&order)?.reshape([count, classes])?)
}
