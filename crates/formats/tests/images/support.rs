//! Folders of images for the tests, and the fixture's numbers.

use relume_catalog::Value;
use relume_datasets::{DataError, Dataset};
use relume_formats::DataSpec;
use serde_json::json;
use std::path::{Path, PathBuf};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// The bytes of one of the fixture's files.
pub fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}/images/{name}")).unwrap()
}

/// What PIL and torchvision made of the files.
pub fn expected() -> Value {
    let text = std::fs::read_to_string(format!("{FIXTURES}/images.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Planes of the fixture as bytes, with their shape `[channels, height, width]`.
pub fn planes(value: &Value) -> ([usize; 3], Vec<u8>) {
    let numbers = |value: &Value| -> Vec<u64> {
        value.as_array().unwrap().iter().map(|x| x.as_u64().unwrap()).collect()
    };
    let shape = numbers(&value["shape"]);
    let bytes = numbers(&value["data"]).into_iter().map(|x| x as u8).collect();
    ([0, 1, 2].map(|axis| shape[axis] as usize), bytes)
}

/// A folder that goes away with the test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("set")
    }

    /// Writes a file below the folder.
    #[must_use]
    pub fn with(self, path: &str, bytes: &[u8]) -> Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    /// Loads `images(FOLDER, ...)`.
    pub fn load(&self, named: Value) -> Result<Dataset, DataError> {
        load(&self.path(), named)
    }

    /// The error of loading, with its help, and with the folder's path as SET.
    pub fn refusal(&self, named: Value) -> String {
        let error = self.load(named).expect_err("it is refused");
        format!("{error} | {}", error.help().unwrap_or_default())
            .replace(self.path().to_str().unwrap(), "SET")
    }
}

pub fn load(path: &Path, named: Value) -> Result<Dataset, DataError> {
    let mut all = json!({"standardize": false, "test": 0});
    for (name, value) in named.as_object().unwrap() {
        all[name] = value.clone();
    }
    let all = all.as_object().unwrap().clone();
    let named = all.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let path = vec![path.to_str().unwrap().into()];
    DataSpec::from_arguments("images", path, named).unwrap().inner().load()
}

/// The bytes that numbers from 0 to 1 stand for.
pub fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().map(|x| (x * 255.0).round() as u8).collect()
}
