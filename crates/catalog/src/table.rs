//! The enum of a kind, made from its specifications.

/// Makes the enum of a kind from its specification structs: one variant per struct, of the same name.
///
/// `table! { /// doc  pub enum LayerSpec: dyn Layer as Layer { Dense, Conv2d } }`, where the second `Layer` is a
/// [`Kind`](crate::Kind), gives `ENTRIES`, `find`, `from_arguments`, `entry`, `arguments`, `check`, `inner` (the struct
/// as `&dyn Layer`), `From<Dense>`, serde (`{"dense": {"units": 3, ...}}`), `Display` and `FromStr`. The enum can be a
/// field of other specifications. It is open: `register` and `custom` take specifications from outside, as the variant
/// `Custom`.
#[macro_export]
macro_rules! table {
    ($(#[$meta:meta])* $vis:vis enum $name:ident: dyn $behaviour:path as $kind:ident { $($variant:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        $vis enum $name {
            $(#[doc = concat!("See [`", stringify!($variant), "`].")] $variant($variant),)*
            /// One from outside.
            Custom($crate::Custom<dyn $behaviour>),
        }

        impl $name {
            fn registry() -> &'static $crate::Registry<dyn $behaviour> {
                static REGISTRY: $crate::Registry<dyn $behaviour> = $crate::Registry::new();
                &REGISTRY
            }

            /// Registers a type from outside, so that its name is found like the built-in ones: in texts, in files, in
            /// help.
            ///
            /// # Errors
            /// A name that is taken, or a description of another kind.
            pub fn register<T: $crate::Outside + $behaviour>() -> Result<(), $crate::RegistrationError> {
                Self::registry().add::<T>(Self::ENTRIES, |spec| spec)
            }

            /// A specification from outside. To be read from texts and files, its type must be registered.
            pub fn custom<T: $crate::Outside + $behaviour>(spec: T) -> Self {
                Self::Custom($crate::Custom::new::<T>(spec, |spec| spec))
            }

            /// The descriptions of all specifications, built in and registered.
            pub fn entries() -> Vec<&'static $crate::Entry> {
                let mut entries = Self::ENTRIES.to_vec();
                entries.extend(Self::registry().entries());
                entries
            }

            /// The descriptions of the built-in ones, in the table's order.
            pub const ENTRIES: &'static [&'static $crate::Entry] =
                &[$(&<$variant as $crate::Described>::ENTRY),*];

            /// The description of the specification `name`.
            pub fn find(name: &str) -> Option<&'static $crate::Entry> {
                let built_in = Self::ENTRIES.iter().copied().find(|entry| entry.answers_to(name));
                built_in.or_else(|| Self::registry().entries().into_iter().find(|entry| entry.answers_to(name)))
            }

            /// Builds the specification `name` from plain arguments as they were given.
            ///
            /// # Errors
            /// An unknown name, or the first argument that is wrong, with its place.
            pub fn from_arguments(
                name: &str,
                positional: Vec<$crate::Value>,
                named: Vec<(String, $crate::Value)>,
            ) -> Result<Self, $crate::ArgumentError> {
                let (positional, named) = $crate::derived::plain(positional, named);
                Self::from_given(name, positional, named)
            }

            /// Builds the specification `name` from arguments as they were given: plain values, and specifications
            /// that were built before, which are used unchanged.
            ///
            /// # Errors
            /// An unknown name, or the first argument that is wrong, with its place.
            // Not generic, so that the code of all variants is compiled in this crate alone.
            pub fn from_given(
                name: &str,
                positional: Vec<$crate::Given>,
                named: Vec<(String, $crate::Given)>,
            ) -> Result<Self, $crate::ArgumentError> {
                $(if <$variant as $crate::Described>::ENTRY.answers_to(name) {
                    return <$variant as $crate::Described>::from_given(positional, named).map(Self::$variant);
                })*
                match Self::registry().from_given(name, positional, named) {
                    Some(custom) => custom.map(Self::Custom),
                    None => Err($crate::ArgumentError::unknown_name(name, &Self::entries())),
                }
            }

            /// Builds the one of this name from its arguments, as `arguments` gives them; options may be left out.
            ///
            /// # Errors
            /// An unknown name; arguments that are unknown, missing, of the wrong type or out of range, or that
            /// contradict each other.
            pub fn from_record(
                name: &str,
                arguments: $crate::Map<String, $crate::Value>,
            ) -> Result<Self, $crate::ArgumentError> {
                Self::from_arguments(name, Vec::new(), arguments.into_iter().collect())
                    .map_err($crate::derived::whole)
            }

            /// The description of this one.
            pub fn entry(&self) -> &'static $crate::Entry {
                match self {
                    $(Self::$variant(_) => &<$variant as $crate::Described>::ENTRY,)*
                    Self::Custom(spec) => spec.entry(),
                }
            }

            /// All arguments by name, defaults included.
            pub fn arguments(&self) -> $crate::Map<String, $crate::Value> {
                match self {
                    $(Self::$variant(spec) => $crate::Described::arguments(spec),)*
                    Self::Custom(spec) => spec.arguments(),
                }
            }

            /// Checks all arguments against their types and ranges, then the rules between them. Call it before the
            /// specification is used, since its fields are public.
            ///
            /// # Errors
            /// The first argument that is of the wrong type or out of range, or arguments that contradict each other.
            pub fn check(&self) -> Result<(), $crate::ArgumentError> {
                match self {
                    $(Self::$variant(spec) => $crate::Described::check(spec),)*
                    Self::Custom(spec) => spec.check(),
                }
            }

            /// The specification in the variant.
            pub fn inner(&self) -> &dyn $behaviour {
                match self {
                    $(Self::$variant(spec) => spec,)*
                    Self::Custom(spec) => spec.inner(),
                }
            }
        }

        $(impl From<$variant> for $name {
            fn from(spec: $variant) -> Self {
                Self::$variant(spec)
            }
        })*

        impl $crate::Field for $name {
            const TYPE: $crate::Type = $crate::Type::Spec($crate::Kind::$kind);

            fn to_value(&self) -> $crate::Value {
                $crate::derived::spec_value(self.entry().name, self.arguments())
            }

            fn from_value(value: $crate::Value) -> Result<Self, $crate::FieldError> {
                let (name, arguments) = $crate::derived::spec_parts(value, <Self as $crate::Field>::TYPE)?;
                Ok(Self::from_record(&name, arguments)?)
            }

            fn from_given(given: $crate::Given) -> Result<Self, $crate::FieldError> {
                given.take().or_else(|given| <Self as $crate::Field>::from_value(given.into_value()))
            }

            fn check(&self) -> Result<(), $crate::ArgumentError> {
                $name::check(self)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::record::serialize(self.entry(), self.arguments(), serializer)
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let (name, arguments) = $crate::record::deserialize(deserializer)?;
                Self::from_record(&name, arguments)
                    .map_err(|error| $crate::record::refused(error, stringify!($name)))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ArgumentError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let $crate::Call { name, positional, named } = $crate::parse_call(text)?;
                Self::from_arguments(&name, positional, named).map_err($crate::derived::whole)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant(spec) => f.write_str(&$crate::Described::text(spec)),)*
                    Self::Custom(spec) => f.write_str(&spec.text()),
                }
            }
        }
    };
}
