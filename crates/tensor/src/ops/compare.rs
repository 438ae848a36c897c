//! Comparisons and conditions: masks, which are tensors of 0 and 1.

use crate::{Tensor, TensorError};

/// A comparison of two numbers. NaN differs from all numbers and is neither below nor above any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`, `torch.lt`.
    Less,
    /// `<=`, `torch.le`.
    LessEqual,
    /// `>`, `torch.gt`.
    Greater,
    /// `>=`, `torch.ge`.
    GreaterEqual,
    /// `==`, `torch.eq`.
    Equal,
    /// `!=`, `torch.ne`.
    NotEqual,
}

fn mask(is_true: bool) -> f32 {
    if is_true { 1.0 } else { 0.0 }
}

impl Tensor {
    /// 1 where the comparison holds and 0 elsewhere; the shapes broadcast.
    ///
    /// # Errors
    /// The shapes do not broadcast, or the result does not fit into memory.
    pub fn compare(&self, comparison: Comparison, other: &Tensor) -> Result<Tensor, TensorError> {
        let name = "comparison";
        match comparison {
            Comparison::Less => self.broadcast_with(other, name, |a, b| mask(a < b)),
            Comparison::LessEqual => self.broadcast_with(other, name, |a, b| mask(a <= b)),
            Comparison::Greater => self.broadcast_with(other, name, |a, b| mask(a > b)),
            Comparison::GreaterEqual => self.broadcast_with(other, name, |a, b| mask(a >= b)),
            Comparison::Equal => self.broadcast_with(other, name, |a, b| mask(a == b)),
            Comparison::NotEqual => self.broadcast_with(other, name, |a, b| mask(a != b)),
        }
    }

    /// 1 where both numbers are true and 0 elsewhere; every number but 0 is true, NaN too (`torch.logical_and`).
    ///
    /// # Errors
    /// As [`Tensor::compare`].
    pub fn logical_and(&self, other: &Tensor) -> Result<Tensor, TensorError> {
        self.broadcast_with(other, "and", |a, b| mask(a != 0.0 && b != 0.0))
    }

    /// 1 where one of the numbers is true, or both (`torch.logical_or`).
    ///
    /// # Errors
    /// As [`Tensor::compare`].
    pub fn logical_or(&self, other: &Tensor) -> Result<Tensor, TensorError> {
        self.broadcast_with(other, "or", |a, b| mask(a != 0.0 || b != 0.0))
    }

    /// 1 where exactly one of the numbers is true (`torch.logical_xor`).
    ///
    /// # Errors
    /// As [`Tensor::compare`].
    pub fn logical_xor(&self, other: &Tensor) -> Result<Tensor, TensorError> {
        self.broadcast_with(other, "xor", |a, b| mask((a != 0.0) != (b != 0.0)))
    }

    /// 1 where the number is 0, and 0 elsewhere (`torch.logical_not`).
    pub fn logical_not(&self) -> Tensor {
        self.map(|x| mask(x == 0.0))
    }

    /// 1 where there is NaN, and 0 elsewhere (`torch.isnan`).
    pub fn isnan(&self) -> Tensor {
        self.map(|x| mask(x.is_nan()))
    }

    /// 1 where the number is neither infinite nor NaN (`torch.isfinite`).
    pub fn isfinite(&self) -> Tensor {
        self.map(|x| mask(x.is_finite()))
    }

    /// 1 where the number is infinite, of either sign (`torch.isinf`).
    pub fn isinf(&self) -> Tensor {
        self.map(|x| mask(x.is_infinite()))
    }

    /// With this tensor as the condition: the numbers of `a` where it is 1, and those of `b` where it is 0
    /// (`torch.where`). All three broadcast together.
    ///
    /// # Errors
    /// A condition of other numbers than 0 and 1, shapes that do not broadcast, or a result that does not fit into
    /// memory.
    pub fn where_else(&self, a: &Tensor, b: &Tensor) -> Result<Tensor, TensorError> {
        self.check_mask("where")?;
        let shape = a.shape().broadcast(&b.shape(), "where")?.broadcast(&self.shape(), "where")?;
        let (condition, a) = (self.broadcast_to(shape)?, a.broadcast_to(shape)?);
        let mut out = b.broadcast_to(shape)?;
        let chosen = condition.data().iter().zip(a.data());
        for (slot, (_, &a)) in
            out.data_mut().iter_mut().zip(chosen).filter(|(_, (c, _))| **c == 1.0)
        {
            *slot = a;
        }
        Ok(out)
    }

    /// Checks that all numbers are 0 or 1.
    pub(super) fn check_mask(&self, operation: &'static str) -> Result<(), TensorError> {
        match self.data().iter().find(|&&x| x != 0.0 && x != 1.0) {
            Some(value) => {
                let problem = format!(
                    "a condition holds 0 and 1, not {value}; a comparison such as x > 0 makes one"
                );
                Err(TensorError::Argument { operation, problem })
            }
            None => Ok(()),
        }
    }
}
