//! Beside a panel: which series is which, and what its colours mean.

use super::axis::{label, ticks};
use super::colours::{BLACK, GREY, of_series};
use super::figure::{Mark, Panel};
use super::font::{fitted, width};
use super::grid::ColourBar;
use super::layout::{GAP, LABEL, Placed, TICK};
use super::scene::{Anchor, DASHES, SIGNS, Scene, Shape, Stroke};

/// How long the sample of a line is.
const SAMPLE: f64 = 28.0;
const LINE: f64 = 18.0;
const BAR: f64 = 14.0;
/// The widest that a name may be.
const WIDEST: f64 = 260.0;

/// Series that are named, with their place among all series.
fn named(panel: &Panel) -> Vec<(usize, &Mark)> {
    let all = panel.marks.iter().filter(|mark| mark.is_series()).enumerate();
    let named: Vec<_> = all.filter(|(_, mark)| !mark.name().is_empty()).collect();
    // A single line needs no name beside it: the title has it.
    if named.len() > 1 { named } else { Vec::new() }
}

/// The names of the colours of a grid, unless its points have the same.
fn areas(panel: &Panel) -> &[(String, [u8; 3])] {
    match panel.grid() {
        Some(grid) if named(panel).is_empty() => &grid.legend,
        _ => &[],
    }
}

/// How wide it is; 0 for none.
pub(super) fn width_of(panel: &Panel) -> f64 {
    let marks = named(panel);
    let names = marks.iter().map(|(_, mark)| mark.name());
    let names = names.chain(areas(panel).iter().map(|(name, _)| name.as_str()));
    let widest = names.map(|name| width(name, TICK).min(WIDEST)).fold(0.0, f64::max);
    let own = if widest > 0.0 { GAP + SAMPLE + GAP + widest } else { 0.0 };
    let bar = panel.grid().and_then(|grid| grid.bar.as_ref()).map_or(0.0, bar_width);
    own + bar
}

fn bar_ticks(bar: &ColourBar) -> Vec<(f64, String)> {
    let [low, high] = bar.range;
    ticks(low, high, 5).into_iter().map(|x| (x, label(x))).collect()
}

fn bar_width(bar: &ColourBar) -> f64 {
    let widest = bar_ticks(bar).iter().map(|(_, word)| width(word, TICK)).fold(0.0, f64::max);
    let name = if bar.label.is_empty() { 0.0 } else { LABEL + GAP };
    2.0 * GAP + BAR + GAP + widest + name
}

/// Draws it to the right of the panel.
pub(super) fn draw(scene: &mut Scene, placed: &Placed<'_>) {
    let [left, top, wide, _] = placed.place;
    let mut x = left + wide;
    if let Some(bar) = placed.panel.grid().and_then(|grid| grid.bar.as_ref()) {
        draw_bar(scene, placed, bar);
        x += bar_width(bar);
    }
    let mut y = top + LINE / 2.0;
    for (at, mark) in named(placed.panel) {
        let colour = of_series(at);
        let (from, to) = (x + GAP, x + GAP + SAMPLE);
        match mark {
            Mark::Points(_) => scene.shapes.push(Shape::Sign {
                sign: SIGNS[at % SIGNS.len()],
                at: (f64::midpoint(from, to), y),
                size: 4.5,
                colour,
            }),
            Mark::Bars(_) => scene.shapes.push(Shape::Rect {
                place: [from + 6.0, y - 6.0, SAMPLE - 12.0, 12.0],
                fill: colour,
                opacity: 0.85,
            }),
            _ => {
                let dashes = DASHES[at % DASHES.len()];
                let stroke = Stroke { colour, width: 2.0, dashes, opacity: 1.0 };
                scene.shapes.push(Shape::Line { points: vec![(from, y), (to, y)], stroke });
            }
        }
        let name = fitted(mark.name(), TICK, WIDEST);
        scene.text(&name, (to + GAP, y + TICK * 0.36), TICK, Anchor::Start);
        y += LINE;
    }
    for (name, colour) in areas(placed.panel) {
        let place = [x + GAP + 6.0, y - 6.0, SAMPLE - 12.0, 12.0];
        scene.shapes.push(Shape::Rect { place, fill: *colour, opacity: 1.0 });
        let name = fitted(name, TICK, WIDEST);
        scene.text(&name, (x + GAP + SAMPLE + GAP, y + TICK * 0.36), TICK, Anchor::Start);
        y += LINE;
    }
}

fn draw_bar(scene: &mut Scene, placed: &Placed<'_>, bar: &ColourBar) {
    const STEPS: usize = 64;
    let [left, top, wide, high] = placed.place;
    let x = left + wide + 2.0 * GAP;
    let level = |step: usize| 1.0 - (step as f64 + 0.5) / STEPS as f64;
    let colours = (0..STEPS).map(|step| bar.palette.colour(level(step))).collect();
    let place = [x, top, BAR, high];
    scene.shapes.push(Shape::Cells { place, columns: 1, colours });
    scene.shapes.push(Shape::Frame { place, stroke: GREY, width: 0.8 });
    let [low, most] = bar.range;
    let mut widest = 0.0_f64;
    for (value, word) in bar_ticks(bar) {
        let y = top + high * (most - value) / (most - low);
        scene.line(vec![(x + BAR, y), (x + BAR + 4.0, y)], BLACK, 0.8);
        scene.text(&word, (x + BAR + GAP, y + TICK * 0.36), TICK, Anchor::Start);
        widest = widest.max(width(&word, TICK));
    }
    let at = (x + BAR + GAP + widest + GAP + LABEL * 0.8, top + high / 2.0);
    scene.upright(&bar.label, at, LABEL);
}
