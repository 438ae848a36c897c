//! What a target is predicted as: a class, or a number.

use relume_catalog::Choice;

/// The kind of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Task {
    /// One of several classes.
    Classes,
    /// A number.
    Numbers,
}

/// Whole numbers with at most this many different values are classes unless the task says otherwise.
pub(crate) const MOST_CLASSES: usize = 20;

impl Task {
    /// The task for whole numbers of so many different values, if it is not given.
    pub(crate) fn of_wholes(different: usize) -> Self {
        match different <= MOST_CLASSES {
            true => Task::Classes,
            false => Task::Numbers,
        }
    }
}
