//! Images in folders.

use crate::csv_file::COLUMN;
use crate::files::folder::{Endings, Folder, Found};
use crate::files::left_out::others_note;
use crate::files::reading::{broken_note, first_left_out, kept, read_each, read_first};
use crate::images_table::Listed;
use crate::picture::{PictureFiles, Reading};
use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use relume_catalog::{Spec, Value};
use relume_datasets::{Channels, DataError, Dataset, Pixels, RawColumn, Targets};
use std::path::Path;
use std::sync::Arc;

/// Pictures in folders, one folder for each class.
///
/// `FOLDER/CLASS/*.jpg`, as torchvision's ImageFolder reads them: classes and files are sorted by name, folders within
/// a class are included. If there are
/// `FOLDER/train/CLASS` and `FOLDER/test/CLASS` or `FOLDER/val/CLASS` (or `valid`, `validation`, `dev`, in small or
/// capital letters), these are the train, the test and the validation part; otherwise a fraction of each class is kept
/// for the test. Names that begin with a dot are ignored. Pixels stay bytes
/// until they are put into a batch. A set that needs more than `memory` stays in its files, which are read as batches
/// need them (it is then standardised by 2,000 of its images). `size` resizes as torchvision's Resize does, but one
/// number is both height and width. Augmentations may follow: `images("FOLDER") -> randomcrop(32, padding=4) ->
/// randomflip`.
///
/// Files end in `.jpg`, `.jpeg`, `.png`, `.webp`, `.gif`, `.bmp`, `.tif` or `.tiff`, in small or capital letters.
/// Pictures are turned upright by the orientation that a camera noted. Of an animation the first picture is read, and
/// of 16 bits the upper eight. With `labels`, the classes are in a table: `images("train", labels="labels.csv")`. What
/// is left out of the folder is counted, and the first names are given.
///
/// ```relume
/// d = images("photos", size=[8, 8])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data, check = Self::consistent)]
pub struct Images {
    /// The folder.
    pub path: String,
    /// A table with a row for each file and its class, such as Kaggle's `labels.csv`; in the folder, or any other.
    pub labels: Option<String>,
    /// The table's column of files, with or without their ending; found by default.
    #[spec(type = COLUMN)]
    pub column: Option<Value>,
    /// The table's column of classes; by default the only other one, or `label`, `class` and the like.
    #[spec(type = COLUMN)]
    pub target: Option<Value>,
    /// Resize every image to this height and width; needed if they differ.
    #[spec(positive)]
    pub size: Option<[usize; 2]>,
    /// Colours, or shades of gray.
    #[spec(default = Channels::Rgb)]
    pub channels: Channels,
    /// Standardise each channel to mean 0 and deviation 1, by the train part; otherwise scale to 0..1.
    #[spec(default = true)]
    pub standardize: bool,
    /// Skip files that cannot be read, and report how many.
    #[spec(default = false)]
    pub skip_broken: bool,
    /// MiB of pixels that are kept in memory; a larger set stays in its files.
    #[spec(default = 4096)]
    pub memory: u64,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

/// The files of a folder of images.
pub(crate) const ENDINGS: Endings = Endings {
    endings: &["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff"],
    names: ["image", "images"],
    unlabelled: &[],
};
/// How many images a set that stays in its files is standardised by.
const LOOKED_AT: usize = 2000;

impl Load for Images {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let root = Path::new(&self.path);
        let Listed { mut folder, note } = match &self.labels {
            None => Listed { folder: Folder::find(root, &ENDINGS)?, note: None },
            Some(labels) => self.in_table(root, labels, reader)?,
        };
        folder.refuse_parts(&self.split)?;
        let used = folder.files.iter().map(|file| file.path.as_path());
        let others = others_note(root, used, &folder.left_out);
        let read = self.read(std::mem::take(&mut folder.files), reader)?;
        folder.files = read.files;
        let labels: Vec<usize> = folder.files.iter().map(|file| file.class).collect();
        let targets = Targets::Classes { names: std::mem::take(&mut folder.classes), labels };
        let split = folder.split(&self.split, &targets);
        let by = looked_at(&split.train, &read.pixels);
        let preparation = read.pixels.preparation(self.standardize, &by)?;
        let name = root.file_name().map_or("images".into(), |name| name.to_string_lossy());
        let mut notes: Vec<String> = [note, others, read.broken].into_iter().flatten().collect();
        if read.pixels.is_stored() {
            notes.push("read from files as they are needed".to_string());
        }
        let files = RawColumn::files(folder.files.iter().map(|file| file.path.as_path()));
        let data = Dataset::from_pixels(name, read.pixels, targets, split, preparation)?;
        let data = data.with_beside(vec![files])?;
        Ok(if notes.is_empty() { data } else { data.with_note(notes.join(", ")) })
    }
}

/// The images by which a set is standardised: all that are trained on, or some of them if each must be read from its
/// file.
fn looked_at(train: &[usize], pixels: &Pixels) -> Vec<usize> {
    let every = if pixels.is_stored() { train.len().div_ceil(LOOKED_AT).max(1) } else { 1 };
    train.iter().copied().step_by(every).collect()
}

/// The images that were read, and their files.
struct Read {
    files: Vec<Found>,
    pixels: Pixels,
    /// The note on files that were left out.
    broken: Option<String>,
}

impl Images {
    fn consistent(&self) -> Result<(), String> {
        match (&self.labels, &self.column, &self.target) {
            (None, Some(_), _) | (None, _, Some(_)) => {
                Err("column and target are those of a table, which labels=\"labels.csv\" names"
                    .to_string())
            }
            _ => Ok(()),
        }
    }

    fn read(&self, files: Vec<Found>, reader: &dyn Reader) -> Result<Read, DataError> {
        let reading = Reading { channels: self.channels, size: self.size };
        let size = self.first_size(&files, reading)?;
        let shape = [self.channels.count(), size[0], size[1]];
        let one: usize = shape.iter().product();
        let fits = files.len().saturating_mul(one) as u64 <= self.memory.saturating_mul(1 << 20);
        if !fits && !self.skip_broken {
            let pixels = Pixels::stored(self.channels, size, self.pictures(&files, size));
            return Ok(Read { files, pixels, broken: None });
        }
        let mut bytes = Vec::with_capacity(if fits { files.len() * one } else { 0 });
        let mut positions = Vec::with_capacity(files.len());
        let planes = |file: &Found| reading.planes_of_size(&file.path, size);
        read_each(&files, self.skip_broken, reader, planes, |at, planes| {
            if fits {
                bytes.extend_from_slice(&planes);
            }
            positions.push(at);
        })?;
        let first = first_left_out(files.len(), &positions).map(|at| files[at].path.as_path());
        let broken = broken_note(files.len() - positions.len(), first);
        let files = kept(files, &positions);
        let pixels = match fits {
            true => Pixels::new(shape, bytes)?.read_from(self.pictures(&files, size)),
            false => Pixels::stored(self.channels, size, self.pictures(&files, size)),
        };
        Ok(Read { files, pixels, broken })
    }

    /// The pictures in their files.
    fn pictures(&self, files: &[Found], size: [usize; 2]) -> Arc<PictureFiles> {
        let paths = files.iter().map(|file| file.path.clone()).collect();
        Arc::new(PictureFiles { paths, size, resizes: self.size.is_some() })
    }

    /// The height and width of the images: as asked for, or those of the first one.
    fn first_size(&self, files: &[Found], reading: Reading) -> Result<[usize; 2], DataError> {
        if let Some(size) = self.size {
            return Ok(size);
        }
        let size = |file: &Found| reading.planes(&file.path).map(|(_, size)| size);
        read_first(files, self.skip_broken, size)
            .unwrap_or_else(|| Err(DataError::Options("there are no images".to_string())))
    }
}
