//! Specifications from outside: a program can add its own to the table of a kind.

use crate::{ArgumentError, Described, Entry, Given, Kind, Map, Value};
use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The traits of a specification from outside: described, and a value like the built-in ones.
pub trait Outside: Described + Clone + PartialEq + fmt::Debug + Send + Sync + 'static {}

impl<T: Described + Clone + PartialEq + fmt::Debug + Send + Sync + 'static> Outside for T {}

/// A specification from outside as a variant of its kind's enum; `B` is the behaviour of the kind.
pub struct Custom<B: ?Sized + 'static>(Arc<dyn Held<B>>);

/// The methods that the table calls on a specification from outside.
trait Held<B: ?Sized>: Send + Sync {
    fn entry(&self) -> &'static Entry;
    fn arguments(&self) -> Map<String, Value>;
    fn check(&self) -> Result<(), ArgumentError>;
    fn text(&self) -> String;
    fn inner(&self) -> &B;
    fn any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn Any) -> bool;
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

struct Holder<T, B: ?Sized> {
    spec: T,
    view: fn(&T) -> &B,
}

impl<T: Outside, B: ?Sized> Held<B> for Holder<T, B> {
    fn entry(&self) -> &'static Entry {
        const { &T::ENTRY }
    }

    fn arguments(&self) -> Map<String, Value> {
        self.spec.arguments()
    }

    fn check(&self) -> Result<(), ArgumentError> {
        Described::check(&self.spec)
    }

    fn text(&self) -> String {
        Described::text(&self.spec)
    }

    fn inner(&self) -> &B {
        (self.view)(&self.spec)
    }

    fn any(&self) -> &dyn Any {
        &self.spec
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>().is_some_and(|other| *other == self.spec)
    }

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

impl<B: ?Sized + 'static> Custom<B> {
    /// A specification, and the conversion to its kind's behaviour.
    pub fn new<T: Outside>(spec: T, view: fn(&T) -> &B) -> Self {
        Custom(Arc::new(Holder { spec, view }))
    }

    /// Its description.
    pub fn entry(&self) -> &'static Entry {
        self.0.entry()
    }

    /// All arguments by name, defaults included.
    pub fn arguments(&self) -> Map<String, Value> {
        self.0.arguments()
    }

    /// Checks all arguments against their types and ranges, then the rules between them.
    ///
    /// # Errors
    /// The first argument that is of the wrong type or out of range, or arguments that contradict each other.
    pub fn check(&self) -> Result<(), ArgumentError> {
        self.0.check()
    }

    /// The specification as text that parses back.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// The specification as one of its kind.
    pub fn inner(&self) -> &B {
        self.0.inner()
    }

    /// The specification itself, if it is of this type.
    pub fn downcast_ref<T: Outside>(&self) -> Option<&T> {
        self.0.any().downcast_ref()
    }
}

impl<B: ?Sized + 'static> Clone for Custom<B> {
    fn clone(&self) -> Self {
        Custom(self.0.clone())
    }
}

impl<B: ?Sized + 'static> PartialEq for Custom<B> {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.0.any())
    }
}

impl<B: ?Sized + 'static> fmt::Debug for Custom<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug(f)
    }
}

/// Why a specification cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationError {
    /// The name is taken by another one of the kind.
    Taken {
        /// The name.
        name: &'static str,
        /// The kind.
        kind: Kind,
    },
    /// Its description is of another kind.
    Kind {
        /// Its name.
        name: &'static str,
        /// The kind in its description.
        given: Kind,
        /// The kind of the table.
        expected: Kind,
    },
}

impl fmt::Display for RegistrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegistrationError::Taken { name, kind } => {
                write!(f, "there is another {} `{name}`: choose another name", kind.noun())
            }
            RegistrationError::Kind { name, given, expected } => write!(
                f,
                "`{name}` describes itself as of the kind {}, not {}: #[spec(...)] says which",
                given.noun(),
                expected.noun()
            ),
        }
    }
}

impl std::error::Error for RegistrationError {}

/// The specifications from outside of one kind.
#[derive(Debug)]
pub struct Registry<B: ?Sized + 'static> {
    registered: RwLock<Vec<Arc<Registered<B>>>>,
}

type FromGiven<B> =
    dyn Fn(Vec<Given>, Vec<(String, Given)>) -> Result<Custom<B>, ArgumentError> + Send + Sync;

/// How specifications of one type are described and built.
struct Registered<B: ?Sized + 'static> {
    id: TypeId,
    entry: &'static Entry,
    from_given: Box<FromGiven<B>>,
}

impl<B: ?Sized + 'static> fmt::Debug for Registered<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.name)
    }
}

impl<B: ?Sized + 'static> Registry<B> {
    /// An empty registry.
    pub const fn new() -> Self {
        Registry { registered: RwLock::new(Vec::new()) }
    }

    /// Adds the specifications of a type, which are then found under their name like the built-in ones. Adding them
    /// again changes nothing.
    ///
    /// # Errors
    /// A name that is taken by another one of the kind, or a description of another kind.
    pub fn add<T: Outside>(
        &self,
        built_in: &[&'static Entry],
        view: fn(&T) -> &B,
    ) -> Result<(), RegistrationError> {
        let entry: &'static Entry = const { &T::ENTRY };
        if let Some(first) = built_in.first()
            && first.kind != entry.kind
        {
            let (name, given, expected) = (entry.name, entry.kind, first.kind);
            return Err(RegistrationError::Kind { name, given, expected });
        }
        let mut registered = self.registered.write().unwrap_or_else(PoisonError::into_inner);
        if registered.iter().any(|known| known.id == TypeId::of::<T>()) {
            return Ok(());
        }
        let known = registered.iter().map(|known| known.entry).chain(built_in.iter().copied());
        let names = entry.aliases.iter().copied().chain([entry.name]);
        let mut taken = known.flat_map(|known| names.clone().filter(|name| known.answers_to(name)));
        if let Some(name) = taken.next() {
            return Err(RegistrationError::Taken { name, kind: entry.kind });
        }
        registered.push(Arc::new(Registered {
            id: TypeId::of::<T>(),
            entry,
            from_given: Box::new(move |positional, named| {
                Ok(Custom::new(T::from_given(positional, named)?, view))
            }),
        }));
        Ok(())
    }

    /// The descriptions, in the order in which they were added.
    pub fn entries(&self) -> Vec<&'static Entry> {
        let registered = self.registered.read().unwrap_or_else(PoisonError::into_inner);
        registered.iter().map(|known| known.entry).collect()
    }

    /// Builds the specification `name` from arguments as they were given; `None` if there is no such name.
    pub fn from_given(
        &self,
        name: &str,
        positional: Vec<Given>,
        named: Vec<(String, Given)>,
    ) -> Option<Result<Custom<B>, ArgumentError>> {
        Some((self.find(name)?.from_given)(positional, named))
    }

    /// The specification `name`. The lock is released while it is built: it may contain others of its kind.
    fn find(&self, name: &str) -> Option<Arc<Registered<B>>> {
        let registered = self.registered.read().unwrap_or_else(PoisonError::into_inner);
        registered.iter().find(|known| known.entry.answers_to(name)).cloned()
    }
}

impl<B: ?Sized + 'static> Default for Registry<B> {
    fn default() -> Self {
        Self::new()
    }
}
