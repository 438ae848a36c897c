//! The head of a safetensors file: which tensors there are, and where. Nothing of it is believed before it is compared
//! with the length of the file.

use ::safetensors::Dtype;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

/// The key of what the head has beside tensors.
const METADATA: &str = "__metadata__";

/// A valid head.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// The tensors in the order of their numbers.
    pub tensors: Vec<Entry>,
    /// The metadata of the file.
    pub metadata: BTreeMap<String, String>,
}

/// A tensor of a file.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    pub dtype: Dtype,
    pub sizes: Vec<usize>,
    /// Where its bytes are in the file.
    pub place: Range<usize>,
}

/// A tensor as the head has it. Places are counted from the end of the head.
#[derive(Deserialize)]
struct Info {
    dtype: Dtype,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

/// The head of a file.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) fn read(file: &[u8]) -> Result<Header, String> {
    let (length, rest) = file.split_first_chunk().ok_or("it is shorter than 8 bytes")?;
    let length = u64::from_le_bytes(*length);
    let fits = usize::try_from(length).ok().filter(|&length| length <= rest.len());
    let length = fits.ok_or_else(|| {
        format!("its head would have {length} bytes, and {} are there", rest.len())
    })?;
    let (head, numbers) = rest.split_at(length);
    let parts = serde_json::from_slice::<Distinct<Parts>>(head);
    let Distinct(Parts { tensors, metadata }) =
        parts.map_err(|error| format!("its head: {error}"))?;
    Ok(Header { tensors: placed(tensors, file.len() - numbers.len(), numbers.len())?, metadata })
}

/// The tensors in the order of their numbers, which follow one another from the end of the head, `begin`, and are
/// `length` bytes in all.
fn placed(tensors: Vec<(String, Info)>, begin: usize, length: usize) -> Result<Vec<Entry>, String> {
    let mut tensors = tensors;
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let mut entries = Vec::with_capacity(tensors.len());
    let mut before = 0;
    for (name, Info { dtype, shape, data_offsets: (start, end) }) in tensors {
        let wrong = |problem: &str| Err(format!("the tensor `{name}` {problem}"));
        if end > length {
            return wrong("would reach beyond the end of the file");
        }
        match start.cmp(&before) {
            std::cmp::Ordering::Less => return wrong("overlaps the one before it"),
            std::cmp::Ordering::Greater => return wrong("does not follow the one before it"),
            std::cmp::Ordering::Equal => {}
        }
        // Sizes of 0 are left out: the others must not overflow either, or strides would.
        let full =
            shape.iter().try_fold(dtype.bitsize(), |bits, &size| bits.checked_mul(size.max(1)));
        let bits = if shape.contains(&0) { full.map(|_| 0) } else { full };
        if end < start || bits != (end - start).checked_mul(8) {
            return wrong("has a shape that does not fit its bytes");
        }
        before = end;
        entries.push(Entry { name, dtype, sizes: shape, place: begin + start..begin + end });
    }
    match before == length {
        true => Ok(entries),
        false => Err(format!("{} bytes follow its last tensor", length - before)),
    }
}

/// The head's object, taken apart.
#[derive(Default)]
struct Parts {
    tensors: Vec<(String, Info)>,
    metadata: BTreeMap<String, String>,
}

/// An object whose names differ. JSON allows a name twice, of which other readers keep one.
trait Object: Default {
    /// What is expected, for errors.
    const EXPECTED: &'static str;

    /// Takes the value of a name.
    fn take<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error>;
}

impl Object for Parts {
    const EXPECTED: &'static str = "an object of tensors";

    fn take<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error> {
        match name == METADATA {
            true => self.metadata = map.next_value::<Distinct<_>>()?.0,
            false => self.tensors.push((name, map.next_value()?)),
        }
        Ok(())
    }
}

impl Object for BTreeMap<String, String> {
    const EXPECTED: &'static str = "an object of texts";

    fn take<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error> {
        let text = map.next_value()?;
        self.insert(name, text);
        Ok(())
    }
}

/// An object that is read with its names compared.
struct Distinct<T>(T);

impl<'de, T: Object> Deserialize<'de> for Distinct<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Names(PhantomData)).map(Distinct)
    }
}

struct Names<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for Names<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut names = HashSet::new();
        let mut object = T::default();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(de::Error::custom(format_args!("the name `{name}` is there twice")));
            }
            object.take(name, &mut map)?;
        }
        Ok(object)
    }
}
