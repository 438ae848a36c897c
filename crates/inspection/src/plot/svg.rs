//! A scene as SVG.

use super::colours::Rgb;
use super::scene::{Anchor, Scene, Shape, Sign, Stroke};
use std::fmt::Write as _;

/// The family of words: the font of PNG pictures, and such as are as wide or narrower.
const FAMILY: &str = "'DejaVu Sans', Verdana, Arial, Helvetica, sans-serif";

/// A number with two digits after the point, and no more than it needs.
fn short(x: f64) -> String {
    let text = format!("{x:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A text in which nothing is read as XML; characters that XML has not are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\t' | '\n' | '\r' => out.push(' '),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => out.push(letter),
        }
    }
    out
}

/// The scene as an SVG file.
pub(crate) fn svg(scene: &Scene) -> String {
    let (width, height) = (short(scene.width), short(scene.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILY}\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for (at, shape) in scene.shapes.iter().enumerate() {
        write_shape(&mut out, at, shape);
    }
    out + "</svg>\n"
}

fn box_of([left, top, width, height]: [f64; 4]) -> String {
    let [x, y, width, height] = [left, top, width, height].map(short);
    format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"")
}

fn path(points: &[(f64, f64)]) -> String {
    let pair = |&(x, y): &(f64, f64)| format!("{},{}", short(x), short(y));
    points.iter().map(pair).collect::<Vec<_>>().join(" ")
}

fn write_shape(out: &mut String, at: usize, shape: &Shape) {
    // Writing to a string cannot fail.
    let _ = match shape {
        Shape::Rect { place, fill, opacity } => {
            let fill = hex(*fill);
            let faint = if *opacity < 1.0 {
                format!(" fill-opacity=\"{}\"", short(*opacity))
            } else {
                String::new()
            };
            writeln!(out, "<rect {} fill=\"{fill}\"{faint}/>", box_of(*place))
        }
        Shape::Frame { place, stroke, width } => writeln!(
            out,
            "<rect {} fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>",
            box_of(*place),
            hex(*stroke),
            short(*width)
        ),
        Shape::Line { points, stroke } => {
            let points = path(points);
            writeln!(out, "<polyline points=\"{points}\" fill=\"none\" {}/>", stroked(stroke))
        }
        Shape::Sign { sign, at, size, colour } => write_sign(out, *sign, *at, *size, *colour),
        Shape::Cells { place, columns, colours } => write_cells(out, *place, *columns, colours),
        Shape::Text { text, at: (x, y), size, anchor, colour, is_upright } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let (x, y, size) = (short(*x), short(*y), short(*size));
            let turned = if *is_upright {
                format!(" transform=\"rotate(-90 {x} {y})\"")
            } else {
                String::new()
            };
            writeln!(
                out,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{}\"{turned}>{}</text>",
                hex(*colour),
                escaped(text)
            )
        }
        Shape::Clip(place) => writeln!(
            out,
            "<clipPath id=\"clip{at}\"><rect {}/></clipPath>\n<g clip-path=\"url(#clip{at})\">",
            box_of(*place)
        ),
        Shape::Unclip => writeln!(out, "</g>"),
    };
}

fn stroked(stroke: &Stroke) -> String {
    let mut text = format!(
        "stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"",
        hex(stroke.colour),
        short(stroke.width)
    );
    if !stroke.dashes.is_empty() {
        let dashes: Vec<String> = stroke.dashes.iter().map(|&x| short(x)).collect();
        let _ = write!(text, " stroke-dasharray=\"{}\"", dashes.join(" "));
    }
    if stroke.opacity < 1.0 {
        let _ = write!(text, " stroke-opacity=\"{}\"", short(stroke.opacity));
    }
    text
}

fn write_sign(
    out: &mut String,
    sign: Sign,
    (x, y): (f64, f64),
    size: f64,
    colour: Rgb,
) -> std::fmt::Result {
    let colour = hex(colour);
    let moved = |&(dx, dy): &(f64, f64)| (x + dx * size, y + dy * size);
    if let Some(corners) = sign.corners() {
        let corners: Vec<_> = corners.iter().map(moved).collect();
        return writeln!(
            out,
            "<polygon points=\"{}\" fill=\"{colour}\" fill-opacity=\"0.8\"/>",
            path(&corners)
        );
    }
    if let Some([one, other]) = sign.lines() {
        let [a, b] = [one, other].map(|line| path(&[moved(&line[0]), moved(&line[1])]));
        return writeln!(
            out,
            "<path d=\"M{} M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\"/>",
            a.replacen(' ', " L", 1),
            b.replacen(' ', " L", 1)
        );
    }
    let paint = match sign {
        Sign::Ring => format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\""),
        _ => format!("fill=\"{colour}\" fill-opacity=\"0.8\""),
    };
    let (x, y, size) = (short(x), short(y), short(size));
    writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{size}\" {paint}/>")
}

/// Runs of one colour in a row become one rectangle; each is a little larger than its cells, so that no seam shows.
fn write_cells(
    out: &mut String,
    [left, top, width, height]: [f64; 4],
    columns: usize,
    colours: &[Rgb],
) -> std::fmt::Result {
    let columns = columns.max(1);
    let rows = colours.len() / columns;
    let (across, down) = (width / columns as f64, height / rows.max(1) as f64);
    writeln!(out, "<g shape-rendering=\"crispEdges\">")?;
    for (row, cells) in colours.chunks_exact(columns).enumerate() {
        let mut start = 0;
        while start < columns {
            let same = cells[start..].iter().take_while(|&&own| own == cells[start]).count();
            let place =
                [left + start as f64 * across, top + row as f64 * down, same as f64 * across, down];
            writeln!(out, "<rect {} fill=\"{}\"/>", box_of(place), hex(cells[start]))?;
            start += same;
        }
    }
    writeln!(out, "</g>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_break_the_file() {
        assert_eq!(escaped("<a & \"b\">\u{7}"), "&lt;a &amp; &quot;b&quot;&gt;");
    }

    #[test]
    fn numbers_have_no_needless_digits() {
        assert_eq!([1.0, 0.126, -0.001, 12.5].map(short), ["1", "0.13", "0", "12.5"]);
    }
}
