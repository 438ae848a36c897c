//! Small data of each kind, for tests that run the program.

use std::path::Path;

/// The pictures, recordings and arrays of the tests.
fn fixture(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// All folders of this file, under the names in the examples of `help`.
pub fn data_folders(folder: &Path) {
    image_folder(&folder.join("photos"));
    text_folder(&folder.join("reviews"));
    sound_folder(&folder.join("recordings"));
    libri_folder(&folder.join("LibriSpeech/dev-clean"));
    let arrays = fixture("tests/fixtures/arrays");
    copy_files(&arrays, &folder.join("mnist"));
    std::fs::copy(arrays.join("mnist.npz"), folder.join("mnist.npz")).expect("a file");
    cifar_folder(&folder.join("cifar-10-batches-bin"));
}

/// Pictures of two classes, in a train and a test part.
pub fn image_folder(folder: &Path) {
    for (class, file) in [("bright", "full.jpg"), ("dark", "rgb.png")] {
        let picture = fixture("crates/formats/tests/fixtures/images").join(file);
        let ending = file.rsplit('.').next().expect("an ending");
        for (part, count) in [("train", 4), ("test", 2)] {
            let own = folder.join(part).join(class);
            std::fs::create_dir_all(&own).expect("a folder");
            for i in 0..count {
                std::fs::copy(&picture, own.join(format!("{i}.{ending}"))).expect("a file");
            }
        }
    }
}

/// Texts of two classes.
pub fn text_folder(folder: &Path) {
    for (class, text) in [("good", "a fine film, and well played"), ("bad", "dull and too long")] {
        let own = folder.join(class);
        std::fs::create_dir_all(&own).expect("a folder");
        for i in 0..5 {
            std::fs::write(own.join(format!("{i}.txt")), format!("{text} {i}")).expect("a file");
        }
    }
}

/// The same recording under the names of two classes.
pub fn sound_folder(folder: &Path) {
    let tone = fixture("crates/formats/tests/fixtures/tone.flac");
    std::fs::create_dir_all(folder).expect("a folder");
    for name in ["one_0", "one_1", "one_2", "two_0", "two_1", "two_2"] {
        std::fs::copy(&tone, folder.join(format!("{name}.flac"))).expect("a file");
    }
}

/// The same recording as read by two speakers of LibriSpeech.
fn libri_folder(folder: &Path) {
    let tone = fixture("crates/formats/tests/fixtures/tone.flac");
    for speaker in ["84", "777"] {
        let chapter = folder.join(speaker).join("1");
        std::fs::create_dir_all(&chapter).expect("a folder");
        for i in 0..3 {
            std::fs::copy(&tone, chapter.join(format!("{speaker}-1-000{i}.flac"))).expect("a file");
        }
    }
}

/// CIFAR-10 with two pictures in each of its files: a label and 3072 bytes.
fn cifar_folder(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    let train = (1..=5).map(|i| format!("data_batch_{i}"));
    for name in train.chain(["test_batch".to_string()]) {
        let pictures = [3u8, 7].map(|label| [vec![label], vec![20 * label; 3072]].concat());
        std::fs::write(folder.join(format!("{name}.bin")), pictures.concat()).expect("a file");
    }
}

/// Copies all files of one folder into another.
pub fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a file");
    }
}
