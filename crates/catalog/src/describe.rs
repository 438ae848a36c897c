//! The trait of specifications in a table.

use crate::{ArgumentError, Entry, Given, derived, text};
use serde_json::{Map, Value};

/// A specification that describes itself: a struct whose fields are the entry's arguments.
///
/// [`Spec`](derive@crate::Spec) writes it from a documented struct.
pub trait Described: Sized {
    /// The description.
    const ENTRY: Entry;

    /// Rules that hold between arguments, checked after each one for itself; an error is a sentence about what is
    /// wrong.
    ///
    /// # Errors
    /// Arguments that contradict each other.
    fn consistent(&self) -> Result<(), String>;

    /// Checks all arguments against the types and ranges of the entry, then the rules between them. Call it before a
    /// specification is used: its fields are public.
    ///
    /// # Errors
    /// The first argument that is of the wrong type or out of range, or arguments that contradict each other.
    fn check(&self) -> Result<(), ArgumentError>;

    /// The specification as text that parses back: `conv2d(32, 3, padding=1)`.
    fn text(&self) -> String {
        text::call_text(&Self::ENTRY, &self.arguments())
    }

    /// All arguments by name, defaults included.
    fn arguments(&self) -> Map<String, Value>;

    /// Builds the specification from arguments as they were given: plain values, and specifications that were built
    /// before, which are used unchanged.
    ///
    /// # Errors
    /// The first argument that is unknown, missing, given twice, of the wrong type or out of range, with its place;
    /// arguments that do not go together.
    fn from_given(
        positional: Vec<Given>,
        named: Vec<(String, Given)>,
    ) -> Result<Self, ArgumentError>;

    /// Builds the specification from plain arguments as they were given.
    ///
    /// # Errors
    /// As [`Described::from_given`].
    fn from_arguments(
        positional: Vec<Value>,
        named: Vec<(String, Value)>,
    ) -> Result<Self, ArgumentError> {
        let (positional, named) = derived::plain(positional, named);
        Self::from_given(positional, named)
    }

    /// Builds the specification from its arguments by name, as [`Described::arguments`] gives them. Options may be left
    /// out: they have their defaults.
    ///
    /// # Errors
    /// The first argument that is unknown, missing, of the wrong type or out of range, or arguments that contradict
    /// each other.
    fn from_record(arguments: Map<String, Value>) -> Result<Self, ArgumentError> {
        Self::from_arguments(Vec::new(), arguments.into_iter().collect()).map_err(derived::whole)
    }
}
