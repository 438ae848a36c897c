//! Cells of tables as text.

/// A cell as it stands between such separators: in quotes if it has a separator, a quote or the end of a line.
///
/// ```
/// assert_eq!(relume_files::csv_cell("a, \"b\"", ','), "\"a, \"\"b\"\"\"");
/// assert_eq!(relume_files::csv_cell("plain", ','), "plain");
/// ```
pub fn csv_cell(text: &str, separator: char) -> String {
    match text.contains([separator, '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_string(),
    }
}
