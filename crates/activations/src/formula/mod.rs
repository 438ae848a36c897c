//! Activation functions of one's own, from their formulas.
//!
//! A formula is read as an expression of the command language, turned into a graph of functions of one and of two
//! numbers, and computed block by block: all values of a block of up to 1024 inputs stay in the cache, forward and
//! backward.

mod definition;
mod error;
mod flat;
mod graph;
mod names;
mod op;
mod pairs;
mod print;
mod program;
mod refusals;
mod schedule;

pub use definition::{Constant, ConstantShape, Definition};
pub use error::FormulaError;

use crate::checked::refused;
use crate::{Activation, Facts, InputMismatch};
use op::FormulaOp;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};
use std::borrow::Cow;
use std::sync::Arc;

/// An activation function of one's own, from its formula.
///
/// The formula is an expression in x, or a definition with a name and constants: `swoosh(x, beta=param(1)) = x *
/// sigmoid(beta * x)`. At the prompt a function that was defined there is a stage by its name alone. It may use `+ - *
/// / % ^`, comparisons, `where`, `minimum`, `maximum`, `clip`, functions of one number such as `exp`, `ln`, `erf` and
/// `cos`, and every activation of one number with its options. A constant `param(1)` is trained from 1 on: one number
/// for the stage, with `shape="units"` one for each unit or channel (along the axis after the batch's), with
/// `shape="features"` one along the last axis. Everything is computed in one pass; the derivative is exact. A branch
/// of `where`, `minimum`, `maximum` or `clip` that is not taken has no part in it, even if its own slope is infinite.
///
/// ```relume
/// net = dense(16) -> formula("x * sigmoid(1.5 * x)") -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation, check = Self::is_function)]
pub struct Formula {
    /// The formula.
    pub definition: String,
}

impl Formula {
    /// The activation function of a formula: an expression in x, or a definition with a name and constants.
    ///
    /// # Errors
    /// A text that is no formula, with the place of what cannot stand there.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        Definition::parse(text)?;
        Ok(Formula { definition: text.to_string() })
    }

    /// The activation function of a definition that [`Definition::check`] has passed.
    ///
    /// # Errors
    /// Its text is too long, or nested too deeply to be read again.
    pub fn of(definition: &Definition) -> Result<Self, FormulaError> {
        let definition = definition.to_string();
        Definition::unchecked(&definition)?;
        Ok(Formula { definition })
    }

    /// A formula in x with constants, of which those with a shape are trained.
    pub(crate) fn written(body: &str, constants: &[(&str, f64, Option<ConstantShape>)]) -> Self {
        let constant = |&(name, value, shape): &(&str, f64, Option<ConstantShape>)| {
            let constant = match shape {
                Some(shape) => Constant::Trained { first: value, shape },
                None => Constant::Fixed(value),
            };
            format!(", {name}={constant}")
        };
        let constants: String = constants.iter().map(constant).collect();
        Formula { definition: format!("f(x{constants}) = {body}") }
    }

    /// What the formula says.
    ///
    /// # Errors
    /// As [`Formula::parse`].
    pub fn read(&self) -> Result<Definition, FormulaError> {
        Definition::parse(&self.definition)
    }

    /// The formula as a line to be shown: what was read, without comments, in which a file may have any characters.
    pub fn text(&self) -> String {
        match self.unchecked() {
            Ok(definition) => definition.to_string(),
            Err(_) => self.definition.escape_debug().to_string(),
        }
    }

    /// The name of the operation, and of a formula that has none.
    const UNNAMED: &'static str = "formula";

    /// Called by `check`.
    fn is_function(&self) -> Result<(), String> {
        self.read().map(drop).map_err(|error| error.sentence())
    }

    /// What the formula says, as far as it can be read: its operation is refused if it is no function.
    fn unchecked(&self) -> Result<Definition, FormulaError> {
        Definition::unchecked(&self.definition)
    }

    fn operation(&self) -> Result<Arc<FormulaOp>, FormulaError> {
        Ok(Arc::new(FormulaOp::new(&self.unchecked()?)?))
    }
}

impl From<Definition> for Formula {
    fn from(definition: Definition) -> Self {
        Formula { definition: definition.to_string() }
    }
}

impl Activation for Formula {
    fn op(&self) -> OpRef {
        match self.operation() {
            Ok(op) => op.into(),
            Err(error) => refused(Self::UNNAMED, error.sentence()),
        }
    }

    fn facts(&self) -> Facts {
        let constants: Vec<Tensor> =
            self.parameters(Shape::SCALAR).into_iter().map(|(_, value)| value).collect();
        self.facts_with(&constants)
    }

    fn facts_with(&self, parameters: &[Tensor]) -> Facts {
        self.operation().map_or(Facts::OPEN, |op| flat::facts(op, parameters))
    }

    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        let Ok(definition) = self.unchecked() else { return Ok(sample) };
        for (name, _, shape) in definition.trained() {
            if shape != ConstantShape::One && sample.rank() == 0 {
                return Err(InputMismatch::new(format!(
                    "has a `{name}` for each unit, and wants units"
                ))
                .help("put dense(8) before it, or leave shape= out"));
            }
            if Shape::from(shape.count(sample)).check_memory().is_err() {
                return Err(InputMismatch::new(format!("has too many units for a `{name}` each")));
            }
        }
        Ok(sample)
    }

    fn label(&self) -> Option<String> {
        let name = self.unchecked().ok()?.name;
        (name != Self::UNNAMED).then_some(name)
    }

    fn parameters(&self, sample: Shape) -> Vec<(Cow<'static, str>, Tensor)> {
        let Ok(definition) = self.unchecked() else { return Vec::new() };
        let parameter = |(name, first, shape): (&str, f64, ConstantShape)| {
            (Cow::Owned(name.to_string()), Tensor::full(shape.count(sample), first as f32))
        };
        definition.trained().map(parameter).collect()
    }
}
