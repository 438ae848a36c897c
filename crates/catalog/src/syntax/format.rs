//! How a value is written in an f-string: `{x:.3}`, `{x:,}`, `{p:.1%}`, as in Python.

/// Fields and digits of more than this are a slip of the finger.
const WIDEST: usize = 200;

/// Where a value stands in a field that is wider than it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`.
    Left,
    /// `^`.
    Centre,
    /// `>`.
    Right,
}

/// The form of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FormatKind {
    /// Significant digits; all that it needs if their number is not given.
    #[default]
    General,
    /// `f`: digits after the point.
    Fixed,
    /// `e`: with an exponent.
    Exponent,
    /// `%`: in percent.
    Percent,
    /// `d`: a whole number.
    Whole,
}

/// What stands after the colon: `[<^>][0][width][,][.digits][f|e|g|d|%]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// Where the value stands in its field; numbers right and texts left if not given.
    pub align: Option<Align>,
    /// Whether numbers are filled with zeros.
    pub zeros: bool,
    /// The least width.
    pub width: usize,
    /// Whether thousands are separated by commas.
    pub thousands: bool,
    /// Significant digits or digits after the point, by the form; of a text, its characters.
    pub digits: Option<usize>,
    /// The form of a number; none for a plain field.
    pub kind: Option<FormatKind>,
}

/// Takes a number from the front.
fn number(text: &mut &str) -> Option<usize> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits.parse().ok().filter(|&n| n <= WIDEST)
}

/// Takes a character from the front if it is there.
fn take(text: &mut &str, c: char) -> bool {
    text.strip_prefix(c).map(|rest| *text = rest).is_some()
}

impl Format {
    /// Reads a format; none if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let mut format = Format::default();
        for (c, align) in [('<', Align::Left), ('^', Align::Centre), ('>', Align::Right)] {
            if take(&mut rest, c) {
                format.align = Some(align);
                break;
            }
        }
        format.zeros = take(&mut rest, '0');
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            format.width = number(&mut rest)?;
        }
        format.thousands = take(&mut rest, ',');
        if take(&mut rest, '.') {
            format.digits = Some(number(&mut rest)?);
        }
        format.kind = match rest {
            "" => None,
            "f" => Some(FormatKind::Fixed),
            "e" => Some(FormatKind::Exponent),
            "g" => Some(FormatKind::General),
            "d" if format.digits.is_none() => Some(FormatKind::Whole),
            "%" => Some(FormatKind::Percent),
            _ => return None,
        };
        Some(format)
    }

    /// Whether only numbers can be written so.
    pub fn is_numeric(&self) -> bool {
        self.kind.is_some() || self.thousands || self.zeros
    }

    /// A number in this format; `plain` is how it is written without one.
    pub fn number(&self, x: f64, plain: &str) -> String {
        let digits = self.digits.unwrap_or(6);
        let text = match self.kind {
            None | Some(FormatKind::General) if self.digits.is_none() => plain.to_string(),
            None | Some(FormatKind::General) => significant(x, digits),
            Some(FormatKind::Fixed) => format!("{x:.digits$}"),
            Some(FormatKind::Exponent) => format!("{x:.digits$e}"),
            Some(FormatKind::Percent) => format!("{:.digits$}%", x * 100.0),
            Some(FormatKind::Whole) => format!("{x:.0}"),
        };
        let text = if self.thousands { with_thousands(&text) } else { text };
        if !self.zeros || self.align.is_some() {
            return self.pad(text, Align::Right);
        }
        let (sign, rest) = text.split_at(usize::from(text.starts_with('-')));
        let missing = self.width.saturating_sub(text.chars().count());
        format!("{sign}{}{rest}", "0".repeat(missing))
    }

    /// A text in this format: cut to its digits, and filled up to its width.
    pub fn text(&self, text: &str) -> String {
        let cut = text.chars().take(self.digits.unwrap_or(usize::MAX)).collect();
        self.pad(cut, Align::Left)
    }

    fn pad(&self, text: String, natural: Align) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        let left = match self.align.unwrap_or(natural) {
            Align::Left => 0,
            Align::Centre => missing / 2,
            Align::Right => missing,
        };
        format!("{}{text}{}", " ".repeat(left), " ".repeat(missing - left))
    }
}

/// A number with so many significant digits, without zeros that say nothing; very large and small ones with an
/// exponent.
fn significant(x: f64, digits: usize) -> String {
    let digits = digits.max(1);
    if !x.is_finite() || x == 0.0 {
        return format!("{x}");
    }
    let scientific = format!("{x:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    match exponent < -4 || exponent >= digits as i64 {
        true => format!("{}e{exponent}", trimmed(mantissa)),
        false => trimmed(&format!("{x:.*}", (digits as i64 - 1 - exponent).max(0) as usize)),
    }
}

/// Commas between the thousands of a number's whole part.
fn with_thousands(text: &str) -> String {
    let start = usize::from(text.starts_with('-'));
    let end = text[start..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |n| start + n);
    let mut out = text[..start].to_string();
    for (i, digit) in text[start..end].chars().enumerate() {
        if i > 0 && (end - start - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + &text[end..]
}

#[cfg(test)]
mod tests {
    use super::Format;

    /// The expected texts are those of Python's `format`.
    #[test]
    fn numbers_are_written_as_python_writes_them() {
        for (format, x, text) in [
            (".3", 0.123456, "0.123"),
            (".3", 1234.5, "1.23e3"),
            (".6", 1234.5, "1234.5"),
            (".2f", 2.0, "2.00"),
            (".1%", 0.9876, "98.8%"),
            (",", 1234567.0, "1,234,567"),
            (",.1f", -1234.56, "-1,234.6"),
            ("8.2f", 2.346, "    2.35"),
            ("<8", 3.0, "3       "),
            ("^7", 3.0, "   3   "),
            ("05", -3.0, "-0003"),
            (".1e", 12345.0, "1.2e4"),
            ("d", 7.0, "7"),
        ] {
            let parsed = Format::parse(format).expect(format);
            assert_eq!(parsed.number(x, &format!("{x}")), text, "{format}");
        }
        for wrong in [".", "x", ".3q", "99999", ".2d", "3.f3"] {
            assert_eq!(Format::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn texts_stand_left_and_are_cut() {
        assert_eq!(Format::parse("6.2").expect("a format").text("abc"), "ab    ");
        assert_eq!(Format::parse(">4").expect("a format").text("ab"), "  ab");
    }
}
