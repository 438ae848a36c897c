//! Texts without a word are left out, counted, and the first is named: no training ends because of them.

use relume_datasets::Dataset;
use relume_formats::DataSpec;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn load(path: &Path, named: Value) -> Result<Dataset, String> {
    let named = named.as_object().unwrap().clone().into_iter().collect();
    let spec = DataSpec::from_arguments("texts", vec![json!(path)], named).unwrap();
    let folder = path.parent().unwrap().display().to_string();
    let message = |error: relume_datasets::DataError| {
        format!("{error} | {}", error.help().unwrap_or_default()).replace(&folder, "SET")
    };
    spec.inner().load().map_err(message)
}

#[test]
fn an_empty_file_is_left_out_and_named() {
    let root = tempfile::tempdir().unwrap();
    let set = root.path().join("set");
    for (name, text) in [("neg/0.txt", "bad"), ("pos/0.txt", "good"), ("pos/1.txt", "fine film")] {
        let path = set.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    assert!(!load(&set, json!({"test": 0})).unwrap().to_string().contains("empty"));
    fs::write(set.join("neg/1.txt"), "").unwrap();
    let data = load(&set, json!({"test": 0})).unwrap();
    assert_eq!(data.len(), 3);
    let note = format!("one empty text left out: {}", set.join("neg/1.txt").display());
    assert!(data.to_string().contains(&note), "{data}");
    // Neither marks nor tags are words.
    fs::write(set.join("pos/2.txt"), "...<br />\n").unwrap();
    let data = load(&set, json!({"test": 0})).unwrap();
    let note = format!("2 empty texts left out, the first {}", set.join("neg/1.txt").display());
    assert!(data.to_string().contains(&note), "{data}");
    let data = load(&set, json!({"test": 0, "punctuation": "keep"})).unwrap();
    assert_eq!(data.len(), 4);

    for name in ["neg/0.txt", "pos/0.txt", "pos/1.txt"] {
        fs::write(set.join(name), " ").unwrap();
    }
    let error = load(&set, json!({})).unwrap_err();
    assert!(error.starts_with("SET/set: all texts are empty, so none is left | "), "{error}");
}

#[test]
fn an_empty_cell_is_left_out_with_its_line() {
    let root = tempfile::tempdir().unwrap();
    let list = root.path().join("list.jsonl");
    let rows = [
        r#"{"text": "good", "label": "p"}"#,
        r#"{"text": null, "label": "p"}"#,
        r#"{"text": "bad", "label": "n"}"#,
        r#"{"text": " ", "label": "n"}"#,
        r#"{"label": "n"}"#,
    ];
    fs::write(&list, rows[..3].join("\n")).unwrap();
    let data = load(&list, json!({"test": 0})).unwrap();
    assert_eq!(data.len(), 2);
    assert!(data.to_string().contains("one empty text left out: line 2"), "{data}");
    fs::write(&list, rows.join("\n")).unwrap();
    let data = load(&list, json!({"test": 0})).unwrap();
    assert_eq!(data.len(), 2);
    assert!(data.to_string().contains("3 empty texts left out, the first line 2"), "{data}");
    fs::write(&list, rows[1]).unwrap();
    let error = load(&list, json!({})).unwrap_err();
    assert!(error.starts_with("SET/list.jsonl: all texts are empty"), "{error}");
}
