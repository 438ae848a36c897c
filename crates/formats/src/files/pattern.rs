//! Patterns of file names: `{label}_{speaker}_{index}`.

use std::collections::BTreeMap;

/// A pattern of file names without their endings: fields in braces, with text between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A sentence: braces that do not close, two fields with nothing between them, a field twice, or none at all.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            match rest.strip_prefix('{') {
                Some(inside) => {
                    let (name, behind) = inside.split_once('}').ok_or_else(|| {
                        format!("the pattern {text:?} has a brace that is not closed")
                    })?;
                    if matches!(pieces.last(), Some(Piece::Field(_))) {
                        return Err(format!(
                            "the pattern {text:?} has two fields with nothing between them"
                        ));
                    }
                    if pieces.contains(&Piece::Field(name.to_string())) {
                        return Err(format!("the pattern {text:?} has the field {{{name}}} twice"));
                    }
                    pieces.push(Piece::Field(name.to_string()));
                    rest = behind;
                }
                None => {
                    let (own, behind) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
                    pieces.push(Piece::Text(own.to_string()));
                    rest = behind;
                }
            }
        }
        let pattern = Pattern(pieces);
        match pattern.fields().count() {
            1.. => Ok(pattern),
            0 => Err(format!("the pattern {text:?} has no field in braces, such as {{label}}")),
        }
    }

    /// The fields' names.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Field(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The fields of a name; each ends where the next text of the pattern begins. `None` if the name does not fit.
    pub fn read<'a>(&'a self, name: &'a str) -> Option<BTreeMap<&'a str, &'a str>> {
        let mut fields = BTreeMap::new();
        let mut rest = name;
        for (i, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Text(text) => rest = rest.strip_prefix(text.as_str())?,
                Piece::Field(field) => {
                    let end = match self.0.get(i + 1) {
                        Some(Piece::Text(text)) => rest.find(text.as_str())?,
                        _ => rest.len(),
                    };
                    let (own, behind) = rest.split_at(end);
                    fields.insert(field.as_str(), own);
                    rest = behind;
                }
            }
        }
        rest.is_empty().then_some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let pattern = Pattern::parse("{label}_{speaker}_{index}").unwrap();
        let fields = pattern.read("7_nicolas_12").unwrap();
        assert_eq!(fields["label"], "7");
        assert_eq!(fields["speaker"], "nicolas");
        assert_eq!(fields["index"], "12");
        assert_eq!(pattern.read("7_nicolas"), None);
        let pattern = Pattern::parse("take-{n}-of {who}!").unwrap();
        assert_eq!(pattern.read("take-3-of me!").unwrap()["who"], "me");
        assert_eq!(pattern.read("take-3-of me"), None);
        assert_eq!(pattern.read("take-3-of me!!"), None);
    }

    #[test]
    fn patterns_that_cannot_be_are_refused() {
        for (text, message) in [
            ("{label", "not closed"),
            ("{a}{b}", "nothing between"),
            ("{a}_{a}", "twice"),
            ("label", "no field"),
            ("", "no field"),
        ] {
            assert!(Pattern::parse(text).unwrap_err().contains(message), "{text}");
        }
    }
}
