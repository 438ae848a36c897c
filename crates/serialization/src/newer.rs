//! What is left out of a file of a newer minor version.

use crate::container::Version;
use crate::error::{Plain, Quoted};
use std::fmt;

/// A file that was written by a newer Relume, and what of it this one does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newer {
    /// The version of its format.
    pub version: Version,
    /// What is left out, as parts of a sentence: ``the section `notes` ``, ``dense's `gain` ``.
    pub left_out: Vec<String>,
}

impl Newer {
    /// How many parts are kept, and how many are named.
    const KEPT: usize = 100;
    const NAMED: usize = 5;

    pub(crate) fn new(version: Version, sections: &[String]) -> Self {
        let named = sections.iter().take(Self::KEPT);
        let left_out = named.map(|name| format!("the section {}", Quoted(name))).collect();
        Newer { version, left_out }
    }
}

/// The end of a sentence that begins with the file.
impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Newer { version, left_out } = self;
        write!(f, "has format version {version}, which a newer Relume wrote; ")?;
        if left_out.is_empty() {
            return f.write_str("all of it is known");
        }
        f.write_str("left out: ")?;
        for (i, part) in left_out.iter().take(Self::NAMED).enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, Plain(part))?;
        }
        match left_out.len() > Self::NAMED {
            true => f.write_str(", and more"),
            false => Ok(()),
        }
    }
}
