//! The parts of a sample, as people know them: words, places of a picture, steps, columns.

use super::{Attribution, Method};
use relume_datasets::picture_shape;
use relume_tensor::Tensor;

/// What is known of a sample's parts.
#[derive(Clone, Copy, Debug, Default)]
pub struct SampleParts<'a> {
    /// The names of its numbers, if they have any.
    pub names: &'a [String],
    /// Its words, with an empty one for padding.
    pub words: Option<&'a [String]>,
    /// Its numbers, `[1, ...]`, as the network takes them.
    pub sample: Option<&'a Tensor>,
}

/// How an explanation is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplanationLayout {
    /// A value for each word.
    Words,
    /// A picture of so many rows and columns: of pixels, or of patches.
    Picture([usize; 2]),
    /// Steps of a sequence, a signal or a recording.
    Steps,
    /// Numbers by name.
    Rows,
}

impl SampleParts<'_> {
    /// How an explanation of the sample is laid out. A row of at least 25 numbers that make a square, and have no other
    /// names than `pixel 17`, is a picture.
    pub fn layout(&self, found: &Attribution) -> ExplanationLayout {
        if self.words.is_some_and(|words| words.len() == found.values.len()) {
            return ExplanationLayout::Words;
        }
        match found.shape[..] {
            [steps] if found.method == Method::Attention => match self.patches(steps) {
                Some(grid) => ExplanationLayout::Picture(grid),
                None => ExplanationLayout::Steps,
            },
            [_, height, width] => ExplanationLayout::Picture([height, width]),
            [_, _] => ExplanationLayout::Steps,
            [numbers] => match self.side(numbers) {
                Some(side) => ExplanationLayout::Picture([side, side]),
                None => ExplanationLayout::Rows,
            },
            _ => ExplanationLayout::Rows,
        }
    }

    /// The name of a number of a row: that of its column, `(row, column)` of a pixel, or its index.
    pub fn name(&self, index: usize) -> String {
        match self.side(self.sample.map_or(0, Tensor::count)) {
            Some(side) => format!("({}, {})", index / side, index % side),
            None => self.names.get(index).cloned().unwrap_or_else(|| index.to_string()),
        }
    }

    /// The side of the square that so many numbers of a row are; `None` if they are none.
    fn side(&self, numbers: usize) -> Option<usize> {
        let is_row = self.sample.is_none_or(|sample| sample.rank() <= 2);
        (is_row && are_pixels(self.names)).then(|| square(numbers))?
    }

    /// The rows and columns of square patches of a picture, so many in all.
    fn patches(&self, count: usize) -> Option<[usize; 2]> {
        let &[_, _, height, width] = self.sample?.dims() else { return None };
        let fits = |&rows: &usize| {
            let columns = count / rows;
            rows * columns == count
                && height.is_multiple_of(rows)
                && width.is_multiple_of(columns)
                && height / rows == width / columns
        };
        let rows = (1..=height.min(count)).find(fits)?;
        Some([rows, count / rows])
    }
}

/// The side of a square of at least 25 pixels.
pub(super) fn square(pixels: usize) -> Option<usize> {
    picture_shape(&[pixels]).map(|[_, side, _]| side)
}

/// Whether the names are those of pixels in their order, `pixel 17`, or there are none.
pub(super) fn are_pixels(names: &[String]) -> bool {
    let number = |name: &String| {
        let rest = name.strip_prefix("pixel")?.trim_start_matches([' ', '_']);
        rest.parse::<usize>().ok()
    };
    let Some(first) = names.first() else { return true };
    let Some(first) = number(first).filter(|&first| first <= 1) else { return false };
    names.iter().enumerate().all(|(at, name)| number(name) == Some(first + at))
}

impl Attribution {
    /// The sums of the values over the channels of each place of a picture with so many places.
    pub fn by_place(&self, places: usize) -> Vec<f32> {
        let sum = |place: usize| self.values.iter().skip(place).step_by(places.max(1)).sum();
        (0..places).map(sum).collect()
    }

    /// The sums of the values over the features of each step.
    pub fn by_step(&self) -> Vec<f32> {
        let &[first, width] = &self.shape[..] else { return self.values.clone() };
        let is_second = self.time_axis == Some(1);
        let mut sums = vec![0.0_f32; if is_second { width } else { first }];
        for (at, x) in self.values.iter().enumerate() {
            sums[if is_second { at % width } else { at / width.max(1) }] += x;
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(prefix: &str, first: usize, count: usize) -> Vec<String> {
        (first..first + count).map(|i| format!("{prefix}{i}")).collect()
    }

    #[test]
    fn pixels_in_a_row_are_named_by_row_and_column() {
        let sample = Tensor::zeros([1, 64]);
        for names in [names("pixel ", 0, 64), names("pixel", 1, 64), Vec::new()] {
            let parts =
                SampleParts { names: &names, sample: Some(&sample), ..SampleParts::default() };
            assert_eq!(parts.name(17), "(2, 1)", "{:?}", names.first());
        }
        let columns = names("x", 0, 64);
        let parts =
            SampleParts { names: &columns, sample: Some(&sample), ..SampleParts::default() };
        assert_eq!(parts.name(17), "x17");
        let (four, nothing) = (Tensor::zeros([1, 4]), Vec::new());
        let parts = SampleParts { names: &nothing, sample: Some(&four), ..SampleParts::default() };
        assert_eq!(parts.name(3), "3");
    }

    #[test]
    fn patches_are_squares_of_the_picture() {
        let sample = Tensor::zeros([1, 3, 8, 12]);
        let parts = SampleParts { sample: Some(&sample), ..SampleParts::default() };
        assert_eq!(parts.patches(6), Some([2, 3]));
        assert_eq!(parts.patches(7), None);
    }
}
