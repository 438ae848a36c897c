//! Where the boxes of a drawing stand: from the top to the bottom, branches side by side.

use super::flow::{Flow, Node};
use crate::svg::Svg;

/// The size of a box with and without a second line, and the room between boxes.
const WIDTH: f64 = 204.0;
const TALL: f64 = 44.0;
const LOW: f64 = 29.0;
const GAP: f64 = 32.0;
/// Around what is in a frame, and below its title.
const PAD: f64 = 14.0;
const TITLE: f64 = 38.0;
/// From the ends of branches to the end of their frame, where they are joined.
const JOIN: f64 = 52.0;
/// Between branches, and the width of one that is a line.
const ASIDE: f64 = 22.0;
const LINE: f64 = 30.0;
/// The height of an end with its word.
const END: f64 = 26.0;

/// A network as a drawing.
pub(super) fn drawn(flow: &Flow, input: &str) -> Svg {
    let [width, height] = size_of(flow);
    let width = width.max(WIDTH) + 24.0;
    let mut svg = Svg::new(width, height + 2.0 * (END + GAP));
    let middle = width / 2.0;
    svg.text([middle, 16.0], &format!("input {}", input.replace(" x ", " × ")), "middle");
    arrow(&mut svg, [middle, END - 3.0], END + GAP);
    let end = place(&mut svg, flow, [middle, END + GAP]);
    arrow(&mut svg, [middle, end], end + GAP - 6.0);
    let output = flow.last().and_then(|(_, shape)| shape.as_deref()).unwrap_or_default();
    svg.text([middle, end + GAP + 12.0], &format!("output {output}"), "middle");
    svg
}

/// The width and the height of a run.
fn size_of(flow: &Flow) -> [f64; 2] {
    let sizes = flow.iter().map(|(node, _)| size(node));
    let [width, height] = sizes.fold([0.0_f64, 0.0], |[w, h], [x, y]| [w.max(x), h + y]);
    [width.max(LINE), height + GAP * flow.len().saturating_sub(1) as f64]
}

fn size(node: &Node) -> [f64; 2] {
    match node {
        Node::Stage { note: Some(_), .. } => [WIDTH, TALL],
        Node::Stage { note: None, .. } | Node::More(_) => [WIDTH, LOW],
        Node::Frame { branches, join, .. } => {
            let sizes: Vec<[f64; 2]> = branches.iter().map(size_of).collect();
            let width: f64 = sizes.iter().map(|[width, _]| width).sum();
            let height = sizes.iter().map(|[_, height]| *height).fold(0.0, f64::max);
            let between = ASIDE * branches.len().saturating_sub(1) as f64;
            let end = if join.is_some() { JOIN } else { GAP };
            [width + between + 2.0 * PAD, height + TITLE + end]
        }
    }
}

/// Draws a run from a place on, at its middle; returns where it ends.
fn place(svg: &mut Svg, flow: &Flow, [middle, top]: [f64; 2]) -> f64 {
    let mut y = top;
    for (at, (node, _)) in flow.iter().enumerate() {
        if let Some((_, before)) = at.checked_sub(1).and_then(|before| flow.get(before)) {
            arrow(svg, [middle, y], y + GAP);
            if let Some(shape) = before {
                svg.text([middle + 9.0, y + GAP / 2.0 + 3.0], shape, "start");
            }
            y += GAP;
        }
        draw(svg, node, [middle, y]);
        y += size(node)[1];
    }
    y
}

fn draw(svg: &mut Svg, node: &Node, [middle, top]: [f64; 2]) {
    let [width, height] = size(node);
    let left = middle - width / 2.0;
    match node {
        Node::Stage { title, full, note, is_weighted } => svg.titled(full, |svg| {
            let class = if *is_weighted { "box weighted" } else { "box" };
            svg.rectangle([left, top], [width, height], &format!("rx=\"4\" class=\"{class}\""));
            svg.text([middle, top + 19.0], title, "stage middle");
            if let Some(note) = note {
                svg.text([middle, top + 36.0], note, "middle");
            }
        }),
        Node::More(words) => svg.text([middle, top + 19.0], &format!("… {words} …"), "middle"),
        Node::Frame { title, branches, join } => {
            svg.rectangle([left, top], [width, height], "rx=\"6\" class=\"frame\"");
            svg.text([left + 9.0, top + 17.0], title, "start");
            frame(svg, branches, *join, [[left, top], [width, height]]);
        }
    }
}

/// The branches of a frame, from its top to its bottom.
fn frame(
    svg: &mut Svg,
    branches: &[Flow],
    join: Option<&str>,
    [[left, top], [width, height]]: [[f64; 2]; 2],
) {
    let (middle, bottom) = (left + width / 2.0, top + height);
    let sizes: Vec<[f64; 2]> = branches.iter().map(size_of).collect();
    let tallest = sizes.iter().map(|[_, height]| *height).fold(0.0, f64::max);
    let (split, begin) = (top + TITLE - 14.0, top + TITLE);
    let joint = begin + tallest + JOIN - 26.0;
    let mut x = left + PAD;
    svg.line([middle, top], [middle, split], "edge");
    for (branch, [wide, _]) in branches.iter().zip(&sizes) {
        let at = x + wide / 2.0;
        svg.path(&[[middle, split], [at, split], [at, begin - 6.0]], "edge");
        let end = match branch.is_empty() {
            true => {
                svg.line([at, begin - 6.0], [at, begin], "edge");
                begin
            }
            false => {
                tip(svg, [at, begin]);
                place(svg, branch, [at, begin])
            }
        };
        match join {
            Some(_) => svg.path(&[[at, end], [at, joint], [middle, joint]], "edge"),
            None => svg.line([at, end], [at, bottom], "edge"),
        }
        x += wide + ASIDE;
    }
    if let Some(word) = join {
        let half = 4.2 * word.chars().count() as f64 + 6.0;
        svg.line([middle, joint], [middle, bottom], "edge");
        svg.rectangle(
            [middle - half, joint - 10.0],
            [2.0 * half, 20.0],
            "rx=\"10\" class=\"join\"",
        );
        svg.text([middle, joint + 4.0], word, "middle");
    }
}

/// A line down to a place, where its tip is.
fn arrow(svg: &mut Svg, [x, from]: [f64; 2], to: f64) {
    svg.line([x, from], [x, to - 6.0], "edge");
    tip(svg, [x, to]);
}

fn tip(svg: &mut Svg, [x, y]: [f64; 2]) {
    let [a, b, c] = [[x - 4.0, y - 7.0], [x + 4.0, y - 7.0], [x, y]]
        .map(|[x, y]| format!("{} {}", crate::svg::at(x), crate::svg::at(y)));
    svg.element("path", &format!("d=\"M{a}L{b}L{c}Z\" class=\"tip\""));
}
