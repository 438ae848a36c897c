//! What a specification provides to stand in a table.

use crate::{ArgumentError, Entry, Problem, text};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A specification that describes itself: a struct whose fields are the entry's arguments.
///
/// [`Spec`](derive@crate::Spec) writes it from a documented struct.
pub trait Described: Serialize + DeserializeOwned {
    /// The description.
    const ENTRY: Entry;

    /// Rules that hold between arguments, checked after each one for itself; returns a sentence about what is wrong.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }

    /// Holds all arguments against the types and ranges of the entry, then against the rules between them. To be called before a
    /// specification is used: its fields are public.
    ///
    /// # Errors
    /// The first argument that is of the wrong type or out of range, or arguments that do not go together.
    fn check(&self) -> Result<(), ArgumentError> {
        Self::ENTRY.complete(self.arguments())?;
        self.consistent()
    }

    /// The rules of [`Described::validate`], as an error of the whole call.
    ///
    /// # Errors
    /// Arguments that do not go together.
    #[doc(hidden)]
    fn consistent(&self) -> Result<(), ArgumentError> {
        self.validate().map_err(|message| {
            ArgumentError::whole(Self::ENTRY.name, Problem::Inconsistent { message })
        })
    }

    /// The specification as text that parses back: `conv2d(32, 3, padding=1)`.
    fn text(&self) -> String {
        text::call_text(&Self::ENTRY, &self.arguments())
    }

    /// All arguments by name, defaults included.
    fn arguments(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            // A specification is a struct of plain values; anything else has no arguments to show.
            _ => Map::new(),
        }
    }

    /// Builds the specification from arguments as they were given.
    ///
    /// # Errors
    /// The first argument that is unknown, missing, given twice, of the wrong type or out of range, with its place.
    fn from_arguments(
        positional: Vec<Value>,
        named: Vec<(String, Value)>,
    ) -> Result<Self, ArgumentError> {
        Self::from_record(Self::ENTRY.check(positional, named)?)
    }

    /// Builds the specification from its arguments by name, as [`Described::arguments`] gives them. Of a derived specification,
    /// options may be left out: they have their defaults.
    ///
    /// # Errors
    /// Arguments that are missing, of the wrong type, or do not go together.
    fn from_record(arguments: Map<String, Value>) -> Result<Self, ArgumentError> {
        let problem = |message: String| {
            ArgumentError::whole(Self::ENTRY.name, Problem::Inconsistent { message })
        };
        let spec: Self =
            serde_json::from_value(Value::Object(arguments)).map_err(|e| problem(e.to_string()))?;
        spec.consistent()?;
        Ok(spec)
    }
}
