//! From a checkpoint to the sections of its file.

use super::records::{
    OptimizerRecord, RunRecord, SlotRecord, TensorRecord, encode, encode_list, section,
};
use super::{Checkpoint, OptimizerState, RunState, Series};
use crate::SaveError;
use crate::container::Section;
use relume_tensor::Tensor;

/// The sections of a checkpoint in the order of the file: the small ones first.
pub(super) fn sections(checkpoint: &Checkpoint) -> Result<Vec<Section<'_>>, SaveError> {
    let mut sections = vec![text("network", &checkpoint.network)];
    sections.extend(checkpoint.preparation.as_deref().map(|json| text("preparation", json)));
    for (key, value) in &checkpoint.metadata {
        sections.push(text(format!("metadata/{key}"), value));
    }
    let tensors = checkpoint.tensors.iter().map(|named| TensorRecord {
        name: named.name.clone(),
        kind: named.kind,
        shape: shape(&named.tensor),
    });
    list("tensors", &tensors.collect::<Vec<_>>(), &mut sections)?;
    if let Some(run) = &checkpoint.run {
        append_run(run, &mut sections)?;
    }
    for named in &checkpoint.tensors {
        let name = section(named.tensor.precision(), &named.name);
        sections.push(match named.tensor.halves() {
            Some(halves) => Section::halves(name, halves.bits()),
            None => Section::floats(name, named.tensor.data()),
        });
    }
    if let Some(optimizer) = &checkpoint.optimizer {
        append_optimizer(optimizer, &mut sections)?;
    }
    Ok(sections)
}

fn append_optimizer<'a>(
    optimizer: &'a OptimizerState,
    sections: &mut Vec<Section<'a>>,
) -> Result<(), SaveError> {
    let names = optimizer.slots.iter().map(|(name, _)| name.clone()).collect();
    let record = OptimizerRecord { slots: names };
    sections.push(Section::bytes("optimizer", encode("the optimizer", &record)?));
    sections.push(text("optimizer/spec", &optimizer.spec));
    let records = (0..).zip(&optimizer.slots).flat_map(|(slot, (_, tensors))| {
        tensors.iter().map(move |tensor| SlotRecord { slot, shape: shape(tensor) })
    });
    list("optimizer/tensors", &records.collect::<Vec<_>>(), sections)?;
    for (slot, tensors) in &optimizer.slots {
        for (i, tensor) in tensors.iter().enumerate() {
            let name = format!("optimizer/tensor/{slot}/{i}");
            sections.push(Section::floats(name, tensor.data()));
        }
    }
    Ok(())
}

fn append_run<'a>(run: &'a RunState, sections: &mut Vec<Section<'a>>) -> Result<(), SaveError> {
    let record = RunRecord {
        epoch: run.epoch,
        batch: run.batch,
        step: run.step,
        seed: run.seed,
        generators: run.generators.clone(),
        series: run.history.iter().map(|series| series.name.clone()).collect(),
    };
    sections.push(Section::bytes("run", encode("the training run", &record)?));
    sections.push(text("run/plan", &run.plan));
    sections.push(text("run/progress", &run.progress));
    for series in &run.history {
        sections.push(Section::bytes(format!("run/history/{}", series.name), points(series)));
    }
    Ok(())
}

/// A list of records as the sections `name/0`, `name/1` and so on.
fn list<T: serde::Serialize>(
    name: &str,
    records: &[T],
    sections: &mut Vec<Section>,
) -> Result<(), SaveError> {
    for (i, piece) in encode_list(name, records)?.into_iter().enumerate() {
        sections.push(Section::bytes(format!("{name}/{i}"), piece));
    }
    Ok(())
}

fn text(name: impl Into<String>, text: &str) -> Section<'_> {
    Section::bytes(name, text.as_bytes())
}

fn shape(tensor: &Tensor) -> Vec<u64> {
    tensor.dims().iter().map(|&size| size as u64).collect()
}

fn points(series: &Series) -> Vec<u8> {
    let point = |&(step, value): &(u64, f64)| [step.to_le_bytes(), value.to_le_bytes()];
    series.points.iter().flat_map(point).flatten().collect()
}
