//! From a figure to shapes at places: sizes, margins, and the order of panels.

use super::axis::{label, ticks};
use super::figure::{Axis, Figure, Panel, Ticks};
use super::font::width;
use super::legend;
use super::panel::draw;
use super::picture::PictureError;
use super::scene::{Anchor, Scene};

/// Sizes of letters.
pub(crate) const HEAD: f64 = 16.0;
pub(crate) const TITLE: f64 = 14.0;
pub(crate) const LABEL: f64 = 13.0;
pub(crate) const TICK: f64 = 12.0;
/// The least room around everything.
const EDGE: f64 = 14.0;
/// Room between a word and what it belongs to.
pub(crate) const GAP: f64 = 7.0;
/// The widest and the highest that names along an axis may be.
pub(crate) const LONGEST_NAME: f64 = 130.0;

/// What stands along an axis: where, and which word.
pub(crate) type Tick = (f64, String);

/// A panel that is about to be drawn.
pub(crate) struct Placed<'a> {
    pub panel: &'a Panel,
    /// Left, top, width and height of the space between its axes.
    pub place: [f64; 4],
    /// The ends of its axes.
    pub bounds: [[f64; 2]; 2],
    pub x: Vec<Tick>,
    pub y: Vec<Tick>,
    /// How wide its title may be.
    pub title_room: f64,
}

impl Placed<'_> {
    /// Where a point is drawn.
    pub fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let [left, top, width, height] = self.place;
        let [[x0, x1], [y0, y1]] = self.bounds;
        (left + (x - x0) / (x1 - x0) * width, top + (y1 - y) / (y1 - y0) * height)
    }

    /// Whether names along the horizontal axis must be turned to have enough room.
    pub fn is_turned(&self) -> bool {
        is_turned(&self.panel.x, &self.x, self.bounds[0], self.place[2])
    }
}

fn is_turned(axis: &Axis, words: &[Tick], [low, high]: [f64; 2], size: f64) -> bool {
    let unit = size / (high - low);
    let widest = words.iter().map(|(_, word)| width(word, TICK)).fold(0.0, f64::max);
    matches!(axis.ticks, Ticks::Names(_)) && widest + 4.0 > unit
}

/// The words along an axis, as many as there is room for.
fn words(axis: &Axis, [low, high]: [f64; 2], size: f64) -> Vec<Tick> {
    match &axis.ticks {
        Ticks::None => Vec::new(),
        Ticks::Numbers => {
            let most = (size / 62.0).round().clamp(2.0, 8.0) as usize;
            ticks(low, high, most).into_iter().map(|x| (x, label(x))).collect()
        }
        Ticks::Names(names) => {
            // Where names would run into each other, only some are shown.
            let unit = size / names.len().max(1) as f64;
            let step = ((TICK + 2.0) / unit).ceil().max(1.0) as usize;
            let name = |(at, name): (usize, &String)| {
                (at as f64 + 0.5, super::font::fitted(name, TICK, LONGEST_NAME))
            };
            names.iter().enumerate().step_by(step).map(name).collect()
        }
    }
}

/// The space between the axes of a panel.
fn inner(figure: &Figure, panel: &Panel, [[x0, x1], [y0, y1]]: [[f64; 2]; 2]) -> [f64; 2] {
    let across = figure.across();
    let is_bare = panel.x.ticks == Ticks::None && panel.grid().is_some();
    let [most_wide, most_high] = match (across, is_bare) {
        (1, _) if figure.panels.len() == 1 => [560.0, 380.0],
        (1, _) if panel.is_equal => [380.0, 380.0],
        // As wide as the one above.
        (1, _) if figure.panels.iter().any(|other| other.is_equal) => [380.0, 120.0],
        (1, _) => [560.0, 190.0],
        (2, false) => [330.0, 220.0],
        (_, true) => [(840.0 / across as f64).clamp(56.0, 150.0); 2],
        (_, false) => [(900.0 / across as f64).clamp(150.0, 240.0), 150.0],
    };
    if let Some(grid) = panel.grid().filter(|grid| !grid.texts.is_empty()) {
        let side = |cells: usize| (cells as f64 * 46.0).clamp(220.0, 640.0);
        return [side(grid.columns), side(grid.rows)];
    }
    if !panel.is_equal {
        return [most_wide, most_high];
    }
    let ratio = (x1 - x0) / (y1 - y0);
    match ratio > most_wide / most_high {
        true => [most_wide, (most_wide / ratio).max(24.0)],
        false => [(most_high * ratio).max(24.0), most_high],
    }
}

/// Room around the space between the axes: left, top, right, bottom.
fn margins(placed: &Placed<'_>, is_alone: bool) -> [f64; 4] {
    let panel = placed.panel;
    let widest =
        |words: &[Tick]| words.iter().map(|(_, word)| width(word, TICK)).fold(0.0, f64::max);
    let row = |is_there: bool, size: f64| if is_there { size } else { 0.0 };
    let left = row(!placed.y.is_empty(), widest(&placed.y) + GAP)
        + row(!panel.y.label.is_empty(), LABEL + 1.5 * GAP);
    let below = match placed.is_turned() {
        true => widest(&placed.x),
        false => TICK,
    };
    let bottom =
        row(!placed.x.is_empty(), below + GAP) + row(!panel.x.label.is_empty(), LABEL + GAP);
    let top = row(panel.has_title(), TITLE + GAP);
    // The last number along an axis reaches over its end.
    let over = placed.x.last().map_or(0.0, |(_, word)| width(word, TICK) / 2.0 * 0.8);
    let right = legend::width_of(panel).max(over.min(24.0));
    // A title that is wider than its panel has room on both sides, if no other panel stands there.
    let title = if panel.has_title() { width(&panel.title, TITLE) } else { 0.0 };
    let beyond = ((title - placed.place[2]) / 2.0).max(0.0);
    match is_alone {
        true => [left.max(beyond), top, right.max(beyond), bottom],
        false => [left, top, right, bottom],
    }
}

/// The shapes of a figure.
///
/// # Errors
/// A figure without a finite point.
pub(crate) fn scene(figure: &Figure) -> Result<Scene, PictureError> {
    let mut all = Vec::new();
    for panel in &figure.panels {
        let Some(bounds) = panel.bounds() else { continue };
        let bounds = with_room(panel, bounds);
        let [wide, high] = inner(figure, panel, bounds);
        let (x, y) = (words(&panel.x, bounds[0], wide), words(&panel.y, bounds[1], high));
        let place = [0.0, 0.0, wide, high];
        let title_room = if figure.across() == 1 { f64::INFINITY } else { wide + 30.0 };
        all.push(Placed { panel, place, bounds, x, y, title_room });
    }
    if all.is_empty() {
        return Err(PictureError::Empty);
    }
    let across = figure.across().min(all.len());
    let rows = all.len().div_ceil(across);
    let (mut columns, mut lines) = (vec![[0.0_f64; 3]; across], vec![[0.0_f64; 3]; rows]);
    for (at, own) in all.iter().enumerate() {
        let [left, top, right, bottom] = margins(own, across == 1);
        let (column, line) = (&mut columns[at % across], &mut lines[at / across]);
        let [_, _, wide, high] = own.place;
        *column = [column[0].max(left), column[1].max(wide), column[2].max(right)];
        *line = [line[0].max(top), line[1].max(high), line[2].max(bottom)];
    }
    let head = if figure.title.is_empty() { 0.0 } else { HEAD + 2.0 * GAP };
    let between = if across > 1 { 12.0 } else { 0.0 };
    let total = |sizes: &[[f64; 3]], gap: f64| {
        sizes.iter().flatten().sum::<f64>() + gap * (sizes.len() - 1) as f64
    };
    let mut scene = Scene::default();
    let least = width(&figure.title, HEAD);
    scene.width = (total(&columns, between).max(least) + 2.0 * EDGE).ceil();
    scene.height = (total(&lines, 10.0) + head + 2.0 * EDGE).ceil();
    if head > 0.0 {
        scene.text(&figure.title, (scene.width / 2.0, EDGE + HEAD - 2.0), HEAD, Anchor::Middle);
    }
    let start = |sizes: &[[f64; 3]], gap: f64, at: usize| {
        total(&sizes[..=at], gap) - sizes[at][1] - sizes[at][2]
    };
    for (at, mut own) in all.into_iter().enumerate() {
        own.place[0] = EDGE + start(&columns, between, at % across);
        own.place[1] = EDGE + head + start(&lines, 10.0, at / across);
        draw(&mut scene, &own);
    }
    Ok(scene)
}

/// The ends of the axes, with a little room around lines and points, unless they are given.
fn with_room(panel: &Panel, [x, y]: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    if panel.grid().is_some() {
        return [x, y];
    }
    let wider = |axis: &Axis, [low, high]: [f64; 2]| match axis.given() {
        Some(_) => [low, high],
        None => {
            let room = (high - low) * 0.04;
            // Columns stand on 0.
            [if low == 0.0 && panel.has_bars() { 0.0 } else { low - room }, high + room]
        }
    };
    let x = if panel.has_points() || panel.has_bars() { wider(&panel.x, x) } else { x };
    [x, wider(&panel.y, y)]
}
