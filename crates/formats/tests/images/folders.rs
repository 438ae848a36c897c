//! What is found in folders, and what is refused.

use crate::support::{Folder, file, load};
use relume_datasets::{DataError, Targets};
use relume_formats::{Amount, DataSpec, Reader};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

fn rgb() -> Vec<u8> {
    file("rgb.png")
}

fn labels(targets: &Targets) -> &[usize] {
    match targets {
        Targets::Classes { labels, .. } => labels,
        other => panic!("classes, not {other:?}"),
    }
}

/// Two classes of ten images.
fn two_classes() -> Folder {
    (0..20).fold(Folder::new(), |folder, i| {
        let class = if i % 2 == 0 { "cat" } else { "ant" };
        folder.with(&format!("{class}/{i:02}.png"), &rgb())
    })
}

#[test]
fn classes_are_sorted_and_files_of_any_depth_and_spelling_are_found() {
    let folder = Folder::new()
        .with("zebra/1.JPG", &file("full.jpg"))
        .with("zebra/deeper/2.Jpeg", &file("full.jpg"))
        .with("Ant/3.PNG", &rgb())
        .with("ant/4.png", &rgb())
        .with("ant/readme.txt", b"not an image")
        .with("ant/.5.png", b"left by the system")
        .with(".cache/6.png", b"left by an editor")
        .with("labels.csv", b"beside the classes");
    let data = folder.load(json!({})).unwrap();
    // As Python sorts: capital letters first.
    assert_eq!(data.classes().unwrap(), ["Ant", "ant", "zebra"]);
    assert_eq!(labels(data.targets()), [0, 1, 2, 2]);
    assert_eq!(
        data.to_string(),
        "set: 4 samples · input 3 x 9 x 12 (4 other files left out, such as .5.png, .cache, labels.csv) · 3 classes · 4 \
        train / 0 test"
    );
}

#[test]
fn a_folder_with_parts_of_its_own_is_split_by_them() {
    let parts = ["test", "Test", "val", "valid", "validation", "DEV"];
    for (part, is_test) in parts.into_iter().zip([true, true, false, false, false, false]) {
        let folder = Folder::new()
            .with("train/a/1.png", &rgb())
            .with("train/b/2.png", &rgb())
            .with("train/b/3.png", &rgb())
            .with(&format!("{part}/b/1.png"), &rgb());
        let data = folder.load(json!({"test": null})).unwrap();
        let lengths = [data.train(), data.validation(), data.test()].map(|part| part.len());
        assert_eq!(lengths, if is_test { [3, 0, 1] } else { [3, 1, 0] }, "{part}");
        assert_eq!(labels(data.targets()), [0, 1, 1, 1], "{part}");
        let held = if is_test { data.test() } else { data.validation() };
        assert_eq!(held.class_of(0), Some((1, "b")), "{part}");
        let name = if is_test { "test" } else { "validation" };
        let refusal = folder.refusal(json!({"test": null, name: 0.5}));
        let expected = format!("SET/{part}: is already a {name} part | leave {name}= out");
        assert_eq!(refusal, expected);
        let folder = folder.with(&format!("{part}/c/1.png"), &rgb());
        assert_eq!(
            folder.refusal(json!({"test": null})),
            format!(
                "SET/{part}/c: SET/train has no class \"c\" | all parts must have the same classes"
            )
        );
    }
    let three = Folder::new()
        .with("Train/a/1.png", &rgb())
        .with("Train/b/2.png", &rgb())
        .with("val/a/3.png", &rgb())
        .with("test/b/4.png", &rgb());
    let data = three.load(json!({"test": null})).unwrap();
    assert!(data.to_string().ends_with("2 train / 1 validation / 1 test"), "{data}");
    assert_eq!((data.validation().indices(), data.test().indices()), (&[2][..], &[3][..]));
    let twice = three.with("Valid/a/5.png", &rgb()).refusal(json!({"test": null}));
    assert!(twice.contains("is the same part as"), "{twice}");
    // A train among ships and planes is a class.
    let folder = Folder::new().with("train/1.png", &rgb()).with("ship/2.png", &rgb());
    assert_eq!(folder.load(json!({})).unwrap().classes().unwrap(), ["ship", "train"]);
}

#[test]
fn a_folder_without_parts_is_split_by_class_and_seed() {
    let folder = two_classes();
    let test = |seed: u64| {
        let data = folder.load(json!({"test": 0.2, "seed": seed})).unwrap();
        assert_eq!((data.train().len(), data.test().len()), (16, 4));
        let own: Vec<usize> =
            data.test().indices().iter().map(|&i| labels(data.targets())[i]).collect();
        assert_eq!(own, [0, 0, 1, 1]);
        data.test().indices().to_vec()
    };
    assert_eq!(test(1), test(1));
    assert_ne!(test(1), test(2));
}

#[test]
fn what_is_no_image_folder_is_refused_with_what_to_do() {
    let cases = [
        (
            Folder::new().with("1.png", &rgb()),
            "SET: there are no folders of classes here | put the images of each class into a folder of its own",
        ),
        (
            Folder::new().with("a/1.png", &rgb()).with("b/notes.txt", b"?"),
            "SET/b: no image is in the folder of this class | images end in .jpg, .jpeg, .png, .webp, .gif, .bmp, .tif or \
            .tiff",
        ),
        (Folder::new(), "No such file or directory"),
        (
            Folder::new().with("a/1.png", &rgb()).with("a/2.jpg", b"some text"),
            "SET/a/2.jpg: is not a JPEG, PNG, WebP, GIF, BMP or TIFF file | repair or remove it, or leave broken files out with \
            skip_broken=true",
        ),
        (Folder::new().with("a/1.png", b""), "SET/a/1.png: is empty"),
        (
            Folder::new().with("a/1.png", &rgb()).with("a/2.png", &rgb()[..60]),
            "SET/a/2.png: cannot be decoded: ",
        ),
    ];
    for (folder, expected) in cases {
        let refusal = folder.refusal(json!({}));
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn a_file_that_ends_early_or_is_damaged_is_never_taken_for_a_whole_one() {
    for name in ["full.jpg", "subsampled.jpg", "gray.jpeg", "rgb.png", "palette.png"] {
        let whole = file(name);
        for length in (0..whole.len() * 9 / 10).step_by(5) {
            let folder = Folder::new().with(&format!("a/{name}"), &whole[..length]);
            assert!(folder.load(json!({})).is_err(), "{name}: {length} of {} bytes", whole.len());
        }
    }
    // PNG carries checksums: any flipped bit of its pixels is found.
    let mut damaged = rgb();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 4;
    assert!(Folder::new().with("a/1.png", &damaged).load(json!({})).is_err());
}

#[test]
fn images_of_different_sizes_are_refused_by_name_and_can_be_resized() {
    let square = Folder::new().with("a/1.png", &rgb());
    let data = square.load(json!({"size": 6})).unwrap();
    assert_eq!(*data.sample_shape(), [3, 6, 6]);

    let other = small_png();
    let folder = Folder::new()
        .with("a/1.png", &rgb())
        .with("b/2.png", &rgb())
        .with("b/3.png", &other)
        .with("c/4.png", &other);
    for options in [json!({}), json!({"skip_broken": true})] {
        assert_eq!(
            folder.refusal(options),
            "SET/b/3.png: is 2 x 3 pixels (height x width), but the images before it are 9 x 12 | size=[9, 12] brings \
            every image to one size"
        );
    }
    let data = folder.load(json!({"size": [9, 12]})).unwrap();
    assert_eq!(data.inputs().unwrap().dims(), [4, 3, 9, 12]);
}

/// A black picture of 3 x 2 pixels.
fn small_png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 3, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[0; 18]).unwrap();
    bytes
}

#[test]
fn sixteen_bits_are_cut_to_the_upper_eight() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Sixteen);
    let pixel = [0x12, 0xFF, 0x80, 0x00, 0xFF, 0x7F];
    encoder.write_header().unwrap().write_image_data(&pixel).unwrap();
    let data = Folder::new().with("a/1.png", &bytes).load(json!({})).unwrap();
    let expected = [0x12, 0x80, 0xFF].map(|x: u8| f32::from(x) * (1.0 / 255.0));
    assert_eq!(data.inputs().unwrap().data(), expected);
}

#[test]
fn broken_files_are_left_out_and_counted_where_that_is_asked_for() {
    let folder = Folder::new()
        .with("train/a/0.png", b"broken")
        .with("train/a/1.png", &rgb())
        .with("train/b/2.png", b"")
        .with("train/b/3.png", &rgb())
        .with("test/a/4.png", &rgb()[..80])
        .with("test/b/5.png", &rgb());
    for memory in [64, 0] {
        let options = json!({"skip_broken": true, "test": null, "memory": memory});
        let data = folder.load(options).unwrap();
        assert_eq!(labels(data.targets()), [0, 1, 1]);
        assert_eq!(data.train().indices(), [0, 1]);
        assert_eq!(data.test().indices(), [2]);
        assert_eq!(data.inputs().unwrap().dims(), [3, 3, 9, 12]);
        assert!(data.to_string().contains("3 broken files left out"), "{data}");
    }
    let none = Folder::new().with("a/1.png", b"broken");
    let refusal = none.refusal(json!({"skip_broken": true}));
    assert!(refusal.starts_with("SET/a/1.png: is not a JPEG, PNG,"), "{refusal}");
}

#[test]
fn a_set_that_is_too_large_for_the_memory_stays_in_its_files_and_gives_the_same_batches() {
    let folder = two_classes();
    let [kept, left] =
        [64, 0].map(|memory| folder.load(json!({"memory": memory, "test": 0.2})).unwrap());
    assert!(left.to_string().contains("read from files as they are needed"), "{left}");
    assert_eq!(kept.inputs().unwrap(), left.inputs().unwrap());
    // A file that is gone by then is an error in its batch, with its name.
    std::fs::remove_file(folder.path().join("cat/04.png")).unwrap();
    let error = left.inputs().unwrap_err().to_string();
    assert!(error.contains("04.png"), "{error}");
}

/// Counts, and loses patience after some files.
struct Counting {
    told: AtomicUsize,
    patience: usize,
}

impl Reader for Counting {
    fn progress(&self, read: usize, _: usize, _: Amount) {
        self.told.store(read, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.told.load(Ordering::Relaxed) >= self.patience
    }
}

#[test]
fn reading_tells_how_far_it_is_and_can_be_stopped() {
    let folder =
        (0..600).fold(Folder::new(), |folder, i| folder.with(&format!("a/{i}.png"), &small_png()));
    let path = vec![folder.path().to_str().unwrap().into()];
    let spec = DataSpec::from_arguments("images", path, vec![]).unwrap();
    let read = |patience| {
        let reader = Counting { told: AtomicUsize::new(0), patience };
        (spec.inner().load_watched(&reader), reader.told.into_inner())
    };
    let (data, told) = read(usize::MAX);
    assert_eq!((data.unwrap().len(), told), (600, 600));
    let (stopped, told) = read(200);
    assert!(matches!(stopped, Err(DataError::Interrupted)));
    assert!((200..600).contains(&told), "{told}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles() {
    let folder = Folder::new().with("a/1.png", &rgb());
    std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("b")).unwrap();
    assert_eq!(folder.load(json!({})).unwrap().classes().unwrap(), ["a", "b"]);
    std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("a/again")).unwrap();
    let refusal = folder.refusal(json!({}));
    assert!(refusal.contains("does a link point back"), "{refusal}");
}

#[test]
fn a_path_that_is_a_file_or_nothing_is_named() {
    let folder = Folder::new().with("file", b"");
    for name in ["file", "nothing"] {
        let path = folder.path().join(name);
        let error = load(&path, json!({})).unwrap_err();
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert!(error.help().is_some());
    }
}
