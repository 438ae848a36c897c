//! Texts whose lengths are written as differences: the decoder takes memory for as many as they say there are.

use super::header::varint;
use parquet::basic::Encoding;
use parquet::column::page::Page;

/// The most values of a miniblock, for which a single byte may stand; writers have 32 or 64.
const MINIBLOCK: u64 = 1 << 12;

/// Whether there are as many lengths in a page as it has values at most; `true` for other encodings.
///
/// `levels` are the highest repetition and definition levels of its column.
pub(super) fn is_plausible(page: &Page, levels: [i16; 2]) -> bool {
    let lists = match page.encoding() {
        Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
        Encoding::DELTA_BYTE_ARRAY => 2,
        _ => return true,
    };
    let Some(mut rest) = values(page, levels) else { return false };
    (0..lists).all(|_| skip(&mut rest, u64::from(page.num_values())).is_some())
}

/// The bytes of a page after its levels.
fn values(page: &Page, levels: [i16; 2]) -> Option<&[u8]> {
    match page {
        Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
            buf.get((*def_levels_byte_len as usize).checked_add(*rep_levels_byte_len as usize)?..)
        }
        Page::DataPage { buf, num_values, def_level_encoding, rep_level_encoding, .. } => {
            let mut rest: &[u8] = buf;
            for (most, encoding) in levels.into_iter().zip([rep_level_encoding, def_level_encoding])
            {
                let length = match (most, encoding) {
                    (..=0, _) => continue,
                    (_, Encoding::RLE) => {
                        let (length, behind) = rest.split_first_chunk()?;
                        rest = behind;
                        u32::from_le_bytes(*length) as usize
                    }
                    // As many bits for each as the highest level has.
                    (most, _) => {
                        let bits = (16 - most.leading_zeros()) as usize;
                        (*num_values as usize).checked_mul(bits)?.div_ceil(8)
                    }
                };
                rest = rest.get(length..)?;
            }
            Some(rest)
        }
        Page::DictionaryPage { buf, .. } => Some(buf),
    }
}

/// Passes over a list of numbers that are written as differences, of which there are at most so many.
fn skip(rest: &mut &[u8], most: u64) -> Option<()> {
    let (block, miniblocks) = (varint(rest)?, varint(rest)?);
    let count = varint(rest).filter(|&count| count <= most)?;
    let _first = varint(rest)?;
    let each = block.checked_div(miniblocks).filter(|&each| each <= MINIBLOCK)?;
    let miniblocks = usize::try_from(miniblocks).ok()?;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        let _lowest = varint(rest)?;
        let (widths, mut behind) = rest.split_at_checked(miniblocks)?;
        for &width in widths {
            if left == 0 {
                break;
            }
            behind = behind.get(usize::try_from(u64::from(width) * each / 8).ok()?..)?;
            left = left.saturating_sub(each.max(1));
        }
        *rest = behind;
        if widths.is_empty() {
            return None;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_where_its_last_miniblock_does() {
        // Blocks of 128 in 4 miniblocks, 40 numbers: the first one, 32 of 2 bits, and 7 of 3.
        let head = [0x80, 0x01, 4, 40, 0];
        let list = [&head[..], &[0, 2, 3, 0, 0], &[7; 8], &[7; 12], &[42]].concat();
        let mut rest = &list[..];
        assert_eq!(skip(&mut rest, 40), Some(()));
        assert_eq!(rest, [42]);
        assert_eq!(skip(&mut &list[..], 39), None);
        for cut in 0..list.len() - 1 {
            assert_eq!(skip(&mut &list[..cut], 40), None, "{cut} bytes");
        }
        // One number has no block; miniblocks without numbers or without end are refused.
        assert_eq!(skip(&mut &[0x80, 0x01, 4, 1, 0][..], 40), Some(()));
        assert_eq!(skip(&mut &[0x80, 0x01, 0, 40, 0, 0, 0][..], 40), None);
        assert_eq!(skip(&mut &[0x80, 0x80, 0x80, 0x01, 1, 40, 0, 0, 0][..], 40), None);
    }
}
