//! Pictures of all formats: pixels are those of PIL, upright; half a file is no picture, and a size that is only
//! claimed takes no memory.

use crate::support::{Folder, bytes, file, planes};
use serde_json::{Value, json};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// What make_pictures.py got from PIL.
fn expected() -> Value {
    let text = std::fs::read_to_string(format!("{FIXTURES}/pictures.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn picture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}/pictures/{name}")).unwrap()
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').unwrap().1
}

#[test]
fn pictures_of_all_formats_have_the_pixels_that_pil_gives_them_upright() {
    let expected = expected();
    let files = expected.as_object().unwrap();
    assert_eq!(files.len(), 47);
    for (name, wanted) in files {
        let (shape, wanted) = planes(wanted);
        let data =
            Folder::new().with(&format!("a/{name}"), &picture(name)).load(json!({})).unwrap();
        assert_eq!(data.sample_shape().to_vec(), shape, "{name}");
        let own = bytes(data.inputs().unwrap().data());
        // Decoders of lossy formats round differently.
        let tolerance = if name.ends_with("jpg") || name == "lossy.webp" { 2 } else { 0 };
        let worst = own.iter().zip(&wanted).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(tolerance), "{name}: {worst:?}");
    }
}

#[test]
fn half_a_picture_is_refused_in_every_format() {
    for name in expected().as_object().unwrap().keys().filter(|name| !name.contains("animated")) {
        let whole = picture(name);
        let half = &whole[..whole.len() / 2];
        let refusal = Folder::new().with(&format!("a/{name}"), half).refusal(json!({}));
        assert!(refusal.contains(&format!("SET/a/{name}: ")), "{name}: {refusal}");
    }
}

#[test]
fn a_size_that_a_header_only_claims_is_refused() {
    let mut gif = picture("palette.gif");
    gif[6..10].copy_from_slice(&[0xFF; 4]);
    let mut large = picture("rgb.bmp");
    large[18..26].copy_from_slice(&[0, 0, 1, 0, 0, 0, 1, 0]);
    let mut bmp = picture("rgb.bmp");
    bmp[18..26].copy_from_slice(&[0, 0x20, 0, 0, 0, 0x20, 0, 0]);
    let mut jpg = file("full.jpg");
    let frame = jpg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    jpg[frame + 5..][..4].copy_from_slice(&[0x40, 0, 0x20, 0]);
    for (name, bytes, problem) in [
        ("1.gif", gif, "claims to be 65535 x 65535 pixels, which is more than is read"),
        ("2.bmp", large, "claims to be 65536 x 65536 pixels, which is more than is read"),
        ("3.bmp", bmp, "claims to be 8192 x 8192 pixels, which is more than it can hold"),
        ("4.jpg", jpg, "claims to be 8192 x 16384 pixels, which is more than it can hold"),
    ] {
        let refusal = Folder::new().with(&format!("a/{name}"), &bytes).refusal(json!({}));
        assert!(refusal.contains(problem), "{refusal}");
    }
}

#[test]
fn the_content_decides_the_format_and_not_the_name() {
    let names = ["rgb.webp", "palette.gif", "rgb.bmp", "rgb.tif"];
    let folder = names.iter().fold(Folder::new(), |folder, name| {
        folder.with(&format!("{}/a.jpg", ending(name)), &picture(name))
    });
    assert_eq!(folder.load(json!({})).unwrap().inputs().unwrap().dims(), [4, 3, 7, 10]);
}

#[test]
fn what_is_said_of_a_pictures_kind_names_it() {
    // Numbers of 32 bits in a TIFF file: the sample's size is the first value of tag 258, in an entry of 12 bytes.
    let mut floats = picture("packbits.tif");
    let tag = floats.windows(4).position(|entry| entry == [2, 1, 3, 0]).unwrap();
    floats[tag + 8] = 32;
    let mut runs = picture("runs.bmp");
    runs[30] = 4;
    for (name, bytes, problem) in [
        ("a.tif", floats, "has pixels of a kind that is not read (Gray(32))"),
        ("b.bmp", runs, "has pixels of 8 bits with compression 4, which are not read"),
    ] {
        let refusal = Folder::new().with(&format!("a/{name}"), &bytes).refusal(json!({}));
        assert!(refusal.contains(problem), "{refusal}");
    }
}

#[test]
fn a_frame_that_lies_beside_its_screen_leaves_it_black() {
    let mut gif = picture("palette.gif");
    let frame = gif.windows(9).position(|bytes| bytes == [0x2C, 0, 0, 0, 0, 10, 0, 7, 0]).unwrap();
    for place in [[9, 0, 0, 0], [0xFF, 0xFF, 3, 0], [0, 0, 0xFF, 0xFF]] {
        gif[frame + 1..][..4].copy_from_slice(&place);
        let data = Folder::new().with("a/1.gif", &gif).load(json!({})).unwrap();
        let inputs = data.inputs().unwrap();
        let in_screen = place == [9, 0, 0, 0];
        let black = inputs.data().chunks_exact(10).map(|row| row[..9].iter().all(|x| *x == 0.0));
        assert!(black.into_iter().all(|is_black| is_black), "{place:?}");
        assert_eq!(inputs.data().iter().any(|x| *x > 0.0), in_screen, "{place:?}");
    }
}
