//! Files of a newer minor version: what is known is loaded, to the same predictions and the same end of the run.

use crate::common::{Watch, bits, model, moons, plan};
use relume_serialization::Checkpoint;
use relume_training::{Interrupt, Model, Outcome, Plan, Silent, fit, load, save};
use serde_json::{Value, json};
use std::path::Path;

/// CRC-32 as zip and PNG have it.
fn crc32(bytes: &[u8]) -> u32 {
    let shifted = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), shifted))
}

/// Writes a checkpoint as a file of this minor version.
fn write(path: &Path, checkpoint: &Checkpoint, minor: u16) {
    let mut bytes = relume_serialization::to_bytes(checkpoint).unwrap();
    bytes[10..12].copy_from_slice(&minor.to_le_bytes());
    let checksum = crc32(&bytes[..44]);
    bytes[44..48].copy_from_slice(&checksum.to_le_bytes());
    std::fs::write(path, bytes).unwrap();
}

/// Adds a field to the object at a place of a JSON text.
fn add(text: &mut String, place: &str, name: &str) {
    let mut json: Value = serde_json::from_str(text).unwrap();
    let object = json.pointer_mut(place).and_then(Value::as_object_mut);
    let object = object.unwrap_or_else(|| panic!("{place} of {text}"));
    object.insert(name.to_string(), json!({"strength": [1, 2]}));
    *text = json.to_string();
}

/// A run that was stopped, as its file; and where it ends.
fn unfinished(plan: &Plan, path: &Path) -> (Checkpoint, Model) {
    let mut model = model();
    let mut watch = Watch { stop_after: Some(13), ..Watch::default() };
    let interrupt = watch.interrupt.clone();
    let outcome = fit(&mut model, &moons(), plan, &mut watch, &interrupt).unwrap();
    assert_eq!(outcome, Outcome::Interrupted);
    save(&model, path).unwrap();
    fit(&mut model, &moons(), plan, &mut Silent, &Interrupt::default()).unwrap();
    (relume_serialization::load(path).unwrap(), model)
}

#[test]
fn fields_and_options_that_are_not_known_are_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.rlm");
    let plan = plan(&moons(), 3);
    let (honest, end) = unfinished(&plan, &path);
    let mut newer = honest.clone();
    let run = newer.run.as_mut().unwrap();
    add(&mut newer.network, "/spec/layers/0/dense", "gain");
    add(&mut newer.network, "/spec/layers/4/dense", "gain");
    add(&mut newer.network, "", "licence");
    add(&mut run.plan, "/optimizer/adam", "phase");
    add(&mut run.plan, "", "weather");
    add(&mut run.progress, "", "mood");
    add(&mut newer.optimizer.as_mut().unwrap().spec, "/spec/adam", "phase");
    write(&path, &newer, 1);
    let mut loaded = load(&path).unwrap();
    let left_out = loaded.take_newer().expect("it is newer").left_out;
    let mut sorted = left_out.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        [
            "adam's `phase`",
            "dense's `gain`",
            "network's `licence`",
            "plan's `weather`",
            "run's `mood`"
        ],
        "each once"
    );
    assert_eq!(loaded.take_newer(), None, "it is told once");
    fit(&mut loaded, &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap();
    assert_eq!(bits(&loaded), bits(&end));
    assert_eq!(loaded.run(), end.run());

    write(&path, &honest, 1);
    assert!(load(&path).unwrap().take_newer().unwrap().left_out.is_empty());
    // In a file of a known version the same option is a mistake.
    write(&path, &newer, 0);
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("dense has no argument `gain`"), "{error}");
}

#[test]
fn what_cannot_be_left_out_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.rlm");
    let (honest, _) = unfinished(&plan(&moons(), 3), &path);
    let mut newer = honest.clone();
    newer.network = newer.network.replacen("\"relu\"", "\"relu_of_tomorrow\"", 1);
    write(&path, &newer, 1);
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("relu_of_tomorrow"), "{error}");
    // Known options are checked as always.
    let mut newer = honest;
    newer.network = newer.network.replacen("\"units\":16", "\"units\":-16", 1);
    write(&path, &newer, 1);
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("`units`"), "{error}");
}
