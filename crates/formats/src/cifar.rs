//! The files of CIFAR-10 and CIFAR-100, in their binary version.

use crate::files::packed;
use crate::{Amount, Load, RandomSplit, RandomSplitOptions, Reader, Unwatched};
use relume_catalog::{Choice, Spec};
use relume_datasets::{DataError, Dataset, PartKind, Pixels, Refit, Split, Targets};
use std::path::{Path, PathBuf};

/// The files of CIFAR-10 or CIFAR-100, in their binary version.
///
/// The files in the folder say which of the two it is: `data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin` and
/// `batches.meta.txt` are CIFAR-10's; `train.bin`, `test.bin`, `fine_label_names.txt` and `coarse_label_names.txt` are
/// CIFAR-100's. The folder `cifar-10-batches-bin` or `cifar-100-binary` may also be directly inside the named one.
/// Files may be compressed with gzip, with `.gz` after their names. Class names come from the file of names; without it
/// they are numbers. Images are `3 x 32 x 32`, and stay bytes until they are put into a batch. Augmentations may
/// follow: `cifar("FOLDER") -> randomcrop(32, padding=4) -> randomflip`. A. Krizhevsky, Learning multiple layers of
/// features from tiny images, 2009.
///
/// ```relume
/// d = cifar("cifar-10-batches-bin")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Cifar {
    /// The folder.
    pub path: String,
    /// Which labels of CIFAR-100: its 100 classes, or their 20 groups; fine by default.
    pub labels: Option<Labels>,
    /// Standardise each channel to mean 0 and deviation 1, by the train part; otherwise scale to 0..1.
    #[spec(default = true)]
    pub standardize: bool,
    /// How samples are drawn for the validation part; the test part is the data's own.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

/// The labels of CIFAR-100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Labels {
    /// One of 100 classes.
    Fine,
    /// One of 20 groups of five fine classes each.
    Coarse,
}

/// A picture's channels, height and width.
const SHAPE: [usize; 3] = [3, 32, 32];
/// A picture's bytes.
const PICTURE: usize = 3 * 32 * 32;

/// One of the labels in front of a picture, a byte each.
struct Label {
    /// Its name in messages.
    what: &'static str,
    classes: usize,
    /// The file of its class names.
    names: &'static str,
}

/// What the files of one of the two sets hold.
struct Form {
    name: &'static str,
    folder: &'static str,
    train: &'static [&'static str],
    test: &'static str,
    /// The labels, in the order of their bytes.
    labels: &'static [Label],
    /// The folder of the version for Python, and one of the files in it.
    python: [&'static str; 2],
}

const FORMS: [Form; 2] = [
    Form {
        name: "CIFAR-10",
        folder: "cifar-10-batches-bin",
        train: &[
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
        ],
        test: "test_batch.bin",
        labels: &[Label { what: "label", classes: 10, names: "batches.meta.txt" }],
        python: ["cifar-10-batches-py", "data_batch_1"],
    },
    Form {
        name: "CIFAR-100",
        folder: "cifar-100-binary",
        train: &["train.bin"],
        test: "test.bin",
        labels: &[
            Label { what: "coarse label", classes: 20, names: "coarse_label_names.txt" },
            Label { what: "fine label", classes: 100, names: "fine_label_names.txt" },
        ],
        python: ["cifar-100-python", "train"],
    },
];

impl Load for Cifar {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let (folder, form) = find(Path::new(&self.path))?;
        let label = match (self.labels, form.labels.len()) {
            (Some(_), 1) => {
                return Err(refused(
                    &folder,
                    format!("is {}, whose pictures have one label each", form.name),
                    "leave labels= out",
                ));
            }
            (Some(Labels::Coarse), _) | (_, 1) => 0,
            (Some(Labels::Fine) | None, _) => 1,
        };
        self.split.refuse(PartKind::Test, &folder.join(form.test))?;
        let files = form.files(&folder)?;
        let names = form.labels[label].class_names(&folder)?;
        let (mut pixels, mut labels, mut trained) = (Vec::new(), Vec::new(), 0);
        for (i, file) in files.iter().enumerate() {
            if reader.is_cancelled() {
                return Err(DataError::Interrupted);
            }
            reader.progress(i, files.len(), Amount::Files);
            // The last file is the test part.
            trained = labels.len();
            form.read(file, label, &mut pixels, &mut labels)?;
        }
        reader.progress(files.len(), files.len(), Amount::Files);
        let all = labels.len();
        let targets = Targets::Classes { names, labels };
        let split = self.split.complete(Split::of_tested(trained, all), &targets);
        let pixels = Pixels::new(SHAPE, pixels)?;
        let preparation = pixels.preparation(self.standardize, &split.train)?;
        let name = folder.file_name().map_or(form.name.into(), |name| name.to_string_lossy());
        let data = Dataset::from_pixels(name, pixels, targets, split, preparation)?;
        Ok(if self.standardize { data.with_refit(Refit::Standardise) } else { data })
    }
}

/// The folder of the files, and which set they belong to.
fn find(root: &Path) -> Result<(PathBuf, &'static Form), DataError> {
    // A missing folder gets its own error, before its contents are looked at.
    relume_files::read_dir(root)
        .map_err(|source| DataError::Read { path: root.to_path_buf(), source })?;
    let here = FORMS.iter().filter(|form| form.is_in(root)).map(|form| (root.to_path_buf(), form));
    let mut found: Vec<_> = here.collect();
    if found.is_empty() {
        let inside = FORMS.iter().map(|form| (root.join(form.folder), form));
        found.extend(inside.filter(|(folder, form)| form.is_in(folder)));
    }
    let python = FORMS.iter().find(|form| {
        let [folder, file] = form.python;
        relume_files::is_dir(root.join(folder)) || relume_files::is_file(root.join(file))
    });
    match (found.pop(), found.pop(), python) {
        (Some(only), None, _) => Ok(only),
        (Some(_), Some(_), _) => Err(refused(
            root,
            "holds both CIFAR-10 and CIFAR-100".to_string(),
            "name the folder of one of them",
        )),
        (None, _, Some(form)) => Err(refused(
            root,
            format!("holds the version of {} for Python", form.name),
            "get the binary version, whose files end in .bin",
        )),
        (None, _, None) => Err(refused(
            root,
            "there is neither data_batch_1.bin of CIFAR-10 nor train.bin of CIFAR-100 in it"
                .to_string(),
            "name the folder of the binary version: cifar-10-batches-bin or cifar-100-binary",
        )),
    }
}

fn refused(path: &Path, problem: String, help: &str) -> DataError {
    DataError::File { path: path.to_path_buf(), problem, help: Some(help.to_string()) }
}

/// A file, compressed with gzip or not.
fn file(folder: &Path, name: &str) -> Option<PathBuf> {
    ["", ".gz"]
        .map(|gz| folder.join(format!("{name}{gz}")))
        .into_iter()
        .find(|path| relume_files::is_file(path))
}

impl Form {
    /// Whether any of its files is in a folder.
    fn is_in(&self, folder: &Path) -> bool {
        self.names().any(|name| file(folder, name).is_some())
    }

    /// The files' names, the test part's last.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.train.iter().copied().chain([self.test])
    }

    /// All files, the test part's last.
    fn files(&self, folder: &Path) -> Result<Vec<PathBuf>, DataError> {
        let found = |name| {
            file(folder, name).ok_or_else(|| {
                let names: Vec<&str> = self.names().collect();
                refused(
                    folder,
                    format!("there is no {name} in it"),
                    &format!("{} is {}", self.name, names.join(", ")),
                )
            })
        };
        self.names().map(found).collect()
    }

    /// Adds a file's pictures and their labels.
    fn read(
        &self,
        path: &Path,
        label: usize,
        pixels: &mut Vec<u8>,
        labels: &mut Vec<usize>,
    ) -> Result<(), DataError> {
        let bytes = packed::read(path, &Unwatched)?;
        let record = self.labels.len() + PICTURE;
        let cut_off = |problem| refused(path, problem, "the file may be cut off; get it again");
        match (bytes.len() / record, bytes.len() % record) {
            (0, 0) => return Err(cut_off("is empty".to_string())),
            (_, 0) => {}
            (whole, over) => {
                return Err(cut_off(format!(
                    "ends at byte {}, {over} bytes into picture {whole}: each takes {record}",
                    bytes.len()
                )));
            }
        }
        pixels.reserve_exact(bytes.len() / record * PICTURE);
        for (i, record) in bytes.chunks_exact(record).enumerate() {
            let (own, picture) = record.split_at(self.labels.len());
            for (at, (&own, label)) in own.iter().zip(self.labels).enumerate() {
                if usize::from(own) >= label.classes {
                    return Err(refused(
                        path,
                        format!(
                            "the {} of picture {i}, at byte {}, is {own}, but there are {} classes, from 0 on",
                            label.what,
                            i * record.len() + at,
                            label.classes
                        ),
                        &format!("is it a file of {}?", self.name),
                    ));
                }
            }
            labels.push(usize::from(own[label]));
            pixels.extend_from_slice(picture);
        }
        Ok(())
    }
}

impl Label {
    /// The class names: one in each line, or numbers where there is no file of them.
    fn class_names(&self, folder: &Path) -> Result<Vec<String>, DataError> {
        let path = folder.join(self.names);
        if !relume_files::is_file(&path) {
            return Ok((0..self.classes).map(|class| class.to_string()).collect());
        }
        let text = relume_files::read_to_string(&path)
            .map_err(|source| DataError::Read { path: path.clone(), source })?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let names: Vec<String> = lines.map(str::to_string).collect();
        match names.len() == self.classes {
            true => Ok(names),
            false => Err(refused(
                &path,
                format!("{} names do not match {} classes", names.len(), self.classes),
                "a line of it is the name of a class; without the file, classes are numbers",
            )),
        }
    }
}
