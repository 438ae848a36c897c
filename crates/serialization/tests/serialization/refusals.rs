//! Public functions given names, texts and tensors that contradict each other: errors, and nothing written.

use crate::sample::{checkpoint, named};
use relume_serialization::container::{Container, Kind, Section, Writer};
use relume_serialization::safetensors::{self, SafetensorsError};
use relume_serialization::{
    Checkpoint, FormatError, OptimizerState, RunState, SaveError, Series, TensorKind, from_bytes,
    load, save, to_bytes, write_atomically,
};
use relume_tensor::Tensor;
use std::io::Cursor;

const KIND: Kind = Kind(*b"test\0\0\0\0");

fn with(change: impl FnOnce(&mut Checkpoint)) -> Checkpoint {
    let mut checkpoint = checkpoint();
    change(&mut checkpoint);
    checkpoint
}

#[test]
fn two_things_of_one_name_are_refused() {
    let buffer = || named("0.weight", TensorKind::Buffer, [1], &[1.0]);
    let series = || Series { name: "loss".into(), points: vec![(1, 1.0)] };
    let slot = || ("exp_avg".to_string(), vec![Tensor::scalar(1.0)]);
    let cases = [
        with(|c| c.tensors.push(buffer())),
        with(|c| {
            c.run = Some(RunState { history: vec![series(), series()], ..RunState::default() })
        }),
        with(|c| {
            c.optimizer = Some(OptimizerState { slots: vec![slot(), slot()], ..Default::default() })
        }),
    ];
    for case in cases {
        assert!(matches!(to_bytes(&case), Err(SaveError::Duplicate { .. })));
    }
}

#[test]
fn names_and_records_beyond_the_limits_are_refused() {
    let long = "x".repeat(70_000);
    let case = with(|c| c.tensors[0].name = long.clone());
    assert!(matches!(to_bytes(&case), Err(SaveError::NameTooLong { length: 70_007, .. })));
    let case = with(|c| c.tensors[0].name = "x".repeat(2 << 20));
    assert!(matches!(to_bytes(&case), Err(SaveError::TooLarge { .. })));
    let case = with(|c| {
        c.metadata.insert(long.clone(), String::new());
    });
    assert!(matches!(to_bytes(&case), Err(SaveError::NameTooLong { .. })));
}

#[test]
fn an_empty_checkpoint_comes_back_as_it_was() {
    let empty = Checkpoint::default();
    assert_eq!(from_bytes(&to_bytes(&empty).unwrap()).unwrap(), empty);
    assert_eq!(empty.tensor(""), None);
}

#[test]
fn empty_names_and_texts_are_kept() {
    let odd = with(|c| {
        c.network.clear();
        c.tensors[0].name.clear();
        c.metadata.insert(String::new(), String::new());
        c.preparation = Some(String::new());
    });
    assert_eq!(
        to_bytes(&from_bytes(&to_bytes(&odd).unwrap()).unwrap()).unwrap(),
        to_bytes(&odd).unwrap()
    );
}

#[test]
fn a_container_refuses_sections_that_are_not_there_or_of_another_length() {
    let sections =
        vec![Section::bytes("bytes", vec![0xFF, 1, 2]), Section::floats("floats", &[1.0])];
    let mut bytes = Vec::new();
    Writer::new(KIND, sections).unwrap().write_to(&mut bytes).unwrap();
    let open = || Container::open(Cursor::new(&bytes), KIND).unwrap();
    let mut file = open();
    assert!(matches!(file.take_bytes("nothere"), Err(FormatError::MissingSection { .. })));
    assert!(matches!(file.section_length("nothere"), Err(FormatError::MissingSection { .. })));
    assert!(matches!(file.take_text("bytes"), Err(FormatError::Malformed { .. })));
    assert!(matches!(file.take_bytes("bytes"), Err(FormatError::MissingSection { .. })));
    assert!(matches!(file.take_floats("floats", &mut []), Err(FormatError::Malformed { .. })));
    assert!(matches!(open().finish(), Err(FormatError::UnknownSection { .. })));
    let other = Container::open(Cursor::new(&bytes), Kind(*b"other\0\0\0"));
    assert!(matches!(other, Err(FormatError::WrongKind { .. })));
    assert!(matches!(from_bytes(&bytes), Err(FormatError::WrongKind { .. })));
}

#[test]
fn safetensors_refuse_names_texts_and_bytes_that_are_not_theirs() {
    let case = with(|c| c.network = "no JSON".into());
    assert!(matches!(safetensors::to_bytes(&case), Err(SafetensorsError::NotJson { .. })));
    let case = with(|c| c.preparation = Some("{".into()));
    assert!(matches!(safetensors::to_bytes(&case), Err(SafetensorsError::NotJson { .. })));
    for name in ["0.weight", "__metadata__"] {
        let case = with(|c| c.tensors.push(named(name, TensorKind::Buffer, [1], &[1.0])));
        assert!(matches!(safetensors::to_bytes(&case), Err(SafetensorsError::Name { .. })));
    }
    let whole = safetensors::to_bytes(&checkpoint()).unwrap();
    assert!(safetensors::from_bytes(&whole).is_ok());
    for end in 0..whole.len() {
        assert!(safetensors::from_bytes(&whole[..end]).is_err(), "{end} bytes");
    }
    // A header whose length is beyond all memory.
    assert!(safetensors::from_bytes(&u64::MAX.to_le_bytes()).is_err());
}

#[test]
fn paths_that_are_no_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_path_buf(), folder.path().join("not/there.rlm"), "".into()] {
        assert!(load(&path).is_err(), "{path:?}");
        assert!(safetensors::load(&path).is_err(), "{path:?}");
        assert!(save(&path, &checkpoint()).is_err(), "{path:?}");
        assert!(safetensors::save(&path, &checkpoint()).is_err(), "{path:?}");
        assert!(write_atomically(&path, |_| Ok(())).is_err(), "{path:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
