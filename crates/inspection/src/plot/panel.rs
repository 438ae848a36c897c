//! One panel as shapes: its axes, and what is drawn between them.

use super::colours::{BLACK, GREY, Rgb, is_dark, of_series};
use super::figure::{Bars, Mark, Panel};
use super::grid::Grid;
use super::layout::{GAP, LABEL, Placed, TICK, TITLE};
use super::legend;
use super::scene::{Anchor, DASHES, SIGNS, Scene, Shape, Stroke};

const LIGHT: Rgb = [228, 228, 228];

impl Panel {
    /// Whether columns are drawn.
    pub(super) fn has_bars(&self) -> bool {
        self.marks.iter().any(|mark| matches!(mark, Mark::Bars(_)))
    }

    /// Whether a title stands above it, rather than beside its axis alone.
    pub(super) fn has_title(&self) -> bool {
        !self.title.is_empty() && self.title != self.y.label
    }

    /// Whether points are drawn.
    pub(super) fn has_points(&self) -> bool {
        self.marks.iter().any(|mark| matches!(mark, Mark::Points(_) | Mark::Dotted(_)))
    }
}

/// Draws a panel at its place.
pub(super) fn draw(scene: &mut Scene, placed: &Placed<'_>) {
    let panel = placed.panel;
    if panel.grid().is_none() {
        rules(scene, placed);
    }
    // Lines along the edge are seen whole.
    let [left, top, wide, high] = placed.place;
    scene.shapes.push(Shape::Clip([left - 1.5, top - 1.5, wide + 3.0, high + 3.0]));
    let mut series = 0;
    for mark in &panel.marks {
        match mark {
            Mark::Grid(grid) => cells(scene, placed, grid),
            Mark::Guide(points) => guide(scene, placed, points),
            Mark::Line(line) => self::line(scene, placed, &line.points, series),
            Mark::Dotted(line) => {
                self::line(scene, placed, &line.points, series);
                self::points(scene, placed, &line.points, series);
            }
            Mark::Points(points) => self::points(scene, placed, &points.points, series),
            Mark::Bars(bars) => columns(scene, placed, bars, series),
        }
        series += usize::from(mark.is_series());
    }
    if panel.has_origin {
        let [[left, right], [bottom, top]] = placed.bounds;
        for axis in [[(left, 0.0), (right, 0.0)], [(0.0, bottom), (0.0, top)]] {
            scene.line(axis.map(|point| placed.at(point)).to_vec(), GREY, 1.0);
        }
    }
    scene.shapes.push(Shape::Unclip);
    axes(scene, placed);
    legend::draw(scene, placed);
}

/// Faint lines at the numbers along the axes.
fn rules(scene: &mut Scene, placed: &Placed<'_>) {
    let [left, top, wide, high] = placed.place;
    for (value, _) in &placed.y {
        let (_, y) = placed.at((placed.bounds[0][0], *value));
        scene.line(vec![(left, y), (left + wide, y)], LIGHT, 0.8);
    }
    if !placed.panel.has_bars() {
        for (value, _) in &placed.x {
            let (x, _) = placed.at((*value, placed.bounds[1][0]));
            scene.line(vec![(x, top), (x, top + high)], LIGHT, 0.8);
        }
    }
}

fn axes(scene: &mut Scene, placed: &Placed<'_>) {
    let panel = placed.panel;
    let [left, top, wide, high] = placed.place;
    scene.shapes.push(Shape::Frame { place: placed.place, stroke: [60, 60, 60], width: 1.0 });
    let (middle, bottom) = (left + wide / 2.0, top + high);
    if panel.has_title() {
        let title = super::font::fitted(&panel.title, TITLE, placed.title_room);
        scene.text(&title, (middle, top - GAP), TITLE, Anchor::Middle);
    }
    let mut below = 0.0_f64;
    for (value, word) in &placed.x {
        let (x, _) = placed.at((*value, 0.0));
        scene.line(vec![(x, bottom), (x, bottom + 4.0)], BLACK, 0.8);
        if placed.is_turned() {
            let at = (x + TICK * 0.36, bottom + GAP);
            let (text, size) = (word.clone(), TICK);
            let (anchor, colour) = (Anchor::End, BLACK);
            scene.shapes.push(Shape::Text { text, at, size, anchor, colour, is_upright: true });
            below = below.max(super::font::width(word, TICK) + GAP);
        } else {
            scene.text(word, (x, bottom + GAP + TICK * 0.8), TICK, Anchor::Middle);
            below = TICK + GAP;
        }
    }
    scene.text(&panel.x.label, (middle, bottom + below + LABEL), LABEL, Anchor::Middle);
    let mut beside = 0.0_f64;
    for (value, word) in &placed.y {
        let (_, y) = placed.at((0.0, *value));
        scene.line(vec![(left - 4.0, y), (left, y)], BLACK, 0.8);
        scene.text(word, (left - GAP, y + TICK * 0.36), TICK, Anchor::End);
        beside = beside.max(super::font::width(word, TICK) + GAP);
    }
    scene.upright(&panel.y.label, (left - beside - GAP * 1.3, top + high / 2.0), LABEL);
}

impl Scene {
    /// A word that is read from below, around the middle of its place.
    pub(super) fn upright(&mut self, text: &str, at: (f64, f64), size: f64) {
        if !text.is_empty() {
            let (text, colour) = (text.to_string(), BLACK);
            let anchor = Anchor::Middle;
            self.shapes.push(Shape::Text { text, at, size, anchor, colour, is_upright: true });
        }
    }
}

/// Stretches of finite points.
fn stretches(points: &[(f64, f64)]) -> impl Iterator<Item = &[(f64, f64)]> {
    let is_finite = |&(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
    points.split(move |point| !is_finite(point)).filter(|own| !own.is_empty())
}

fn line(scene: &mut Scene, placed: &Placed<'_>, points: &[(f64, f64)], series: usize) {
    let colour = of_series(series);
    for stretch in stretches(points) {
        let places: Vec<_> = stretch.iter().map(|&point| placed.at(point)).collect();
        if let [at] = places[..] {
            let sign = SIGNS[series % SIGNS.len()];
            scene.shapes.push(Shape::Sign { sign, at, size: 3.5, colour });
            continue;
        }
        let dashes = DASHES[series % DASHES.len()];
        let stroke = Stroke { colour, width: 2.0, dashes, opacity: 1.0 };
        scene.shapes.push(Shape::Line { points: places, stroke });
    }
}

fn guide(scene: &mut Scene, placed: &Placed<'_>, points: &[(f64, f64)]) {
    for stretch in stretches(points) {
        let points = stretch.iter().map(|&point| placed.at(point)).collect();
        let stroke = Stroke { colour: GREY, width: 1.2, dashes: &[5.0, 4.0], opacity: 1.0 };
        scene.shapes.push(Shape::Line { points, stroke });
    }
}

fn points(scene: &mut Scene, placed: &Placed<'_>, points: &[(f64, f64)], series: usize) {
    let size = if points.len() > 400 { 2.6 } else { 3.8 };
    let (colour, sign) = (of_series(series), SIGNS[series % SIGNS.len()]);
    for &point in points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
        scene.shapes.push(Shape::Sign { sign, at: placed.at(point), size, colour });
    }
}

fn columns(scene: &mut Scene, placed: &Placed<'_>, bars: &Bars, series: usize) {
    for &([from, to], height) in bars.columns.iter().filter(|(_, height)| height.is_finite()) {
        let (left, top) = placed.at((from, height.max(0.0)));
        let (right, bottom) = placed.at((to, height.min(0.0)));
        // A hair's breadth between columns.
        let wide = (right - left - 0.6).max(0.4);
        let place = [left, top, wide, bottom - top];
        scene.shapes.push(Shape::Rect { place, fill: of_series(series), opacity: 0.85 });
    }
}

fn cells(scene: &mut Scene, placed: &Placed<'_>, grid: &Grid) {
    let [left, right, bottom, top] = grid.extent;
    let (x0, y0) = placed.at((left, top));
    let (x1, y1) = placed.at((right, bottom));
    let (wide, high) = (x1 - x0, y1 - y0);
    // At most one cell for each pixel: more are not seen.
    let Grid { columns, colours, .. } = grid.reduced(high.ceil() as usize, wide.ceil() as usize);
    scene.shapes.push(Shape::Cells { place: [x0, y0, wide, high], columns, colours });
    let columns = grid.columns.max(1);
    let (across, down) = (wide / columns as f64, high / grid.rows.max(1) as f64);
    for (at, text) in grid.texts.iter().enumerate() {
        let (row, column) = (at / columns, at % columns);
        let size = (across / (text.chars().count().max(2) as f64 * 0.72)).min(down * 0.5).min(TICK);
        // What cannot be read is left out.
        if size < 5.0 || text.is_empty() {
            continue;
        }
        let at_cell =
            (x0 + (column as f64 + 0.5) * across, y0 + (row as f64 + 0.5) * down + size * 0.36);
        let is_white = grid.colours.get(at).is_some_and(|&colour| is_dark(colour));
        let colour = if is_white { [255, 255, 255] } else { BLACK };
        let (text, anchor) = (text.clone(), Anchor::Middle);
        scene.shapes.push(Shape::Text {
            text,
            at: at_cell,
            size,
            anchor,
            colour,
            is_upright: false,
        });
    }
}
