//! Where the sound of an M4A file begins: what an encoder puts before it is not heard.
//!
//! ISO/IEC 14496-12, the boxes `edts` and `elst`.

/// The samples before a file's sound, by the first edit of its first track of sound; 0 if there is none.
pub(super) fn priming(bytes: &[u8], rate: u32) -> usize {
    let tracks = inside(bytes, b"moov").into_iter().flat_map(boxes);
    let mut tracks = tracks.filter(|(name, track)| name == b"trak" && is_sound(track));
    let start = tracks.next().and_then(|(_, track)| {
        let scale = timescale(inside(inside(track, b"mdia")?, b"mdhd")?)?;
        let start = media_time(inside(inside(track, b"edts")?, b"elst")?)?;
        (start * u64::from(rate)).checked_div(u64::from(scale))
    });
    start.unwrap_or(0) as usize
}

/// The boxes of which some bytes consist, each with its name and what it holds.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<4>()?;
        // 1 says that the length follows, in eight bytes; 0 that the box goes to the end.
        let (length, rest) = match u32::from_be_bytes(*length) {
            0 => (rest.len() as u64, rest),
            1 => {
                let (length, rest) = rest.split_first_chunk::<8>()?;
                (u64::from_be_bytes(*length).checked_sub(16)?, rest)
            }
            length => (u64::from(length).checked_sub(8)?, rest),
        };
        let length = rest.len().min(usize::try_from(length).unwrap_or(usize::MAX));
        let own;
        (own, bytes) = rest.split_at(length);
        Some((*name, own))
    })
}

/// What the first box of a name holds.
fn inside<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes).find(|(name, _)| name == wanted).map(|(_, own)| own)
}

fn is_sound(track: &[u8]) -> bool {
    let handler = inside(track, b"mdia").and_then(|media| inside(media, b"hdlr"));
    handler.is_some_and(|handler| handler.get(8..12) == Some(b"soun"))
}

/// Ticks of a second.
fn timescale(header: &[u8]) -> Option<u32> {
    let at = if header.first() == Some(&1) { 20 } else { 12 };
    Some(u32::from_be_bytes(*header.get(at..)?.first_chunk()?))
}

/// The tick of the media at which the first edit begins; none if it is a pause.
fn media_time(edits: &[u8]) -> Option<u64> {
    let time = match edits.first()? {
        0 => i64::from(i32::from_be_bytes(*edits.get(12..)?.first_chunk()?)),
        _ => i64::from_be_bytes(*edits.get(16..)?.first_chunk()?),
    };
    u64::try_from(time).ok().filter(|&time| time < 1 << 31)
}
