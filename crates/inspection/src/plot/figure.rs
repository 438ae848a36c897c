//! What a picture shows, before it is laid out: panels with axes, and what is drawn in them.

use super::chart::{Chart, Series};
use super::grid::Grid;

/// A picture of one or several panels.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What stands above it.
    pub title: String,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// How many of them stand beside each other; 0 for as many as look well.
    pub columns: usize,
}

/// One pair of axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// What stands above it.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, the first one lowest.
    pub marks: Vec<Mark>,
    /// Whether a unit is as long on both axes.
    pub is_equal: bool,
    /// Whether the axes through the origin are drawn.
    pub has_origin: bool,
}

/// An axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it measures, with its unit.
    pub label: String,
    /// Its ends; by default those of what is drawn.
    pub range: Option<[f64; 2]>,
    /// What stands along it.
    pub ticks: Ticks,
}

/// What stands along an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Ticks {
    /// Round numbers.
    #[default]
    Numbers,
    /// Names at 0.5, 1.5 and so on.
    Names(Vec<String>),
    /// Nothing.
    None,
}

impl Axis {
    /// An axis of numbers.
    pub fn new(label: impl Into<String>) -> Self {
        Axis { label: label.into(), ..Axis::default() }
    }

    /// The ends that are given; `None` if one of them is not finite.
    pub(crate) fn given(&self) -> Option<[f64; 2]> {
        self.range.filter(|ends| ends.iter().all(|end| end.is_finite()))
    }

    /// The axis from one number to another.
    #[must_use]
    pub fn from(self, low: f64, high: f64) -> Self {
        Axis { range: Some([low, high]), ..self }
    }

    /// The axis with names along it, each in the middle of a unit.
    #[must_use]
    pub fn named(self, names: Vec<String>) -> Self {
        let range = Some([0.0, names.len() as f64]);
        Axis { ticks: Ticks::Names(names), range, ..self }
    }

    /// The axis without numbers.
    #[must_use]
    pub fn bare(self) -> Self {
        Axis { ticks: Ticks::None, ..self }
    }
}

/// What is drawn in a panel.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line.
    Line(Series),
    /// A thin grey line that others are compared with.
    Guide(Vec<(f64, f64)>),
    /// A line with a sign at each of its points.
    Dotted(Series),
    /// Points, each series with a sign of its own.
    Points(Series),
    /// Columns from 0.
    Bars(Bars),
    /// Cells of colour.
    Grid(Grid),
}

/// Columns from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// The name in the legend.
    pub name: String,
    /// Where each column begins and ends, and one height for each.
    pub columns: Vec<([f64; 2], f64)>,
}

impl Bars {
    /// The bins of a histogram.
    pub fn of_histogram(name: impl Into<String>, histogram: &crate::Histogram) -> Self {
        let pairs = histogram.edges.windows(2).zip(&histogram.counts);
        let column = |(edge, &count): (&[f32], &u64)| {
            ([f64::from(edge[0]), f64::from(edge[1])], count as f64)
        };
        Bars { name: name.into(), columns: pairs.map(column).collect() }
    }

    /// A column for each of some names, the `place`-th of `places` that stand beside each other.
    pub fn beside(name: impl Into<String>, heights: &[f64], place: usize, places: usize) -> Self {
        let width = 0.8 / places.max(1) as f64;
        let column = |(at, &height): (usize, &f64)| {
            let start = at as f64 + 0.1 + place as f64 * width;
            ([start, start + width], height)
        };
        Bars { name: name.into(), columns: heights.iter().enumerate().map(column).collect() }
    }
}

impl Mark {
    /// The name in the legend; empty for none.
    pub fn name(&self) -> &str {
        match self {
            Mark::Line(series) | Mark::Dotted(series) | Mark::Points(series) => &series.name,
            Mark::Bars(bars) => &bars.name,
            Mark::Guide(_) | Mark::Grid(_) => "",
        }
    }

    /// Whether it has a colour of its own.
    pub(crate) fn is_series(&self) -> bool {
        !matches!(self, Mark::Guide(_) | Mark::Grid(_))
    }

    /// The places that must be within the axes.
    fn places(&self) -> Vec<(f64, f64)> {
        match self {
            Mark::Line(series) | Mark::Dotted(series) | Mark::Points(series) => {
                series.points.clone()
            }
            Mark::Guide(points) => points.clone(),
            Mark::Bars(bars) => {
                let ends = |&([from, to], height): &([f64; 2], f64)| {
                    [(from, 0.0), (from, height), (to, height)]
                };
                bars.columns.iter().flat_map(ends).collect()
            }
            Mark::Grid(grid) => {
                let [left, right, bottom, top] = grid.extent;
                vec![(left, bottom), (right, top)]
            }
        }
    }
}

impl Panel {
    /// A panel without anything in it.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Panel { title: title.into(), x, y, ..Panel::default() }
    }

    /// The panel with one more thing.
    #[must_use]
    pub fn with(mut self, mark: Mark) -> Self {
        self.marks.push(mark);
        self
    }

    /// The panel with units that are equally long on both axes.
    #[must_use]
    pub fn equal(self) -> Self {
        Panel { is_equal: true, ..self }
    }

    /// The first grid, if there is one.
    pub fn grid(&self) -> Option<&Grid> {
        self.marks.iter().find_map(|mark| match mark {
            Mark::Grid(grid) => Some(grid),
            _ => None,
        })
    }

    /// The ends of both axes; `None` without a finite point.
    pub(crate) fn bounds(&self) -> Option<[[f64; 2]; 2]> {
        let is_finite = |&(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
        let mut points = self.marks.iter().flat_map(Mark::places).filter(is_finite);
        let first = points.next()?;
        let widen = |[low, high]: [f64; 2], value: f64| [low.min(value), high.max(value)];
        let start = [[first.0; 2], [first.1; 2]];
        let [x, y] = points.fold(start, |[xs, ys], (x, y)| [widen(xs, x), widen(ys, y)]);
        let apart = |[low, high]: [f64; 2]| match high > low {
            true => [low, high],
            false => {
                // Large numbers are kept apart too.
                let room = (low.abs() * 1e-9).max(0.5);
                [low - room, low + room]
            }
        };
        Some([(&self.x, x), (&self.y, y)].map(|(axis, own)| apart(axis.given().unwrap_or(own))))
    }
}

impl Figure {
    /// A picture of one panel.
    pub fn of(panel: Panel) -> Self {
        Figure { title: String::new(), panels: vec![panel], columns: 1 }
    }

    /// A picture of several panels.
    pub fn several(title: impl Into<String>, panels: Vec<Panel>) -> Self {
        Figure { title: title.into(), panels, columns: 0 }
    }

    /// How many panels stand beside each other.
    pub(crate) fn across(&self) -> usize {
        let all = self.panels.len().max(1);
        match self.columns {
            0 => (all as f64).sqrt().ceil() as usize,
            columns => columns.min(all),
        }
    }
}

impl From<&Chart> for Figure {
    fn from(chart: &Chart) -> Self {
        let x = Axis::new(chart.x_label.as_str());
        // A figure's name is that of its axis; functions have none.
        let name = if chart.has_origin { "" } else { chart.title.as_str() };
        let y = Axis::new(name);
        let mut panel = Panel { has_origin: chart.has_origin, ..Panel::new(&*chart.title, x, y) };
        panel.marks.extend(chart.series.iter().cloned().map(Mark::Line));
        Figure::of(panel)
    }
}
