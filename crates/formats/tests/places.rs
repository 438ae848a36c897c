//! Classes at each token of texts and at each pixel of images.

use relume_catalog::Value;
use relume_datasets::{AugmentationSpec, DataError, Dataset, Places, Targets};
use relume_formats::DataSpec;
use serde_json::json;
use std::path::Path;

fn load(source: &str, path: &Path, named: Value) -> Result<Dataset, String> {
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    let spec = DataSpec::from_arguments(source, vec![json!(path.to_str().unwrap())], named);
    let shown = |error: DataError| format!("{error} | {}", error.help().unwrap_or_default());
    spec.map_err(|error| error.to_string())?.inner().load().map_err(shown)
}

fn tagged(name: &str, text: &str, named: Value) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    load("tagged", &path, named).map_err(|error| error.replace(path.to_str().unwrap(), name))
}

fn places(data: &Dataset) -> &Places {
    let Targets::Places(places) = data.targets() else { panic!("places") };
    places
}

const NONE: u16 = Places::IGNORED;

#[test]
fn tokens_have_the_tags_beside_them_and_padding_has_none() {
    let text = "{\"tokens\": [\"Ada\", \"lives\", \"in New\\tYork\"], \"tags\": [\"PER\", \"O\", \"LOC\"]}\n\
                {\"tokens\": [\"lives\"], \"tags\": [null]}\n{\"tokens\": [], \"tags\": []}\n";
    let data = tagged("names.jsonl", text, json!({"test": 0})).unwrap();
    assert_eq!(data.sample_shape().to_vec(), [3]);
    assert_eq!(places(&data).names, ["LOC", "O", "PER"]);
    assert_eq!([0, 1].map(|i| places(&data).of(i).to_vec()), [vec![2, 1, 0], vec![NONE; 3]]);
    // lives occurs twice, the others once, in the order of their letters; a blank within a token is kept together.
    assert_eq!(data.inputs().unwrap().data(), [3., 2., 4., 2., 0., 0.]);
    assert_eq!(data.targets().width(), 3);
    let hugging = "[{\"tokens\": [\"a\", \"b\"], \"ner_tags\": [3, -100]}, {\"tokens\": [\"b\"], \"ner_tags\": [0]}]";
    let data = tagged("ids.json", hugging, json!({"test": 0})).unwrap();
    assert_eq!(places(&data).names, ["0", "3"]);
    assert_eq!([0, 1].map(|i| places(&data).of(i).to_vec()), [vec![1, NONE], vec![0, NONE]]);
}

#[test]
fn lines_of_conll_are_read_and_longer_texts_are_cut_which_is_said() {
    let text = "-DOCSTART- -X- O O\n\nEU NNP B-NP ORG\nrejects VBZ B-VP O\n. . O O\n\n\nPeter NNP B-NP PER\n";
    let data = tagged("train.txt", text, json!({"test": 0, "length": 2})).unwrap();
    assert_eq!(places(&data).names, ["O", "ORG", "PER"]);
    assert_eq!([0, 1].map(|i| places(&data).of(i).to_vec()), [vec![1, 0], vec![2, NONE]]);
    assert!(data.to_string().contains("1 texts cut after 2 tokens"), "{data}");
    assert!(data.to_string().contains("3 classes at each of 2 places"), "{data}");
}

#[test]
fn texts_whose_tags_do_not_fit_are_refused_with_their_line() {
    let cases = [
        (
            "{\"tokens\": [\"a\"], \"tags\": [\"O\"]}\n{\"tokens\": [\"a\", \"b\"], \"tags\": [\"O\"]}",
            "x.jsonl:2: 2 tokens have 1 tags",
        ),
        (
            "{\"tokens\": [\"a\"], \"labels_\": [\"O\"]}",
            "x.jsonl:1: there is no list \"tags\" of tags",
        ),
        (
            "{\"words\": [\"a\"], \"tags\": [\"O\"]}",
            "x.jsonl:1: there is no list \"tokens\" of tokens",
        ),
        ("{\"tokens\": [\"a\"], \"tags\": [0.5]}", "x.jsonl:1: a tag is 0.5"),
        (
            "{\"tokens\": [\"a\"], \"tags\": [\"O\"]}\n\n{\"tokens\": ",
            "x.jsonl:3: this is not JSON",
        ),
        ("a O\nb\n", "x.jsonl:2: \"b\" has no tag"),
        ("\n", "there is no text in it"),
    ];
    for (text, wanted) in cases {
        let error = tagged("x.jsonl", text, json!({})).unwrap_err();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

/// A gray PNG of these bytes.
fn png(path: &Path, width: usize, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut encoder = png::Encoder::new(file, width as u32, (bytes.len() / width) as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(bytes).unwrap();
}

#[test]
fn the_pixels_of_images_have_the_classes_of_their_masks() {
    let folder = tempfile::tempdir().unwrap();
    let (photos, masks) = (folder.path().join("photos"), folder.path().join("masks"));
    for (part, name, mask) in
        [("train", "a", [0, 1, 255, 7]), ("train", "b", [7, 7, 0, 0]), ("val", "c", [1, 1, 1, 255])]
    {
        png(&photos.join(part).join(format!("{name}.png")), 2, &[10, 20, 30, 40]);
        png(&masks.join(part).join(format!("{name}.png")), 2, &mask);
    }
    let options = json!({"masks": masks.to_str().unwrap(), "channels": "gray"});
    let data = load("images", &photos, options.clone()).unwrap();
    assert_eq!(places(&data).names, ["0", "1", "7"]);
    let found = [0, 1, 2].map(|i| places(&data).of(i).to_vec());
    assert_eq!(found, [vec![0, 1, NONE, 2], vec![2, 2, 0, 0], vec![1, 1, 1, NONE]]);
    assert_eq!((data.train().len(), data.validation().len(), data.test().len()), (2, 1, 0));
    assert!(data.to_string().contains("255 in masks is no class: 16.7 %"), "{data}");
    let counted = data.targets().clone();
    let Targets::Places(counted) = counted else { panic!("places") };
    assert_eq!(counted.counts(&[0, 1, 2]), [3, 4, 3]);
    // What moves pixels would leave their classes behind.
    let flip = AugmentationSpec::from_arguments("randomflip", vec![], vec![]).unwrap();
    let error = data.clone().augmented(flip).unwrap_err().to_string();
    assert!(error.contains("moves pixels"), "{error}");
    let jitter = AugmentationSpec::from_arguments("colorjitter", vec![], vec![]).unwrap();
    assert!(data.augmented(jitter).is_ok());
    // Resized to the nearest pixel; another number ignored.
    let mut sized = options.as_object().unwrap().clone();
    sized.extend([("size".to_string(), json!(4)), ("ignore_index".to_string(), json!(7))]);
    let data = load("images", &photos, Value::Object(sized)).unwrap();
    assert_eq!(places(&data).names, ["0", "1", "255"]);
    assert_eq!(places(&data).of(0)[..8], [0, 0, 1, 1, 0, 0, 1, 1]);
    assert_eq!(places(&data).of(0)[15], NONE);
}

#[test]
fn a_mask_of_one_object_has_two_classes_and_what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (photos, masks) = (folder.path().join("photos"), folder.path().join("masks"));
    png(&photos.join("a.png"), 2, &[10, 20, 30, 40]);
    let with = |options: Value| {
        let mut all = json!({"masks": masks.to_str().unwrap(), "channels": "gray", "test": 0});
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        load("images", &photos, all)
    };
    let error = with(json!({})).unwrap_err();
    assert!(error.contains("masks: No such file or directory"), "{error}");
    std::fs::create_dir(&masks).unwrap();
    let error = with(json!({})).unwrap_err();
    assert!(error.contains("a.png") && error.contains("has no mask"), "{error}");
    png(&masks.join("a.png"), 2, &[0, 255, 255, 0]);
    assert_eq!(places(&with(json!({})).unwrap()).names, ["0", "255"]);
    let error = with(json!({"labels": "labels.csv"})).unwrap_err();
    assert!(error.contains("give one"), "{error}");
    png(&masks.join("a.png"), 3, &[0, 1, 2, 0, 1, 2]);
    let error = with(json!({})).unwrap_err();
    assert!(error.contains("is 2 x 3") && error.contains("size="), "{error}");
    let few = load("images", &photos, json!({"ignore_index": 3}));
    assert!(few.unwrap_err().contains("masks=\"FOLDER\""));
}
