//! Small files and short statements that stand for more than fits into memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

/// The side of a picture of 100 megapixels.
const SIDE: u32 = 10_000;
/// Rows and columns of an array of f32 that takes 1.2 GB.
const SHAPE: [usize; 2] = [300, 1_000_000];

/// Writes a picture of 100 megapixels with three bytes each, which takes little more than a megabyte, and a small one
/// of another class, into folders below `images`.
fn write_pictures(folder: &Path) {
    for (path, side) in [("images/a/large.png", SIDE), ("images/b/small.png", 4)] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let file = BufWriter::new(File::create(path).expect("a file"));
        let mut encoder = png::Encoder::new(file, side, side);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header().expect("written");
        let mut rows = writer.stream_writer().expect("a stream");
        let row = vec![0; 3 * side as usize];
        (0..side).for_each(|_| rows.write_all(&row).expect("written"));
        rows.finish().expect("written");
    }
}

/// Writes an archive of an array of zeros, which takes a few megabytes while it is packed, and of its targets.
fn write_archive(folder: &Path) {
    let file = BufWriter::new(File::create(folder.join("large.npz")).expect("a file"));
    let mut archive = zip::ZipWriter::new(file);
    let [rows, columns] = SHAPE;
    let arrays = [
        ("x.npy", "<f4", format!("({rows}, {columns})"), 4 * columns),
        ("y.npy", "|u1", format!("({rows},)"), 1),
    ];
    for (name, kind, shape, row) in arrays {
        let options = SimpleFileOptions::default().compression_level(Some(1));
        archive.start_file(name, options).expect("started");
        let head = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
        archive.write_all(b"\x93NUMPY\x01\x00\x76\x00").expect("written");
        archive.write_all(format!("{head:<117}\n").as_bytes()).expect("written");
        let zeros = vec![0; row];
        (0..rows).for_each(|_| archive.write_all(&zeros).expect("written"));
    }
    archive.finish().expect("written");
}

/// Writes the files into a folder. Returns statements that each need more memory than a session of a few hundred
/// megabytes has, with what is said of each.
pub fn statements(folder: &Path) -> Vec<(String, &'static str)> {
    write_pictures(folder);
    write_archive(folder);
    let line = "1, ".repeat((10 << 20) / 3);
    let statements = [
        ("d = images(\"images\", size=8)", "10000 x 10000 pixels, for which 600.0 MB"),
        ("d = images(\"images\")", "10000 x 10000 pixels, for which 600.0 MB"),
        ("d = numpy(\"large.npz\")", "float32 [300, 1000000], for which 1.2 GB"),
        ("m = input(100000) -> dense(100000)", "40.0 GB of memory are needed"),
        ("m = input(3, 64, 64) -> flatten -> dense(300000)", "14.7 GB of memory are needed"),
        (
            "print(confusion_matrix([0, 1, 1, 100000], [0, 1, 2, 2]))",
            "100,001 classes is too large",
        ),
    ];
    let owned = statements.into_iter().map(|(statement, said)| (statement.to_string(), said));
    owned.chain([(format!("a = [{line}1]"), "this text of 10.5 MB takes up to 2.8 GB")]).collect()
}
