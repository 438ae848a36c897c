//! The crates keep to the arrows of docs/architecture.md.

use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// Which crates each crate may use; the table of docs/architecture.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("catalog-derive", &[]),
    ("catalog", &["catalog-derive"]),
    ("tensor", &[]),
    ("autograd", &["tensor"]),
    ("activations", &["catalog", "tensor", "autograd"]),
    ("layers", &["catalog", "tensor", "autograd", "activations"]),
    ("losses", &["catalog", "tensor", "autograd", "activations"]),
    ("optimizers", &["catalog", "tensor"]),
    ("datasets", &["catalog", "tensor"]),
    ("formats", &["catalog", "tensor", "datasets"]),
    ("serialization", &["tensor"]),
    (
        "training",
        &[
            "catalog",
            "tensor",
            "autograd",
            "activations",
            "layers",
            "losses",
            "optimizers",
            "datasets",
            "serialization",
        ],
    ),
    (
        "inspection",
        &[
            "catalog",
            "tensor",
            "autograd",
            "activations",
            "layers",
            "losses",
            "optimizers",
            "datasets",
            "training",
        ],
    ),
    (
        "repl",
        &[
            "catalog",
            "tensor",
            "autograd",
            "activations",
            "layers",
            "losses",
            "optimizers",
            "datasets",
            "formats",
            "serialization",
            "training",
            "inspection",
        ],
    ),
    // Reads reference numbers for tests; nobody may use it outside of tests.
    ("fixtures", &["tensor"]),
];

/// Outside crates that belong to one floor of the house and to nobody else.
const OWNERS: &[(&str, &[&str])] = &[
    ("matrixmultiply", &["tensor"]),
    ("nalgebra", &["tensor", "layers"]),
    ("syn", &["catalog-derive"]),
    ("rustyline", &["repl"]),
    ("bincode", &["serialization"]),
    // What reads files of data: a program that only uses a trained network compiles none of these.
    ("csv", &["formats"]),
    ("zip", &["formats"]),
    ("png", &["formats"]),
    ("zune-jpeg", &["formats"]),
    ("claxon", &["formats"]),
    ("hound", &["formats"]),
    ("realfft", &["formats"]),
];

fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let normal = |package: &Value| {
        let all = package["dependencies"].as_array().expect("dependencies").iter();
        all.filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| dependency["name"].as_str().expect("name").to_string())
            .collect()
    };
    packages.iter().map(|p| (p["name"].as_str().expect("name").to_string(), normal(p))).collect()
}

#[test]
fn arrows_run_downwards_only() {
    let dependencies = dependencies();
    assert_eq!(dependencies.len(), ARROWS.len() + 1, "a crate is missing from the table");
    for (name, allowed) in ARROWS {
        for used in &dependencies[&format!("relume-{name}")] {
            if let Some(used) = used.strip_prefix("relume-") {
                assert!(allowed.contains(&used), "{name} must not use {used}");
            }
        }
    }
}

#[test]
fn outside_crates_stay_where_they_belong() {
    let dependencies = dependencies();
    for (outside, owners) in OWNERS {
        for (name, used) in &dependencies {
            let short = name.trim_start_matches("relume-");
            if used.iter().any(|u| u == outside) {
                assert!(owners.contains(&short), "{name} must not use {outside}");
            }
        }
        for owner in *owners {
            let used = &dependencies[&format!("relume-{owner}")];
            assert!(used.iter().any(|u| u == outside), "{owner} is to use {outside}");
        }
    }
}

#[test]
fn the_architecture_page_lists_every_crate() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/architecture.md");
    let page = std::fs::read_to_string(path).expect("docs/architecture.md");
    for (name, _) in ARROWS {
        assert!(page.contains(&format!("| `{name}` |")), "{name} is missing");
    }
}
