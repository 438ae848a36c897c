//! Augmentations are checked before use, however they were made.

use relume_datasets::augmentations::{ColorJitter, RandomCrop};
use relume_datasets::raw::RawImage;
use relume_datasets::{AugmentationSpec, Channels, Dataset, Pixels, Preparation, Split, Targets};

fn images() -> Dataset {
    let pixels = Pixels::new([1, 2, 2], vec![0; 8]).unwrap();
    let targets = Targets::Classes { names: vec!["dark".to_string()], labels: vec![0, 0] };
    let split = Split { train: vec![0, 1], test: Vec::new(), ..Split::default() };
    Dataset::from_pixels("dark", pixels, targets, split, Preparation::scaled(1.0)).unwrap()
}

#[test]
fn no_data_set_is_varied_with_an_option_out_of_range() {
    let refusal = |spec: AugmentationSpec| images().augmented(spec).unwrap_err().to_string();
    assert_eq!(
        refusal(RandomCrop::new([0, 1]).into()),
        "randomcrop's `size` wants a whole number or [height, width], each at least 1, not [0, 1]"
    );
    assert_eq!(
        refusal(ColorJitter::new().contrast(vec![2.0, 1.0]).into()),
        "colorjitter: contrast wants the smaller number first, not [2, 1]"
    );
    let error = serde_json::from_str::<AugmentationSpec>(r#"{"randomflip": {"p": 7}}"#);
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("randomflip's `p` wants a number from 0 to 1, not 7"), "{error}");
}

#[test]
fn no_picture_is_cut_with_an_option_out_of_range() {
    let augmentations = vec![RandomCrop::new(0).into()];
    let raw = RawImage { channels: Channels::Gray, size: [2, 2], augmentations };
    let error = raw.sample(&Preparation::scaled(1.0), vec![0; 4]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "randomcrop's `size` wants a whole number or [height, width], each at least 1, not [0, 0]"
    );
}

#[test]
fn options_left_out_of_a_file_have_their_defaults() {
    let short: AugmentationSpec =
        serde_json::from_str(r#"{"randomrotation": {"degrees": 15}}"#).unwrap();
    let written = r#"{"randomrotation":{"degrees":15.0,"interpolation":"nearest","fill":0}}"#;
    assert_eq!(serde_json::to_string(&short).unwrap(), written);
}
