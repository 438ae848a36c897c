//! The types of an array's elements.

use super::literal::Literal;
use std::fmt;

/// The kind of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A truth value.
    Truth,
    /// A whole number of at least 0.
    Unsigned,
    /// A whole number.
    Signed,
    /// A floating-point number.
    Float,
    /// Bytes of text, padded with zeros.
    Bytes,
    /// Code points of four bytes each, padded with zeros.
    Text,
    /// Kinds that are not supported: objects, records, dates, complex numbers.
    Other,
}

/// The type of an array's elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DType {
    pub kind: Kind,
    /// An element's bytes; 0 if the kind is not supported.
    pub size: usize,
    /// Whether the high byte comes first.
    pub big: bool,
    /// The header's own text.
    descr: String,
}

impl DType {
    /// The type of a header's `descr`; `None` if it does not describe a type.
    pub fn new(descr: &Literal) -> Option<Self> {
        let text = match descr {
            Literal::Text(text) => text.as_str(),
            Literal::List(_) => {
                let (kind, size, big) = (Kind::Other, 0, false);
                return Some(DType { kind, size, big, descr: "structured".to_string() });
            }
            _ => return None,
        };
        let big = match text.chars().next()? {
            '>' => true,
            '<' => false,
            _ => cfg!(target_endian = "big"),
        };
        let name = text.trim_start_matches(['<', '>', '|', '=']);
        let letter = name.chars().next()?;
        let size = name[letter.len_utf8()..].parse::<usize>().unwrap_or(0);
        let (kind, size) = match (letter, size) {
            ('b', 1) => (Kind::Truth, 1),
            ('u', 1 | 2 | 4 | 8) => (Kind::Unsigned, size),
            ('i', 1 | 2 | 4 | 8) => (Kind::Signed, size),
            ('f', 2 | 4 | 8) => (Kind::Float, size),
            ('S', 1..) => (Kind::Bytes, size),
            ('U', 1..) => (Kind::Text, size.checked_mul(4)?),
            _ => (Kind::Other, 0),
        };
        Some(DType { kind, size, big, descr: text.to_string() })
    }

    /// Whether elements are Python's objects.
    pub fn is_object(&self) -> bool {
        self.descr.trim_start_matches('|').starts_with('O')
    }

    /// Whether elements are bytes, and so may be pixels.
    pub fn is_byte(&self) -> bool {
        (self.kind, self.size) == (Kind::Unsigned, 1)
    }
}

/// NumPy's name of the type.
impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = 8 * self.size;
        match self.kind {
            Kind::Truth => f.write_str("bool"),
            Kind::Unsigned => write!(f, "uint{bits}"),
            Kind::Signed => write!(f, "int{bits}"),
            Kind::Float => write!(f, "float{bits}"),
            Kind::Other if self.is_object() => f.write_str("object"),
            Kind::Bytes | Kind::Text | Kind::Other => f.write_str(&self.descr),
        }
    }
}
