//! Images and labels in IDX files, the format of MNIST.

use crate::files::packed;
use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use relume_catalog::Spec;
use relume_datasets::{DataError, Dataset, PartKind, Pixels, Refit, Split, Targets};
use std::path::{Path, PathBuf};

/// Images and labels in IDX files, the format of MNIST, Fashion-MNIST and EMNIST.
///
/// A folder has `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, and for the test `t10k-images-idx3-ubyte` and
/// `t10k-labels-idx1-ubyte`; names may have a dot instead of the hyphen before `idx`, and `.gz` at their end. Other
/// files are named one by one: `idx("images-file", labels="labels-file")`. Files compressed with gzip are recognised by
/// their content. Without test files a fraction of each class is kept for the test. Images are `1 x height x width`,
/// and stay bytes until they are put into a batch; the classes are named after their labels.
///
/// ```relume
/// d = idx("mnist")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Idx {
    /// The folder, or the file of images.
    pub path: String,
    /// The file of labels, if the path is a file.
    pub labels: Option<String>,
    /// How many classes there are; by default, as many as the train part's labels need.
    #[spec(range = 1..=256)]
    pub classes: Option<usize>,
    /// Standardise pixels to mean 0 and deviation 1, by the train part; otherwise scale to 0..1.
    #[spec(default = true)]
    pub standardize: bool,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Idx {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let root = Path::new(&self.path);
        let (train, test) = self.files(root)?;
        if let Some(test) = &test {
            self.split.refuse(PartKind::Test, &test.images)?;
        }
        let (mut images, mut labels) = train.read(reader)?;
        let count = labels.len();
        let largest = labels.iter().copied().max().unwrap_or(0);
        let classes = self.classes.unwrap_or(usize::from(largest) + 1);
        train.check_labels(&labels, classes)?;
        if let Some(test) = &test {
            let (more, own) = test.read(reader)?;
            if more.size != images.size {
                return Err(DataError::ImageSize {
                    path: test.images.clone(),
                    own: more.size,
                    wanted: images.size,
                });
            }
            test.check_labels(&own, classes)?;
            images.bytes.extend(more.bytes);
            labels.extend(own);
        }
        let labels: Vec<usize> = labels.into_iter().map(usize::from).collect();
        let names = (0..classes).map(|class| class.to_string()).collect();
        let all = labels.len();
        let targets = Targets::Classes { names, labels };
        let split = match test {
            Some(_) => self.split.complete(Split::of_tested(count, all), &targets),
            None => self.split.draw(&targets),
        };
        let pixels = Pixels::new([1, images.size[0], images.size[1]], images.bytes)?;
        let preparation = pixels.preparation(self.standardize, &split.train)?;
        let name = root.file_name().map_or("idx".into(), |name| name.to_string_lossy());
        let data = Dataset::from_pixels(name, pixels, targets, split, preparation)?;
        Ok(if self.standardize { data.with_refit(Refit::Standardise) } else { data })
    }
}

impl Idx {
    /// The files to train on, and those for the test if there are any.
    fn files(&self, root: &Path) -> Result<(Files, Option<Files>), DataError> {
        let refused = |problem: &str, help: &str| DataError::File {
            path: root.to_path_buf(),
            problem: problem.to_string(),
            help: Some(help.to_string()),
        };
        match (&self.labels, relume_files::is_dir(root)) {
            (Some(_), true) => Err(refused(
                "is a folder, in which labels are found by their name",
                "leave labels= out, or name the file of images",
            )),
            (Some(labels), false) => {
                Ok((Files { images: root.to_path_buf(), labels: PathBuf::from(labels) }, None))
            }
            (None, false) if relume_files::exists(root) => Err(refused(
                "holds only images",
                "name the file of labels: labels=\"FILE\"; or name their folder",
            )),
            (None, _) => {
                let train = Files::find(root, "train")?;
                let test = Files::find(root, "t10k")?;
                let train = train.ok_or_else(|| {
                    refused(
                        "there is no train-images-idx3-ubyte in it",
                        "name the files one by one: idx(\"images-file\", labels=\"labels-file\")",
                    )
                })?;
                Ok((train, test))
            }
        }
    }
}

/// A file of images and its file of labels.
struct Files {
    images: PathBuf,
    labels: PathBuf,
}

/// Images of one size, one after another.
struct Images {
    size: [usize; 2],
    bytes: Vec<u8>,
}

impl Files {
    /// The files of a part, `train` or `t10k`, by their names.
    fn find(root: &Path, part: &str) -> Result<Option<Self>, DataError> {
        let entries = relume_files::read_dir(root)
            .map_err(|source| DataError::Read { path: root.to_path_buf(), source })?;
        drop(entries);
        let file = |what: &str, axes: usize| {
            ["-", "."]
                .into_iter()
                .flat_map(|point| ["", ".gz"].map(|gz| (point, gz)))
                .map(|(point, gz)| root.join(format!("{part}-{what}{point}idx{axes}-ubyte{gz}")))
                .find(|path| relume_files::is_file(path))
        };
        match (file("images", 3), file("labels", 1)) {
            (Some(images), Some(labels)) => Ok(Some(Files { images, labels })),
            (None, None) => Ok(None),
            (images, _) => Err(DataError::File {
                path: root.to_path_buf(),
                problem: match images {
                    Some(_) => format!("there is no {part}-labels-idx1-ubyte beside the images"),
                    None => format!("there is no {part}-images-idx3-ubyte beside the labels"),
                },
                help: None,
            }),
        }
    }

    fn read(&self, reader: &dyn Reader) -> Result<(Images, Vec<u8>), DataError> {
        let ([count, height, width], bytes) = contents(&self.images, "images", reader)?;
        let ([labelled], labels) = contents(&self.labels, "labels", reader)?;
        match labelled == count {
            true => Ok((Images { size: [height, width], bytes }, labels)),
            false => Err(DataError::File {
                path: self.labels.clone(),
                problem: format!(
                    "{labelled} labels do not match the {count} images of {}",
                    self.images.display()
                ),
                help: None,
            }),
        }
    }

    fn check_labels(&self, labels: &[u8], classes: usize) -> Result<(), DataError> {
        match labels.iter().position(|&label| usize::from(label) >= classes) {
            None => Ok(()),
            Some(at) => Err(DataError::File {
                path: self.labels.clone(),
                problem: format!(
                    "the label at byte {} is {}, but there are {classes} classes, from 0 on",
                    header(1) + at,
                    labels[at]
                ),
                help: Some(format!("classes={} counts it in", usize::from(labels[at]) + 1)),
            }),
        }
    }
}

/// The bytes before the contents: the magic number and the size of each axis.
fn header(axes: usize) -> usize {
    4 + 4 * axes
}

/// The sizes of an IDX file's axes, and its bytes.
fn contents<const AXES: usize>(
    path: &Path,
    what: &str,
    reader: &dyn Reader,
) -> Result<([usize; AXES], Vec<u8>), DataError> {
    let refused = |problem: String| DataError::File {
        path: path.to_path_buf(),
        problem,
        help: Some(format!("an IDX file of {what} begins with the bytes 0, 0, 8, {AXES}")),
    };
    let mut bytes = packed::read(path, reader)?;
    let start = header(AXES);
    if bytes.len() < start {
        return Err(refused(format!("ends at byte {}, within its header", bytes.len())));
    }
    if let Some(at) = (0..4).find(|&i| bytes[i] != [0, 0, 8, AXES as u8][i]) {
        return Err(refused(format!("is not an IDX file of {what}: byte {at} is {}", bytes[at])));
    }
    let word = |axis: usize| [0, 1, 2, 3].map(|i| bytes[4 + 4 * axis + i]);
    let sizes: [usize; AXES] = std::array::from_fn(|axis| u32::from_be_bytes(word(axis)) as usize);
    if let Some(axis) = sizes.iter().position(|&size| size == 0) {
        return Err(refused(format!("the size at byte {} is 0", 4 + 4 * axis)));
    }
    let wanted = sizes.iter().try_fold(1, |all: usize, &size| all.checked_mul(size));
    if wanted != Some(bytes.len() - start) {
        let sizes = sizes.map(|size| size.to_string()).join(" x ");
        return Err(refused(format!(
            "ends at byte {}, which does not match {sizes} bytes from byte {start} on",
            bytes.len()
        )));
    }
    bytes.drain(..start);
    Ok((sizes, bytes))
}
