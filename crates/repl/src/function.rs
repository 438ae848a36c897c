//! Functions of the user's, as values.

use crate::syntax::{self, Parameter};
use crate::text::Text;
use std::fmt;
use std::sync::Arc;

/// A function that was defined in the command language: `f(x, y=2) = x ^ y`.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// What was written.
    pub(crate) definition: Arc<syntax::Function>,
    /// The text that its places belong to.
    pub(crate) text: Arc<Text>,
}

impl Function {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.definition.name.text
    }

    /// Its name and parameters, as they were written: `f(x, y=2)`.
    pub fn usage(&self) -> String {
        let parameter = |Parameter { name, default }: &Parameter| match default {
            Some(default) => format!("{}={}", name.text, default.span.of(&self.text.text)),
            None => name.text.clone(),
        };
        let parameters: Vec<String> = self.definition.parameters.iter().map(parameter).collect();
        format!("{}({})", self.name(), parameters.join(", "))
    }
}

/// The definition as it was written.
impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.definition.span.of(&self.text.text))
    }
}
