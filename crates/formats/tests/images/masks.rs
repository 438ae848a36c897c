//! Masks: a whole number for each pixel, as it is stored.

use crate::support::Folder;
use png::{BitDepth, ColorType, Encoder};
use relume_formats::{masks_beside, read_mask};
use relume_tensor::Indices;

/// A picture of 3 x 2 pixels; each row's bytes are as they are stored.
fn picture(colour: ColorType, depth: BitDepth, rows: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 3, 2);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == ColorType::Indexed {
        encoder.set_palette((0..12).collect::<Vec<u8>>());
    }
    encoder.write_header().unwrap().write_image_data(rows).unwrap();
    bytes
}

fn read(bytes: &[u8], size: Option<[usize; 2]>) -> Result<Indices, String> {
    let folder = Folder::new().with("a.png", bytes);
    read_mask(&folder.path().join("a.png"), size).map_err(|error| error.to_string())
}

#[test]
fn a_mask_has_the_numbers_that_are_stored() {
    let wanted = Indices::new([2, 3], vec![0, 1, 2, 3, 3, 0]).unwrap();
    let two = BitDepth::Two;
    for (colour, depth, rows) in [
        (ColorType::Indexed, BitDepth::Eight, vec![0, 1, 2, 3, 3, 0]),
        // Two bits a pixel from the upper end of a byte, each row in a byte of its own.
        (ColorType::Indexed, two, vec![0b00_01_10_00, 0b11_11_00_00]),
        (ColorType::Grayscale, two, vec![0b00_01_10_00, 0b11_11_00_00]),
        (ColorType::Grayscale, BitDepth::Eight, vec![0, 1, 2, 3, 3, 0]),
        (ColorType::GrayscaleAlpha, BitDepth::Eight, vec![0, 9, 1, 9, 2, 9, 3, 9, 3, 9, 0, 9]),
        (ColorType::Rgb, BitDepth::Eight, [0, 1, 2, 3, 3, 0].map(|x| [x; 3]).concat()),
    ] {
        assert_eq!(
            read(&picture(colour, depth, &rows), None).unwrap(),
            wanted,
            "{colour:?} {depth:?}"
        );
    }
    let deep =
        picture(ColorType::Grayscale, BitDepth::Sixteen, &[1, 0, 0, 2, 0, 3, 0, 4, 0, 5, 255, 255]);
    assert_eq!(read(&deep, None).unwrap().data(), [256, 2, 3, 4, 5, 65535]);
    let coloured = picture(
        ColorType::Rgb,
        BitDepth::Eight,
        &[7; 17].iter().chain(&[8]).copied().collect::<Vec<u8>>(),
    );
    let error = read(&coloured, None).unwrap_err();
    assert!(error.ends_with("a.png: holds colours, not a number for each pixel"), "{error}");
    assert!(read(&deep[..deep.len() / 2], None).is_err());
}

/// PIL: `image.resize((5, 3), Image.NEAREST)` takes the pixels at (x + 0.5) * 3 / 5 and (y + 0.5) * 2 / 3, rounded
/// down.
#[test]
fn a_mask_is_resized_to_the_nearest_pixels() {
    let mask = picture(ColorType::Grayscale, BitDepth::Eight, &[1, 2, 3, 4, 5, 6]);
    let wanted = [[1, 1, 2, 3, 3], [4, 4, 5, 6, 6], [4, 4, 5, 6, 6]].concat();
    assert_eq!(read(&mask, Some([3, 5])).unwrap(), Indices::new([3, 5], wanted).unwrap());
    assert_eq!(read(&mask, Some([1, 1])).unwrap().data(), [5]);
}

#[test]
fn masks_have_the_names_of_their_pictures() {
    let folder = Folder::new()
        .with("photos/a/1.jpg", b"")
        .with("photos/2.jpg", b"")
        .with("masks/a/1.png", b"")
        .with("masks/2.gif", b"");
    let root = folder.path().join("photos");
    let pictures = ["a/1.jpg", "2.jpg"].map(|name| root.join(name));
    let masks = folder.path().join("masks");
    let found = masks_beside(&pictures, &root, &masks, &["jpg", "png", "gif"]).unwrap();
    assert_eq!(found, ["a/1.png", "2.gif"].map(|name| masks.join(name)));
    let error = masks_beside(&pictures, &root, &masks, &["png"]).unwrap_err();
    assert!(error.to_string().contains("2.jpg: has no mask "), "{error}");
}
