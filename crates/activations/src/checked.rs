//! Operations of specifications whose options are checked.

use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Described;
use relume_tensor::Tensor;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The operation of a specification. Its fields are public: where one is out of its range, the operation is one that
/// refuses every input with what is wrong.
pub fn checked_op<T: Described>(spec: &T, op: impl FnOnce() -> OpRef) -> OpRef {
    match spec.check() {
        Ok(()) => op(),
        Err(error) => refused(T::ENTRY.name, error.to_string()),
    }
}

/// An operation that refuses every input with what is wrong.
pub(crate) fn refused(operation: &'static str, problem: String) -> OpRef {
    Arc::new(Refused { operation, problem }).into()
}

/// The operation of options that are out of their range.
#[derive(Debug)]
struct Refused {
    operation: &'static str,
    problem: String,
}

impl Refused {
    fn error<T>(&self) -> Result<T, AutogradError> {
        Err(AutogradError::Value { operation: self.operation, problem: self.problem.clone() })
    }
}

impl Op for Refused {
    fn name(&self) -> &'static str {
        self.operation
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        0..=usize::MAX
    }

    fn takes_indices(&self, _: usize) -> bool {
        true
    }

    fn forward(&self, _: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        self.error()
    }

    fn backward(&self, _: &mut Backward<'_>) -> Result<(), AutogradError> {
        self.error()
    }
}
