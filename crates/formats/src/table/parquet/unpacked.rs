//! How far a page of a Parquet file unpacks. Some decoders take memory for all of it, whatever its head says.

use flate2::read::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;
use parquet::basic::Compression;
use std::io::{self, Read};

/// What is unpacked at once.
const WINDOW: usize = 1 << 12;

/// Whether bytes unpack to more than so many. What cannot be unpacked ends for the decoder where it does here.
pub(super) fn is_larger(packed: &[u8], codec: Compression, size: usize) -> bool {
    let most = size as u64;
    let count = |unpacked: &mut dyn Read| io::copy(&mut unpacked.take(most + 1), &mut io::sink());
    let unpacked = match codec {
        Compression::GZIP(_) => count(&mut MultiGzDecoder::new(packed)),
        Compression::BROTLI(_) => count(&mut brotli::Decompressor::new(packed, WINDOW)),
        // Read as frames where it is not what Hadoop writes, which names its sizes.
        Compression::LZ4 => count(&mut FrameDecoder::new(packed)),
        // The others unpack into as much as the head says.
        _ => return false,
    };
    unpacked.is_ok_and(|unpacked| unpacked > most)
}
