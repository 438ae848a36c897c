//! The bytes of event files are those that TensorBoard's own code makes (tests/fixtures/make_tensorboard.py).

use relume_tensorboard::record::{masked_crc, write_record};
use relume_tensorboard::{Ending, EventWriter, GraphNode, Histogram, HyperParameter, Image};
use serde_json::Value;

fn fixture() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/tensorboard.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// The file that a writer makes at the time of the fixture, without the version in front.
fn written(write: impl FnOnce(&mut EventWriter)) -> Vec<u8> {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.out.tfevents.1");
    let mut events = EventWriter::at_time(&path, fixture["time"].as_f64().unwrap()).unwrap();
    write(&mut events);
    events.flush().unwrap();
    let all = std::fs::read(&path).unwrap();
    let version = bytes(&fixture["events"]["version"]);
    assert_eq!(all[..version.len()], version, "the version");
    all[version.len()..].to_vec()
}

#[test]
fn checksums_and_records_are_those_of_tensorboard() {
    let fixture = fixture();
    for case in fixture["checksums"].as_array().unwrap() {
        assert_eq!(u64::from(masked_crc(&bytes(&case["bytes"]))), case["masked"].as_u64().unwrap());
    }
    let records = fixture["records"].as_array().unwrap();
    assert_eq!(records.len(), 5);
    for case in records {
        let mut record = Vec::new();
        write_record(&mut record, &bytes(&case["message"])).unwrap();
        assert_eq!(record, bytes(&case["record"]));
    }
}

#[test]
fn scalars_texts_graphs_and_hyperparameters_have_the_bytes_of_tensorboard() {
    let fixture = fixture();
    let expected = |name: &str| bytes(&fixture["events"][name]);
    let scalars =
        written(|own| own.scalars(7, &[("train/loss", 0.625), ("train/lr", 0.001)]).unwrap());
    assert_eq!(scalars, expected("scalars"));
    assert_eq!(written(|own| own.text(0, "run/network", "dense(10)").unwrap()), expected("text"));
    let node = |name: &str, operation: &str, inputs: &[&str], output: usize| GraphNode {
        name: name.to_string(),
        operation: operation.to_string(),
        inputs: inputs.iter().map(|name| (*name).to_string()).collect(),
        output: Some(vec![output]),
        attributes: Vec::new(),
    };
    let dense = GraphNode {
        attributes: vec![("stage".to_string(), "dense(2)".to_string())],
        ..node("0_dense", "dense", &["input"], 2)
    };
    let nodes = [node("input", "Placeholder", &[], 3), dense];
    assert_eq!(written(|own| own.graph(&nodes).unwrap()), expected("graph"));
    let parameters = [
        ("optimizer", HyperParameter::Text("adam".to_string())),
        ("lr", HyperParameter::Number(0.001)),
    ];
    let session = written(|own| {
        own.hyperparameters(&parameters, &["test/accuracy"]).unwrap();
        own.end_session(Ending::Success).unwrap();
    });
    assert_eq!(session, expected("hparams"));
}

#[test]
fn histograms_have_the_buckets_of_pytorch() {
    let fixture = fixture();
    let case = &fixture["histogram"];
    let values: Vec<f32> = numbers(&case["values"]).iter().map(|&x| x as f32).collect();
    let found = Histogram::of(&values);
    let number = |name: &str| case[name].as_f64().unwrap();
    let of_all = [found.min, found.max, found.count as f64];
    assert_eq!(of_all, ["min", "max", "num"].map(number));
    // Sums in another order differ in the last digit.
    for (own, name) in [(found.sum, "sum"), (found.sum_squares, "sum_squares")] {
        assert!((own / number(name) - 1.0).abs() < 1e-14, "{name}: {own}");
    }
    let (limits, counts): (Vec<f64>, Vec<f64>) =
        found.buckets.iter().map(|&(limit, count)| (limit, count as f64)).unzip();
    assert_eq!(counts, numbers(&case["bucket"]));
    assert_eq!(limits, numbers(&case["bucket_limit"]));
    let same = Histogram { sum: number("sum"), sum_squares: number("sum_squares"), ..found };
    let event = written(|own| own.histogram(9, "weights/0.weight", &same).unwrap());
    assert_eq!(event, bytes(&fixture["events"]["histogram"]));
}

#[test]
fn an_image_is_a_png_and_what_is_none_is_refused() {
    let image = Image { width: 2, height: 1, channels: 3, pixels: vec![255, 0, 0, 0, 0, 255] };
    let png = image.png().unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width, frame.height, &pixels[..]), (2, 1, &image.pixels[..]));
    for wrong in [
        Image { width: 3, ..image.clone() },
        Image { channels: 2, width: 3, ..image.clone() },
        Image { width: 0, pixels: Vec::new(), ..image },
    ] {
        let said = wrong.png().unwrap_err().to_string();
        assert!(said.contains("pixels with"), "{said}");
    }
}
