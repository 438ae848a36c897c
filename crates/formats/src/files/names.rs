//! The names of files, which may be packed.

use super::packed::ENDINGS;
use std::path::Path;

/// The end of a path in small letters, without the ending of a packed file: `csv` of `part.CSV.gz`.
pub(crate) fn ending(name: &str) -> String {
    let name = name.to_lowercase();
    let name = unpacked(&name);
    name.rsplit_once('.').map_or("", |(_, ending)| ending).to_string()
}

/// The name of a file without its endings.
pub(crate) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = unpacked(&name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_string()
}

fn unpacked(name: &str) -> &str {
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}
