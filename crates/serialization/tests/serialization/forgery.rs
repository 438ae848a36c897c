//! Forged files whose checksums match: they are refused or loaded, and never panic.

use crate::sample::checkpoint;
use proptest::prelude::*;
use relume_serialization::container::{Kind, Section, Writer};
use relume_serialization::{Checkpoint, FormatError, from_bytes, to_bytes};

const FORGED: [u64; 10] =
    [0, 1, 22, 1 << 20, 1 << 31, 1 << 32, 1 << 62, u64::MAX / 4 + 1, u64::MAX - 7, u64::MAX];

/// A file taken apart and put together again by the description in the documentation.
struct Forge {
    bytes: Vec<u8>,
}

impl Forge {
    fn new() -> Self {
        Forge { bytes: to_bytes(&checkpoint()).unwrap() }
    }

    fn u64_at(&self, at: usize) -> usize {
        u64::from_le_bytes(self.bytes[at..at + 8].try_into().unwrap()) as usize
    }

    /// Where each entry of the table begins, and the name in it.
    fn entries(&self) -> Vec<(usize, String)> {
        let (mut at, end) = (48, 48 + self.u64_at(32));
        let mut entries = Vec::new();
        while at < end {
            let length = u16::from_le_bytes([self.bytes[at + 20], self.bytes[at + 21]]) as usize;
            let name = &self.bytes[at + 22..at + 22 + length];
            entries.push((at, String::from_utf8(name.to_vec()).unwrap()));
            at += 22 + length;
        }
        entries
    }

    fn sections(&self) -> Vec<(String, Vec<u8>)> {
        let content = |at| self.bytes[self.u64_at(at)..][..self.u64_at(at + 8)].to_vec();
        self.entries().into_iter().map(|(at, name)| (name, content(at))).collect()
    }

    fn put(&mut self, at: usize, value: u64) {
        self.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }

    /// Makes the checksums of the table and the header fit whatever they cover.
    fn seal(mut self, table_length: usize) -> Vec<u8> {
        let table = crc32fast::hash(&self.bytes[48..48 + table_length]);
        self.bytes[40..44].copy_from_slice(&table.to_le_bytes());
        let header = crc32fast::hash(&self.bytes[..44]);
        self.bytes[44..48].copy_from_slice(&header.to_le_bytes());
        self.bytes
    }
}

/// A valid container of sections of any content.
fn sealed(sections: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let sections = sections.iter().map(|(name, content)| Section::bytes(name, content));
    let writer = Writer::new(Kind(*b"network\0"), sections.collect()).unwrap();
    writer.write_to(&mut bytes).unwrap();
    bytes
}

/// The sample with one forged section.
fn with_section(name: &str, content: Vec<u8>) -> Result<Checkpoint, FormatError> {
    let mut sections = Forge::new().sections();
    sections.iter_mut().find(|(found, _)| found == name).unwrap().1 = content;
    from_bytes(&sealed(&sections))
}

#[test]
fn forged_lengths_in_header_and_table_are_refused() {
    let good = Forge::new();
    let table_length = good.u64_at(32);
    let fields = [24, 32].into_iter();
    let fields: Vec<usize> =
        fields.chain(good.entries().into_iter().flat_map(|(at, _)| [at, at + 8])).collect();
    for at in fields {
        for forged in FORGED {
            let mut file = Forge::new();
            if file.u64_at(at) as u64 == forged {
                continue;
            }
            file.put(at, forged);
            assert!(from_bytes(&file.seal(table_length)).is_err(), "{forged} at {at}");
        }
    }
    for forged in [0, 1, 18, 20, u32::MAX] {
        let mut file = Forge::new();
        file.bytes[12..16].copy_from_slice(&forged.to_le_bytes());
        assert!(from_bytes(&file.seal(table_length)).is_err(), "{forged} sections");
    }
}

#[test]
fn overlaps_twins_and_gaps_are_named() {
    let told = |change: fn(&mut Forge, &[(usize, String)])| {
        let mut file = Forge::new();
        let (entries, table_length) = (file.entries(), file.u64_at(32));
        change(&mut file, &entries);
        from_bytes(&file.seal(table_length)).unwrap_err().to_string()
    };
    let overlap = told(|file, entries| {
        let first = file.u64_at(entries[0].0) as u64;
        file.put(entries[1].0, first);
    });
    assert_eq!(overlap, "the section `preparation` is not valid: it overlaps the part before it");
    let gap = told(|file, entries| {
        let first = file.u64_at(entries[0].0) as u64;
        file.put(entries[0].0, first + 8);
    });
    assert_eq!(gap, "the section `network` is not valid: it does not follow the part before it");
    let beyond = told(|file, entries| file.put(entries[0].0 + 8, 1 << 40));
    assert_eq!(
        beyond,
        "the section `network` is not valid: it would reach beyond the end of the file"
    );
    let twins = told(|file, entries| {
        // Both names have 13 bytes.
        let from = entries.iter().find(|(_, name)| name == "metadata/note").unwrap().0 + 22;
        let to = entries.iter().find(|(_, name)| name == "optimizer/spec").unwrap().0;
        file.bytes[to + 20..to + 22].copy_from_slice(&13_u16.to_le_bytes());
        file.bytes.copy_within(from..from + 13, to + 22);
    });
    assert_eq!(twins, "the section `metadata/note` is not valid: the file has two of this name");
}

#[test]
fn control_characters_in_forged_names_do_not_reach_the_terminal() {
    let sections = [("\x1b[31m\n".to_string() + &"x".repeat(1000), Vec::new())];
    let mut all = Forge::new().sections();
    all.extend(sections);
    let error = from_bytes(&sealed(&all)).unwrap_err().to_string();
    assert!(error.starts_with(r"the section `\u{1b}[31m\nxxx"), "{error}");
    assert!(error.len() < 200, "{error}");
}

#[test]
fn forged_shapes_are_refused_before_memory_is_taken() {
    let record = |shape: &[u64]| {
        let mut bytes = Vec::new();
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend(b"w");
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend((shape.len() as u64).to_le_bytes());
        bytes.extend(shape.iter().flat_map(|size| size.to_le_bytes()));
        let sections = [("network", vec![]), ("tensors/0", bytes), ("tensor/w", vec![0; 16])]
            .map(|(name, bytes)| (name.to_string(), bytes));
        from_bytes(&sealed(&sections))
    };
    assert!(record(&[4]).is_ok());
    assert!(record(&[2, 1, 2]).is_ok());
    for forged in FORGED {
        assert!(record(&[forged]).is_err(), "{forged}");
        assert!(record(&[4, forged]).is_err() || forged == 1, "4 x {forged}");
        assert!(record(&[forged, forged]).is_err() || forged == 2, "{forged} x {forged}");
        assert!(record(&[0, forged, forged]).is_err(), "0 x {forged} x {forged}");
    }
    assert!(record(&[4, 1, 1, 1, 1, 1]).is_ok());
    let error = record(&[4, 1, 1, 1, 1, 1, 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the section `tensor/w` is not valid: a tensor has at most 6 axes, not 7"
    );
    let error = record(&[3]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the section `tensor/w` is not valid: its 16 bytes do not fit its shape [3]"
    );
}

#[test]
fn forged_lengths_in_records_do_no_harm() {
    for name in ["tensors/0", "run", "optimizer", "optimizer/tensors/0"] {
        let sections = Forge::new().sections();
        let content = &sections.iter().find(|(found, _)| found == name).unwrap().1;
        for at in 0..content.len() {
            for forged in FORGED {
                let mut bad = content.clone();
                let forged = forged.to_le_bytes();
                let room = (bad.len() - at).min(8);
                bad[at..at + room].copy_from_slice(&forged[..room]);
                // A counter may have any value, a length may not; nothing may panic or abort.
                if let Ok(loaded) = with_section(name, bad) {
                    assert!(to_bytes(&loaded).is_ok());
                }
            }
        }
        assert!(with_section(name, vec![0; (1 << 20) + 1]).is_err());
        assert!(with_section(name, Vec::new()).is_err());
        assert!(with_section(name, [content.as_slice(), &[0]].concat()).is_err());
    }
    assert!(with_section("run/history/train.loss", vec![0; 24]).is_err());
    assert!(with_section("tensor/0.bias", vec![0; 7]).is_err());
}

proptest! {
    #[test]
    fn made_up_headers_and_tables_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut file = Forge::new();
        let table_length = file.u64_at(32);
        for (at, byte) in changes {
            let at = 8 + at.index(40 + table_length);
            file.bytes[at] = byte;
        }
        if let Ok(loaded) = from_bytes(&file.seal(table_length)) {
            prop_assert!(to_bytes(&loaded).is_ok());
        }
    }

    #[test]
    fn made_up_sections_do_no_harm(
        which in any::<prop::sample::Index>(),
        content in prop::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(255), any::<u8>()], 0..200),
    ) {
        let sections = Forge::new().sections();
        let name = &which.get(&sections).0;
        if let Ok(loaded) = with_section(name, content) {
            prop_assert!(to_bytes(&loaded).is_ok());
        }
    }
}
