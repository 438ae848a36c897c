//! What the pages of a Parquet file claim, compared with what there is, before the decoder takes memory for it.

use super::delta;
use super::header::PageHeader;
use super::unpacked;
use crate::Reader;
use crate::files::memory;
use parquet::basic::{Compression, Encoding, Type as Physical};
use parquet::column::page::PageReader;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::RowGroupReader;
use relume_catalog::count_text;
use relume_tensor::bytes_text;

/// What the pages of a row group's columns may take beyond what their values and their bytes in the file account for;
/// a page has one MiB where the writer is not told otherwise.
const MOST: usize = 32 << 20;
/// Bytes that a value may take without being asked for, and bytes that one in the file may become.
const OF_A_VALUE: usize = 64;
const OF_A_BYTE: usize = 32;
/// A dictionary may have so many values that no row needs.
const UNUSED: usize = 1 << 20;

/// Refuses the pages of these columns of a row group if they claim what cannot be. It ends at once if reading is
/// cancelled, which is to be asked then.
///
/// # Errors
/// What is claimed, as the end of a sentence about the file.
pub(super) fn check(
    file: &[u8],
    group: &dyn RowGroupReader,
    columns: &[usize],
    reader: &dyn Reader,
) -> Result<(), String> {
    let schema = group.metadata().schema_descr();
    let mut unaccounted = 0;
    for leaf in
        (0..group.num_columns()).filter(|&leaf| columns.contains(&schema.get_column_root_idx(leaf)))
    {
        let chunk = group.metadata().column(leaf);
        let pages = Pages::of(file, chunk, reader)?;
        unaccounted += pages.unaccounted;
        if unaccounted > MOST {
            let problem = format!("takes {}, for few values", bytes_text(pages.unaccounted as u64));
            return Err(refused(chunk, &problem));
        }
        if pages.has_lengths {
            let own = chunk.column_descr();
            let levels = [own.max_rep_level(), own.max_def_level()];
            let reader = group.get_column_page_reader(leaf).map_err(|error| error.to_string())?;
            check_lengths(reader, levels).map_err(|problem| refused(chunk, &problem))?;
        }
    }
    Ok(())
}

/// What the pages of a column claim.
#[derive(Default)]
struct Pages {
    /// The bytes of the largest one for which neither values nor bytes of the file account.
    unaccounted: usize,
    /// Whether texts have their lengths written as differences.
    has_lengths: bool,
}

impl Pages {
    fn of(file: &[u8], chunk: &ColumnChunkMetaData, reader: &dyn Reader) -> Result<Self, String> {
        let (start, length) = chunk.byte_range();
        let end = start.saturating_add(length).min(file.len() as u64) as usize;
        let mut rest = file.get(start as usize..end).unwrap_or_default();
        let is_packed = chunk.compression() != Compression::UNCOMPRESSED;
        let (mut pages, mut dictionary, mut values) = (Pages::default(), 0, 0);
        while !rest.is_empty() && !reader.is_cancelled() {
            let damaged = || refused(chunk, "is damaged");
            let (header, taken) = PageHeader::read(rest).ok_or_else(damaged)?;
            let page = rest.get(taken..taken + header.packed).ok_or_else(damaged)?;
            rest = &rest[taken + header.packed..];
            let size = if is_packed { header.size } else { header.packed };
            memory::check(size).map_err(|lack| {
                refused(chunk, &format!("takes {}, {lack}", bytes_text(size as u64)))
            })?;
            let by_bytes = header.packed.saturating_mul(OF_A_BYTE);
            if size > by_bytes && size > header.values.saturating_mul(OF_A_VALUE) {
                pages.unaccounted = pages.unaccounted.max(size);
            }
            // The levels of the second version are not packed, and without values nothing is.
            let values_size = size.saturating_sub(header.levels);
            let packed = page.get(header.levels..).unwrap_or_default();
            let is_looked_at = is_packed && !header.is_unpacked && values_size > 0;
            if is_looked_at && unpacked::is_larger(packed, chunk.compression(), values_size) {
                let size = bytes_text(size as u64);
                return Err(refused(chunk, &format!("unpacks to more than the {size} it claims")));
            }
            let is = |encoding: Encoding| header.encoding == encoding as usize;
            pages.has_lengths |=
                is(Encoding::DELTA_LENGTH_BYTE_ARRAY) || is(Encoding::DELTA_BYTE_ARRAY);
            match header.is_dictionary {
                false => values += header.values,
                true if header.values > size / width(chunk) => {
                    return Err(refused(chunk, &claim(header.values, size)));
                }
                true => dictionary = header.values,
            }
        }
        match dictionary > UNUSED && dictionary / 4 > values {
            true => Err(refused(chunk, &claim(dictionary, chunk.uncompressed_size() as usize))),
            false => Ok(pages),
        }
    }
}

/// The least bytes of a value of a dictionary.
fn width(chunk: &ColumnChunkMetaData) -> usize {
    match chunk.column_type() {
        Physical::INT64 | Physical::DOUBLE => 8,
        Physical::INT96 => 12,
        Physical::FIXED_LEN_BYTE_ARRAY => chunk.column_descr().type_length().max(1) as usize,
        Physical::BOOLEAN => 1,
        Physical::INT32 | Physical::FLOAT | Physical::BYTE_ARRAY => 4,
    }
}

/// Unpacks the pages of a column, and compares the lengths that there are with its values.
fn check_lengths(mut reader: Box<dyn PageReader>, levels: [i16; 2]) -> Result<(), String> {
    while let Some(page) = reader.get_next_page().map_err(|error| error.to_string())? {
        if page.is_data_page() && !delta::is_plausible(&page, levels) {
            return Err("has more lengths of texts than values".to_string());
        }
    }
    Ok(())
}

fn claim(values: usize, size: usize) -> String {
    format!("claims {} values in {}", count_text(values), bytes_text(size as u64))
}

fn refused(chunk: &ColumnChunkMetaData, problem: &str) -> String {
    format!("a page of the column \"{}\" {problem}", chunk.column_path().string())
}
