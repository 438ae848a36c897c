//! Tables as people have them: separators, encodings, marks within numbers, dates, and cells that are not what their
//! column holds. pandas.read_csv is the measure.

use relume_catalog::Value;
use relume_datasets::{Dataset, Targets};
use relume_formats::{DataSpec, sample};
use serde_json::json;

/// A data set from a file of this name.
fn file(name: &str, bytes: &[u8], named: Value) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    let spec = DataSpec::from_arguments("csv", vec![json!(path)], named)
        .map_err(|error| error.to_string())?;
    spec.inner().load().map_err(|error| {
        format!("{} | {}", error, error.help().unwrap_or_default()).replace(path, name)
    })
}

/// The raw numbers of a table whose column `y` is predicted.
fn numbers(text: &str, mut named: Value) -> Vec<f32> {
    for (option, value) in [("target", json!("y")), ("test", json!(0))] {
        named[option] = value;
    }
    named["standardize"] = json!(false);
    let data = file("table.csv", text.as_bytes(), named).unwrap();
    data.inputs().unwrap().data().to_vec()
}

/// The error of a table whose column `y` is predicted.
fn refused(text: &str, mut named: Value) -> String {
    if named.get("target").is_none() {
        named["target"] = json!("y");
    }
    file("table.csv", text.as_bytes(), named).unwrap_err()
}

#[test]
fn the_separator_is_found_or_given() {
    for (text, named) in [
        ("a,b,y\n1.5,2,p\n3,4,q\n", json!({})),
        ("a;b;y\n1.5;2;p\n3;4;q\n", json!({})),
        ("a\tb\ty\n1.5\t2\tp\n3\t4\tq\n", json!({})),
        ("a|b|y\n1.5|2|p\n3|4|q\n", json!({})),
        ("a   b  y\n1.5   2 p\n  3 \t 4 q\n", json!({})),
        ("a b y\n1.5  2 p\n3 4   q\n", json!({"separator": " "})),
        ("a:b:y\n1.5:2:p\n3:4:q\n", json!({"separator": ":"})),
        ("a;b;y\n1,5;2;p\n3;4;q\n", json!({"decimal": ","})),
        ("1.5;2;p\n3;4;q\n", json!({"target": 2})),
    ] {
        let mut named = named;
        named["standardize"] = json!(false);
        named["test"] = json!(0);
        if named.get("target").is_none() {
            named["target"] = json!("y");
        }
        let data = file("table.csv", text.as_bytes(), named).unwrap();
        assert_eq!(data.inputs().unwrap().data(), [1.5, 2., 3., 4.], "{text}");
        assert_eq!(data.classes().unwrap(), ["p", "q"]);
    }
    let blanks = "a b y\n1.5 2 p\n3 4 q\n";
    let data = file("table.txt", blanks.as_bytes(), json!({"target": "y", "standardize": false}));
    let row = sample(data.unwrap().preparation(), "  5    6 ").unwrap();
    assert_eq!(row.data(), [5., 6.]);
}

#[test]
fn quotes_that_are_not_closed_are_refused_by_the_line_where_they_open() {
    let rows: String = (0..50).map(|i| format!("{i},\"{i}\",yes\n")).collect();
    let text = format!("a,b,y\n1,\"2,no\n{rows}");
    let error = refused(&text, json!({}));
    assert!(
        error.starts_with("table.csv:2: the quote that opens in this line is not closed"),
        "{error}"
    );
    assert!(error.contains("before line 3"), "{error}");
    let error = refused("a,b,y\n1,2,no\n3,\"4,no\n5,6,no\n", json!({}));
    assert!(
        error.starts_with("table.csv:3: the quote that opens in this line is never closed"),
        "{error}"
    );
}

#[test]
fn rows_beyond_one_window_keep_their_lines() {
    // More than 8 MiB, so that the file is read in several pieces; with quotes and without.
    for quote in ["", "\""] {
        let mut text = String::from("a,b,y\n");
        for i in 0..700_000 {
            text.push_str(&format!("{i}.5,{quote}{i}{quote},{}\n", ["p", "q"][i % 2]));
        }
        let data = file("t.csv", text.as_bytes(), json!({"target": "y", "test": 0})).unwrap();
        assert_eq!(data.len(), 700_000);
        text.push_str("x,1,p\n");
        let error = file("t.csv", text.as_bytes(), json!({"target": "y"})).unwrap_err();
        assert!(error.starts_with("t.csv:700002: column \"a\" holds \"x\""), "{error}");
        text.push_str("1,p\n");
        let error = file("t.csv", text.as_bytes(), json!({"target": "y"})).unwrap_err();
        assert!(error.starts_with("t.csv:700003: this row has 2 columns"), "{error}");
    }
}

#[test]
fn names_are_given_once() {
    let error = refused("a,b,a,y\n1,2,3,p\n", json!({}));
    assert!(error.starts_with("table.csv:1: two columns are called \"a\""), "{error}");
    assert!(error.contains("ignore=[2]"), "{error}");
    assert_eq!(numbers("a,b,a,y\n1,2,3,p\n4,5,6,q\n", json!({"ignore": [2]})), [1., 2., 4., 5.]);
    assert_eq!(numbers("a,b,a,y\n1,2,3,p\n4,5,6,q\n", json!({"ignore": ["a"]})), [2., 5.]);
    // pandas writes its index so.
    let data = file("t.csv", b",a,y\n0,5,p\n1,6,q\n", json!({"target": "y", "test": 0})).unwrap();
    assert_eq!(data.features(), ["Unnamed: 0", "a"]);
    let error = file("t.jsonl", b"{\"a\": 1, \"a\": 2, \"y\": 3}", json!({"target": "y"}));
    assert!(error.unwrap_err().contains("t.jsonl:1: \"a\" is given twice"));
}

#[test]
fn a_header_of_numbers_is_found_by_the_names_that_options_give() {
    let text = "2019,2020,y\n1,2,p\n3,4,q\n";
    assert_eq!(numbers(text, json!({})), [1., 2., 3., 4.]);
    let error = refused("2019,2020\n1,2\n3,4\n", json!({"target": "z"}));
    assert!(error.contains("header=true takes it as names"), "{error}");
    let data = file("t.csv", b"2019,2020\n1,2\n3,9\n", json!({"target": "2020", "header": true}));
    assert_eq!(data.unwrap().features(), ["2019"]);
}

#[test]
fn encodings_are_seen_or_given() {
    let text = "größe,y\n1,ä\n2,é\n";
    let latin: Vec<u8> = text.chars().map(|c| u32::from(c) as u8).collect();
    let utf16: Vec<u8> =
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let check = |bytes: &[u8], named: Value| {
        let mut named = named;
        named["target"] = json!("y");
        named["test"] = json!(0);
        let data = file("t.csv", bytes, named).unwrap();
        assert_eq!(
            (data.features(), data.classes().unwrap()),
            (&["größe".to_string()][..], &["ä".to_string(), "é".to_string()][..])
        );
    };
    check(text.as_bytes(), json!({}));
    check(&utf16, json!({}));
    check(&latin, json!({"encoding": "latin-1"}));
    check(&latin, json!({"encoding": "windows-1252"}));
    let error = file("t.csv", &latin, json!({"target": "y"})).unwrap_err();
    assert!(error.starts_with("t.csv:1: byte 0xF6 begins no character of UTF-8"), "{error}");
    assert!(error.contains("encoding=\"windows-1252\""), "{error}");
}

#[test]
fn lines_before_the_table_and_comments_are_left_out() {
    let text = "made by a tool, 2026\n\n# units: \"m\na,b,y\n1,2,p # first\n#\n3,4,q\n";
    let named = json!({"skip": 2, "comment": "#"});
    assert_eq!(numbers(text, named), [1., 2., 3., 4.]);
    let error = refused("x\na,y\n1,p\n?,q\n", json!({"skip": 1}));
    assert!(error.starts_with("table.csv:4: column \"a\" holds \"?\""), "{error}");
}

#[test]
fn columns_are_chosen_before_anything_is_judged() {
    let text = "a,bad,b,y\n1,x,2,p\n3,,4,q\n";
    assert_eq!(numbers(text, json!({"columns": ["b"]})), [2., 4.]);
    assert_eq!(numbers(text, json!({"columns": [0, "b"]})), [1., 2., 3., 4.]);
    assert_eq!(numbers(text, json!({"ignore": ["bad"], "missing": "drop"})), [1., 2., 3., 4.]);
    // Indices are those of the file, whatever is left out.
    assert_eq!(numbers(text, json!({"ignore": [1, 0], "index": [2]})), [1., 2.]);
}

#[test]
fn numbers_are_read_as_they_are_written() {
    let german = "a;y\n1.234,5;p\n-0,5;q\n";
    assert_eq!(numbers(german, json!({"decimal": ",", "thousands": "."})), [1234.5, -0.5]);
    let quoted = "a,y\n\"12,900\",p\n+700,q\n\u{2212}5,p\n";
    assert_eq!(numbers(quoted, json!({"thousands": ","})), [12900., 700., -5.]);
    let units = "a,b,y\n\"$1,200\",5%,p\n-$3,7.5 %,q\n";
    let named = json!({"thousands": ",", "units": ["$", "%"]});
    assert_eq!(numbers(units, named), [1200., 5., -3., 7.5]);
    let truths = "f,a,y\nTrue,1,p\nFALSE,2,q\ntrue,3,q\n";
    assert_eq!(numbers(truths, json!({})), [1., 1., 0., 2., 1., 3.]);
    // A row of one's own is read alike.
    let named = json!({"target": "y", "decimal": ",", "test": 0, "standardize": false});
    let data = file("t.csv", b"f;a;y\ntrue;1,5;p\nfalse;2;q\n", named).unwrap();
    assert_eq!(sample(data.preparation(), "true; 2,5").unwrap().data(), [1., 2.5]);
}

#[test]
fn a_cell_that_is_no_number_is_named_with_the_option_that_reads_it() {
    for (cell, advice) in [
        ("\"12,900\"", "thousands=\",\""),
        ("\"1,5\"", "decimal=\",\""),
        ("\"1.234,5\"", "decimal=\",\" with thousands=\".\""),
        ("$5", "units=[\"$\"]"),
        ("5 %", "units=[\"%\"]"),
        ("70kg", "units=[\"kg\"]"),
        ("2026-11-30", "dates=[\"a\"]"),
        ("30/11/2026", "date_format="),
        ("?", "na_values=[\"?\"]"),
        ("True", "among numbers"),
        ("old", "one_hot=[\"a\"]"),
    ] {
        let error = refused(&format!("a,y\n2,p\n{cell},q\n"), json!({}));
        assert!(error.starts_with("table.csv:3: column \"a\" holds \""), "{error}");
        assert!(error.contains(advice), "{cell}: {error}");
    }
}

#[test]
fn empty_cells_have_the_words_that_are_named() {
    let text = "a,c,y\n1,NA,p\n?,x,q\n-999,x,q\n4,NA,p\n";
    let named = json!({
        "na_values": ["?", "-999"], "keep_default_na": false, "one_hot": ["c"], "missing": "mean"
    });
    // The mean of 1 and 4 fills in; NA is a word of its own.
    let expected = [1., 1., 0., 2.5, 0., 1., 2.5, 0., 1., 4., 1., 0.];
    assert_eq!(numbers(text, named), expected);
}

#[test]
fn numbers_keep_all_digits_until_they_are_standardised() {
    let text: String = (0..100).map(|i| format!("{},{}\n", 1_700_000_000 + i, i % 2)).collect();
    let named = json!({"target": "y", "test": 0});
    let data = file("t.csv", format!("t,y\n{text}").as_bytes(), named).unwrap();
    let inputs = data.inputs().unwrap();
    // numpy: (x - x.mean()) / x.std() of 0 to 99.
    assert!((inputs.data()[0] + 1.714_816).abs() < 1e-4, "{}", inputs.data()[0]);
    assert!((inputs.data()[1] - inputs.data()[0] - 0.034_642).abs() < 1e-4);
}

#[test]
fn dates_become_a_number_or_their_parts() {
    let text = "when,y\n2026-11-30 14:30:05,p\n1970-01-02,q\n";
    assert_eq!(numbers(text, json!({"dates": ["when"]})), [1_796_049_005., 86_400.]);
    let parts = numbers(text, json!({"date_parts": ["when"]}));
    // pandas: year, month, day, dayofweek, hour, minute, second.
    let expected = [2026., 11., 30., 0., 14., 30., 5., 1970., 1., 2., 4., 0., 0., 0.];
    assert_eq!(parts, expected);
    let text = "when,y\n30/11/2026,p\n01/02/2000,q\n";
    let named = json!({"date_parts": ["when"], "date_format": "%d/%m/%Y"});
    assert_eq!(numbers(text, named)[..3], [2026., 11., 30.]);
    let error = refused(text, json!({"dates": ["when"]}));
    assert!(
        error.contains("table.csv:2: column \"when\" holds \"30/11/2026\", which is not a date"),
        "{error}"
    );
    let error = refused(text, json!({"dates": ["when"], "date_format": "%d/%q"}));
    assert!(error.contains("date_format has %q"), "{error}");
}

#[test]
fn a_word_among_the_numbers_of_a_target_is_refused_by_its_line() {
    let prices: String = (0..199).map(|i| format!("{i},{}.19\n", 100 + i)).collect();
    let text = format!("x,price\n{prices}199,unknown\n");
    let error = refused(&text, json!({"target": "price"}));
    assert!(
        error.starts_with("table.csv:201: the target column \"price\" holds \"unknown\""),
        "{error}"
    );
    assert!(error.contains("task=\"classes\""), "{error}");
    let data = file("t.csv", text.as_bytes(), json!({"target": "price", "task": "classes"}));
    assert_eq!(data.unwrap().classes().unwrap().len(), 200);
    let error = refused("x,y\n1,inf\n2,3\n3,4\n", json!({}));
    assert!(error.starts_with("table.csv:2: the target column \"y\" holds \"inf\""), "{error}");
    // A few decimals with a word are no classes either, but whole numbers with a word may be.
    let error = refused("x,y\n1,1.5\n2,2.5\n3,none yet\n", json!({}));
    assert!(error.contains("table.csv:4: the target column \"y\" holds \"none yet\""), "{error}");
    let data = file("t.csv", b"x,y\n1,1\n2,2\n3,3+\n4,1\n", json!({"target": "y", "test": 0}));
    assert_eq!(data.unwrap().classes().unwrap(), ["1", "2", "3+"]);
    let named = json!({"target": "price", "na_values": ["unknown"], "missing": "drop", "test": 0});
    let data = file("t.csv", text.as_bytes(), named).unwrap();
    assert_eq!((data.len(), data.classes()), (199, None));
}

#[test]
fn two_whole_numbers_with_decimals_are_classes_and_this_is_said() {
    let text = "x,y\n1,0.0\n2,1.0\n3,1\n4,0\n";
    let data = file("t.csv", text.as_bytes(), json!({"target": "y", "test": 0})).unwrap();
    let Targets::Classes { names, labels } = data.targets() else { panic!("classes") };
    assert_eq!(
        (&names[..], &labels[..]),
        (&["0".to_string(), "1".to_string()][..], &[0, 1, 1, 0][..])
    );
    assert!(data.to_string().contains("task=\"numbers\" predicts them as numbers"), "{data}");
    let named = json!({"target": "y", "test": 0, "task": "numbers"});
    assert_eq!(file("t.csv", text.as_bytes(), named).unwrap().classes(), None);
    // More of them may be amounts.
    let text = "x,y\n1,1.0\n2,2.0\n3,3.0\n";
    let data = file("t.csv", text.as_bytes(), json!({"target": "y", "test": 0})).unwrap();
    assert_eq!(data.classes(), None);
}

#[test]
fn a_column_of_ids_is_no_input_for_each_of_them() {
    let rows: String = (0..5000).map(|i| format!("user{i},{}\n", ["p", "q"][i % 2])).collect();
    let text = format!("id,y\n{rows}");
    let error = refused(&text, json!({"one_hot": ["id"]}));
    assert!(error.contains("column \"id\" has 4,000 different words in 4,000 rows"), "{error}");
    assert!(error.contains("index=[\"id\"]"), "{error}");
    let data = file("t.csv", text.as_bytes(), json!({"target": "y", "index": ["id"]})).unwrap();
    assert_eq!(data.sample_shape().to_vec(), [1]);
}

/// Bytes from their hexadecimal digits.
fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn packed_files_are_unpacked_by_their_content() {
    // Python's zipfile, with a folder of macOS beside the file, and the zstd program; of "a,y\n1,p\n2,q\n3,p\n".
    let zip = "504b030414000000080000007e5d693bb1f1100000001000000007000000642f742e6373764bd4a9e432d429e032d229e43206d2\
               00504b030414000000080000007e5d8316dc8c03000000010000000a0000005f5f4d41434f53582f74ab0000504b010214031400\
               0000080000007e5d693bb1f11000000010000000070000000000000000000000800100000000642f742e637376504b0102140314\
               000000080000007e5d8316dc8c03000000010000000a00000000000000000000008001350000005f5f4d41434f53582f74504b05\
               0600000000020002006d000000600000000000";
    let zstd = "28b52ffd0458810000612c790a312c700a322c710a332c700a24ae78e8";
    for (name, packed) in [("t.csv.zst", bytes(zstd)), ("t.zip", bytes(zip))] {
        let named = json!({"target": "y", "test": 0, "standardize": false});
        let data = file(name, &packed, named.clone()).unwrap();
        assert_eq!(data.inputs().unwrap().data(), [1., 2., 3.], "{name}");
        assert_eq!(data.name(), "t");
        let error = file(name, &packed[..packed.len() / 2], named).unwrap_err();
        assert!(error.contains("get it again"), "{name}: {error}");
    }
    // Two frames of zstd, one after the other, are one file.
    let two = [bytes(zstd), bytes(zstd)].concat();
    let data = file("t.csv.zst", &two, json!({"target": "y", "header": false, "task": "classes"}));
    assert!(data.unwrap_err().contains("there is no column \"y\""));
    let data =
        file("t.csv.zst", &two, json!({"target": 1, "header": false, "one_hot": [0], "test": 0}));
    assert_eq!(data.unwrap().len(), 8);
    let zips = "504b030414000000000000007e5d693bb1f1100000001000000005000000612e637376612c790a312c700a322c710a332c700a50\
                4b030414000000000000007e5d693bb1f1100000001000000005000000622e637376612c790a312c700a322c710a332c700a504b\
                0102140314000000000000007e5d693bb1f11000000010000000050000000000000000000000800100000000612e637376504b01\
                02140314000000000000007e5d693bb1f11000000010000000050000000000000000000000800133000000622e637376504b0506\
                000000000200020066000000660000000000";
    let error = file("t.zip", &bytes(zips), json!({"target": "y"})).unwrap_err();
    assert!(error.contains("is a zip archive of 2 files: a.csv, b.csv"), "{error}");
    let error = file("t.xlsx", &bytes(zips), json!({"target": "y"})).unwrap_err();
    assert!(error.contains("t.xlsx"), "{error}");
}

#[test]
fn a_pattern_reads_several_files_with_the_same_columns() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let load = |pattern: &str, named: Value| {
        let path = folder.path().join(pattern);
        let mut all = json!({"target": "y", "test": 0, "standardize": false});
        all.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
        let named = all.as_object().unwrap().clone().into_iter().collect();
        let spec = DataSpec::from_arguments("csv", vec![json!(path)], named).unwrap();
        spec.inner().load().map_err(|error| {
            format!("{error} | {}", error.help().unwrap_or_default())
                .replace(folder.path().to_str().unwrap(), "")
        })
    };
    write("part-1.csv", "a,b,y\n1,2,p\n");
    write("part-2.csv", "y,b,a\nq,4,3\n");
    let data = load("part-*.csv", json!({})).unwrap();
    assert_eq!(data.inputs().unwrap().data(), [1., 2., 3., 4.]);
    assert_eq!(data.classes().unwrap(), ["p", "q"]);
    write("part-3.csv", "a,b,c,y\n5,6,7,q\n");
    let error = load("part-*.csv", json!({})).unwrap_err();
    assert!(
        error.contains("/part-3.csv: there is a column \"c\", which is not in /part-1.csv"),
        "{error}"
    );
    assert_eq!(load("part-*.csv", json!({"ignore": ["b"], "columns": ["a"]})).unwrap().len(), 3);
    write("part-3.csv", "a,y\n5,q\n");
    let error = load("part-*.csv", json!({})).unwrap_err();
    assert!(
        error.contains("/part-3.csv: there is no column \"b\", as there is in /part-1.csv"),
        "{error}"
    );
    write("part-3.csv", "a,b,y\nx,6,q\n");
    let error = load("part-?.csv", json!({})).unwrap_err();
    assert!(error.starts_with("/part-3.csv:2: column \"a\" holds \"x\""), "{error}");
    let error = load("none-*.csv", json!({})).unwrap_err();
    assert!(error.contains("no file matches this pattern"), "{error}");
    // A file whose name looks like a pattern is a file.
    write("part[1].csv", "a,y\n9,p\n8,q\n");
    assert_eq!(load("part[1].csv", json!({})).unwrap().len(), 2);
}

#[test]
fn json_may_be_an_array_with_objects_within_objects_and_nan() {
    let text = "[\n {\"a\": 1, \"size\": {\"w\": 2.5, \"h\": 3}, \"y\": \"p\"},\n {\"size\": {\"h\": 4, \"w\": NaN}, \"y\": \"q\", \"a\": true}\n]\n";
    let named = json!({"target": "y", "test": 0, "standardize": false, "missing": "mean"});
    let data = file("t.json", text.as_bytes(), named).unwrap();
    assert_eq!(data.features(), ["a", "size.w", "size.h"]);
    assert_eq!(data.inputs().unwrap().data(), [1., 2.5, 3., 1., 2.5, 4.]);
    let row = sample(data.preparation(), "{\"size\": {\"w\": 7, \"h\": 8}, \"a\": 9}").unwrap();
    assert_eq!(row.data(), [9., 7., 8.]);
    let error = file("t.json", text.as_bytes(), json!({"target": "y"})).unwrap_err();
    assert!(error.starts_with("t.json:3: column \"size.w\" is empty"), "{error}");
    let error = file("t.json", b"[{\"a\": 1, \"y\": 2}\n{\"a\": 2}]", json!({"target": "y"}));
    assert!(error.unwrap_err().contains("t.json:2: this is not a JSON object: a comma is missing"));
    // Names of which each object has its own would make a table of empty cells.
    let objects: String = (0..4000).map(|i| format!("{{\"k{i}\": 1}}\n")).collect();
    let error = file("t.jsonl", objects.as_bytes(), json!({"target": "k0"})).unwrap_err();
    assert!(error.contains("4,000 objects have 4,000 different names"), "{error}");
}

#[test]
fn weights_of_rows_are_a_column() {
    let text = "a,w,y\n1,2,p\n2,0,q\n3,1,q\n";
    let named = json!({"target": "y", "weight": "w", "test": 0});
    let data = file("t.csv", text.as_bytes(), named.clone()).unwrap();
    assert_eq!(data.features(), ["a"]);
    // Their mean over the train part is 1.
    assert_eq!(data.weights().unwrap(), [2., 0., 1.]);
    assert!(data.to_string().contains("weighted by w"), "{data}");
    for (cell, problem) in [("-1", "holds \"-1\", not 0 or more"), ("", "is empty")] {
        let text = format!("a,w,y\n1,2,p\n2,{cell},q\n");
        let error = file("t.csv", text.as_bytes(), named.clone()).unwrap_err();
        assert!(error.starts_with("t.csv:3: the column of weights \"w\" "), "{error}");
        assert!(error.contains(problem), "{error}");
    }
    let error = file("t.csv", b"a,w,y\n1,0,p\n2,0,q\n", named).unwrap_err();
    assert!(error.contains("all weights of the train part are 0"), "{error}");
}

#[test]
fn bytes_are_read_like_the_file_that_they_are() {
    let spec = relume_formats::Csv::new("t.csv").target("y");
    let data = spec.load_bytes(b"a;y\n1;p\n2;q\n").unwrap();
    assert_eq!((data.name(), data.len()), ("t", 2));
    assert!(spec.load_bytes(b"").is_err());
}
