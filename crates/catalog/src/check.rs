//! Checking given arguments against an entry.

use crate::{
    Argument, Arguments, Default, Entry, Given, Kind, Type, skip_unknown,
    suggest::nearest,
    text::{number_text, value_text},
};
use serde_json::{Map, Value};
use std::fmt;

/// The place of a problem in a call, for a caret under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The call as a whole.
    Call,
    /// The positional argument of this index, counted from 0.
    Positional(usize),
    /// The name of the named argument of this index, counted from 0.
    Name(usize),
    /// The value of the named argument of this index, counted from 0.
    Named(usize),
}

/// What is wrong with the arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// There is no such name.
    UnknownName {
        /// The nearest name that exists.
        suggestion: Option<&'static str>,
    },
    /// There is no such argument.
    UnknownArgument {
        /// The name that was given.
        name: String,
        /// The nearest argument that exists.
        suggestion: Option<&'static str>,
    },
    /// More positional arguments than there are arguments.
    TooMany {
        /// The largest number of them.
        most: usize,
    },
    /// An argument by place that is given by name only.
    ByName {
        /// How many may be given by place.
        most: usize,
        /// The call with that argument by its name, if it has the place of one.
        line: Option<String>,
    },
    /// An argument was given twice.
    Twice {
        /// Its name.
        name: &'static str,
    },
    /// A required argument is missing.
    Missing {
        /// Its name.
        name: &'static str,
        /// Its help line.
        help: &'static str,
    },
    /// A value of the wrong type or out of range.
    WrongValue {
        /// The argument's name.
        name: &'static str,
        /// The expected type.
        wanted: String,
        /// The given value.
        given: String,
        /// The nearest of the words that it may be.
        suggestion: Option<&'static str>,
    },
    /// An argument that is a specification with wrong arguments of its own.
    Within {
        /// The argument's name.
        name: &'static str,
        /// What is wrong with the specification.
        error: Box<ArgumentError>,
    },
    /// A text that is not a specification.
    Syntax {
        /// The position, in bytes.
        at: usize,
        /// What is wrong there, as a sentence.
        message: String,
    },
    /// Arguments that contradict each other.
    Inconsistent {
        /// What is wrong, as a sentence.
        message: String,
    },
}

/// A call whose arguments do not match its entry.
#[derive(Clone, Debug, PartialEq)]
pub struct ArgumentError {
    /// The name of the call.
    pub callee: String,
    /// The place in the call.
    pub place: Place,
    /// What is wrong.
    pub problem: Problem,
}

impl ArgumentError {
    /// A problem of the whole call.
    pub fn whole(callee: &str, problem: Problem) -> Self {
        ArgumentError { callee: callee.to_string(), place: Place::Call, problem }
    }

    /// There is no `name` among `entries`.
    pub fn unknown_name(name: &str, entries: &[&'static Entry]) -> Self {
        let names = entries.iter().flat_map(|e| e.aliases.iter().copied().chain([e.name]));
        Self::whole(name, Problem::UnknownName { suggestion: nearest(name, names) })
    }

    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<String> {
        match &self.problem {
            Problem::UnknownName { suggestion } | Problem::UnknownArgument { suggestion, .. } => {
                suggestion.map(|name| format!("did you mean `{name}`?"))
            }
            Problem::TooMany { .. } | Problem::Twice { .. } => {
                Some(format!("`help {}` lists its arguments", self.callee))
            }
            Problem::ByName { line: Some(line), .. } => {
                Some(format!("here that would be by name: {line}"))
            }
            Problem::ByName { line: None, .. } => {
                Some(format!("`help {}` lists its arguments", self.callee))
            }
            Problem::Missing { name, help } => Some(format!("give {name}=...: {help}")),
            Problem::Within { error, .. } => error.help(),
            Problem::WrongValue { suggestion: Some(word), .. } => {
                Some(format!("did you mean \"{word}\"?"))
            }
            Problem::WrongValue { .. } | Problem::Syntax { .. } | Problem::Inconsistent { .. } => {
                None
            }
        }
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let callee = &self.callee;
        match &self.problem {
            Problem::UnknownName { .. } => write!(f, "there is no `{callee}`"),
            Problem::UnknownArgument { name, .. } => write!(f, "{callee} has no argument `{name}`"),
            Problem::TooMany { most: 0 } => write!(f, "{callee} takes no positional argument here"),
            Problem::TooMany { most } => write!(
                f,
                "{callee} takes at most {most} positional argument{}",
                if *most == 1 { "" } else { "s" }
            ),
            Problem::ByName { most: 0, .. } => {
                write!(f, "{callee} takes its arguments by name")
            }
            Problem::ByName { most: 1, .. } => {
                write!(f, "{callee} takes one argument by its place; the others go by name")
            }
            Problem::ByName { most, .. } => {
                write!(f, "{callee} takes {most} arguments by their place; the others go by name")
            }
            Problem::Twice { name } => write!(f, "{callee} is given `{name}` twice"),
            Problem::Missing { name, .. } => write!(f, "{callee} needs `{name}`"),
            Problem::WrongValue { name, wanted, given, .. } => {
                write!(f, "{callee}'s `{name}` wants {wanted}, not {given}")
            }
            Problem::Within { name, error } => write!(f, "{callee}'s `{name}`: {error}"),
            Problem::Syntax { at, message } => {
                let rest = callee.get(*at..).unwrap_or_default();
                match rest.is_empty() {
                    true => write!(f, "at the end of `{callee}`: {message}"),
                    false => write!(f, "in `{callee}` at `{rest}`: {message}"),
                }
            }
            Problem::Inconsistent { message } => write!(f, "{callee}: {message}"),
        }
    }
}

impl std::error::Error for ArgumentError {}

impl Entry {
    /// Checks plain arguments as they were given and returns all of them by name, with defaults filled in and pairs
    /// expanded.
    ///
    /// # Errors
    /// The first argument that is unknown, missing, given twice, of the wrong type or out of range, with its place.
    pub fn check(
        &self,
        positional: Vec<Value>,
        named: Vec<(String, Value)>,
    ) -> Result<Map<String, Value>, ArgumentError> {
        let positional = positional.into_iter().map(Given::Plain).collect();
        let named = named.into_iter().map(|(name, value)| (name, Given::Plain(value))).collect();
        Ok(self.check_given(positional, named)?.into_values())
    }

    /// As [`Entry::check`]. Specifications that were built before stay as they are.
    ///
    /// # Errors
    /// As [`Entry::check`].
    pub fn check_given(
        &self,
        positional: Vec<Given>,
        named: Vec<(String, Given)>,
    ) -> Result<Arguments, ArgumentError> {
        let error =
            |place, problem| ArgumentError { callee: self.name.to_string(), place, problem };
        if positional.len() > self.positional {
            let place = Place::Positional(self.positional);
            return Err(error(place, self.by_name(positional)));
        }
        let mut given: Vec<Option<Given>> = vec![None; self.arguments.len()];
        for (i, value) in positional.into_iter().enumerate() {
            let place = Place::Positional(i);
            let most = self.arguments.len();
            let argument =
                self.arguments.get(i).ok_or_else(|| error(place, Problem::TooMany { most }))?;
            given[i] = Some(argument.fit_given(value).map_err(|problem| error(place, problem))?);
        }
        for (i, (name, value)) in named.into_iter().enumerate() {
            let Some(at) = self.arguments.iter().position(|argument| argument.name == name) else {
                if skip_unknown(self.name, &name) {
                    continue;
                }
                let suggestion = nearest(&name, self.arguments.iter().map(|a| a.name));
                return Err(error(Place::Name(i), Problem::UnknownArgument { name, suggestion }));
            };
            let argument = &self.arguments[at];
            if given[at].is_some() {
                return Err(error(Place::Name(i), Problem::Twice { name: argument.name }));
            }
            given[at] = Some(argument.fit_given(value).map_err(|p| error(Place::Named(i), p))?);
        }
        let mut all = Arguments::default();
        for (argument, value) in self.arguments.iter().zip(given) {
            let value = match (value, argument.default) {
                (Some(value), _) => value,
                (None, Default::Is(literal)) => {
                    let value = argument.fit(literal.value());
                    Given::Plain(value.map_err(|p| error(Place::Call, p))?)
                }
                (None, Default::Absent) => Given::Plain(Value::Null),
                (None, Default::Required) => {
                    let problem = Problem::Missing { name: argument.name, help: argument.help };
                    return Err(error(Place::Call, problem));
                }
            };
            all.insert(argument.name, value);
        }
        Ok(all)
    }

    /// More arguments by place than may be: their names make clear what is meant.
    fn by_name(&self, positional: Vec<Given>) -> Problem {
        let shown = positional.into_iter().enumerate().map(|(i, value)| {
            let argument = self.arguments.get(i)?;
            let text = value_text(&value.into_value());
            Some(if i < self.positional { text } else { format!("{}={text}", argument.name) })
        });
        let shown: Option<Vec<String>> = shown.collect();
        let line = shown.map(|shown| match self.kind {
            Kind::Command => format!("{} {}", self.name, shown.join(" ")),
            _ => format!("{}({})", self.name, shown.join(", ")),
        });
        Problem::ByName { most: self.positional, line }
    }

    /// Checks a record, in which options may be left out, and returns all arguments by name, with defaults filled in.
    ///
    /// # Errors
    /// The first argument that is unknown, missing, of the wrong type or out of range.
    pub fn complete(
        &self,
        record: Map<String, Value>,
    ) -> Result<Map<String, Value>, ArgumentError> {
        let whole = |error| ArgumentError { place: Place::Call, ..error };
        self.check(Vec::new(), record.into_iter().collect()).map_err(whole)
    }
}

impl Argument {
    /// As [`Argument::fit`], for a value that may be a specification that was built before.
    fn fit_given(&self, given: Given) -> Result<Given, Problem> {
        match given {
            Given::Plain(value) => self.fit(value).map(Given::Plain),
            given => {
                let fitting = self.ty.fit_given(given.clone());
                fitting.ok_or_else(|| self.wrong_value(&given.into_value()))
            }
        }
    }

    fn wrong_value(&self, given: &Value) -> Problem {
        Problem::WrongValue {
            name: self.name,
            wanted: self.ty.to_string(),
            given: value_text(given),
            suggestion: given.as_str().and_then(|word| nearest(word, self.ty.words())),
        }
    }

    /// The value as the specification stores it, if it is of the argument's type and in its range.
    pub(crate) fn fit(&self, value: Value) -> Result<Value, Problem> {
        if value.is_null() && self.default == Default::Absent {
            return Ok(value);
        }
        self.ty.fit(&value).ok_or_else(|| self.wrong_value(&value))
    }
}

impl Type {
    /// The words that a value of this type may be.
    fn words(&self) -> Vec<&'static str> {
        match self {
            Type::Choice(words) => words.to_vec(),
            Type::OneOf(types) => types.iter().flat_map(Type::words).collect(),
            _ => Vec::new(),
        }
    }

    /// The value as a specification stores it, if it is of this type: for example, with numbers for `[height, width]`
    /// expanded.
    pub fn fit(&self, value: &Value) -> Option<Value> {
        match self {
            Type::Integer { min, max } => {
                let n = whole(value)?;
                (*min..=*max).contains(&n).then(|| Value::from(n))
            }
            Type::Number { min, max } => {
                let x = value.as_f64()?;
                (*min..=*max).contains(&x).then(|| Value::from(x))
            }
            Type::Boolean => value.as_bool().map(Value::from),
            Type::Text => value.as_str().map(Value::from),
            Type::Choice(words) => {
                value.as_str().filter(|word| words.contains(word)).map(Value::from)
            }
            Type::Pair { min } => several(value, *min, 2),
            Type::Triple { min } => several(value, *min, 3),
            Type::List(item) => {
                let items = value.as_array()?.iter().map(|v| item.fit(v));
                items.collect::<Option<Vec<_>>>().map(Value::from)
            }
            Type::OneOf(types) => types.iter().find_map(|ty| ty.fit(value)),
            // A specification arrives checked by its own table: a name alone, or a name with its arguments.
            Type::Spec(_) => match value {
                Value::String(name) => {
                    Some(Value::Object(Map::from_iter([(name.clone(), Value::Object(Map::new()))])))
                }
                Value::Object(_) => Some(value.clone()),
                _ => None,
            },
            Type::Network => value.is_object().then(|| value.clone()),
            Type::Tensor => value.as_u64().map(Value::from),
            Type::Anything => Some(value.clone()),
        }
    }
}

/// The value as `count` whole numbers of at least `min`; one number stands for all of them. Sizes in space are limited
/// so that their products can be computed.
fn several(value: &Value, min: i64, count: usize) -> Option<Value> {
    let numbers = match value.as_array() {
        Some(items) if items.len() == count => {
            items.iter().map(whole).collect::<Option<Vec<_>>>()?
        }
        Some(_) => return None,
        None => vec![whole(value)?; count],
    };
    numbers.iter().all(|n| (min..=Type::LARGEST_SIZE).contains(n)).then(|| Value::from(numbers))
}

/// The value as a whole number, if it is one that a 64-bit float holds exactly.
fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        value.as_f64().filter(|x| x.fract() == 0.0 && x.abs() <= EXACT).map(|x| x as i64)
    })
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Integer { min: i64::MIN, max: _ } => write!(f, "a whole number"),
            Type::Integer { min: 0, max: i64::MAX } => write!(f, "a whole number of at least 0"),
            Type::Integer { min, max: i64::MAX } => write!(f, "a whole number of at least {min}"),
            Type::Integer { min, max } => write!(f, "a whole number from {min} to {max}"),
            Type::Number { min: f64::MIN, max: f64::MAX } => write!(f, "a number"),
            Type::Number { min: f64::MIN_POSITIVE, max: f64::MAX } => write!(f, "a number above 0"),
            Type::Number { min, max: f64::MAX } => {
                write!(f, "a number of at least {}", number_text(*min))
            }
            Type::Number { min, max } => {
                write!(f, "a number from {} to {}", number_text(*min), number_text(*max))
            }
            Type::Boolean => write!(f, "true or false"),
            Type::Text => write!(f, "a string in double quotes"),
            Type::Choice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                write!(f, "{}", quoted.join(" or "))
            }
            Type::Pair { min } => {
                write!(f, "a whole number or [height, width], each at least {min}")
            }
            Type::Triple { min } => {
                write!(f, "a whole number or [depth, height, width], each at least {min}")
            }
            Type::List(item) => write!(f, "a list, each item {item}"),
            Type::OneOf(types) => {
                let all: Vec<String> = types.iter().map(Type::to_string).collect();
                write!(f, "{}", all.join(", or "))
            }
            Type::Spec(kind) => {
                let noun = kind.noun();
                let article = if noun.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
                write!(f, "{article} {noun}")
            }
            Type::Network => write!(f, "a network (layers joined by ->)"),
            Type::Tensor => write!(f, "a tensor"),
            Type::Anything => write!(f, "any value"),
        }
    }
}
