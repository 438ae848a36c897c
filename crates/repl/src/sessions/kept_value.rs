//! Values as they are kept for `restore`: as JSON, and the numbers of networks and tensors as files beside it.

use crate::{Function, Record, Session, Source, Value};
use relume_serialization::write_atomically;
use relume_tensor::{Precision, Shape, Tensor};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Numbers that are written at once.
const AT_ONCE: usize = 1 << 16;
/// The largest tensor whose numbers are written after the line that made it; larger ones are kept as their expression.
const MOST_BYTES: usize = 1 << 30;

/// A place for the files of one value, and a name for each.
pub(super) struct Files<'a> {
    pub folder: &'a Path,
    /// The number of the next file.
    pub next: &'a mut u64,
    /// The files that were written.
    pub written: Vec<String>,
}

impl Files<'_> {
    fn name(&mut self, ending: &str) -> String {
        let name = format!("{}.{ending}", self.next);
        *self.next += 1;
        self.written.push(name.clone());
        name
    }

    fn tensor(&mut self, kind: &str, tensor: &Tensor) -> Result<Json, String> {
        let file = self.name("f32");
        write_atomically(&self.folder.join(&file), |out| {
            // Of a clone, so that reading does not widen this one.
            let own = tensor.clone();
            own.data().chunks(AT_ONCE).try_for_each(|numbers| {
                let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
                out.write_all(&bytes)
            })
        })
        .map_err(|error| error.to_string())?;
        let precision = tensor.precision().to_string();
        Ok(json!({ "kind": kind, "shape": tensor.dims(), "file": file, "precision": precision }))
    }
}

/// A value as JSON. `defined` is the expression that gave it, if there is one.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn keep(
    value: &Value,
    defined: Option<&str>,
    files: &mut Files<'_>,
) -> Result<Json, String> {
    Ok(match value {
        Value::Number(x) => json!({ "kind": "number", "bits": x.to_bits() }),
        Value::Text(text) => json!({ "kind": "text", "text": text }),
        Value::Boolean(own) => json!({ "kind": "boolean", "value": own }),
        Value::Range(from, to) => json!({ "kind": "range", "from": from, "to": to }),
        Value::List(items) => {
            let items: Result<Vec<Json>, String> =
                items.iter().map(|item| keep(item, None, files)).collect();
            json!({ "kind": "list", "items": items? })
        }
        Value::Record(record) => {
            let fields: Result<Vec<Json>, String> = record
                .iter()
                .map(|(name, value)| Ok(json!([name, keep(value, None, files)?])))
                .collect();
            json!({ "kind": "record", "fields": fields? })
        }
        Value::Tensor(tensor) if tensor.bytes() <= MOST_BYTES => files.tensor("tensor", tensor)?,
        Value::Mask(mask) if mask.bytes() <= MOST_BYTES => files.tensor("mask", mask)?,
        Value::Network(model) if model.network().is_some() => {
            let file = files.name("rlm");
            relume_training::save(model, &files.folder.join(&file))
                .map_err(|error| error.to_string())?;
            json!({ "kind": "network", "file": file })
        }
        Value::Network(model) if !model.has_given_weights() => {
            json!({ "kind": "layers", "text": model.spec().to_string(), "seed": model.seed() })
        }
        Value::Spec(spec) => json!({ "kind": "specification", "text": spec.to_string() }),
        Value::Function(function) => {
            json!({ "kind": "function", "name": function.name(), "text": function.to_string() })
        }
        Value::Nothing => json!({ "kind": "nothing" }),
        other => match defined {
            Some(text) => {
                json!({ "kind": "expression", "text": text, "shown": crate::show::show(other) })
            }
            None => lost(other.kind()),
        },
    })
}

/// Of a value that cannot be kept, what it was.
pub(super) fn lost(kind: &str) -> Json {
    json!({ "kind": "lost", "what": kind })
}

/// The value of its JSON, with a remark if it is another one than it was.
///
/// # Errors
/// Why it cannot be restored.
pub(super) fn restore(
    session: &mut Session,
    kept: &Json,
    folder: &Path,
) -> Result<(Value, Option<String>), String> {
    let text = |name: &str| kept.get(name).and_then(Json::as_str).ok_or("it is damaged");
    let file = || Ok::<_, String>(folder.join(text("file")?));
    let value = match text("kind")? {
        "number" => Value::Number(f64::from_bits(whole(kept, "bits")?)),
        "text" => Value::Text(text("text")?.to_string()),
        "boolean" => Value::Boolean(kept.get("value").and_then(Json::as_bool).unwrap_or(false)),
        "range" => {
            let end = |name: &str| kept.get(name).and_then(Json::as_i64).ok_or("it is damaged");
            Value::Range(end("from")?, end("to")?)
        }
        "list" => {
            let items = list(kept, "items")?.iter();
            let items = items.map(|item| Ok(restore(session, item, folder)?.0));
            Value::List(items.collect::<Result<_, String>>()?)
        }
        "record" => {
            let field = |field: &Json| {
                let name = field.get(0).and_then(Json::as_str).ok_or("it is damaged")?;
                let value = field.get(1).ok_or("it is damaged")?;
                Ok((name.to_string(), restore(session, value, folder)?.0))
            };
            let fields = list(kept, "fields")?.iter().map(field);
            Value::Record(fields.collect::<Result<Record, String>>()?)
        }
        "tensor" => Value::Tensor(tensor(kept, &file()?)?),
        "mask" => Value::Mask(tensor(kept, &file()?)?),
        "network" => {
            let mut model = relume_training::load(&file()?).map_err(|error| error.to_string())?;
            let remark = model.take_newer().map(|newer| format!("its file {newer}"));
            return Ok((Value::Network(Box::new(model)), remark));
        }
        "layers" => {
            let own = std::mem::replace(&mut session.settings.seed, whole(kept, "seed")?);
            let value = value_of(session, text("text")?);
            session.settings.seed = own;
            value?
        }
        "specification" => value_of(session, text("text")?)?,
        "function" => Value::Function(function(text("name")?, text("text")?)?),
        "nothing" => Value::Nothing,
        "expression" => {
            let (given, shown) = (text("text")?, text("shown")?);
            let value = value_of(session, given)?;
            let is_same = crate::show::show(&value) == shown;
            let remark = (!is_same).then(|| format!("`{given}` does not give the same as before"));
            return Ok((value, remark));
        }
        "lost" => return Err(format!("it was {}, which cannot be kept", text("what")?)),
        _ => return Err("it is of a later version of relume".to_string()),
    };
    Ok((value, None))
}

fn whole(kept: &Json, name: &str) -> Result<u64, String> {
    kept.get(name).and_then(Json::as_u64).ok_or_else(|| "it is damaged".to_string())
}

fn list<'a>(kept: &'a Json, name: &str) -> Result<&'a Vec<Json>, String> {
    kept.get(name).and_then(Json::as_array).ok_or_else(|| "it is damaged".to_string())
}

fn value_of(session: &mut Session, text: &str) -> Result<Value, String> {
    session.value(text).map_err(|failure| failure.diagnostic.message)
}

/// The numbers of a tensor's file.
fn tensor(kept: &Json, file: &Path) -> Result<Tensor, String> {
    let sizes = list(kept, "shape")?.iter().filter_map(Json::as_u64);
    let sizes: Vec<usize> = sizes.filter_map(|size| usize::try_from(size).ok()).collect();
    let shape = Shape::new(&sizes).map_err(|error| error.to_string())?;
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let numbers = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let tensor = Tensor::new(shape, numbers.collect()).map_err(|error| error.to_string())?;
    let own = kept.get("precision").and_then(Json::as_str).ok_or("it is damaged")?;
    let mut all = [Precision::F32, Precision::F16, Precision::Bf16].into_iter();
    let precision = all.find(|precision| precision.to_string() == own);
    Ok(tensor.to_precision(precision.ok_or("it is of a later version of relume")?))
}

/// A function from its definition, which stands alone.
fn function(name: &str, text: &str) -> Result<Function, String> {
    let mut scratch = Session::new(crate::Output::captured().0);
    scratch.run(text, &Source::Prompt).map_err(|failure| failure.diagnostic.message)?;
    match scratch.names.get(name) {
        Some(Value::Function(function)) => Ok(function.clone()),
        _ => Err("its definition cannot be read".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_come_back_in_their_precision() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = Session::new(crate::Output::captured().0);
        let tensor = Tensor::from_fn([3, 2], |i| i as f32 - 0.3);
        for precision in [Precision::F32, Precision::F16, Precision::Bf16] {
            let tensor = tensor.to_precision(precision);
            let mut next = 0;
            let mut files = Files { folder: folder.path(), next: &mut next, written: Vec::new() };
            let kept = keep(&Value::Tensor(tensor.clone()), None, &mut files).expect("it is kept");
            let (restored, remark) = restore(&mut session, &kept, folder.path()).expect("a value");
            let Value::Tensor(restored) = restored else { panic!("{restored:?}") };
            assert_eq!((restored.precision(), remark), (precision, None));
            assert_eq!((restored.dims(), restored.data()), (tensor.dims(), tensor.data()));
        }
    }
}
