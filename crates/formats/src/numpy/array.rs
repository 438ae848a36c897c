//! An array of an `.npy` file, or of an archive of such files.

use super::dtype::{DType, Kind};
use super::header::{Header, HeaderError};
use crate::Reader;
use crate::files::memory;
use crate::files::watched::{self, Watched};
use relume_catalog::count_text;
use relume_datasets::DataError;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// Up to here a floating-point number tells a whole number from its neighbours.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

const CUT_OFF: &str = "the file may be cut off; get it again";

/// The origin of an array.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub path: PathBuf,
    /// Its name in an archive.
    pub name: Option<String>,
}

impl Origin {
    /// An error in this array.
    pub fn refused(&self, problem: &str, help: Option<&str>) -> DataError {
        let problem = match &self.name {
            Some(name) => format!("the array \"{name}\" {problem}"),
            None => problem.to_string(),
        };
        DataError::File { path: self.path.clone(), problem, help: help.map(str::to_string) }
    }

    /// An error while its bytes were read.
    fn unreadable(&self, source: io::Error) -> DataError {
        match (watched::unreadable(&self.path, source), &self.name) {
            (DataError::Read { source, .. }, Some(_)) => {
                self.refused(&format!("cannot be unpacked: {source}"), Some(CUT_OFF))
            }
            (error, _) => error,
        }
    }

    fn no_header(&self, error: HeaderError) -> DataError {
        match error {
            HeaderError::Read(source) => self.unreadable(source),
            HeaderError::Refused(problem) => self.refused(&problem, None),
        }
    }

    /// The name of its numbers: the one in the archive, or that of the file.
    pub fn called(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "\"{name}\""),
            None => write!(f, "{}", self.path.display()),
        }
    }
}

/// Elements of one type, the last index running fastest. There is at least one element, and at least one axis.
#[derive(Debug)]
pub(super) struct Array {
    pub origin: Origin,
    pub dtype: DType,
    pub shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array {
    /// The array of an `.npy` file.
    pub fn open(path: &Path, reader: &dyn Reader) -> Result<Self, DataError> {
        let origin = Origin { path: path.to_path_buf(), name: None };
        let file = Watched::open(path, reader).map_err(|error| origin.unreadable(error))?;
        let size = file.len();
        Array::read(origin, &mut BufReader::new(file), size)
    }

    /// Reads a header and everything after it, `size` bytes together, to the end of the reader.
    pub fn read(origin: Origin, reader: &mut impl Read, size: u64) -> Result<Self, DataError> {
        let header = Header::read(reader).map_err(|error| origin.no_header(error))?;
        let Header { dtype, fortran, shape, start } = header;
        if dtype.is_object() {
            return Err(origin.refused(
                "holds Python objects (pickle), which are not supported",
                Some(
                    "save it as numbers or strings: x.astype(\"float32\"), or padded to one length",
                ),
            ));
        }
        if dtype.kind == Kind::Other {
            return Err(origin.refused(
                &format!("has type {dtype}, which is not supported"),
                Some("supported types: bool, int8 to int64, uint8 to uint64, float16 to float64, and strings"),
            ));
        }
        let count = shape.iter().try_fold(1, |all: usize, &axis| all.checked_mul(axis));
        let wanted = count.and_then(|count| count.checked_mul(dtype.size));
        let there = size.saturating_sub(start as u64);
        let wanted = match wanted.filter(|&wanted| wanted as u64 == there) {
            Some(wanted) => wanted,
            None => {
                let problem = format!(
                    "ends at byte {size}, which does not match {dtype} {shape:?} from byte {start} on"
                );
                return Err(origin.refused(&problem, Some(CUT_OFF)));
            }
        };
        if wanted == 0 || shape.is_empty() {
            let problem = format!("is {dtype} {shape:?}, which holds no samples");
            return Err(origin.refused(&problem, None));
        }
        memory::check(wanted).map_err(|lack| {
            let help = "save it in parts, or as smaller numbers: float16, int8";
            origin.refused(&format!("is {dtype} {shape:?}, {lack}"), Some(help))
        })?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(wanted).map_err(|_| {
            origin.refused(&format!("is too large for the memory: {wanted} bytes"), None)
        })?;
        // One byte more than there is, since an archive checks its checksum only at the end.
        reader
            .take(wanted as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| origin.unreadable(error))?;
        if bytes.len() != wanted {
            let problem = format!("ends after {} of its {wanted} bytes", bytes.len());
            return Err(origin.refused(&problem, Some(CUT_OFF)));
        }
        if fortran && shape.len() > 1 {
            let strides = shape.iter().scan(1, |stride, &axis| {
                let own = *stride;
                *stride *= axis;
                Some(own)
            });
            bytes = reordered(&bytes, dtype.size, &shape, &strides.collect::<Vec<_>>())
                .map_err(|lack| origin.refused(&lack, None))?;
        }
        Ok(Array { origin, dtype, shape, bytes })
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.shape[0]
    }

    /// An error in this array.
    pub fn refused(&self, problem: &str, help: Option<&str>) -> DataError {
        self.origin.refused(problem, help)
    }

    /// Its elements, which must be bytes. Those of images whose channels come last, `[n, h, w, c]`, may be brought to
    /// planes.
    ///
    /// # Errors
    /// There is no memory for the planes.
    pub fn into_bytes(self, planes: bool) -> Result<Vec<u8>, DataError> {
        match (planes, &self.shape[..]) {
            (true, &[n, h, w, c]) => {
                reordered(&self.bytes, 1, &[n, c, h, w], &[h * w * c, 1, w * c, c])
                    .map_err(|lack| self.refused(&lack, None))
            }
            _ => Ok(self.bytes),
        }
    }

    /// Its numbers.
    ///
    /// # Errors
    /// Words, and numbers that are not finite as f32.
    pub fn numbers(&self) -> Result<Vec<f32>, DataError> {
        let numbers = match (self.dtype.kind, self.dtype.size) {
            (Kind::Truth, _) => self.each(|[byte]| f32::from(byte != 0)),
            (Kind::Unsigned, 1) => self.each(|[byte]| f32::from(byte)),
            (Kind::Unsigned, 2) => self.each(|bytes| f32::from(u16::from_le_bytes(bytes))),
            (Kind::Unsigned, 4) => self.each(|bytes| u32::from_le_bytes(bytes) as f32),
            (Kind::Unsigned, _) => self.each(|bytes| u64::from_le_bytes(bytes) as f32),
            (Kind::Signed, 1) => self.each(|bytes| f32::from(i8::from_le_bytes(bytes))),
            (Kind::Signed, 2) => self.each(|bytes| f32::from(i16::from_le_bytes(bytes))),
            (Kind::Signed, 4) => self.each(|bytes| i32::from_le_bytes(bytes) as f32),
            (Kind::Signed, _) => self.each(|bytes| i64::from_le_bytes(bytes) as f32),
            (Kind::Float, 2) => self.each(|bytes| half(u16::from_le_bytes(bytes))),
            (Kind::Float, 4) => self.each(f32::from_le_bytes),
            (Kind::Float, _) => self.each(|bytes| f64::from_le_bytes(bytes) as f32),
            (Kind::Bytes | Kind::Text | Kind::Other, _) => {
                return Err(self.refused("holds words, where numbers are wanted", None));
            }
        }?;
        match numbers.iter().position(|x| !x.is_finite()) {
            None => Ok(numbers),
            Some(at) => {
                let problem = format!(
                    "holds {} at {:?}, where finite numbers of 32 bits are wanted",
                    numbers[at],
                    self.index(at)
                );
                Err(self.refused(&problem, None))
            }
        }
    }

    /// Whether its numbers have more digits than f32.
    pub fn is_wide(&self) -> bool {
        let kind = self.dtype.kind;
        matches!((kind, self.dtype.size), (Kind::Float, 8) | (Kind::Unsigned | Kind::Signed, 4 | 8))
    }

    /// Its numbers with all their digits; 0 for words.
    pub fn doubles(&self) -> impl Iterator<Item = f64> + '_ {
        let (kind, size, big) = (self.dtype.kind, self.dtype.size, self.dtype.big);
        self.bytes.chunks_exact(size.max(1)).map(move |bytes| {
            let mut low = [0; 8];
            let own = &mut low[..size.min(8)];
            own.copy_from_slice(&bytes[..size.min(8)]);
            if big {
                own.reverse();
            }
            let whole = u64::from_le_bytes(low);
            let unused = 64 - 8 * size.min(8) as u32;
            match (kind, size) {
                (Kind::Float, 8) => f64::from_bits(whole),
                (Kind::Float, 4) => f64::from(f32::from_bits(whole as u32)),
                (Kind::Float, _) => f64::from(half(whole as u16)),
                (Kind::Truth, _) => f64::from(u8::from(whole != 0)),
                (Kind::Unsigned, _) => whole as f64,
                // The sign is extended through all unused bits.
                (Kind::Signed, _) => ((whole << unused) as i64 >> unused) as f64,
                (Kind::Bytes | Kind::Text | Kind::Other, _) => 0.0,
            }
        })
    }

    /// Its whole numbers, with truth values as 0 and 1; `None` if it holds words.
    ///
    /// # Errors
    /// Floating-point numbers that are not whole.
    pub fn wholes(&self) -> Result<Option<Vec<i128>>, DataError> {
        let floats = match (self.dtype.kind, self.dtype.size) {
            (Kind::Float, 8) => self.each(f64::from_le_bytes),
            (Kind::Float, 4) => self.each(|bytes| f64::from(f32::from_le_bytes(bytes))),
            (Kind::Float, _) => self.each(|bytes| f64::from(half(u16::from_le_bytes(bytes)))),
            (Kind::Truth, _) => return self.each(|[byte]| i128::from(byte != 0)).map(Some),
            (Kind::Unsigned | Kind::Signed, _) => return self.integers().map(Some),
            (Kind::Bytes | Kind::Text | Kind::Other, _) => return Ok(None),
        }?;
        // NaN and infinity have no fraction that is 0.
        match floats.iter().position(|x| x.fract() != 0.0 || x.abs() > LARGEST_WHOLE) {
            None => Ok(Some(floats.into_iter().map(|x| x as i128).collect())),
            Some(at) => {
                let problem = format!(
                    "holds {} at {:?}, which is not a class: classes are whole numbers or words",
                    floats[at],
                    self.index(at)
                );
                Err(self.refused(&problem, Some("task=\"numbers\" predicts numbers")))
            }
        }
    }

    fn integers(&self) -> Result<Vec<i128>, DataError> {
        match (self.dtype.kind, self.dtype.size) {
            (Kind::Unsigned, 1) => self.each(|[byte]| i128::from(byte)),
            (Kind::Unsigned, 2) => self.each(|bytes| i128::from(u16::from_le_bytes(bytes))),
            (Kind::Unsigned, 4) => self.each(|bytes| i128::from(u32::from_le_bytes(bytes))),
            (Kind::Unsigned, _) => self.each(|bytes| i128::from(u64::from_le_bytes(bytes))),
            (_, 1) => self.each(|bytes| i128::from(i8::from_le_bytes(bytes))),
            (_, 2) => self.each(|bytes| i128::from(i16::from_le_bytes(bytes))),
            (_, 4) => self.each(|bytes| i128::from(i32::from_le_bytes(bytes))),
            _ => self.each(|bytes| i128::from(i64::from_le_bytes(bytes))),
        }
    }

    /// Its words; `None` if it holds numbers.
    ///
    /// # Errors
    /// Bytes that are not text.
    pub fn words(&self) -> Result<Option<Vec<String>>, DataError> {
        let word = |bytes: &[u8]| match self.dtype.kind {
            Kind::Bytes => String::from_utf8(bytes.to_vec()).ok(),
            _ => {
                let points = bytes.as_chunks::<4>().0.iter().map(|&point| match self.dtype.big {
                    true => u32::from_be_bytes(point),
                    false => u32::from_le_bytes(point),
                });
                points.map(char::from_u32).collect()
            }
        };
        if !matches!(self.dtype.kind, Kind::Bytes | Kind::Text) {
            return Ok(None);
        }
        let words = self.bytes.chunks_exact(self.dtype.size).enumerate().map(|(at, bytes)| {
            let text = word(bytes).ok_or_else(|| {
                self.refused(&format!("holds invalid text at {:?}", self.index(at)), None)
            })?;
            Ok(text.trim_end_matches('\0').to_string())
        });
        words.collect::<Result<_, _>>().map(Some)
    }

    /// The value of each element, from its bytes in little-endian order.
    fn each<const SIZE: usize, T>(
        &self,
        read: impl Fn([u8; SIZE]) -> T,
    ) -> Result<Vec<T>, DataError> {
        let elements = self.bytes.as_chunks().0.iter();
        let count = elements.len();
        let refused = |lack: String| {
            self.refused(&format!("holds {} values, {lack}", count_text(count)), None)
        };
        memory::check(count.saturating_mul(size_of::<T>())).map_err(refused)?;
        let mut values = Vec::new();
        values
            .try_reserve_exact(count)
            .map_err(|_| refused("for which there is no memory".to_string()))?;
        match self.dtype.big {
            false => values.extend(elements.map(|&bytes| read(bytes))),
            true => values.extend(elements.map(|&(mut bytes)| {
                bytes.reverse();
                read(bytes)
            })),
        }
        Ok(values)
    }

    /// The index of an element.
    pub fn index(&self, mut at: usize) -> Vec<usize> {
        let mut index = self.shape.clone();
        for axis in index.iter_mut().rev() {
            let size = *axis;
            (*axis, at) = (at % size, at / size);
        }
        index
    }
}

/// A number of 16 bits.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (u32::from(bits >> 10 & 31), u32::from(bits & 1023));
    let size = match exponent {
        // Multiples of 2^-24.
        0 => fraction as f32 / 16_777_216.0,
        31 if fraction == 0 => f32::INFINITY,
        31 => f32::NAN,
        // The exponent's bias is 15 there, 127 here; the fraction's 10 bits are the high ones of 23.
        _ => f32::from_bits(((exponent + 112) << 23) | (fraction << 13)),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// Elements of `item` bytes in a new order: of this shape, the last index running fastest, where a step along each axis
/// was so many elements before.
///
/// # Errors
/// There is no memory for them.
fn reordered(
    bytes: &[u8],
    item: usize,
    shape: &[usize],
    strides: &[usize],
) -> Result<Vec<u8>, String> {
    let mut out = memory::reserved(bytes.len())?;
    let (Some((&width, outer)), Some((&step, strides))) =
        (shape.split_last(), strides.split_last())
    else {
        return Ok(out);
    };
    let mut index = vec![0; outer.len()];
    let mut start = 0;
    loop {
        for i in 0..width {
            out.extend_from_slice(&bytes[(start + i * step) * item..][..item]);
        }
        // The last outer axis that is not at its end moves on; those after it start again.
        let Some(axis) = (0..outer.len()).rev().find(|&axis| index[axis] + 1 < outer[axis]) else {
            return Ok(out);
        };
        index[axis] += 1;
        index[axis + 1..].fill(0);
        start = index.iter().zip(strides).map(|(i, stride)| i * stride).sum();
    }
}
