//! HTML as plain text.

use std::borrow::Cow;

/// A text without tags and comments, each of which becomes a space, and with entities replaced by their characters.
///
/// Text that only looks like a tag (`a < b`, `<3`, a `<br` that never ends) or an entity (`AT&T`, `&what;`) is kept.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let special = |rest: &str| rest.bytes().position(|byte| byte == b'<' || byte == b'&');
    let Some(mut at) = special(text) else { return Cow::Borrowed(text) };
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    let mut open = Open::default();
    loop {
        made.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(end) = open.tag(rest) {
            made.push(' ');
            rest = &rest[end..];
        } else if let Some((character, end)) = entity(rest) {
            made.push(character);
            rest = &rest[end..];
        } else {
            made.push_str(&rest[..1]);
            rest = &rest[1..];
        }
        match special(rest) {
            Some(next) => at = next,
            None => {
                made.push_str(rest);
                return Cow::Owned(made);
            }
        }
    }
}

/// What was searched for up to the end of the text and not found; searching again each time would take quadratic time.
#[derive(Default)]
struct Open {
    tag: bool,
    comment: bool,
}

impl Open {
    /// The length of the tag or comment with which the text begins.
    fn tag(&mut self, text: &str) -> Option<usize> {
        let inner = text.strip_prefix('<')?;
        if let Some(comment) = inner.strip_prefix("!--") {
            if self.comment {
                return None;
            }
            let end = comment.find("-->").map(|end| "<!--".len() + end + "-->".len());
            self.comment = end.is_none();
            return end;
        }
        let name = inner.strip_prefix('/').unwrap_or(inner);
        let declared = inner.starts_with(['!', '?']);
        if self.tag || !(declared || name.starts_with(|c: char| c.is_ascii_alphabetic())) {
            return None;
        }
        let end = end_of_tag(inner).or_else(|| inner.find('>'));
        self.tag = end.is_none();
        end.map(|end| 1 + end + 1)
    }
}

/// The position of the first `>` outside a quoted value, as in `title="a > b"`.
fn end_of_tag(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut before) = (0, b' ');
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return Some(at),
            b'"' | b'\'' if before == b'=' => {
                at += 1 + bytes[at + 1..].iter().position(|&other| other == byte)?;
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
        at += 1;
    }
    None
}

/// The character of the entity with which the text begins, and the entity's length.
fn entity(text: &str) -> Option<(char, usize)> {
    let inner = text.strip_prefix('&')?;
    // No name is longer, and a number is only with many zeros before it.
    let length = inner.bytes().take(32).position(|byte| byte == b';')?;
    let name = &inner[..length];
    let character = match name.strip_prefix('#') {
        Some(number) => numbered(number)?,
        None => named(name)?,
    };
    Some((character, 1 + length + 1))
}

/// `65` or `x41`. 128 to 159 are those of Windows-1252, as in HTML 5; a number that is not a character becomes U+FFFD.
fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    // A number too large for u32 is not a character either.
    let code = u32::from_str_radix(digits, radix).unwrap_or(0);
    Some(match code {
        0 => char::REPLACEMENT_CHARACTER,
        0x80..=0x9F => WINDOWS.get(code as usize - 0x80).copied().unwrap_or_default(),
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    })
}

fn named(name: &str) -> Option<char> {
    let other = NAMED.iter().find(|(own, _)| *own == name).map(|&(_, character)| character);
    let latin = || LATIN.iter().position(|own| *own == name).map(|at| char::from(0xA0 + at as u8));
    other.or_else(latin)
}

/// 128 to 159 of Windows-1252; those without a character stand for themselves.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The names of U+00A0 to U+00FF.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf",
    "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro",
    "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest",
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
    "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute",
    "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
    "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde",
    "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc",
    "uuml", "yacute", "thorn", "yuml",
];

/// Names of further characters that occur in texts.
const NAMED: [(&str, char); 31] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("bull", '•'),
    ("prime", '′'),
    ("Prime", '″'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("lsaquo", '‹'),
    ("rsaquo", '›'),
    ("trade", '™'),
    ("euro", '€'),
    ("dagger", '†'),
    ("Dagger", '‡'),
    ("permil", '‰'),
    ("minus", '−'),
    ("OElig", 'Œ'),
    ("oelig", 'œ'),
    ("Scaron", 'Š'),
    ("scaron", 'š'),
    ("Yuml", 'Ÿ'),
    ("fnof", 'ƒ'),
];

#[cfg(test)]
mod tests {
    use super::plain;
    use std::borrow::Cow;

    #[test]
    fn what_only_looks_like_html_stays() {
        for text in [
            "a < b & c > d",
            "I <3 this",
            "AT&T &what; &; &#; &#x; &#x3G; &amp",
            "<",
            "&",
            "it ends in <br",
            "<!-- for ever",
            "< br>",
            "&é;",
        ] {
            assert_eq!(plain(text), text);
        }
        assert!(matches!(plain("no html"), Cow::Borrowed("no html")));
    }

    #[test]
    fn tags_of_any_kind_become_spaces() {
        assert_eq!(plain("good.<br /><br />Bad"), "good.  Bad");
        assert_eq!(plain("<p class='a > b'>x</p><!-- <i>no</i> -->y<!DOCTYPE html>"), " x  y ");
        assert_eq!(plain("<a title=\"never closed>x"), " x");
        assert_eq!(plain("&lt;br&gt; is &quot;a&quot; tag"), "<br> is \"a\" tag");
    }

    #[test]
    fn what_never_ends_takes_no_quadratic_time() {
        for part in ["<a", "<!--", "<a ='", "&#0", "<a =\" ='"] {
            let text = part.repeat(300_000);
            assert_eq!(plain(&text), text);
        }
    }
}
