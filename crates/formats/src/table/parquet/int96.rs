//! Times of 96 bits, as Spark and Hive write them: a Julian day, and nanoseconds in it.

use super::cell::{Kind, date};
use parquet::column::reader::ColumnReader;
use parquet::data_type::Int96;
use parquet::errors::Result;
use parquet::file::reader::RowGroupReader;

/// The Julian day of 1970-01-01.
const EPOCH: i64 = 2_440_588;
const DAY: i64 = 86_400_000_000_000;
/// Rows for which the decoder takes memory at once, whatever number the file claims.
const AT_ONCE: usize = 1 << 10;

/// The times of a column, row by row; `None` for an empty cell.
pub(super) type Times = std::vec::IntoIter<Option<String>>;

/// The times of each of these columns that has such; the decoder's rows would round them to milliseconds.
pub(super) fn columns(
    group: &dyn RowGroupReader,
    columns: &[usize],
    kinds: &[Kind],
) -> Result<Vec<Option<Times>>> {
    let own = |(&column, kind): (&usize, &Kind)| match kind {
        Kind::Int96 => times(group, column).map(Some),
        _ => Ok(None),
    };
    columns.iter().zip(kinds).map(own).collect()
}

fn times(group: &dyn RowGroupReader, column: usize) -> Result<Times> {
    let metadata = group.metadata();
    let schema = metadata.schema_descr();
    let leaf = (0..schema.num_columns()).find(|&i| schema.get_column_root_idx(i) == column);
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let mut whole = 0;
    if let Some(leaf) = leaf {
        whole = schema.column(leaf).max_def_level();
        if let ColumnReader::Int96ColumnReader(mut reader) = group.get_column_reader(leaf)? {
            while reader.read_records(AT_ONCE, Some(&mut levels), None, &mut values)?.0 > 0 {}
        }
    }
    // A column without empty cells has no levels.
    if whole == 0 {
        levels = vec![0; values.len()];
    }
    let mut values = values.iter();
    let cell = |level: i16| if level == whole { values.next().map(text) } else { None };
    Ok(levels.into_iter().map(cell).collect::<Vec<_>>().into_iter())
}

fn text(time: &Int96) -> String {
    let [low, high, day] = [0, 1, 2].map(|i| time.data()[i]);
    let nanos = (u64::from(high) << 32 | u64::from(low)) as i64;
    let days = i64::from(day) - EPOCH + nanos.div_euclid(DAY);
    let nanos = nanos.rem_euclid(DAY);
    date(days, nanos / 1_000_000_000, nanos % 1_000_000_000)
}
