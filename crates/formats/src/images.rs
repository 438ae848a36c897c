//! Images in folders.

use crate::csv_file::COLUMN;
use crate::files::folder::{Endings, Folder, Found};
use crate::files::left_out::others_note;
use crate::files::memory;
use crate::files::pattern::Pattern;
use crate::files::reading::{broken_note, first_left_out, kept, read_each, read_first};
use crate::images_masks::Masks;
use crate::images_table::Listed;
use crate::picture::{PictureFiles, Reading};
use crate::table::classes;
use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use relume_catalog::{Spec, Value};
use relume_datasets::{Channels, DataError, Dataset, Grouping, Pixels, RawColumn, Refit, Targets};
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
/// is left out of the folder is counted, and the first names are given. With `masks`, each pixel has a class:
/// `images("photos", masks="masks")` reads a mask of the same name for each picture, whose pixels are whole numbers
/// (a palette's indices or shades of gray); the folder may have `train`, `val` and `test` then.
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
    /// The fields of the files' names without their endings, such as "{patient}_{index}", for `split_by`.
    pub pattern: Option<String>,
    /// Field of the pattern, or column of the table of labels, whose values are never in two parts, such as "patient".
    pub split_by: Option<String>,
    /// A folder of masks with the pictures' names: the class of each pixel is predicted.
    pub masks: Option<String>,
    /// The number in masks of pixels without a class, which losses and metrics ignore; 255 by default, unless masks
    /// hold 0 and 255 alone.
    pub ignore_index: Option<u32>,
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
        let Listed { mut folder, note, groups } = match &self.labels {
            None if self.masks.is_some() => {
                let mut folder = Folder::unlabelled(root, &ENDINGS)?;
                // Masks may lie in a folder beside the pictures', below the same one.
                let masks = self.masks.as_deref().map(Path::new);
                folder.files.retain(|file| !masks.is_some_and(|own| file.path.starts_with(own)));
                Listed { folder, note: None, groups: None }
            }
            None => Listed { folder: Folder::find(root, &ENDINGS)?, note: None, groups: None },
            Some(labels) => self.in_table(root, labels, reader)?,
        };
        folder.refuse_parts(&self.split)?;
        let groups = self.groups(&folder, groups)?;
        let used = folder.files.iter().map(|file| file.path.as_path());
        let others = others_note(root, used, &folder.left_out);
        let read = self.read(std::mem::take(&mut folder.files), reader)?;
        folder.files = read.files;
        let mut notes: Vec<String> = [note, others, read.broken].into_iter().flatten().collect();
        let known = self.known(&mut folder, &read.pixels, reader)?;
        let targets = known.targets;
        notes.extend(known.note);
        let grouping = match groups {
            None => Grouping::Single,
            Some(groups) => Grouping::Groups(Arc::new(kept(groups, &read.positions))),
        };
        let split = folder.split(&self.split, &targets, &grouping);
        let by = looked_at(&split.train, &read.pixels);
        let preparation = read.pixels.preparation(self.standardize, &by)?;
        let name = root.file_name().map_or("images".into(), |name| name.to_string_lossy());
        if read.pixels.is_stored() {
            notes.push("read from files as they are needed".to_string());
        }
        let files = RawColumn::files(folder.files.iter().map(|file| file.path.as_path()));
        let data = Dataset::from_pixels(name, read.pixels, targets, split, preparation)?;
        let mut data = data.with_beside(vec![files])?.with_grouping(grouping);
        if self.standardize {
            data = data.with_refit(Refit::Standardise);
        }
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
    /// Their places among all files.
    positions: Vec<usize>,
    pixels: Pixels,
    /// The note on files that were left out.
    broken: Option<String>,
}

impl Images {
    fn consistent(&self) -> Result<(), String> {
        match (&self.pattern, &self.split_by) {
            (Some(pattern), by) => {
                let pattern = Pattern::parse(pattern)?;
                let by = by
                    .as_deref()
                    .ok_or("pattern is for split_by, which names one of its fields")?;
                if pattern.fields().all(|own| own != by) {
                    return Err(format!("the pattern has no field {{{by}}}"));
                }
            }
            (None, Some(by)) if self.labels.is_none() => {
                return Err(format!(
                    "split_by names a field of the files' names: pattern=\"{{{by}}}_{{index}}\" says where it is"
                ));
            }
            _ => {}
        }
        match (&self.masks, &self.labels, self.ignore_index) {
            (Some(_), Some(_), _) => {
                return Err(
                    "labels= gives a class to each picture, masks= to each pixel: give one"
                        .to_string(),
                );
            }
            (None, _, Some(_)) => {
                return Err(
                    "ignore_index is a number in masks, which masks=\"FOLDER\" names".to_string()
                );
            }
            _ => {}
        }
        match (&self.labels, &self.column, &self.target) {
            (None, Some(_), _) | (None, _, Some(_)) => {
                Err("column and target are those of a table, which labels=\"labels.csv\" names"
                    .to_string())
            }
            _ => Ok(()),
        }
    }

    /// The classes of the images, or of their pixels.
    fn known(
        &self,
        folder: &mut Folder,
        pixels: &Pixels,
        reader: &dyn Reader,
    ) -> Result<Masks, DataError> {
        let Some(masks) = &self.masks else {
            let labels: Vec<usize> = folder.files.iter().map(|file| file.class).collect();
            let targets = Targets::Classes { names: std::mem::take(&mut folder.classes), labels };
            return Ok(Masks { targets, note: None });
        };
        let [_, height, width] = pixels.shape();
        self.pixel_classes(&folder.files, Path::new(masks), [height, width], reader)
    }

    /// The group of each file, if files have groups: that of their table, or a field of their names.
    fn groups(
        &self,
        folder: &Folder,
        of_table: Option<Vec<usize>>,
    ) -> Result<Option<Vec<usize>>, DataError> {
        let (Some(by), None) = (&self.split_by, &of_table) else { return Ok(of_table) };
        if folder.has_parts() {
            let problem = "split_by draws the parts, and the folder has parts of its own";
            return Err(DataError::Options(problem.to_string()));
        }
        let text = self.pattern.as_deref().unwrap_or_default();
        let pattern = Pattern::parse(text).map_err(DataError::Options)?;
        let mut values = Vec::with_capacity(folder.files.len());
        for file in &folder.files {
            let stem = file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let fields = pattern.read(stem).ok_or_else(|| DataError::File {
                path: file.path.clone(),
                problem: "its name does not fit the pattern".to_string(),
                help: Some(format!("the pattern is {text:?}")),
            })?;
            values.push(fields.get(by.as_str()).copied().unwrap_or_default().to_string());
        }
        Ok(Some(classes(values.iter().map(String::as_str)).1))
    }

    fn read(&self, files: Vec<Found>, reader: &dyn Reader) -> Result<Read, DataError> {
        let reading = Reading { channels: self.channels, size: self.size };
        let size = self.first_size(&files, reading)?;
        let shape = [self.channels.count(), size[0], size[1]];
        let one: usize = shape.iter().product();
        let all = files.len().saturating_mul(one);
        let may_be =
            all as u64 <= self.memory.saturating_mul(1 << 20) && memory::check(all).is_ok();
        // Where they do not fit into memory, they stay in their files.
        let room = may_be.then(|| memory::reserved(all).ok()).flatten();
        let fits = room.is_some();
        if !fits && !self.skip_broken {
            let pixels = Pixels::stored(self.channels, size, self.pictures(&files, size));
            let positions = (0..files.len()).collect();
            return Ok(Read { files, positions, pixels, broken: None });
        }
        let mut bytes = room.unwrap_or_default();
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
        Ok(Read { files, positions, pixels, broken })
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
