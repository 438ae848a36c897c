//! What the fuzz targets of saved networks do with bytes: each is loaded or refused, and what is loaded is saved again.

use relume_layers::NetworkSpec;
use relume_serialization::{Checkpoint, from_bytes, safetensors as weights, to_bytes};
use relume_tensor::{Shape, Tensor};
use relume_training::{Model, load, save};
use std::path::PathBuf;
use std::sync::OnceLock;
use tempfile::TempDir;

/// A trained network with all of the texts that a file may have.
const TRAINED: &[u8] = include_bytes!("../corpus/checkpoint/trained");

/// The most numbers of a sample that are passed through a network: larger ones take their time.
const MOST: usize = 4096;

/// A checkpoint, as it is, and with its checksums mended, so that what follows them is reached.
pub fn checkpoint(bytes: &[u8]) {
    read(bytes);
    if let Some(mended) = mended(bytes) {
        read(&mended);
    }
}

/// A JSON text in a file that is valid otherwise. The first line is the name of its section, the rest is the text.
pub fn specification(bytes: &[u8]) {
    let Ok(input) = std::str::from_utf8(bytes) else { return };
    let Some((section, text)) = input.split_once('\n') else { return };
    let mut checkpoint = from_bytes(TRAINED).expect("a valid file");
    let run = checkpoint.run.as_mut().expect("a run");
    let own = match section {
        "network" => &mut checkpoint.network,
        "preparation" => checkpoint.preparation.get_or_insert_default(),
        "run/plan" => &mut run.plan,
        "run/progress" => &mut run.progress,
        "optimizer/spec" => &mut checkpoint.optimizer.as_mut().expect("an optimizer").spec,
        "metadata/run" => checkpoint.metadata.entry("run".to_string()).or_default(),
        _ => return,
    };
    *own = text.to_string();
    if section == "network" {
        let as_it_was = checkpoint.clone();
        check_model(&as_it_was);
        // The optimizer is of another network.
        checkpoint.optimizer = None;
    }
    check_model(&checkpoint);
}

/// Weights of any program.
pub fn safetensors(bytes: &[u8]) {
    match weights::from_bytes(bytes) {
        Ok(read) => {
            let network = read.network.clone().unwrap_or_else(|| "{}".to_string());
            let tensors = read.tensors.clone();
            let checkpoint = Checkpoint { network, tensors, ..Checkpoint::default() };
            let again = weights::to_bytes(&checkpoint).expect("what was read can be written");
            let again = weights::from_bytes(&again).expect("and read again");
            assert_eq!(again.tensors.len(), read.tensors.len(), "nothing is lost");
        }
        Err(error) => check_refusal(&error.to_string()),
    }
}

/// Reads a checkpoint, and the model in it.
fn read(bytes: &[u8]) {
    match from_bytes(bytes) {
        Ok(checkpoint) => {
            let again = to_bytes(&checkpoint).expect("what was read can be written");
            assert!(from_bytes(&again).is_ok(), "and read again");
            check_model(&checkpoint);
        }
        Err(error) => check_refusal(&error.to_string()),
    }
}

/// Loads the model of a checkpoint from a file. One that is loaded can be used, printed and saved.
fn check_model(checkpoint: &Checkpoint) {
    let path = file("net.rlm");
    relume_serialization::save(&path, checkpoint).expect("a file");
    match load(&path) {
        Ok(model) => {
            use_model(&model);
            save(&model, &path).expect("what was loaded can be saved");
            let again = load(&path).expect("and loaded again");
            assert_eq!(again.spec(), model.spec(), "the network stays what it is");
        }
        Err(error) => {
            check_refusal(&error.to_string());
            let _ = error.help();
        }
    }
    std::fs::remove_file(path).expect("the file");
}

fn use_model(model: &Model) {
    let text = model.spec().to_string();
    let again = text.parse::<NetworkSpec>();
    assert!(again.as_ref().ok() == Some(model.spec()), "{text} is read as {again:?}");
    let Some(network) = model.network() else { return };
    let weights: usize = network.parameters().iter().map(|(_, own)| own.value.count()).sum();
    let largest = network.shapes().iter().map(Shape::count).max();
    if largest.unwrap_or_default().max(network.input().count()).max(weights) <= MOST {
        let batch = network.input().with_batch(2);
        let _ = batch.map(|shape| network.predict(&Tensor::zeros(shape)));
    }
}

/// A refusal is short, and its words from the file cannot steer a terminal.
fn check_refusal(text: &str) {
    assert!(!text.is_empty() && text.len() < 2000, "{} bytes: {text}", text.len());
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
}

/// The file with its length and all checksums made to fit; `None` if its table does not lie within it.
fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut file = bytes.to_vec();
    let u64_at = |file: &[u8], at: usize| {
        let number = file.get(at..at + 8)?.first_chunk().map(|own| u64::from_le_bytes(*own))?;
        usize::try_from(number).ok()
    };
    let end = u64_at(&file, 32)?.checked_add(48).filter(|&end| end <= file.len())?;
    let length = file.len() as u64;
    file[24..32].copy_from_slice(&length.to_le_bytes());
    let mut at = 48;
    while at + 22 <= end {
        let (start, length) = (u64_at(&file, at)?, u64_at(&file, at + 8)?);
        let content = start.checked_add(length).and_then(|end| file.get(start..end));
        if let Some(checksum) = content.map(crc32) {
            file[at + 16..at + 20].copy_from_slice(&checksum.to_le_bytes());
        }
        at += 22 + usize::from(u16::from_le_bytes([file[at + 20], file[at + 21]]));
    }
    let table = crc32(&file[48..end]);
    file[40..44].copy_from_slice(&table.to_le_bytes());
    let header = crc32(&file[..44]);
    file[44..48].copy_from_slice(&header.to_le_bytes());
    Some(file)
}

/// CRC-32 as zip and PNG have it.
fn crc32(bytes: &[u8]) -> u32 {
    let shifted = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), shifted))
}

/// A file in the folder of this process.
fn file(name: &str) -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder")).path().join(name)
}
