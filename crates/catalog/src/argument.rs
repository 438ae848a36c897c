//! An argument of an entry: its name, type, default and help.

use crate::Kind;
use serde_json::Value;

/// One argument of an [`Entry`](crate::Entry).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Argument {
    /// The name under which it is given.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Its value when it is not given.
    pub default: Default,
    /// One line of help.
    pub help: &'static str,
}

/// The type of an argument. Bounds are inclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    /// A whole number.
    Integer {
        /// The smallest allowed value.
        min: i64,
        /// The largest allowed value.
        max: i64,
    },
    /// A number.
    Number {
        /// The smallest allowed value.
        min: f64,
        /// The largest allowed value.
        max: f64,
    },
    /// `true` or `false`.
    Boolean,
    /// A string.
    Text,
    /// One of a few words, in quotes.
    Choice(&'static [&'static str]),
    /// Two whole numbers `[height, width]`, or one for both; at least `min`.
    Pair {
        /// The smallest allowed value of each.
        min: i64,
    },
    /// Three whole numbers `[depth, height, width]`, or one for all; at least `min`.
    Triple {
        /// The smallest allowed value of each.
        min: i64,
    },
    /// A list whose items are all of one type.
    List(&'static Type),
    /// Any of several types; the first that matches counts.
    OneOf(&'static [Type]),
    /// A specification of another kind, such as an optimizer or an initializer.
    Spec(Kind),
    /// A network: layers joined by `->`.
    Network,
    /// A tensor: the place of one among the values that come with the arguments.
    Tensor,
    /// Anything; its reader checks it.
    Anything,
}

impl Type {
    /// A whole number of at least 1.
    pub const COUNT: Type = Type::Integer { min: 1, max: i64::MAX };
    /// A whole number of at least 0.
    pub const NATURAL: Type = Type::Integer { min: 0, max: i64::MAX };
    /// Any finite number.
    pub const REAL: Type = Type::Number { min: f64::MIN, max: f64::MAX };
    /// A finite number of at least 0.
    pub const NON_NEGATIVE: Type = Type::Number { min: 0.0, max: f64::MAX };
    /// A finite number above 0.
    pub const POSITIVE: Type = Type::Number { min: f64::MIN_POSITIVE, max: f64::MAX };
    /// A number from 0 to 1.
    pub const FRACTION: Type = Type::Number { min: 0.0, max: 1.0 };

    /// The largest size in space.
    pub(crate) const LARGEST_SIZE: i64 = 1_000_000_000;

    /// One whole number for each of 1 to 3 axes in space, at least `min`: a number, a pair or a triple.
    pub const fn sizes(axes: usize, min: i64) -> Type {
        match axes {
            1 => Type::Integer { min, max: Type::LARGEST_SIZE },
            2 => Type::Pair { min },
            _ => Type::Triple { min },
        }
    }

    /// How many numbers a pair or a triple has; `None` for other types.
    pub(crate) fn several(&self) -> Option<usize> {
        match self {
            Type::Pair { .. } => Some(2),
            Type::Triple { .. } => Some(3),
            _ => None,
        }
    }
}

/// The value of an argument that is not given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// It is required.
    Required,
    /// It is absent: `null`, which a specification reads as `None`.
    Absent,
    /// It has this value.
    Is(Literal),
}

/// A constant value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A truth value.
    Boolean(bool),
    /// A string.
    Text(&'static str),
    /// A list of numbers.
    Numbers(&'static [f64]),
    /// A specification without arguments, by its name.
    Spec(&'static str),
}

impl Literal {
    /// The literal as a JSON value, as in a specification.
    pub fn value(self) -> Value {
        match self {
            Literal::Integer(n) => Value::from(n),
            Literal::Number(x) => Value::from(x),
            Literal::Boolean(b) => Value::from(b),
            Literal::Text(s) => Value::from(s),
            Literal::Numbers(xs) => Value::from(xs.to_vec()),
            Literal::Spec(name) => Value::from(name),
        }
    }
}

impl Argument {
    /// A required argument.
    pub const fn new(name: &'static str, ty: Type, help: &'static str) -> Self {
        Argument { name, ty, default: Default::Required, help }
    }

    /// The same argument, absent unless given.
    pub const fn optional(mut self) -> Self {
        self.default = Default::Absent;
        self
    }

    /// The same argument with a whole number as its default.
    pub const fn or_integer(mut self, default: i64) -> Self {
        self.default = Default::Is(Literal::Integer(default));
        self
    }

    /// The same argument with a number as its default.
    pub const fn or_number(mut self, default: f64) -> Self {
        self.default = Default::Is(Literal::Number(default));
        self
    }

    /// The same argument with a truth value as its default.
    pub const fn or_boolean(mut self, default: bool) -> Self {
        self.default = Default::Is(Literal::Boolean(default));
        self
    }

    /// The same argument with a string as its default.
    pub const fn or_text(mut self, default: &'static str) -> Self {
        self.default = Default::Is(Literal::Text(default));
        self
    }

    /// The same argument with a list of numbers as its default.
    pub const fn or_numbers(mut self, default: &'static [f64]) -> Self {
        self.default = Default::Is(Literal::Numbers(default));
        self
    }

    /// The same argument with a specification that needs no arguments as its default.
    pub const fn or_spec(mut self, name: &'static str) -> Self {
        self.default = Default::Is(Literal::Spec(name));
        self
    }
}
