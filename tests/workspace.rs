//! The crates keep to the arrows of docs/architecture.md, have few dependencies, and can be published.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What learning consists of.
const LEARNING: &[&str] = &[
    "catalog",
    "tensor",
    "autograd",
    "activations",
    "layers",
    "losses",
    "optimizers",
    "datasets",
    "training",
];

/// Which crates each crate may use, as groups; the table of docs/architecture.md.
const ARROWS: &[(&str, &[&[&str]])] = &[
    ("catalog-derive", &[]),
    ("catalog", &[&["catalog-derive"]]),
    ("files", &[]),
    ("tensor", &[]),
    ("autograd", &[&["tensor"]]),
    ("activations", &[&["catalog", "tensor", "autograd"]]),
    ("layers", &[&["catalog", "tensor", "autograd", "activations"]]),
    ("losses", &[&["catalog", "tensor", "autograd", "activations"]]),
    ("optimizers", &[&["catalog", "tensor"]]),
    ("datasets", &[&["catalog", "tensor"]]),
    ("formats", &[&["catalog", "files", "tensor", "datasets"]]),
    ("serialization", &[&["files", "tensor"]]),
    ("training", &[LEARNING, &["files", "serialization"]]),
    ("inspection", &[LEARNING, &["files"]]),
    ("report", &[LEARNING, &["inspection"]]),
    ("tensorboard", &[LEARNING, &["files", "serialization"]]),
    (
        "repl",
        &[LEARNING, &["files", "formats", "serialization", "inspection", "report", "tensorboard"]],
    ),
    ("mpi", &[&["training"]]),
    // Re-exports the others.
    ("relume", &[LEARNING, &["formats", "inspection", "report", "tensorboard", "repl"]]),
    // Reads reference numbers for tests; nothing else may use it.
    ("fixtures", &[&["tensor"]]),
];

/// Outside crates that only some crates may use.
const OWNERS: &[(&str, &[&str])] = &[
    ("matrixmultiply", &["tensor"]),
    ("nalgebra", &["tensor", "layers"]),
    ("syn", &["catalog-derive"]),
    ("rustyline", &["repl"]),
    ("bincode", &["serialization"]),
    // Readers of data files: a program that only uses a trained network compiles none of these.
    ("encoding_rs", &["formats"]),
    ("ruzstd", &["formats"]),
    ("zip", &["formats"]),
    // Reports and event files hold small pictures.
    ("png", &["formats", "inspection", "report", "tensorboard"]),
    // Pictures of figures.
    ("tiny-skia", &["inspection"]),
    ("ttf-parser", &["inspection"]),
    ("prost", &["tensorboard"]),
    ("crc32c", &["tensorboard"]),
    ("zune-jpeg", &["formats"]),
    ("gif", &["formats"]),
    ("image-webp", &["formats"]),
    ("tiff", &["formats"]),
    ("symphonia", &["formats"]),
    ("realfft", &["formats"]),
    ("calamine", &["formats"]),
    ("parquet", &["formats"]),
    ("mpi", &["mpi"]),
];

/// The package of a crate: the façade's has no suffix.
fn package(name: &str) -> String {
    match name {
        "relume" => "relume".to_string(),
        name => format!("relume-{name}"),
    }
}

/// The output of cargo for these arguments, without network access.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn packages() -> Vec<Value> {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn dependencies() -> BTreeMap<String, Vec<String>> {
    let normal = |package: &Value| {
        let all = package["dependencies"].as_array().expect("dependencies").iter();
        all.filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| dependency["name"].as_str().expect("name").to_string())
            .collect()
    };
    let named = |p: &Value| (p["name"].as_str().expect("name").to_string(), normal(p));
    packages().iter().map(named).collect()
}

#[test]
fn arrows_run_downwards_only() {
    let dependencies = dependencies();
    assert_eq!(dependencies.len(), ARROWS.len() + 1, "a crate is missing from the table");
    for (name, allowed) in ARROWS {
        for used in &dependencies[&package(name)] {
            if let Some(used) = used.strip_prefix("relume-") {
                let is_allowed = allowed.concat().contains(&used);
                assert!(is_allowed, "{name} must not use {used}");
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
            let used = &dependencies[&package(owner)];
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

/// The metadata that a registry requires of a package.
#[test]
fn every_package_can_be_published() {
    let license = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/LICENSE")).expect("LICENSE");
    for package in packages() {
        let name = package["name"].as_str().expect("name");
        if package["publish"].as_array().is_some_and(Vec::is_empty) {
            assert_eq!(name, "relume-fixtures", "only what is for tests alone is not published");
            continue;
        }
        for field in ["description", "license", "readme"] {
            assert!(
                package[field].as_str().is_some_and(|text| !text.is_empty()),
                "{name}: {field}"
            );
        }
        for field in ["keywords", "categories"] {
            let count = package[field].as_array().map_or(0, Vec::len);
            assert!((1..=5).contains(&count), "{name}: {count} {field}");
        }
        let folder = Path::new(package["manifest_path"].as_str().expect("a path")).parent();
        let folder = folder.expect("a folder");
        let own = std::fs::read(folder.join("LICENSE"));
        assert!(own.is_ok_and(|own| own == license), "{name}: link LICENSE to the project's");
        let readme = folder.join(package["readme"].as_str().expect("readme"));
        assert!(readme.is_file(), "{name}: {readme:?} is missing");
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let is_for_tests = dependency["kind"] == "dev";
            assert!(is_for_tests || dependency["req"] != "*", "{name}: a version of {dependency}");
        }
    }
}

/// The files with `unsafe` code: what is added here is read with particular care.
const UNSAFE: [&str; 20] = [
    // What is sent and received without being copied.
    "crates/mpi/src/calls.rs",
    "crates/tensor/src/convolution/implicit_gemm.rs",
    "crates/tensor/src/convolution/sparse.rs",
    "crates/tensor/src/convolution/weight_gradient.rs",
    "crates/tensor/src/convolution/winograd/product.rs",
    "crates/tensor/src/denormals.rs",
    "crates/tensor/src/gemm/dot_microkernel.rs",
    "crates/tensor/src/gemm/half.rs",
    "crates/tensor/src/gemm/matrix_mut.rs",
    "crates/tensor/src/gemm/microkernel.rs",
    "crates/tensor/src/gemm/mod.rs",
    "crates/tensor/src/gemm/packed.rs",
    "crates/tensor/src/gemm/unpacked.rs",
    "crates/tensor/src/simd/dispatch.rs",
    "crates/tensor/src/simd/vector.rs",
    "crates/tensor/src/simd/x86.rs",
    "crates/tensor/src/zeroed.rs",
    // Allocators that count, and one that fails.
    "tests/allocations.rs",
    "tests/common/counting.rs",
    "tests/out_of_memory.rs",
];

/// The Rust files in a folder and below it, without what was built.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_built = path.file_name().is_some_and(|name| name == "target");
        if path.is_dir() && !is_built {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn unsafe_code_is_in_the_files_that_are_known_for_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["benches", "bin", "crates", "docs/examples", "fuzz", "tests"] {
        rust_files(&root.join(folder), &mut files);
    }
    // Put together here, so that this file is none of them.
    let word = |kind: &str| ["unsafe", kind].join(" ");
    let kinds = ["fn", "impl", "{", "extern", "trait"].map(word);
    let is_unsafe = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).expect("UTF-8");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.into_iter().any(|line| kinds.iter().any(|kind| line.contains(kind.as_str())))
    };
    let relative = |path: &PathBuf| path.strip_prefix(root).expect("in it").display().to_string();
    let mut found: Vec<String> =
        files.iter().filter(|path| is_unsafe(path)).map(relative).collect();
    found.sort();
    assert_eq!(found, UNSAFE, "the files with unsafe code");
}

/// What a script names is opened by relume-files alone, so that a sandbox holds for it.
#[test]
fn files_are_opened_by_one_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // What is read of the system itself, and what the command line names.
    let exempt = [
        "crates/files/",
        "crates/fixtures/",
        "crates/tensor/src/memory.rs",
        "crates/repl/src/undo.rs",
        "crates/repl/src/signals.rs",
        "crates/repl/src/sessions/autosave.rs",
        "crates/repl/src/sessions/kept_value.rs",
        "crates/repl/src/sessions/lost.rs",
    ];
    let mut files = Vec::new();
    rust_files(&root.join("crates"), &mut files);
    for path in files {
        let name = path.strip_prefix(root).expect("in it").display().to_string();
        if !name.contains("/src/") || exempt.iter().any(|own| name.starts_with(own)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let calls = [
            "fs::read",
            "fs::write",
            "fs::rename",
            "fs::remove",
            "fs::metadata",
            "File::open",
            "File::create",
            "File::options",
            "OpenOptions",
            ".exists()",
            ".is_dir()",
        ];
        for call in calls {
            let at =
                code.match_indices(call).find(|(at, _)| !code[..*at].ends_with("relume_files::"));
            assert!(at.is_none(), "{name}: {call} belongs into relume-files");
        }
    }
}

/// A program that only needs layers compiles few crates.
#[test]
fn layers_without_default_features_are_light() {
    let tree = [
        "tree",
        "-p",
        "relume-layers",
        "--no-default-features",
        "-e",
        "normal",
        "--prefix",
        "none",
    ];
    let tree = cargo(&tree);
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let outside: BTreeSet<&str> = names.filter(|name| !name.starts_with("relume-")).collect();
    assert!(outside.len() <= 25, "{} outside crates: {outside:?}", outside.len());
    assert!(!outside.contains("nalgebra"));
}
