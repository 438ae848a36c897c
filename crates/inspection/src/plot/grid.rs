//! Cells of colour: matrices, pictures, maps of a plane.

use super::colours::{Palette, Rgb, mixed, of_series};

/// Cells of colour, row by row from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Left, right, bottom and top, on the axes.
    pub extent: [f64; 4],
    /// The colour of each cell.
    pub colours: Vec<Rgb>,
    /// A sign for each cell where there are no colours.
    pub signs: Vec<char>,
    /// What is written into the cells; empty for nothing.
    pub texts: Vec<String>,
    /// What the colours mean, if that is a number.
    pub bar: Option<ColourBar>,
    /// What colours stand for, if that is a name.
    pub legend: Vec<(String, Rgb)>,
}

/// What colours mean.
#[derive(Clone, Debug, PartialEq)]
pub struct ColourBar {
    /// The colours.
    pub palette: Palette,
    /// The numbers of the first and the last.
    pub range: [f64; 2],
    /// What they measure.
    pub label: String,
}

/// Shades for terminals without colours, from little to much.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
/// Signs of the areas of classes: light ones, beside which those of points stand out.
pub(crate) const CLASS_SIGNS: [char; 10] = [' ', '·', ':', '-', '~', '=', '^', ',', '"', '_'];

/// Mixed into the colour of a class where another one is nearly as likely.
const PALE: Rgb = [255, 255, 255];

impl Grid {
    /// A matrix of numbers from the first to the second of a range.
    pub fn of_numbers(
        values: &[f64],
        columns: usize,
        palette: Palette,
        [low, high]: [f64; 2],
    ) -> Self {
        let columns = columns.max(1);
        let width = if high > low { high - low } else { 1.0 };
        let level = |x: f64| ((x - low) / width).clamp(0.0, 1.0);
        let sign = |x: f64| match palette {
            Palette::Diverging => diverging_sign(2.0 * level(x) - 1.0),
            _ => SHADES[((level(x) * 5.0) as usize).min(4)],
        };
        let colour = |x: f64| if x.is_nan() { [200, 200, 200] } else { palette.colour(level(x)) };
        let rows = values.len() / columns;
        Grid {
            rows,
            columns,
            extent: [0.0, columns as f64, 0.0, rows as f64],
            colours: values.iter().map(|&x| colour(x)).collect(),
            signs: values.iter().map(|&x| if x.is_nan() { '?' } else { sign(x) }).collect(),
            texts: Vec::new(),
            bar: None,
            legend: Vec::new(),
        }
    }

    /// Numbers below and above 0, with as much of the palette on both sides.
    pub fn of_signed(values: &[f32], columns: usize) -> Self {
        let finite = values.iter().filter(|x| x.is_finite());
        let most = finite.fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
        let most = f64::from(most);
        let exact: Vec<f64> = values.iter().map(|&x| f64::from(x)).collect();
        Self::of_numbers(&exact, columns, Palette::Diverging, [-most, most])
    }

    /// A picture `[channels, height, width]` of one channel in grey, or of three in colour; of others the mean.
    pub fn of_picture(values: &[f32], [channels, height, width]: [usize; 3]) -> Self {
        let finite = || values.iter().copied().filter(|x| x.is_finite()).map(f64::from);
        let low = finite().fold(f64::INFINITY, f64::min);
        let high = finite().fold(f64::NEG_INFINITY, f64::max);
        let area = height * width;
        let of = |channel: usize, at: usize| {
            values.get(channel * area + at).map_or(f64::NAN, |&x| f64::from(x))
        };
        let mean = |at: usize| {
            (0..channels).map(|channel| of(channel, at)).sum::<f64>() / channels.max(1) as f64
        };
        let means: Vec<f64> = (0..area).map(mean).collect();
        let mut grid = Self::of_numbers(&means, width, Palette::Grey, [low, high]);
        if channels == 3 {
            let range = (high - low).max(f64::MIN_POSITIVE);
            let level = |channel, at| ((of(channel, at) - low) / range * 255.0).round() as u8;
            let colour = |at| [level(0, at), level(1, at), level(2, at)];
            grid.colours = (0..area).map(colour).collect();
        }
        grid
    }

    /// The class of each cell, paler where it is less sure: `shares` from 0 (as likely as another) to 1.
    pub fn of_classes(classes: &[usize], shares: &[f64], columns: usize, names: &[String]) -> Self {
        let columns = columns.max(1);
        let rows = classes.len() / columns;
        let cells = || classes.iter().zip(shares);
        let pale = |class: usize, share: f64| {
            mixed(PALE, of_series(class), 0.12 + 0.43 * share.clamp(0.0, 1.0))
        };
        let legend = names.iter().enumerate().map(|(at, name)| (name.clone(), pale(at, 1.0)));
        Grid {
            rows,
            columns,
            extent: [0.0, columns as f64, 0.0, rows as f64],
            colours: cells().map(|(&class, &share)| pale(class, share)).collect(),
            signs: classes.iter().map(|&class| CLASS_SIGNS[class % CLASS_SIGNS.len()]).collect(),
            texts: Vec::new(),
            bar: None,
            legend: legend.collect(),
        }
    }

    /// The grid from the left to the right and from the bottom to the top of the axes.
    #[must_use]
    pub fn over(self, extent: [f64; 4]) -> Self {
        Grid { extent, ..self }
    }

    /// The grid with what its colours mean.
    #[must_use]
    pub fn with_bar(self, palette: Palette, range: [f64; 2], label: impl Into<String>) -> Self {
        Grid { bar: Some(ColourBar { palette, range, label: label.into() }), ..self }
    }

    /// The grid in at most so many rows and columns, without words: colours are means, signs those in the middle.
    pub(crate) fn reduced(&self, rows: usize, columns: usize) -> Self {
        let rows = rows.clamp(1, self.rows.max(1));
        let columns = columns.clamp(1, self.columns.max(1));
        let stretch = |place: usize, count: usize, of: usize| {
            let start = place * of / count;
            start..((place + 1) * of).div_ceil(count).min(of).max(start + 1)
        };
        let (mut colours, mut signs) = (Vec::new(), Vec::new());
        for row in 0..rows {
            for column in 0..columns {
                let (mut sum, mut count) = ([0_usize; 3], 0);
                let (down, across) =
                    (stretch(row, rows, self.rows), stretch(column, columns, self.columns));
                let middle =
                    (down.start + down.len() / 2) * self.columns + across.start + across.len() / 2;
                for y in down {
                    for x in across.clone() {
                        let Some(colour) = self.colours.get(y * self.columns + x) else { continue };
                        (0..3).for_each(|i| sum[i] += usize::from(colour[i]));
                        count += 1;
                    }
                }
                colours.push(sum.map(|sum| (sum / count.max(1)) as u8));
                signs.push(self.signs.get(middle).copied().unwrap_or(' '));
            }
        }
        let (bar, legend) = (self.bar.clone(), self.legend.clone());
        Grid { rows, columns, extent: self.extent, colours, signs, texts: Vec::new(), bar, legend }
    }

    /// The grid with words in its cells.
    #[must_use]
    pub fn with_texts(self, texts: Vec<String>) -> Self {
        Grid { texts, ..self }
    }
}

fn diverging_sign(level: f64) -> char {
    match level {
        x if x > 0.5 => '#',
        x if x > 0.1 => '+',
        x if x < -0.5 => '=',
        x if x < -0.1 => '-',
        _ => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_three_channels_have_colours() {
        let red = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let grid = Grid::of_picture(&red, [3, 1, 2]);
        assert_eq!((grid.rows, grid.columns), (1, 2));
        assert_eq!(grid.colours, [[255, 0, 0], [0, 0, 0]]);
    }

    #[test]
    fn a_reduced_grid_has_the_means_of_its_colours() {
        let numbers = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0];
        let grid = Grid::of_numbers(&numbers, 4, Palette::Grey, [0.0, 1.0]);
        let small = grid.reduced(9, 2);
        assert_eq!((small.rows, small.columns, small.extent), (2, 2, grid.extent));
        assert_eq!(small.colours, [[127; 3], [0; 3], [0; 3], [255; 3]]);
        assert_eq!(grid.reduced(2, 4), grid);
    }

    #[test]
    fn signs_tell_numbers_apart_without_colours() {
        let grid = Grid::of_signed(&[-1.0, -0.2, 0.0, 0.2, 1.0], 5);
        assert_eq!(grid.signs, ['=', '-', ' ', '+', '#']);
        let grid = Grid::of_numbers(&[0.0, 0.5, 1.0], 3, Palette::Sequential, [0.0, 1.0]);
        assert_eq!(grid.signs, [' ', '▒', '█']);
    }
}
