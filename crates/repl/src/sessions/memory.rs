//! An amount of memory as a person writes it: `8GB`, `512 MiB`.

use relume_tensor::bytes_text;

/// The units, and how many bytes they are.
const UNITS: [(&str, f64); 9] = [
    ("", 1.0),
    ("b", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
];

/// The bytes of an amount such as `8GB`; `None` within for `all`, which is no limit. An error says what is wanted.
pub(crate) fn parse_memory(text: &str) -> Result<Option<u64>, String> {
    let written = text.trim().to_lowercase();
    if written == "all" {
        return Ok(None);
    }
    let end = written.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(written.len());
    let (number, unit) = (&written[..end], written[end..].trim());
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor);
    match (number.parse::<f64>(), factor) {
        (Ok(number), Some(factor)) if number * factor >= 1.0 => Ok(Some((number * factor) as u64)),
        _ => Err(format!(
            "{text:?} is no amount of memory: it is written as \"8GB\", \"512MB\" or \"all\""
        )),
    }
}

/// The limit as it is shown.
pub(crate) fn memory_text(limit: Option<u64>) -> String {
    limit.map_or_else(|| "all".to_string(), bytes_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_their_units() {
        assert_eq!(parse_memory("8GB"), Ok(Some(8_000_000_000)));
        assert_eq!(parse_memory(" 1.5 GiB "), Ok(Some(1_610_612_736)));
        assert_eq!(parse_memory("4096"), Ok(Some(4096)));
        assert_eq!(parse_memory("all"), Ok(None));
        for wrong in ["", "GB", "8 apples", "-3GB", "0", "8GB!"] {
            assert!(parse_memory(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_shown_can_be_given() {
        assert_eq!(parse_memory(&memory_text(Some(8_000_000_000))), Ok(Some(8_000_000_000)));
        assert_eq!(parse_memory(&memory_text(None)), Ok(None));
    }
}
