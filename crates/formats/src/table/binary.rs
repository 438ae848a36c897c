//! Files of tables that are not text: spreadsheets, and Parquet files.

#[cfg(any(feature = "excel", feature = "parquet"))]
use super::columns::{Gathered, bytes};
use super::file::FileRows;
use super::{Form, Selection, file_error};
use crate::Reader;
use crate::files::names::ending;
use relume_datasets::DataError;
#[cfg(any(feature = "excel", feature = "parquet"))]
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A file of a table that is not text.
#[derive(Clone, Copy)]
pub(super) enum Binary {
    Sheet,
    Parquet,
}

impl Binary {
    /// By the file's ending.
    pub fn of(path: &Path) -> Option<Self> {
        match ending(&path.to_string_lossy()).as_str() {
            "xlsx" | "xls" | "xlsm" | "xlsb" | "ods" => Some(Binary::Sheet),
            "parquet" | "pq" => Some(Binary::Parquet),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Binary::Sheet => "spreadsheet",
            Binary::Parquet => "Parquet file",
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Options of another kind of table; a file that is of another kind than its ending says, is damaged or packed by a
    /// method that is not read, or has no rows; columns that there are not, or whose cells are no single values.
    #[cfg(any(feature = "excel", feature = "parquet"))]
    pub fn read(
        self,
        path: &Path,
        form: &Form<'_>,
        selection: &Selection<'_>,
        reader: &dyn Reader,
    ) -> Result<FileRows, DataError> {
        self.check(path, form)?;
        let bytes = bytes(path, reader)?;
        let gather = || match self {
            #[cfg(feature = "excel")]
            Binary::Sheet => super::sheet::gathered(path, bytes, form, reader),
            #[cfg(feature = "parquet")]
            Binary::Parquet => super::parquet::gathered(path, bytes, selection, reader),
            #[cfg(not(all(feature = "excel", feature = "parquet")))]
            _ => Err(self.not_compiled(path)),
        };
        // Damaged files make some decoders panic.
        let gathered: Result<Gathered, DataError> = catch_unwind(AssertUnwindSafe(gather))
            .unwrap_or_else(|_| {
                Err(file_error(path, format!("is a damaged {}", self.name()), None))
            });
        gathered?.selected(path, selection)
    }

    #[cfg(not(any(feature = "excel", feature = "parquet")))]
    pub fn read(
        self,
        path: &Path,
        _: &Form<'_>,
        _: &Selection<'_>,
        _: &dyn Reader,
    ) -> Result<FileRows, DataError> {
        Err(self.not_compiled(path))
    }

    /// Refuses options of another kind of table.
    #[cfg(any(feature = "excel", feature = "parquet"))]
    fn check(self, path: &Path, form: &Form<'_>) -> Result<(), DataError> {
        let problem = match self {
            Binary::Sheet if (form.separator, form.comment) != (None, None) => {
                "is a spreadsheet, which has no separator and comments"
            }
            Binary::Parquet if form.is_of_delimited() => {
                "is a Parquet file, which has no header, separator, comment or skipped lines"
            }
            Binary::Parquet if form.sheet.is_some() => "is a Parquet file, which has no sheets",
            _ => return Ok(()),
        };
        Err(file_error(path, problem.to_string(), None))
    }

    /// The error of a program without the feature.
    #[cfg(not(all(feature = "excel", feature = "parquet")))]
    fn not_compiled(self, path: &Path) -> DataError {
        let (feature, save) = match self {
            Binary::Sheet => ("excel", "pandas.read_excel"),
            Binary::Parquet => ("parquet", "pandas.read_parquet"),
        };
        let problem = format!("is a {}, which this program was built without", self.name());
        let help = format!(
            "build it with the feature {feature}, as cargo install relume-cli --features {feature} does, or save the \
             table as CSV; in Python: {save}(FILE).to_csv(\"table.csv\", index=False)"
        );
        file_error(path, problem, Some(help))
    }
}
