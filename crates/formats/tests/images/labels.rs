//! Images whose classes a table tells, and what is left out of a folder.

use crate::support::{Folder, file};
use relume_datasets::{Dataset, Targets};
use relume_formats::DataSpec;
use serde_json::json;

fn picture() -> Vec<u8> {
    file("rgb.png")
}

fn classes(data: &Dataset) -> (Vec<String>, Vec<usize>) {
    match data.targets() {
        Targets::Classes { names, labels } => (names.clone(), labels.clone()),
        other => panic!("{other:?}"),
    }
}

/// Three pictures, and a table.
fn listed(table: &str) -> Folder {
    ["a.png", "b.JPG", "deeper/c.png"]
        .into_iter()
        .fold(Folder::new(), |folder, name| folder.with(name, &picture()))
        .with("labels.csv", table.as_bytes())
}

#[test]
fn a_table_tells_the_classes_of_files_with_or_without_their_ending() {
    let wanted = (vec!["cat".to_string(), "dog".to_string()], vec![1, 0, 0]);
    for table in [
        "id,breed\nb,dog\na,cat\ndeeper/c,cat\n",
        "breed,id\ndog,b\ncat,a\ncat,deeper/c\n",
        "filename,label,age\nb.JPG,dog,3\na.png,cat,4\ndeeper/c.png,cat,5\n",
        "width,image,Class\n9,b,dog\n9,a,cat\n9,deeper/c,cat\n",
    ] {
        let data = listed(table).load(json!({"labels": "labels.csv"})).unwrap();
        assert_eq!(classes(&data), wanted, "{table}");
        let note = "one other file left out: labels.csv";
        assert!(data.to_string().contains(note), "{data}");
    }
    let table = "number,file,kind,colour\n1,b,dog,red\n2,a,cat,red\n3,deeper/c,cat,blue\n";
    let named = json!({"labels": "labels.csv", "column": "file", "target": "colour"});
    let data = listed(table).load(named).unwrap();
    assert_eq!(classes(&data), (vec!["blue".to_string(), "red".to_string()], vec![1, 1, 0]));
    let refusal = listed(table).refusal(json!({"labels": "labels.csv"}));
    assert_eq!(
        refusal,
        "SET/labels.csv: it is not clear which column holds the classes | target=\"...\" says which; the columns are \
        number, file, kind, colour"
    );
}

#[test]
fn rows_without_a_file_are_named_and_counted() {
    let folder = listed("id,label\na,cat\nx,dog\ny,dog\nb,dog\nz,cat\n");
    let refusal = folder.refusal(json!({"labels": "labels.csv"}));
    assert!(
        refusal.starts_with(
            "SET/labels.csv:3: there is no image \"x\" in SET, and 2 more are missing; "
        ),
        "{refusal}"
    );
    let data = folder.load(json!({"labels": "labels.csv", "skip_broken": true})).unwrap();
    assert_eq!(classes(&data).1, [0, 1]);
    assert!(data.to_string().contains("3 rows without a file left out, the first x"), "{data}");
    let folder = listed("id,label\nx,cat\ny,dog\n");
    let refusal = folder.refusal(json!({"labels": "labels.csv"}));
    assert!(refusal.starts_with("SET/labels.csv: no column names files in SET | "), "{refusal}");
    let column = vec![("column".to_string(), json!("id"))];
    let refusal = DataSpec::from_arguments("images", vec![json!("set")], column).unwrap_err();
    assert!(refusal.to_string().contains("column and target are those of a table"), "{refusal}");
}

#[test]
fn what_is_left_out_of_a_folder_is_counted_and_named() {
    let folder = Folder::new().with("cat/1.png", &picture()).with("dog/2.png", &picture());
    assert!(!folder.load(json!({})).unwrap().to_string().contains("left out"));
    let folder = folder.with("dog/notes.txt", b"?").with("3.png", &picture());
    let text = folder.load(json!({})).unwrap().to_string();
    assert!(text.contains("2 other files left out: 3.png, notes.txt"), "{text}");
    let folder = folder.with(".git/config", b"?").with("cat/deep/.hidden.png", b"?");
    let text = folder.load(json!({})).unwrap().to_string();
    assert!(text.contains("4 other files left out, such as .git, .hidden.png, 3.png"), "{text}");
    let folder = folder.with("cat/0.png", b"broken");
    let text = folder.load(json!({"skip_broken": true})).unwrap().to_string();
    assert!(text.contains("3.png, one broken file left out: 0.png"), "{text}");
}
