//! No crate of Cargo.lock has a known vulnerability, by the advisories of tests/fixtures/advisories.tsv.
//!
//! The file is for machines that cannot reach the database itself, which `cargo deny check advisories` asks. It knows
//! the crates of the day on which it was taken: see CONTRIBUTING.md for how it is renewed.

use semver::{Version, VersionReq};

const ADVISORIES: &str = include_str!("fixtures/advisories.tsv");
const LOCK: &str = include_str!("../Cargo.lock");
/// Advisories that are known and accepted stand there, each with its reason.
const ACCEPTED: &str = include_str!("../deny.toml");

struct Advisory<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'a str,
    sound: Vec<VersionReq>,
}

fn advisories() -> Vec<Advisory<'static>> {
    let rows = ADVISORIES.lines().filter(|line| !line.starts_with('#'));
    let advisory = |row: &'static str| {
        let [id, name, kind, patched, unaffected] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("five columns: {row}");
        };
        let versions = patched.split("; ").chain(unaffected.split("; ")).filter(|&own| own != "-");
        let sound = versions.map(|own| VersionReq::parse(own).expect(row)).collect();
        Advisory { id, name, kind, sound }
    };
    rows.map(advisory).collect()
}

/// Names and versions of a lock file.
fn locked(lock: &str) -> impl Iterator<Item = (&str, Version)> {
    lock.split("[[package]]").skip(1).map(|package| {
        let field = |name: &str| {
            let value = package.lines().find_map(|line| line.strip_prefix(name)).expect(package);
            value.trim_start_matches(" = ").trim_matches('"')
        };
        (field("name"), Version::parse(field("version")).expect(package))
    })
}

/// Advisories that say of a version in the lock file what is wrong with it.
fn hits(lock: &str) -> Vec<String> {
    let advisories = advisories();
    let of = |(name, version): (&str, Version)| {
        let known = advisories.iter().filter(|own| own.name == name);
        let hit = known.filter(|own| !own.sound.iter().any(|sound| sound.matches(&version)));
        hit.map(|own| format!("{} {name} {version}: {}", own.id, own.kind)).collect::<Vec<_>>()
    };
    locked(lock).flat_map(of).collect()
}

#[test]
fn no_crate_has_a_known_advisory_that_is_not_accepted() {
    let open: Vec<_> =
        hits(LOCK).into_iter().filter(|hit| !ACCEPTED.contains(&hit[..17])).collect();
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn what_is_accepted_is_still_there() {
    let hits = hits(LOCK);
    for id in ACCEPTED.split('"').filter(|text| text.starts_with("RUSTSEC-")) {
        assert!(hits.iter().any(|hit| hit.starts_with(id)), "{id} needs no place in deny.toml");
    }
}

#[test]
fn versions_with_a_fault_are_found() {
    let lock = "[[package]]\nname = \"slab\"\nversion = \"0.4.10\"\n\n[[package]]\nname = \"smallvec\"\nversion = \"1.6.0\"\n";
    assert_eq!(
        hits(lock),
        [
            "RUSTSEC-2025-0047 slab 0.4.10: vulnerability",
            "RUSTSEC-2021-0003 smallvec 1.6.0: vulnerability"
        ]
    );
    let sound = lock.replace("0.4.10", "0.4.11").replace("1.6.0", "1.6.1");
    assert!(hits(&sound).is_empty());
}
