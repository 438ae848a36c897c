//! Images whose pixels have classes: a mask for each picture.

use crate::Reader;
use crate::files::folder::Found;
use crate::files::reading::read_each;
use crate::images::{ENDINGS, Images};
use crate::picture::{masks_beside, read_mask};
use crate::table::file_error;
use relume_catalog::count_text;
use relume_datasets::{DataError, Places, Targets};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The number of pixels without a class, as PASCAL VOC and Cityscapes have it.
const IGNORED: u32 = 255;
/// More different numbers than this are no classes.
const MOST_CLASSES: usize = 1000;

/// The classes of pixels.
pub(crate) struct Masks {
    pub targets: Targets,
    /// What is to be known of the numbers in masks.
    pub note: Option<String>,
}

impl Images {
    /// The masks of some pictures, of this height and width.
    pub(crate) fn pixel_classes(
        &self,
        files: &[Found],
        masks: &Path,
        size: [usize; 2],
        reader: &dyn Reader,
    ) -> Result<Masks, DataError> {
        let pixels = size[0] * size[1];
        self.check_memory(files.len(), size)?;
        let pictures: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
        let beside = masks_beside(&pictures, Path::new(&self.path), masks, ENDINGS.endings)?;
        let of_size = self.size;
        let read = |path: &PathBuf| {
            let mask = read_mask(path, of_size)?;
            match mask.dims() == size {
                true => Ok(mask),
                false => {
                    let problem = format!(
                        "is {} (height x width), and its picture {} x {}",
                        mask.shape(),
                        size[0],
                        size[1]
                    );
                    let help = "size=[HEIGHT, WIDTH] brings pictures and masks to one size";
                    Err(file_error(path, problem, Some(help.to_string())))
                }
            }
        };
        // The numbers of all masks, each by its place among the different ones so far.
        let (mut known, mut all) = (BTreeMap::new(), Vec::with_capacity(files.len() * pixels));
        let mut beyond = None;
        read_each(&beside, false, reader, read, |at, mask| {
            for &number in mask.data() {
                let next = known.len();
                let place = *known.entry(number).or_insert(next);
                beyond = beyond.or((place >= MOST_CLASSES).then_some(at));
                all.push(place.min(MOST_CLASSES) as u16);
            }
        })?;
        if let Some(at) = beyond {
            let problem = format!(
                "more than {MOST_CLASSES} different numbers are in the masks up to this one"
            );
            let help = "a mask holds the class of each pixel: PNG files keep it, JPEG files do not";
            return Err(file_error(&beside[at], problem, Some(help.to_string())));
        }
        self.classes(&known, all, size)
    }

    /// Refuses masks that do not fit into the memory that is given.
    fn check_memory(&self, count: usize, size: [usize; 2]) -> Result<(), DataError> {
        let needed = count.saturating_mul(size[0] * size[1]).saturating_mul(2) as u64;
        match needed > self.memory.saturating_mul(1 << 20) {
            false => Ok(()),
            true => Err(DataError::Options(format!(
                "the masks of {} images of {} x {} pixels need {} MiB of memory, and memory={}",
                count_text(count),
                size[0],
                size[1],
                needed >> 20,
                self.memory
            ))),
        }
    }

    /// The classes of numbers, in their order.
    fn classes(
        &self,
        known: &BTreeMap<u32, usize>,
        mut all: Vec<u16>,
        size: [usize; 2],
    ) -> Result<Masks, DataError> {
        let numbers: Vec<u32> = known.keys().copied().collect();
        let ignored = match self.ignore_index {
            Some(own) => Some(own),
            // Of two numbers, the larger one is a class, as masks of one object have it.
            None if numbers.len() > 2 || !numbers.contains(&0) => Some(IGNORED),
            None => None,
        };
        let ignored = ignored.filter(|own| known.contains_key(own));
        let classes: Vec<u32> = numbers.into_iter().filter(|own| Some(*own) != ignored).collect();
        let mut class_of = vec![Places::IGNORED; known.len()];
        for (class, number) in classes.iter().enumerate() {
            class_of[known[number]] = class as u16;
        }
        let without =
            all.iter().filter(|&&place| class_of[usize::from(place)] == Places::IGNORED).count();
        all.iter_mut().for_each(|place| *place = class_of[usize::from(*place)]);
        let note = ignored.map(|own| {
            let share = 100.0 * without as f64 / all.len().max(1) as f64;
            format!("{own} in masks is no class: {share:.1} % of the pixels are ignored")
        });
        let names = classes.iter().map(u32::to_string).collect();
        Ok(Masks { targets: Targets::Places(Places::new(names, size, all)?), note })
    }
}
