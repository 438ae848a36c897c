//! Reading one large file reports its progress to an observer, and stops when the observer asks.

use flate2::{Compression, write::GzEncoder};
use relume_datasets::{DataError, Dataset};
use relume_formats::{Amount, DataSpec, Reader};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

/// Keeps what it is told, and asks to stop once it was told so often.
struct Waiting {
    patience: usize,
    told: Mutex<Vec<[usize; 2]>>,
}

impl Reader for Waiting {
    fn progress(&self, read: usize, all: usize, of: Amount) {
        assert_eq!(of, Amount::Bytes);
        self.told.lock().unwrap().push([read, all]);
    }

    fn is_cancelled(&self) -> bool {
        self.told.lock().unwrap().len() >= self.patience
    }
}

/// The result of reading a file for an observer of this patience, and what it was told.
fn load(
    source: &str,
    path: &Path,
    named: &Value,
    patience: usize,
) -> (Result<Dataset, DataError>, Vec<[usize; 2]>) {
    let named = named.as_object().unwrap().clone().into_iter().collect();
    let spec = DataSpec::from_arguments(source, vec![json!(path)], named).unwrap();
    let waiting = Waiting { patience, told: Mutex::default() };
    let loaded = spec.inner().load_watched(&waiting);
    (loaded, waiting.told.into_inner().unwrap())
}

#[test]
fn each_kind_of_file_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..400_000).map(|i| format!("{i},{}\n", i % 3)).collect();
    let objects: String =
        (0..60_000).map(|i| format!("{{\"a\": {i}, \"b\": {}}}\n", i % 3)).collect();
    let sparse: String = (0..400_000).map(|i| format!("{} 1:{i}\n", i % 3)).collect();
    let texts: String = (0..100_000).map(|i| format!("so it is {i},{}\n", i % 3)).collect();
    let mut packed = GzEncoder::new(Vec::new(), Compression::new(0));
    packed.write_all(rows.as_bytes()).unwrap();
    let made = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let arrays = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/arrays");
    let array = |name: &str| arrays.join(name);
    let images = array("train-images-idx3-ubyte");
    let labels = array("train-labels-idx1-ubyte");
    let (x, y) = (array("colours_last.npy"), array("labels.npy"));
    // The least number of times that the observer is told: the large ones are not read at once.
    for (source, path, named, least) in [
        ("csv", made("rows.csv", rows.as_bytes()), json!({"target": 1}), 4),
        ("csv", made("rows.csv.gz", &packed.finish().unwrap()), json!({"target": 1}), 4),
        ("csv", made("rows.jsonl", objects.as_bytes()), json!({"target": "b"}), 4),
        ("libsvm", made("rows.svm", sparse.as_bytes()), json!({}), 4),
        ("texts", made("texts.csv", texts.as_bytes()), json!({"column": 0, "target": 1}), 4),
        ("numpy", array("mnist.npz"), json!({}), 1),
        ("numpy", x, json!({"targets": y}), 2),
        ("idx", images, json!({"labels": labels}), 2),
    ] {
        let (loaded, told) = load(source, &path, &named, usize::MAX);
        loaded.unwrap();
        assert!(told.len() >= least, "{path:?}: {told:?}");
        assert!(told.iter().all(|[read, all]| read <= all), "{path:?}: {told:?}");
        let size = std::fs::metadata(&path).unwrap().len() as usize;
        assert!(told.contains(&[size, size]), "{path:?}: {told:?}");
        for patience in [0, least - 1] {
            let (stopped, _) = load(source, &path, &named, patience);
            let stopped = stopped.err();
            assert!(matches!(stopped, Some(DataError::Interrupted)), "{path:?}: {stopped:?}");
        }
    }
}
