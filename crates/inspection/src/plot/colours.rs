//! Colours: of series, and of numbers.

/// A colour: red, green, blue.
pub type Rgb = [u8; 3];

/// The colours of series: first Okabe and Ito's, which colour-blind people can tell apart.
pub(crate) const SERIES: [Rgb; 10] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [230, 159, 0],
    [86, 180, 233],
    [120, 94, 240],
    [90, 90, 90],
    [150, 0, 60],
    [115, 115, 0],
];
pub(crate) const BLACK: Rgb = [0, 0, 0];
pub(crate) const GREY: Rgb = [130, 130, 130];

/// How numbers become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// From white to dark blue: amounts.
    Sequential,
    /// Blue, white, red: below and above 0.
    Diverging,
    /// Black to white: pictures.
    Grey,
}

const SEQUENTIAL: [Rgb; 6] =
    [[255, 255, 255], [222, 235, 247], [158, 202, 225], [66, 146, 198], [8, 81, 156], [8, 48, 107]];
const DIVERGING: [Rgb; 7] = [
    [33, 102, 172],
    [103, 169, 207],
    [209, 229, 240],
    [250, 250, 250],
    [253, 219, 199],
    [239, 138, 98],
    [178, 24, 43],
];
const GREYS: [Rgb; 2] = [[0, 0, 0], [255, 255, 255]];

impl Palette {
    /// The colour of a number from 0 to 1.
    pub fn colour(self, level: f64) -> Rgb {
        let stops: &[Rgb] = match self {
            Palette::Sequential => &SEQUENTIAL,
            Palette::Diverging => &DIVERGING,
            Palette::Grey => &GREYS,
        };
        let place = level.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
        let below = (place.floor() as usize).min(stops.len() - 2);
        mixed(stops[below], stops[below + 1], place - below as f64)
    }
}

/// A colour between two.
pub(crate) fn mixed(from: Rgb, to: Rgb, share: f64) -> Rgb {
    let part = |i: usize| {
        let (a, b) = (f64::from(from[i]), f64::from(to[i]));
        (a + (b - a) * share).round().clamp(0.0, 255.0) as u8
    };
    [part(0), part(1), part(2)]
}

/// Whether white letters are read better on a colour than black ones.
pub(crate) fn is_dark([red, green, blue]: Rgb) -> bool {
    0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue) < 140.0
}

/// The colour of the n-th series.
pub(crate) fn of_series(place: usize) -> Rgb {
    SERIES[place % SERIES.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn palettes_go_from_their_first_to_their_last_colour() {
        assert_eq!(Palette::Grey.colour(0.0), [0, 0, 0]);
        assert_eq!(Palette::Grey.colour(0.5), [128, 128, 128]);
        assert_eq!(Palette::Diverging.colour(0.5), [250, 250, 250]);
        assert_eq!(Palette::Sequential.colour(7.0), [8, 48, 107]);
        assert!(is_dark([8, 48, 107]) && !is_dark([222, 235, 247]));
    }
}
