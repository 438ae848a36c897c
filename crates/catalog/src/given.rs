//! The values of arguments as they are given: plain ones, and specifications that were built before.

use crate::{Field, Map, Type, Value};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The value of an argument as it is given.
#[derive(Clone, Debug)]
pub enum Given {
    /// A plain value. A specification in it is a name, or a name with its arguments, and is still to be built.
    Plain(Value),
    /// A list.
    List(Vec<Given>),
    /// A specification that was built before and is used unchanged.
    Built(Built),
}

/// A specification, or another typed value, as an argument of another specification.
#[derive(Clone)]
pub struct Built {
    ty: Type,
    field: Arc<dyn Held>,
}

/// The methods of a typed value that is passed on.
trait Held: Send + Sync {
    fn value(&self) -> Value;
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Field + Send + Sync + 'static> Held for T {
    fn value(&self) -> Value {
        self.to_value()
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl Given {
    /// A specification, to be used unchanged. It was checked when it was built from arguments; one that was built in
    /// Rust is checked with the specification that holds it, before that one is used.
    pub fn built<T: Field + Send + Sync + 'static>(field: T) -> Self {
        Given::Built(Built { ty: T::TYPE, field: Arc::new(field) })
    }

    /// As a plain value; a specification as a record: `{"adam": {"lr": 0.001}}`.
    pub fn into_value(self) -> Value {
        match self {
            Given::Plain(value) => value,
            Given::List(items) => items.into_iter().map(Given::into_value).collect(),
            Given::Built(Built { field, .. }) => field.value(),
        }
    }

    /// The specification, if it is one of this type.
    ///
    /// # Errors
    /// The value unchanged, if it is another one.
    pub fn take<T: Field + Clone + Send + Sync + 'static>(self) -> Result<T, Self> {
        let Given::Built(Built { ty, field }) = self else { return Err(self) };
        match Arc::clone(&field).into_any().downcast::<T>() {
            Ok(own) => {
                drop(field);
                Ok(Arc::unwrap_or_clone(own))
            }
            Err(_) => Err(Given::Built(Built { ty, field })),
        }
    }
}

impl fmt::Debug for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Built({})", self.field.value())
    }
}

impl From<Value> for Given {
    fn from(value: Value) -> Self {
        Given::Plain(value)
    }
}

impl Type {
    /// The value as a specification stores it, if it is of this type. One that was built before is not built again.
    pub(crate) fn fit_given(&self, given: Given) -> Option<Given> {
        match (self, given) {
            (Type::Anything, given) => Some(given),
            (ty, Given::Plain(value)) => ty.fit(&value).map(Given::Plain),
            (Type::OneOf(types), given) => types.iter().find_map(|ty| ty.fit_given(given.clone())),
            (Type::List(item), Given::List(items)) => {
                let items = items.into_iter().map(|own| item.fit_given(own));
                items.collect::<Option<_>>().map(Given::List)
            }
            (ty, Given::List(items)) => ty.fit(&Given::List(items).into_value()).map(Given::Plain),
            (ty, Given::Built(built)) => (built.ty == *ty).then_some(Given::Built(built)),
        }
    }

    /// Whether values are specifications, which check themselves.
    pub(crate) fn is_specification(&self) -> bool {
        match self {
            Type::Spec(_) | Type::Network => true,
            Type::List(item) => item.is_specification(),
            _ => false,
        }
    }
}

/// All arguments of a specification by name, checked one by one, with defaults filled in.
#[derive(Debug, Default)]
pub struct Arguments(Vec<(&'static str, Given)>);

impl Arguments {
    pub(crate) fn insert(&mut self, name: &'static str, given: Given) {
        self.0.push((name, given));
    }

    /// Takes an argument; `null` if there is none.
    pub(crate) fn take(&mut self, name: &str) -> Given {
        match self.0.iter().position(|(own, _)| *own == name) {
            Some(at) => self.0.swap_remove(at).1,
            None => Given::Plain(Value::Null),
        }
    }

    pub(crate) fn into_values(self) -> Map<String, Value> {
        self.0.into_iter().map(|(name, given)| (name.to_string(), given.into_value())).collect()
    }
}
