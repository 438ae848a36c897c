//! Files of newer versions, forged from the description in the documentation: of a minor one what is known is loaded, a
//! major one is refused.

use crate::sample::checkpoint;
use relume_serialization::container::{Kind, Section, VERSION, Version, Writer};
use relume_serialization::{Checkpoint, FormatError, Newer, Part, from_bytes, to_bytes};

/// The file with this version in its header.
fn of_version(mut bytes: Vec<u8>, major: u16, minor: u16) -> Vec<u8> {
    bytes[8..10].copy_from_slice(&major.to_le_bytes());
    bytes[10..12].copy_from_slice(&minor.to_le_bytes());
    let checksum = crc32fast::hash(&bytes[..44]);
    bytes[44..48].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The sample, with these sections after its own.
fn with_sections(further: &[(&str, &[u8])]) -> Vec<u8> {
    let bytes = to_bytes(&checkpoint()).unwrap();
    let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let mut sections = Vec::new();
    let mut at = 48;
    while at < 48 + u64_at(32) {
        let length = usize::from(u16::from_le_bytes([bytes[at + 20], bytes[at + 21]]));
        let name = std::str::from_utf8(&bytes[at + 22..at + 22 + length]).unwrap();
        sections.push(Section::bytes(name, &bytes[u64_at(at)..][..u64_at(at + 8)]));
        at += 22 + length;
    }
    sections.extend(further.iter().map(|&(name, content)| Section::bytes(name, content)));
    let mut file = Vec::new();
    Writer::new(Kind(*b"network\0"), sections).unwrap().write_to(&mut file).unwrap();
    file
}

#[test]
fn a_newer_major_version_is_refused_with_its_number() {
    let refused = |major, minor| {
        let file = of_version(to_bytes(&checkpoint()).unwrap(), major, minor);
        from_bytes(&file).unwrap_err()
    };
    let error = refused(7, 0);
    let found = Version { major: 7, minor: 0 };
    assert!(
        matches!(&error, FormatError::NewerVersion { found: own, known: VERSION } if *own == found)
    );
    assert_eq!(
        error.to_string(),
        "this file has format version 7, but this Relume knows versions up to 3"
    );
    assert_eq!(error.help().as_deref(), Some("update relume"));
    assert!(refused(4, 2).to_string().starts_with("this file has format version 4.2, but"));
    assert!(refused(0, 0).to_string().contains("there is no version 0"));
    assert!(refused(0, 5).to_string().contains("there is no version 0"));
}

#[test]
fn of_a_newer_minor_version_what_is_known_is_loaded_and_the_rest_is_named() {
    let large = vec![7; 100_000];
    let file =
        with_sections(&[("notes", &large), ("run/weather", b""), ("tensor/9.more", &[1; 4])]);
    for (major, minor) in [(2, 1), (3, 1), (3, u16::MAX), (1, 9)] {
        // In version 1 the optimizer's record begins with a number more.
        let known = match major {
            1 => Checkpoint { optimizer: None, ..checkpoint() },
            _ => checkpoint(),
        };
        let file = match major {
            1 => to_bytes(&known).unwrap(),
            _ => file.clone(),
        };
        let loaded = from_bytes(&of_version(file, major, minor)).unwrap();
        let left_out = match major {
            1 => vec![],
            _ => ["notes", "run/weather", "tensor/9.more"]
                .map(|own| format!("the section `{own}`"))
                .into(),
        };
        let newer = Newer { version: Version { major, minor }, left_out };
        assert_eq!(loaded.newer, Some(newer));
        // What was left out is not written again, and the version is this one's.
        assert!(to_bytes(&loaded).unwrap() == to_bytes(&known).unwrap());
    }
    let known = of_version(file, 3, 0);
    assert!(
        matches!(from_bytes(&known), Err(FormatError::UnknownSection { name }) if name == "notes")
    );
}

#[test]
fn what_is_left_out_is_checked_all_the_same() {
    let file = of_version(with_sections(&[("notes", &[7; 50_000])]), 3, 1);
    for at in [file.len() - 1, file.len() - 50_000, file.len() - 20_000] {
        let mut bad = file.clone();
        bad[at] ^= 0x10;
        let error = from_bytes(&bad).unwrap_err();
        let part = Part::Section("notes".to_string());
        assert!(matches!(&error, FormatError::Damaged { part: own } if *own == part), "{error}");
    }
    assert!(from_bytes(&file[..file.len() - 1]).is_err());
}

#[test]
fn the_sentence_names_a_few_and_no_control_characters() {
    let version = Version { major: 3, minor: 1 };
    let newer = |names: &[&str]| {
        let left_out = names.iter().map(ToString::to_string).collect();
        Newer { version, left_out }.to_string()
    };
    assert_eq!(
        newer(&[]),
        "has format version 3.1, which a newer Relume wrote; all of it is known"
    );
    assert_eq!(
        newer(&["the section `notes`", "dense's `gain`"]),
        "has format version 3.1, which a newer Relume wrote; left out: the section `notes`, dense's `gain`"
    );
    let many = newer(&["a", "b", "c", "d", "\x1b[31m", "f"]);
    assert!(many.ends_with(r"left out: a, b, c, d, \u{1b}[31m, and more"), "{many}");
    let long = "x".repeat(1 << 20);
    let file = of_version(with_sections(&[(&long[..60_000], b"")]), 3, 1);
    assert!(from_bytes(&file).unwrap().newer.unwrap().to_string().len() < 300);
    assert!(newer(&[&long]).len() < 500);
}
