//! From the sections of a file to the checkpoint.

use super::records::{
    LIMIT, OptimizerRecord, OptimizerRecord1, RunRecord, SlotRecord, TensorRecord, decode, section,
};
use super::{Checkpoint, NamedTensor, OptimizerState, RunState, Series};
use crate::container::{Container, zeros};
use crate::{FormatError, Newer};
use relume_tensor::{Precision, Shape, Tensor};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io::{Read, Seek};

/// The checkpoint in a file. Every section is read, and none is left over but those of a newer minor version.
pub(super) fn checkpoint<R: Read + Seek>(
    mut file: Container<R>,
) -> Result<Checkpoint, FormatError> {
    let version = file.version();
    let is_newer = file.is_newer();
    let mut checkpoint = Checkpoint {
        network: file.take_text("network")?,
        preparation: optional(&mut file, "preparation", |file| file.take_text("preparation"))?,
        metadata: metadata(&mut file)?,
        tensors: tensors(&mut file)?,
        run: optional(&mut file, "run", run)?,
        optimizer: optional(&mut file, "optimizer", optimizer)?,
        newer: None,
    };
    let unknown = file.finish()?;
    checkpoint.newer = is_newer.then(|| Newer::new(version, &unknown));
    Ok(checkpoint)
}

/// The result of `read` if the file has the section `name`.
fn optional<R: Read + Seek, T>(
    file: &mut Container<R>,
    name: &str,
    read: impl FnOnce(&mut Container<R>) -> Result<T, FormatError>,
) -> Result<Option<T>, FormatError> {
    if file.has(name) { read(file).map(Some) } else { Ok(None) }
}

fn metadata<R: Read + Seek>(
    file: &mut Container<R>,
) -> Result<BTreeMap<String, String>, FormatError> {
    let key = |name: &str| name.strip_prefix("metadata/").map(String::from);
    let keys: Vec<String> = file.names().into_iter().filter_map(key).collect();
    let value = |key: String| Ok((key.clone(), file.take_text(&format!("metadata/{key}"))?));
    keys.into_iter().map(value).collect()
}

fn tensors<R: Read + Seek>(file: &mut Container<R>) -> Result<Vec<NamedTensor>, FormatError> {
    let records = list(file, "tensors")?;
    let named = |record: TensorRecord| {
        let tensor = named_tensor(file, &record.name, &record.shape)?;
        Ok(NamedTensor { name: record.name, kind: record.kind, tensor })
    };
    records.into_iter().map(named).collect()
}

fn optimizer<R: Read + Seek>(file: &mut Container<R>) -> Result<OptimizerState, FormatError> {
    let slots = match file.version().major {
        1 => record::<_, OptimizerRecord1>(file, "optimizer")?.slots,
        _ => record::<_, OptimizerRecord>(file, "optimizer")?.slots,
    };
    let spec = file.take_text("optimizer/spec")?;
    let mut slots: Vec<_> = slots.into_iter().map(|name| (name, Vec::new())).collect();
    for SlotRecord { slot, shape } in list(file, "optimizer/tensors")? {
        let (name, tensors) = slots.get_mut(slot as usize).ok_or_else(|| {
            FormatError::section(
                "optimizer",
                format!("a tensor is of slot {slot}, which is not there"),
            )
        })?;
        let section = format!("optimizer/tensor/{name}/{}", tensors.len());
        tensors.push(tensor(file, &section, &shape)?);
    }
    Ok(OptimizerState { spec, slots })
}

fn run<R: Read + Seek>(file: &mut Container<R>) -> Result<RunState, FormatError> {
    let RunRecord { epoch, batch, step, seed, generators, series } = record(file, "run")?;
    let plan = file.take_text("run/plan")?;
    let progress = file.take_text("run/progress")?;
    let read = |name: String| Ok(Series { points: points(file, &name)?, name });
    let history = series.into_iter().map(read).collect::<Result<_, FormatError>>()?;
    Ok(RunState { epoch, batch, step, seed, plan, progress, generators, history })
}

fn points<R: Read + Seek>(
    file: &mut Container<R>,
    series: &str,
) -> Result<Vec<(u64, f64)>, FormatError> {
    let section = format!("run/history/{series}");
    let bytes = file.take_bytes(&section)?;
    let (numbers, rest) = bytes.as_chunks::<8>();
    let (pairs, odd) = numbers.as_chunks::<2>();
    if !rest.is_empty() || !odd.is_empty() {
        return Err(FormatError::section(&section, "it is not made of points of 16 bytes"));
    }
    let point =
        |&[step, value]: &[[u8; 8]; 2]| (u64::from_le_bytes(step), f64::from_le_bytes(value));
    Ok(pairs.iter().map(point).collect())
}

/// Takes one of the network's tensors, in the precision in which it was saved.
fn named_tensor<R: Read + Seek>(
    file: &mut Container<R>,
    name: &str,
    sizes: &[u64],
) -> Result<Tensor, FormatError> {
    let half = [Precision::F16, Precision::Bf16].map(|half| (half, section(half, name)));
    let Some((precision, section)) = half.into_iter().find(|(_, section)| file.has(section)) else {
        return tensor(file, &section(Precision::F32, name), sizes);
    };
    let shape = shape(file, &section, sizes, precision)?;
    let count = shape.count() as u64;
    let no_memory = || FormatError::no_memory(&section, 2 * count);
    let mut bits = zeros(count).ok_or_else(no_memory)?;
    file.take_halves(&section, &mut bits)?;
    Tensor::from_bits(shape, precision, bits)
        .map_err(|problem| FormatError::section(&section, problem))
}

/// Takes a tensor in f32.
fn tensor<R: Read + Seek>(
    file: &mut Container<R>,
    section: &str,
    sizes: &[u64],
) -> Result<Tensor, FormatError> {
    let shape = shape(file, section, sizes, Precision::F32)?;
    let no_memory = |_| FormatError::no_memory(section, 4 * shape.count() as u64);
    let mut tensor = Tensor::try_uninit(shape).map_err(no_memory)?;
    file.take_floats(section, tensor.data_mut())?;
    Ok(tensor)
}

/// A tensor's shape, once it fits the length of its section: memory is allocated only then.
fn shape<R: Read + Seek>(
    file: &Container<R>,
    section: &str,
    sizes: &[u64],
    precision: Precision,
) -> Result<Shape, FormatError> {
    let length = file.section_length(section)?;
    let unfit = || {
        FormatError::section(section, format!("its {length} bytes do not fit its shape {sizes:?}"))
    };
    let sizes = sizes.iter().map(|&size| usize::try_from(size)).collect::<Result<Vec<_>, _>>();
    let shape = Shape::new(&sizes.map_err(|_| unfit())?)
        .map_err(|problem| FormatError::section(section, problem))?;
    // Sizes of 0 are left out: the others must not overflow either, or strides would.
    let full =
        shape.iter().try_fold(precision.bytes(), |bytes, &size| bytes.checked_mul(size.max(1)));
    let bytes = if shape.contains(&0) { full.map(|_| 0) } else { full };
    if bytes.map(|bytes| bytes as u64) != Some(length) {
        return Err(unfit());
    }
    Ok(shape)
}

/// Takes a list of records from the sections `name/0`, `name/1` and so on, of which there is at least one.
fn list<R: Read + Seek, T: DeserializeOwned>(
    file: &mut Container<R>,
    name: &str,
) -> Result<Vec<T>, FormatError> {
    let mut records: Vec<T> = record(file, &format!("{name}/0"))?;
    for i in 1.. {
        let section = format!("{name}/{i}");
        if !file.has(&section) {
            break;
        }
        records.append(&mut record(file, &section)?);
    }
    Ok(records)
}

/// Takes a section as a record; one that is longer than any record is refused before it is read.
fn record<R: Read + Seek, T: DeserializeOwned>(
    file: &mut Container<R>,
    section: &str,
) -> Result<T, FormatError> {
    let length = file.section_length(section)?;
    if length > LIMIT {
        let problem = format!("it has {length} bytes; a record has at most {LIMIT}");
        return Err(FormatError::section(section, problem));
    }
    decode(section, &file.take_bytes(section)?)
}
