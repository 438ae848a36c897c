//! What the fuzz targets of the readers do with bytes: each writes them to a file, and has a source read it.

use relume_formats::audio::Decoded;
use relume_formats::{DataSpec, read_mask};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Writes a file of this name and has a source read it, with each of some options; what it says is looked at.
fn load(source: &str, name: &str, bytes: &[u8], options: &[Value]) {
    let path = file(name, bytes);
    for named in options {
        let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
        let positional = vec![json!(path.to_str().expect("a path"))];
        let spec = DataSpec::from_arguments(source, positional, named).expect("known options");
        match spec.inner().load() {
            Ok(data) => {
                assert!(!data.is_empty(), "data have samples");
                let few = data.all().slice(0, data.len().min(4)).expect("the first samples");
                if data.sample_shape().count() < 1 << 16 {
                    let _ = few.inputs();
                }
                let _ = data.to_string();
            }
            Err(error) => {
                assert!(!error.to_string().is_empty(), "an error says what is wrong");
                let _ = error.help();
            }
        }
    }
    std::fs::remove_file(path).expect("the file");
}

/// Rows with a separator: found out, with words, missing cells, dates, and windows.
pub fn csv(bytes: &[u8]) {
    let options = [
        json!({"target": 0, "test": 0}),
        json!({"target": 0, "missing": "mean", "task": "numbers", "scale_target": true}),
        json!({"target": 0, "header": false, "separator": ";", "encoding": "windows-1252", "index": [1]}),
        json!({"target": 0, "window": 2, "missing": "median"}),
        json!({}),
    ];
    load("csv", "table.csv", bytes, &options);
    load("libsvm", "table.svm", bytes, &[json!({"features": 64})]);
}

/// Objects and arrays, as tables and as texts with tags.
pub fn json(bytes: &[u8]) {
    load("csv", "table.json", bytes, &[json!({"target": "a"}), json!({})]);
    load("tagged", "tags.json", bytes, &[json!({"test": 0})]);
}

/// A picture, as an image and as a mask.
pub fn picture(bytes: &[u8]) {
    let path = file("one/picture.png", bytes);
    let folder = path.parent().and_then(Path::parent).expect("a folder");
    let named = vec![("test".to_string(), json!(0)), ("size".to_string(), json!(8))];
    let positional = vec![json!(folder.to_str().expect("a path"))];
    let spec = DataSpec::from_arguments("images", positional, named).expect("known options");
    let _ = spec.inner().load();
    let _ = read_mask(&path, Some([4, 4]));
    std::fs::remove_file(path).expect("the file");
}

/// A recording.
pub fn sound(bytes: &[u8]) {
    if let Ok(decoded) = Decoded::decode(bytes) {
        assert!(decoded.sound.rate > 0, "a recording has a rate");
    }
}

/// An array, or an archive of arrays.
pub fn npz(bytes: &[u8]) {
    let path = file(
        "targets.npy",
        b"\x93NUMPY\x01\x00\x46\x00{'descr': '<i8', 'fortran_order': False, \
        'shape': (2,), }          \n\
        \x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00",
    );
    let targets = json!({"targets": path.to_str().expect("a path"), "test": 0});
    load("numpy", "arrays.npz", bytes, &[json!({"test": 0}), targets]);
}

/// A packed table: gzip, zstd or zip, found by its content.
pub fn archive(bytes: &[u8]) {
    for name in ["table.csv.gz", "table.csv.zst", "table.zip"] {
        load("csv", name, bytes, &[json!({"target": 0, "test": 0})]);
    }
    load("idx", "images-idx3-ubyte.gz", bytes, &[json!({})]);
}

/// A file in the folder of this process.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, bytes).expect("a file");
    path
}
