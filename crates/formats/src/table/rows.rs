//! All rows of a file with a separator: threads share what has been read, while the next part is read.

use super::block::{Block, NoMemory};
use super::delimited::{Mistake, Scanner, Syntax};
use super::file::TextFile;
use super::numbers::NumberColumn;
use super::plan::{Plan, Use};
use super::{no_memory, quotes};
use crate::files::memory;
use memchr::memchr;
use rayon::prelude::*;
use relume_datasets::DataError;
use relume_tensor::threads;

/// So few bytes are not worth asking whether there is memory for what they become.
const SMALL: usize = 1 << 20;

/// The rows of a file.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The columns of text.
    pub blocks: Vec<Block>,
    /// The columns that are read as numbers.
    pub numbers: Vec<NumberColumn>,
}

/// The rows of a window of a file.
struct Window {
    blocks: Vec<Block>,
    /// Where the first row begins that is not whole.
    position: usize,
    /// The line there.
    line: u64,
}

/// Reads all rows.
///
/// # Errors
/// A file that cannot be read, a row of another number of cells than the plan has columns, a quote that is not closed;
/// there is no memory for the rows.
pub(super) fn rows(
    file: &mut TextFile<'_>,
    syntax: Syntax,
    plan: &Plan<'_>,
) -> Result<Rows, DataError> {
    let is_number = |own: &&Use| matches!(own, Use::Number(_));
    let mut rows = Rows {
        numbers: vec![NumberColumn::default(); plan.columns.iter().filter(is_number).count()],
        ..Rows::default()
    };
    let mut size = file.sizes.window;
    loop {
        let end = file.whole_lines(size)?;
        // Text or numbers, the ends of cells, and what numbers they have.
        if end >= SMALL && !memory::is_free(4 * end) {
            return Err(no_memory(&file.path));
        }
        let (line, is_last, piece) = (file.line, file.is_last(), file.sizes.piece);
        let read = file.read_ahead(end, |text| {
            window(&quotes::pieces(text, syntax, piece), syntax, line, is_last, plan)
        })?;
        let Window { blocks, position, line } =
            read.map_err(|error| file.mistake(error, Some(plan.columns.len())))?;
        rows.append(blocks).map_err(|_| no_memory(&file.path))?;
        file.take(position, line)?;
        match (is_last && position == end, position) {
            (true, _) => return Ok(rows),
            // The first row goes further than the window.
            (false, 0) => size = file.larger()?,
            (false, _) => size = file.sizes.window,
        }
    }
}

impl Rows {
    fn append(&mut self, mut blocks: Vec<Block>) -> Result<(), NoMemory> {
        let read: Vec<_> = blocks.iter_mut().map(Block::take_numbers).collect();
        let append = |(at, column): (usize, &mut NumberColumn)| {
            read.iter().try_for_each(|block| column.append(&block[at]))
        };
        threads::run(|| self.numbers.par_iter_mut().enumerate().try_for_each(append))?;
        self.blocks.extend(blocks.into_iter().filter(|block| block.len() > 0));
        Ok(())
    }
}

/// The rows of a text that begins with a row in a line of the file, cut into pieces, each of which but the last one ends
/// with a row.
fn window(
    pieces: &[&str],
    syntax: Syntax,
    line: u64,
    is_last: bool,
    plan: &Plan<'_>,
) -> Result<Window, Mistake> {
    let read = |(at, piece): (usize, &&str)| {
        // Without a quote, what ends with a line ends with a row.
        let is_whole = is_last || at + 1 < pieces.len() || memchr(b'"', piece.as_bytes()).is_none();
        let mut block = plan.block();
        let mut scanner = Scanner::new(piece, syntax, 1, is_whole);
        let result = scanner.records(&mut block, plan);
        (block, result, scanner.position(), scanner.line() - 1)
    };
    let read: Vec<_> = threads::run(|| pieces.par_iter().enumerate().map(read).collect());
    let mut window = Window { blocks: Vec::with_capacity(read.len()), position: 0, line };
    for (mut block, result, position, lines) in read {
        result.map_err(|mistake| mistake.after(window.line - 1))?;
        block.move_lines(window.line - 1);
        window.blocks.push(block);
        window.position += position;
        window.line += lines;
    }
    Ok(window)
}

#[cfg(test)]
mod tests {
    use super::super::delimited::Separator;
    use super::super::file::Sizes;
    use super::super::{Form, plan::Use};
    use super::*;
    use crate::files::packed::Unpacked;
    use relume_datasets::raw::CellForm;
    use std::path::Path;

    /// Cells of all kinds: a column of text, two of numbers, and one that is not read.
    const COLUMNS: [Use; 4] = [Use::Text, Use::Number(0), Use::Nothing, Use::Number(1)];

    /// The rows of a text as lines, texts and the bits of numbers, or the error.
    fn read(
        text: &str,
        syntax: Syntax,
        form: &CellForm,
        sizes: Option<Sizes>,
    ) -> Result<Vec<String>, String> {
        let path = Path::new("t.csv");
        let bytes = Unpacked::of_stream(path, Box::new(text.as_bytes())).unwrap();
        let mut file = TextFile::new(path.to_path_buf(), bytes, &Form::default()).unwrap();
        let mut plan = Plan::new(COLUMNS.to_vec(), form, syntax);
        match sizes {
            Some(sizes) => file.sizes = sizes,
            // All at once, and each cell as text before it is a number.
            None => plan.mark = None,
        }
        let Rows { blocks, numbers } =
            rows(&mut file, syntax, &plan).map_err(|error| error.to_string())?;
        let rows = blocks.iter().flat_map(|block| (0..block.len()).map(move |row| (block, row)));
        let shown = rows.enumerate().map(|(at, (block, row))| {
            let bits: Vec<u64> = numbers.iter().map(|own| own.values()[at].to_bits()).collect();
            let other = |own: &NumberColumn| {
                own.others().find(|(row, _)| *row == at).map(|(_, cell)| cell.to_string())
            };
            let others: Vec<_> = numbers.iter().map(other).collect();
            format!("{} {:?} {bits:?} {others:?}", block.line(row), block.cell(row, 0))
        });
        Ok(shown.collect())
    }

    /// A table that is written in every way that there is, and in some that are errors.
    fn table(random: &mut impl FnMut(usize) -> usize, syntax: Syntax) -> String {
        let cells = [
            "1",
            "-2.5",
            "",
            "0.125",
            "007",
            "-0",
            "12345678.25",
            "NA",
            "true",
            "word",
            "1e5",
            "+4",
            "\u{2212}7",
            "\u{e4}",
            " 3 ",
            "\t8",
            "6\u{a0}",
            "5\" x",
            "\"4\"",
            "\"4\" ",
            " \"-1.5\"",
            "\"\"",
            "\"a;b,c\"",
            "\"say \"\"x\"\"\"",
            "\"a\nb\"",
            " \"a\r\nb\"",
            "\"1\n\"",
            "\"\n\n\"",
            "\"a\" b",
            "9007199254740993",
            "0.1234567890123456789012",
            "1,5",
            "1.234,5",
        ];
        let ends =
            ["\n", "\n", "\n", "\r\n", "\r\n", "\r", "\n\n", "\n  \n", "\r\n\r\n", "\n# \"c\n"];
        let separator = match syntax.separator {
            Separator::Byte(byte) => char::from(byte).to_string(),
            Separator::Blanks => " \t".to_string(),
        };
        let mut text = String::new();
        for _ in 0..random(40) {
            let width = if random(150) == 0 { random(6) } else { COLUMNS.len() };
            for column in 0..width {
                if column > 0 {
                    text.push_str(&separator);
                }
                let plain = random(3) == 0;
                text.push_str(cells[random(if plain { 7 } else { cells.len() })]);
            }
            if random(200) == 0 {
                text.push('"');
            }
            text.push_str(ends[random(ends.len())]);
        }
        text
    }

    #[test]
    fn rows_are_the_same_however_a_file_is_cut() {
        let mut state = 7u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let forms = [
            CellForm::default(),
            CellForm { decimal: ',', ..CellForm::default() },
            CellForm { decimal: ',', thousands: Some('.'), ..CellForm::default() },
            CellForm { na_values: vec!["1".to_string()], ..CellForm::default() },
        ];
        let separators = [
            Separator::Byte(b','),
            Separator::Byte(b';'),
            Separator::Byte(b'\t'),
            Separator::Blanks,
        ];
        let (mut whole, mut refused) = (0, 0);
        for _ in 0..6000 {
            let comment = (random(3) == 0).then_some(b'#');
            let syntax = Syntax { separator: separators[random(separators.len())], comment };
            let form = &forms[random(forms.len())];
            let text = table(&mut random, syntax);
            let expected = read(&text, syntax, form, None);
            let sizes = Sizes { window: 1 + random(200), piece: 1 + random(60) };
            let own = read(&text, syntax, form, Some(sizes));
            assert_eq!(own, expected, "{text:?} {syntax:?} {form:?} {sizes:?}");
            match own {
                Ok(rows) => whole += usize::from(rows.len() > 4),
                Err(_) => refused += 1,
            }
        }
        assert!(whole > 500 && refused > 500, "{whole} read, {refused} refused");
    }
}
