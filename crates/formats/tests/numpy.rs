//! NumPy's files: its own numbers are read back, and a broken file is refused with its name and the place.

use relume_catalog::Value;
use relume_datasets::{AugmentationSpec, DataError, Dataset, Preparation, Raw, Targets};
use relume_formats::DataSpec;
use serde_json::json;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/arrays");

fn fixture(name: &str) -> String {
    format!("{FIXTURES}/{name}")
}

fn load(path: &str, named: Value) -> Result<Dataset, DataError> {
    let named = named.as_object().unwrap().clone().into_iter().collect();
    DataSpec::from_arguments("numpy", vec![path.into()], named).unwrap().inner().load()
}

fn read(name: &str, named: Value) -> Dataset {
    load(&fixture(name), named).unwrap()
}

/// What loading says, with its help.
fn refusal(path: &str, named: Value) -> String {
    let error = load(path, named).unwrap_err();
    format!("{error} | {}", error.help().unwrap_or_default())
}

/// What make_arrays.py wrote into numpy.json.
fn expected() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/numpy.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn floats(values: &Value) -> Vec<f32> {
    values.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
}

fn classes(data: &Dataset) -> (Vec<&str>, &[usize]) {
    match data.targets() {
        Targets::Classes { names, labels } => {
            (names.iter().map(String::as_str).collect(), labels.as_slice())
        }
        targets => panic!("classes, not {targets:?}"),
    }
}

fn values(data: &Dataset) -> (&[String], &[f32]) {
    match data.targets() {
        Targets::Values { names, values } => (names, values.data()),
        targets => panic!("numbers, not {targets:?}"),
    }
}

/// An array as NumPy's format description has it, version 1.0.
fn npy(descr: &str, shape: &str, contents: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(contents);
    bytes
}

#[test]
fn numbers_of_all_types_in_both_orders_are_numpys() {
    let expected = expected();
    for (name, numbers) in expected["types"].as_object().unwrap() {
        for file in ["types.npz", "types_big.npz"] {
            let named = json!({"inputs": name, "targets": "labels", "standardize": false});
            let data = read(file, named);
            let inputs = data.inputs().unwrap();
            assert_eq!(inputs.dims(), [4, 3]);
            let own: Vec<u32> = inputs.data().iter().map(|x| x.to_bits()).collect();
            let numpys: Vec<u32> = floats(numbers).iter().map(|x| x.to_bits()).collect();
            assert_eq!(own, numpys, "{name} of {file}");
            assert_eq!(classes(&data), (vec!["-3", "7", "12"], &[1, 0, 1, 2][..]));
        }
    }
}

#[test]
fn versions_and_orders_of_files_are_read() {
    let expected = floats(&expected()["cube"]);
    for file in ["version1.npy", "version2.npy", "version3.npy", "fortran.npy"] {
        let data = read(file, json!({"targets": fixture("targets.npy"), "test": 0.5}));
        let inputs = data.inputs().unwrap();
        assert_eq!(inputs.dims(), [2, 3, 4]);
        // Only images and rows are standardised where it is not given.
        assert_eq!(inputs.data(), expected, "{file}");
        let names = ["targets[0]", "targets[1]"].map(str::to_string);
        assert_eq!(values(&data), (&names[..], &[0.5, -1.0, 2.0, 3.0][..]));
        assert_eq!((data.train().len(), data.test().len()), (1, 1));
    }
    let named = json!({
        "targets": fixture("targets.npy"),
        "test_inputs": fixture("version1.npy"),
        "test_targets": fixture("targets.npy")
    });
    let data = read("fortran.npy", named);
    assert_eq!(data.inputs().unwrap().data(), [&expected[..], &expected[..]].concat());
    assert_eq!((data.train().indices(), data.test().indices()), (&[0, 1][..], &[2, 3][..]));
}

#[test]
fn images_are_those_of_the_same_set_in_other_files() {
    let data = read("mnist.npz", json!({}));
    let parts = "mnist: 9 samples · input 1 x 5 x 4 · 3 classes · 6 train / 3 test";
    assert_eq!(data.to_string(), parts);
    let idx = DataSpec::from_arguments("idx", vec![FIXTURES.into()], vec![]).unwrap();
    let idx = idx.inner().load().unwrap();
    assert_eq!(data.inputs().unwrap().data(), idx.inputs().unwrap().data());
    assert_eq!(data.targets(), idx.targets());
    assert_eq!(data.preparation(), idx.preparation());
    let crop = AugmentationSpec::from_arguments("randomcrop", vec![4.into()], vec![]).unwrap();
    let data = data.augmented(crop).unwrap();
    assert_eq!(data.sample_shape()[..], [1, 4, 4]);
    // As numbers they keep their bytes and their shape.
    let data = read("mnist.npz", json!({"image": false}));
    let inputs = data.inputs().unwrap();
    assert_eq!((inputs.dims(), &inputs.data()[..5]), (&[9, 5, 4][..], &[0., 3., 6., 9., 7.][..]));
}

#[test]
fn channels_may_be_first_or_last() {
    let planes = floats(&expected()["planes"]);
    for file in ["colours_first.npy", "colours_last.npy"] {
        let named = json!({"targets": fixture("labels.npy"), "standardize": false});
        let data = read(file, named);
        let inputs = data.inputs().unwrap();
        assert_eq!(inputs.dims(), [4, 3, 2, 5]);
        let own: Vec<f32> = inputs.data().iter().map(|x| (x * 255.0).round()).collect();
        assert_eq!(own, planes, "{file}");
        assert_eq!(classes(&data), (vec!["-3", "7", "12"], &[1, 0, 1, 2][..]));
        let Some(Preparation { raw: Some(Raw::Image(image)), .. }) = data.preparation() else {
            panic!("no picture is a sample")
        };
        assert_eq!((image.channels.count(), image.size), (3, [2, 5]));
    }
}

#[test]
fn rows_are_standardised() {
    let named = json!({"inputs": "i1", "targets": "labels", "test": 0});
    let data = read("types.npz", named);
    for (own, numpys) in
        data.inputs().unwrap().data().iter().zip(floats(&expected()["standardized"]))
    {
        assert!((own - numpys).abs() < 2e-6, "{own} {numpys}");
    }
}

#[test]
fn targets_are_classes_or_numbers() {
    let named = |targets: &str, task: Option<&str>| {
        let named = json!({"inputs": "x", "targets": targets, "task": task, "test": 0});
        read("words.npz", named)
    };
    let words = (vec!["9", "10", "Größe", "a", "z 𝄞"], &[2, 3, 1, 3, 0, 4][..]);
    for targets in ["y", "big", "bytes"] {
        let data = named(targets, None);
        assert_eq!(classes(&data), words, "{targets}");
        assert_eq!(data.sample_shape()[..], [1]);
    }
    let data = named("truth", None);
    assert_eq!(classes(&data), (vec!["False", "True"], &[1, 0, 1, 1, 0, 1][..]));
    let data = named("truth", Some("numbers"));
    assert_eq!(values(&data), (&["truth".to_string()][..], &[1., 0., 1., 1., 0., 1.][..]));
    let data = named("floats", None);
    assert_eq!(values(&data).1, [2., 1., 2., -1., 1., 1.]);
    let data = named("floats", Some("classes"));
    assert_eq!(classes(&data), (vec!["-1", "1", "2"], &[2, 1, 2, 0, 1, 1][..]));
    // What is named x and y is found.
    assert_eq!(classes(&read("words.npz", json!({}))), words);
}

#[test]
fn two_whole_floats_are_classes_and_this_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let write = |name: &str, numbers: &[f32]| {
        let contents: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        let array = npy("'<f4'", &format!("({},)", numbers.len()), &contents);
        std::fs::write(path(name), array).unwrap();
    };
    write("x.npy", &[5.0, 6.0, 7.0, 8.0]);
    write("y.npy", &[1.0, 0.0, 0.0, 1.0]);
    let data = load(&path("x.npy"), json!({"targets": path("y.npy"), "test": 0})).unwrap();
    assert_eq!(classes(&data), (vec!["0", "1"], &[1, 0, 0, 1][..]));
    assert!(data.to_string().contains("task=\"numbers\" predicts them as numbers"), "{data}");
    write("y.npy", &[1.0, 0.5, 0.0, 1.0]);
    let data = load(&path("x.npy"), json!({"targets": path("y.npy"), "test": 0})).unwrap();
    assert_eq!(data.classes(), None);
}

#[test]
fn many_whole_numbers_are_numbers_unless_the_task_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    for (count, own) in [(20, Some(20)), (21, None)] {
        let contents: Vec<u8> = (0..count).collect();
        let array = npy("'|u1'", &format!("({count},)"), &contents);
        std::fs::write(path("x.npy"), &array).unwrap();
        let data = load(&path("x.npy"), json!({"targets": path("x.npy")})).unwrap();
        assert_eq!(data.classes().map(<[String]>::len), own);
        let named = json!({"targets": path("x.npy"), "task": "classes"});
        let data = load(&path("x.npy"), named).unwrap();
        assert_eq!(data.outputs(), usize::from(count));
    }
}

#[test]
fn what_cannot_be_used_is_refused() {
    let own = |file: &str, named: Value| refusal(&fixture(file), named);
    let pair = |x: &str, y: &str| own("refused.npz", json!({"inputs": x, "targets": y}));
    let y = fixture("targets.npy");
    let cases = [
        (
            own("refused.npz", json!({})),
            "refused.npz: the array \"x\" holds Python objects (pickle), which are not supported",
        ),
        (pair("record", "y"), "the array \"record\" has type structured, which is not supported"),
        (pair("complex", "y"), "the array \"complex\" has type <c16, which is not supported"),
        (pair("nan", "y"), "the array \"nan\" holds NaN at [1, 1], where finite numbers"),
        (pair("y", "huge"), "the array \"huge\" holds inf at [0], where finite numbers"),
        (pair("y", "nam"), "there is no array \"nam\" in it | did you mean \"nan\"?"),
        (
            own("types.npz", json!({})),
            "its arrays have none of the usual names | name them: inputs=\"NAME\", targets=\"NAME\"; the arrays are \
            labels (int64 [4]), f2 (float16 [4, 3])",
        ),
        (own("types.npz", json!({"targets": "labels"})), "targets= goes with inputs="),
        (
            own("types.npz", json!({"inputs": "u1", "targets": "labels", "image": true})),
            "the array \"u1\" is uint8 [4, 3], but images are [n, height, width]",
        ),
        (
            own("fortran.npy", json!({"targets": y, "image": true})),
            "fortran.npy: is float64 [2, 3, 4], but images are uint8",
        ),
        (
            own("types.npz", json!({"inputs": "u1", "targets": "f4", "task": "classes"})),
            "the array \"f4\" is [4, 3], but classes are [n] or [n, 1]",
        ),
        (
            own("words.npz", json!({"inputs": "y", "targets": "y"})),
            "the array \"y\" holds words, where numbers are wanted",
        ),
        (
            own("words.npz", json!({"inputs": "x", "targets": "y", "task": "numbers"})),
            "the array \"y\" holds words, where numbers are wanted",
        ),
        (
            own("fortran.npy", json!({"targets": fixture("labels.npy")})),
            "labels.npy: is [4, 1], whose 4 targets do not match the 2 inputs of",
        ),
        (own("fortran.npy", json!({"targets": fixture("version1.npy")})), "targets are [n] or"),
        (
            own("mnist.npz", json!({"test": 0.5})),
            "the array \"x_test\" is already a test part | leave test= out",
        ),
        (own("fortran.npy", json!({})), "holds only inputs | name the file of targets"),
        (own("fortran.npy", json!({"inputs": "x", "targets": y})), "leave inputs= out"),
        (refusal("/nowhere.npz", json!({})), "/nowhere.npz: "),
        (refusal(FIXTURES, json!({})), "fixtures/arrays: "),
    ];
    for (error, expected) in cases {
        assert!(error.contains(expected), "{error}\n{expected}");
    }
    for (named, expected) in [
        (json!({"inputs": "x"}), "inputs= needs targets= as well"),
        (json!({"test_inputs": "x"}), "test_inputs= needs test_targets= as well"),
        (json!({"test_inputs": "x", "test_targets": "y", "test": 0.1}), "test= draws a test part"),
    ] {
        let named = named.as_object().unwrap().clone().into_iter().collect();
        let error = DataSpec::from_arguments("numpy", vec!["x".into()], named).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// What loading these bytes as inputs says.
fn broken(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let named = match name.ends_with(".npz") {
        true => json!({}),
        false => json!({"targets": fixture("targets.npy")}),
    };
    refusal(path.to_str().unwrap(), named)
}

#[test]
fn broken_arrays_are_refused_with_their_file_and_byte() {
    let whole = std::fs::read(fixture("version1.npy")).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        broken("x.npy", &bytes)
    };
    let header = |text: &str| {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.bytes());
        broken("x.npy", &bytes)
    };
    let cases = [
        (broken("x.npy", b""), "x.npy: ends at byte 0, within its header"),
        (broken("x.npy", b"a,b\n"), "x.npy: is not a NumPy array file, which begins with"),
        (broken("x.npy", &whole[..7]), "x.npy: ends at byte 7, within its header"),
        (broken("x.npy", &whole[..9]), "x.npy: ends at byte 9, within its header"),
        (broken("x.npy", &whole[..100]), "x.npy: ends at byte 100, within its header"),
        (
            broken("x.npy", &whole[..200]),
            "x.npy: ends at byte 200, which does not match float32 [2, 3, 4] from byte 128 on",
        ),
        (broken("x.npy", &[&whole[..], &[0]].concat()), "ends at byte 225, which does not match"),
        (changed(0, b'P'), "is not a NumPy array file"),
        (changed(6, 4), "has format version 4.0; 1.0, 2.0 and 3.0 are supported"),
        (changed(10, b'x'), "its header is broken at byte 10: this is not a value"),
        (changed(17, b' '), "its header is broken at byte 21: a colon is expected here"),
        (header("{'descr"), "its header is broken at byte 11: this string has no end"),
        (header("{'descr': '<f4'"), "its header is broken at byte 25: a comma or the end"),
        (header("{'descr': '<f4'} 1"), "at byte 27: nothing more is expected here"),
        (header("{'descr' '<f4'}"), "at byte 19: a colon is expected here"),
        (header("{1: 2}"), "at byte 11: a name in quotes is expected here"),
        (header(&"(".repeat(60_000)), "its lists are nested too deeply"),
        (header("{'shape': (99999999999999999999,)}"), "at byte 21: this number is too large"),
        (header("{'descr': '<f4', 'shape': (1,)}"), "does not give descr, fortran_order and shape"),
        (header("('descr', '<f4')"), "does not give descr, fortran_order and shape"),
        (
            broken("x.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff"),
            "claims a header of 4294967295 bytes",
        ),
        (broken("x.npy", &npy("'<U0'", "(2,)", b"")), "has type <U0, which is not supported"),
        (broken("x.npy", &npy("'|S0'", "(2,)", b"")), "has type |S0, which is not supported"),
        (
            broken("x.npy", &npy("'<f4'", "(0, 3)", b"")),
            "is float32 [0, 3], which holds no samples",
        ),
        (broken("x.npy", &npy("'<f4'", "()", &[0; 4])), "is float32 [], which holds no samples"),
        (
            broken("x.npy", &npy("'<f4'", "(4294967296, 4294967296, 4294967296)", &[0; 8])),
            "which does not match float32 [4294967296, 4294967296, 4294967296]",
        ),
        (broken("x.npy", &npy("'<f4'", "(1000000000,)", &[0; 8])), "which does not match float32"),
        (
            broken("x.npy", &npy("'<f4'", "(2, 1, 1, 1, 1, 1, 1)", &[0; 8])),
            "x.npy: a tensor has at most 6 axes, not 7",
        ),
    ];
    for (error, expected) in cases {
        assert!(error.contains(expected), "{error}\n{expected}");
    }
    // Surrogates are no text, and neither is a lone byte of UTF-8.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("y.npy");
    for (descr, contents, expected) in [
        ("'<U1'", &[0x61, 0, 0, 0, 0, 0xd8, 0, 0][..], "y.npy: holds invalid text at [1]"),
        ("'|S1'", &[0x61, 0xff], "y.npy: holds invalid text at [1]"),
        ("'|S1'", &[0x61, 0], "y.npy: is empty at [1]"),
    ] {
        std::fs::write(&path, npy(descr, "(2,)", contents)).unwrap();
        let error = refusal(&fixture("version1.npy"), json!({"targets": path.to_str()}));
        assert!(error.contains(expected), "{error}");
    }
}

/// Where some bytes stand.
fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|&at| bytes[at..].starts_with(wanted)).collect()
}

#[test]
fn broken_archives_are_refused_with_their_file_and_array() {
    let stored = std::fs::read(fixture("words.npz")).unwrap();
    let packed = std::fs::read(fixture("mnist.npz")).unwrap();
    for bytes in [&stored[..stored.len() / 2], &packed[..packed.len() - 1], b"PK", b"PK\x03\x04"] {
        let error = broken("x.npz", bytes);
        assert!(error.contains("x.npz: is not a complete .npz file: "), "{error}");
    }
    let changed = |bytes: &[u8], at: usize, change: &dyn Fn(&u8) -> u8| {
        let mut changed = bytes.to_vec();
        changed[at] = change(&bytes[at]);
        broken("x.npz", &changed)
    };
    // The headers before the contents, and those of the directory at the end.
    let local = |bytes: &[u8]| places(bytes, b"PK\x03\x04");
    let entry = |bytes: &[u8]| places(bytes, b"PK\x01\x02");
    let cases = [
        (
            // The last byte of the first array.
            changed(&stored, local(&stored)[1] - 1, &|byte| byte ^ 1),
            "x.npz: the array \"x\" cannot be unpacked: Invalid checksum",
        ),
        (
            changed(&packed, local(&packed)[1] - 4, &|byte| byte ^ 0xff),
            "x.npz: the array \"x_train\" cannot be unpacked: ",
        ),
        (
            // The sizes, as the directory has them.
            changed(&packed, entry(&packed)[0] + 27, &|_| 0x7f),
            "the array \"x_train\" claims 2130706",
        ),
        (
            changed(&stored, entry(&stored)[0] + 24, &|byte| byte + 1),
            "the array \"x\" claims 177 bytes, more than can be packed in what is there",
        ),
        (
            changed(&packed, entry(&packed)[0] + 24, &|byte| byte + 1),
            "the array \"x_train\" ends at byte 249, which does not match uint8 [6, 5, 4] from byte 128 on",
        ),
        (
            // How it is packed.
            changed(&packed, entry(&packed)[0] + 10, &|_| 12),
            "the array \"x_train\" cannot be unpacked: ",
        ),
        (
            // The first letter of x_test's name.
            changed(&packed, entry(&packed)[2] + 46, &|_| b'z'),
            "there is no array \"x_test\" in it",
        ),
    ];
    for (error, expected) in cases {
        assert!(error.contains(expected), "{error}\n{expected}");
    }
}
