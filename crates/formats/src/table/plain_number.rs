//! Numbers as most tables write them: a minus, digits, and a mark between them.

/// The largest whole number up to which `f64` has all.
const EXACT: u64 = 1 << 53;
/// The most digits whose number fits into 64 bits, whatever they are.
const DIGITS: usize = 19;
/// One in each byte of a word.
const LANES: u64 = 0x0101_0101_0101_0101;
/// The lowest byte of each half.
const PAIRS: u64 = 0x0000_00ff_0000_00ff;
/// Powers of ten.
const WHOLE_POWERS: [u64; 9] =
    [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
/// Powers of ten, which `f64` has exactly up to 1e22.
const POWERS: [f64; DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19,
];

/// The number at the beginning of some bytes, and where it ends; `None` for one that is written in another way, or has
/// more digits than can be read without rounding twice.
///
/// It is the same to the bit as what `str::parse` makes of these bytes, with a point for the mark: the quotient of two
/// numbers that `f64` has exactly is rounded once (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
#[inline]
pub(super) fn plain_number(bytes: &[u8], mark: u8) -> Option<(f64, usize)> {
    let is_negative = bytes.first() == Some(&b'-');
    let start = usize::from(is_negative);
    let (mut number, mut at) = digits(bytes, start, 0);
    let (mut count, mut decimals) = (at - start, 0);
    if bytes.get(at) == Some(&mark) {
        let from = at + 1;
        (number, at) = digits(bytes, from, number);
        decimals = at - from;
        count += decimals;
    }
    if count == 0 || count > DIGITS || number > EXACT {
        return None;
    }
    let number = number as f64 / POWERS[decimals];
    Some((if is_negative { -number } else { number }, at))
}

/// Adds the digits from a place on to a number; the number and the place where they end.
#[inline]
fn digits(bytes: &[u8], start: usize, number: u64) -> (u64, usize) {
    let (mut number, mut at) = (number, start);
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let (own, count) = digits_of_eight(*chunk);
        number = number.wrapping_mul(WHOLE_POWERS[count]).wrapping_add(own);
        at += count;
        if count < 8 {
            return (number, at);
        }
    }
    while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0'))
        && digit < 10
    {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (number, at)
}

/// The number of the digits that eight bytes begin with, and how many there are, all at once in the lanes of a word
/// (Lemire, "Quickly parsing eight digits", 2022).
#[inline]
fn digits_of_eight(bytes: [u8; 8]) -> (u64, usize) {
    // A digit becomes 0 to 9, anything else more; the lowest of those others has its high bit set.
    let values = u64::from_le_bytes(bytes) ^ (LANES * 0x30);
    let others = (values.wrapping_add(LANES * 0x76) | values) & (LANES * 0x80);
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 0 {
        return (0, 0);
    }
    // Zeros go before them; neighbours are joined to pairs, and these to fours and eight.
    let digits = values << (64 - 8 * count);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let (low, high) = (pairs & PAIRS, (pairs >> 16) & PAIRS);
    let low = low.wrapping_mul(100 + (1_000_000 << 32));
    (low.wrapping_add(high.wrapping_mul(1 + (10_000 << 32))) >> 32, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_the_standard_library_reads() {
        let mut state = 1u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        let mut read = 0;
        for _ in 0..200_000 {
            let mut text = String::new();
            (0..1 + random(24)).for_each(|_| {
                let marks = ['.', '-', '+', 'e', ' ', '0', '9'];
                text.push(match random(40) {
                    own @ 0..7 => marks[own as usize],
                    _ => char::from(b'0' + random(10) as u8),
                });
            });
            if let Some((own, end)) = plain_number(text.as_bytes(), b'.') {
                assert_eq!(own.to_bits(), text[..end].parse::<f64>().unwrap().to_bits(), "{text}");
                read += usize::from(end == text.len());
            }
        }
        assert!(read > 20_000, "{read}");
    }

    #[test]
    fn what_is_written_in_another_way_is_left() {
        for text in [
            "",
            "-",
            ".",
            "-.",
            "+5",
            "e5",
            " 5",
            "\u{2212}5",
            "9007199254740993",
            "00000000000000000001",
        ] {
            assert_eq!(plain_number(text.as_bytes(), b'.'), None, "{text}");
        }
        for (text, number, end) in [
            ("-0,", -0.0f64, 2),
            ("5.", 5.0, 2),
            (".5;", 0.5, 2),
            ("-12.25", -12.25, 6),
            ("3x", 3.0, 1),
        ] {
            let (own, at) = plain_number(text.as_bytes(), b'.').unwrap();
            assert_eq!((own.to_bits(), at), (number.to_bits(), end), "{text}");
        }
        assert_eq!(plain_number(b"1,5", b','), Some((1.5, 3)));
    }
}
