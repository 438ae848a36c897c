//! Functions for the code that the derive macros write.

use crate::text::is_default;
use crate::{
    Argument, ArgumentError, Arguments, Default, Entry, Field, FieldError, Given, Literal, Map,
    Place, Problem, Type, Value,
};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Options that several specifications share, derived with `#[spec(block = Trait)]` and used with `#[spec(flatten =
/// Trait)]`.
pub trait Block: Sized + std::default::Default {
    /// The arguments.
    const ARGUMENTS: &'static [Argument];

    /// Adds the arguments to those of a specification, whose table `own` says which are defaults.
    fn write(&self, own: &[Argument], arguments: &mut Map<String, Value>);

    /// Reads the block from all of a specification's arguments, which match its entry.
    ///
    /// # Errors
    /// A value that a field cannot hold.
    fn read(entry: &Entry, arguments: &mut Arguments) -> Result<Self, ArgumentError>;

    /// Checks the arguments as those of a specification.
    ///
    /// # Errors
    /// The first argument that is of the wrong type or out of range.
    fn check(&self, entry: &Entry) -> Result<(), ArgumentError>;

    /// Rules that hold between the arguments; an error is a sentence about what is wrong.
    ///
    /// # Errors
    /// Arguments that contradict each other.
    fn consistent(&self) -> Result<(), String> {
        Ok(())
    }
}

/// The arguments of a block, some of which have other defaults in one specification.
///
/// # Panics
/// While it compiles: on a name that no argument has.
pub const fn with_defaults<const N: usize>(
    block: &[Argument],
    defaults: &[(&str, Literal)],
) -> [Argument; N] {
    let mut all = concat(&[block]);
    let mut at = 0;
    while at < defaults.len() {
        let (name, literal) = defaults[at];
        let mut argument = 0;
        while !is_same(all[argument].name, name) {
            argument += 1;
        }
        all[argument].default = Default::Is(literal);
        at += 1;
    }
    all
}

/// Whether two texts are equal, in a constant.
const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// The arguments of a specification, its own and those of its blocks, one after the other.
///
/// `N` is the number of all of them.
pub const fn concat<const N: usize>(parts: &[&[Argument]]) -> [Argument; N] {
    let mut all = [Argument::new("", Type::Anything, ""); N];
    let (mut part, mut filled) = (0, 0);
    while part < parts.len() {
        let mut own = 0;
        while own < parts[part].len() {
            all[filled] = parts[part][own];
            filled += 1;
            own += 1;
        }
        part += 1;
    }
    all
}

/// Adds a field to a specification's arguments.
pub fn write<T: Field>(arguments: &mut Map<String, Value>, name: &str, field: &T) {
    arguments.insert(name.to_string(), field.to_value());
}

/// Adds a field to a specification's arguments unless it has its default.
pub fn write_unless_default<T: Field>(
    arguments: &mut Map<String, Value>,
    own: &[Argument],
    name: &str,
    field: &T,
) {
    let value = field.to_value();
    let argument = own.iter().find(|argument| argument.name == name);
    if !argument.is_some_and(|argument| is_default(argument.default, &value)) {
        arguments.insert(name.to_string(), value);
    }
}

/// Reads a field from a specification's arguments, which match its entry.
///
/// # Errors
/// A value that the field cannot hold.
pub fn read<T: Field>(
    entry: &Entry,
    arguments: &mut Arguments,
    name: &'static str,
) -> Result<T, ArgumentError> {
    let given = arguments.take(name);
    // A specification that was built is moved, not copied; it is of its argument's type.
    let shown = if let Given::Built(_) = given { None } else { Some(given.clone()) };
    T::from_given(given).map_err(|error| match error {
        FieldError::Wanted(wanted) => {
            let text = |shown: Given| crate::value_text(&shown.into_value());
            let given = shown.map_or_else(|| "another specification".to_string(), text);
            wrong(entry, Problem::WrongValue { name, wanted, given, suggestion: None })
        }
        FieldError::Spec(error) => within(entry, name, error),
    })
}

/// Checks a field against its argument's type and range, and then its content.
///
/// # Errors
/// The first mismatch.
pub fn check<T: Field>(entry: &Entry, name: &'static str, field: &T) -> Result<(), ArgumentError> {
    if let Some(argument) = entry.argument(name).filter(|own| !own.ty.is_specification()) {
        argument.fit(field.to_value()).map_err(|problem| wrong(entry, problem))?;
    }
    field.check().map_err(|error| within(entry, name, error))
}

/// Plain arguments as they are given.
pub fn plain(
    positional: Vec<Value>,
    named: Vec<(String, Value)>,
) -> (Vec<Given>, Vec<(String, Given)>) {
    let named = named.into_iter().map(|(name, value)| (name, Given::Plain(value)));
    (positional.into_iter().map(Given::Plain).collect(), named.collect())
}

/// The rules between a specification's arguments, as an error of the whole call.
///
/// # Errors
/// Arguments that contradict each other.
pub fn consistent<T: crate::Described>(spec: &T) -> Result<(), ArgumentError> {
    spec.consistent().map_err(|message| wrong(&T::ENTRY, Problem::Inconsistent { message }))
}

fn wrong(entry: &Entry, problem: Problem) -> ArgumentError {
    ArgumentError { callee: entry.name.to_string(), place: Place::Call, problem }
}

fn within(entry: &Entry, name: &'static str, error: ArgumentError) -> ArgumentError {
    wrong(entry, Problem::Within { name, error: Box::new(error) })
}

/// Reads a choice.
///
/// # Errors
/// An error of the format, or a value that the choice does not have.
pub fn deserialize<'de, D: Deserializer<'de>, T: Field>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let fitting = T::TYPE.fit(&value).ok_or_else(|| FieldError::wanted(T::TYPE));
    fitting.and_then(T::from_value).map_err(|error| match error {
        FieldError::Wanted(wanted) => {
            D::Error::custom(format!("{} is not {wanted}", crate::value_text(&value)))
        }
        FieldError::Spec(error) => D::Error::custom(error),
    })
}

/// A specification as the value of a field of another one: `{"adam": {"lr": 0.001}}`.
pub fn spec_value(name: &str, arguments: Map<String, Value>) -> Value {
    Value::Object(Map::from_iter([(name.to_string(), Value::Object(arguments))]))
}

/// The name and the arguments of a specification in a field of another one; a name alone has no arguments.
///
/// # Errors
/// Any other value.
pub fn spec_parts(value: Value, ty: Type) -> Result<(String, Map<String, Value>), FieldError> {
    match value {
        Value::String(name) => Ok((name, Map::new())),
        Value::Object(record) => {
            let mut entries = record.into_iter();
            match (entries.next(), entries.next()) {
                (Some((name, Value::Object(arguments))), None) => Ok((name, arguments)),
                _ => Err(FieldError::wanted(ty)),
            }
        }
        _ => Err(FieldError::wanted(ty)),
    }
}

/// Reads a specification from its text.
///
/// # Errors
/// A text that cannot be parsed, another name, or arguments that do not match.
pub fn from_text<T: crate::Described>(text: &str) -> Result<T, ArgumentError> {
    let call = call_of(&T::ENTRY, text)?;
    T::from_arguments(call.positional, call.named).map_err(whole)
}

/// The call of an entry that a text is. Not generic: it is compiled once.
fn call_of(entry: &Entry, text: &str) -> Result<crate::Call, ArgumentError> {
    let call = crate::parse_call(text)?;
    match entry.answers_to(&call.name) {
        true => Ok(call),
        false => {
            let suggestion = crate::nearest(&call.name, [entry.name]);
            Err(ArgumentError::whole(&call.name, Problem::UnknownName { suggestion }))
        }
    }
}

/// The same error for the call as a whole, without a place to point at.
pub fn whole(error: ArgumentError) -> ArgumentError {
    ArgumentError { place: Place::Call, ..error }
}
