//! The types of a specification's fields: their types in the table, and their values.

use crate::{ArgumentError, Given, Type, Value};

/// The type of a field of a derived specification.
pub trait Field: Sized {
    /// The type of the argument.
    const TYPE: Type;

    /// The value as in a specification's record.
    fn to_value(&self) -> Value;

    /// The field of a value that matches [`Field::TYPE`], or the bounds that the argument has instead.
    ///
    /// # Errors
    /// A value that the Rust type cannot hold, such as a list of the wrong length.
    fn from_value(value: Value) -> Result<Self, FieldError>;

    /// The field of a value as it is given; one of this type that was built before is used unchanged.
    ///
    /// # Errors
    /// As [`Field::from_value`].
    fn from_given(given: Given) -> Result<Self, FieldError> {
        Self::from_value(given.into_value())
    }

    /// Checks what the argument's type cannot check: the specifications that the field holds.
    ///
    /// # Errors
    /// The first argument of a specification in the field that is wrong.
    fn check(&self) -> Result<(), ArgumentError> {
        Ok(())
    }
}

/// Why a value cannot be the value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldError {
    /// The expected values.
    Wanted(String),
    /// The field is a specification with wrong arguments.
    Spec(ArgumentError),
}

impl FieldError {
    /// A value of this type is expected.
    pub fn wanted(ty: Type) -> Self {
        FieldError::Wanted(ty.to_string())
    }
}

impl From<ArgumentError> for FieldError {
    fn from(error: ArgumentError) -> Self {
        FieldError::Spec(error)
    }
}

macro_rules! whole_numbers {
    ($($number:ty: $ty:expr),* $(,)?) => {
        $(impl Field for $number {
            const TYPE: Type = $ty;

            fn to_value(&self) -> Value {
                Value::from(*self)
            }

            fn from_value(value: Value) -> Result<Self, FieldError> {
                let number = value.as_i64().and_then(|number| Self::try_from(number).ok());
                number.ok_or_else(|| FieldError::wanted(Type::Integer {
                    min: i64::try_from(Self::MIN).unwrap_or(i64::MIN),
                    max: i64::try_from(Self::MAX).unwrap_or(i64::MAX),
                }))
            }
        })*
    };
}

whole_numbers! {
    usize: Type::NATURAL,
    u64: Type::NATURAL,
    u32: Type::Integer { min: 0, max: u32::MAX as i64 },
    u8: Type::Integer { min: 0, max: u8::MAX as i64 },
    i64: Type::Integer { min: i64::MIN, max: i64::MAX },
    isize: Type::Integer { min: i64::MIN, max: i64::MAX },
}

impl Field for f64 {
    const TYPE: Type = Type::REAL;

    fn to_value(&self) -> Value {
        match self.is_finite() {
            true => Value::from(*self),
            // JSON has no such number, and null would be read as "not given". No argument's type takes the word.
            false => Value::from(self.to_string()),
        }
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        value.as_f64().ok_or_else(|| FieldError::wanted(Self::TYPE))
    }
}

impl Field for bool {
    const TYPE: Type = Type::Boolean;

    fn to_value(&self) -> Value {
        Value::from(*self)
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        value.as_bool().ok_or_else(|| FieldError::wanted(Self::TYPE))
    }
}

impl Field for String {
    const TYPE: Type = Type::Text;

    fn to_value(&self) -> Value {
        Value::from(self.as_str())
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(FieldError::wanted(Self::TYPE)),
        }
    }
}

/// The value unchanged.
impl Field for Value {
    const TYPE: Type = Type::Anything;

    fn to_value(&self) -> Value {
        self.clone()
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        Ok(value)
    }
}

/// Absent is `null`.
impl<T: Field> Field for Option<T> {
    const TYPE: Type = T::TYPE;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }

    fn from_given(given: Given) -> Result<Self, FieldError> {
        match given {
            Given::Plain(Value::Null) => Ok(None),
            given => T::from_given(given).map(Some),
        }
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.as_ref().map_or(Ok(()), T::check)
    }
}

impl<T: Field> Field for Box<T> {
    const TYPE: Type = T::TYPE;

    fn to_value(&self) -> Value {
        T::to_value(self)
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        T::from_value(value).map(Box::new)
    }

    fn from_given(given: Given) -> Result<Self, FieldError> {
        T::from_given(given).map(Box::new)
    }

    fn check(&self) -> Result<(), ArgumentError> {
        T::check(self)
    }
}

impl<T: Field> Field for Vec<T> {
    const TYPE: Type = Type::List(const { &T::TYPE });

    fn to_value(&self) -> Value {
        self.iter().map(T::to_value).collect()
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        match value {
            Value::Array(items) => items.into_iter().map(T::from_value).collect(),
            _ => Err(FieldError::wanted(Self::TYPE)),
        }
    }

    fn from_given(given: Given) -> Result<Self, FieldError> {
        match given {
            Given::List(items) => items.into_iter().map(T::from_given).collect(),
            given => Self::from_value(given.into_value()),
        }
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.iter().try_for_each(T::check)
    }
}

impl<const N: usize> Field for [f64; N] {
    const TYPE: Type = Type::List(&Type::REAL);

    fn to_value(&self) -> Value {
        self.iter().map(f64::to_value).collect()
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        let numbers = Vec::<f64>::from_value(value)?;
        numbers.try_into().map_err(|_| FieldError::Wanted(format!("a list of {N} numbers")))
    }
}

/// Sizes along 1 to 3 axes in space; along one axis, the number alone.
impl<const D: usize> Field for [usize; D] {
    const TYPE: Type = Type::sizes(D, 0);

    fn to_value(&self) -> Value {
        match &self[..] {
            [size] => size.to_value(),
            sizes => sizes.iter().map(usize::to_value).collect(),
        }
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        let sizes = match value {
            Value::Array(_) => Vec::<usize>::from_value(value)?,
            size => vec![usize::from_value(size)?; D],
        };
        sizes.try_into().map_err(|_| FieldError::wanted(Self::TYPE))
    }
}

/// Sizes along `D` axes: one number for all of them, or one for each.
pub trait IntoSizes<const D: usize> {
    /// One for each axis.
    fn into_sizes(self) -> [usize; D];
}

impl<const D: usize> IntoSizes<D> for usize {
    fn into_sizes(self) -> [usize; D] {
        [self; D]
    }
}

impl<const D: usize> IntoSizes<D> for [usize; D] {
    fn into_sizes(self) -> [usize; D] {
        self
    }
}
