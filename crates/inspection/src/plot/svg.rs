//! A scene as SVG.

use super::base64::base64;
use super::colours::Rgb;
use super::own::SVG_HEAD;
use super::png_file::encoded;
use super::scene::{Anchor, Scene, Shape, Sign, Stroke};
use std::fmt::Write as _;

/// The family of words: the font of PNG pictures, and such as are as wide or narrower.
const FAMILY: &str = "'DejaVu Sans', Verdana, Arial, Helvetica, sans-serif";
/// Rectangles of one colour that a grid is drawn with at most; one of more becomes an image, which takes less room.
const MOST_RUNS: usize = 2048;

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
pub(crate) fn escaped(text: &str) -> String {
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
        "{SVG_HEAD} width=\"{width}\" height=\"{height}\" \
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

/// Runs of one colour in a row become one rectangle; cells of very many colours are a PNG picture within the file.
fn write_cells(
    out: &mut String,
    [left, top, width, height]: [f64; 4],
    columns: usize,
    colours: &[Rgb],
) -> std::fmt::Result {
    let columns = columns.max(1);
    let rows = colours.len() / columns;
    let lines = || colours.chunks_exact(columns);
    let runs = lines().map(|cells| cells.chunk_by(|a, b| a == b).count()).sum::<usize>();
    if runs > MOST_RUNS {
        let bytes = colours[..rows * columns].as_flattened();
        if let Ok(file) = encoded([columns as u32, rows as u32], bytes) {
            return writeln!(
                out,
                "<image {} preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" \
                 href=\"data:image/png;base64,{}\"/>",
                box_of([left, top, width, height]),
                base64(&file)
            );
        }
    }
    let (across, down) = (width / columns as f64, height / rows.max(1) as f64);
    writeln!(out, "<g shape-rendering=\"crispEdges\">")?;
    for (row, cells) in lines().enumerate() {
        let mut start = 0;
        for run in cells.chunk_by(|a, b| a == b) {
            let (x, y) = (left + start as f64 * across, top + row as f64 * down);
            let place = [x, y, run.len() as f64 * across, down];
            writeln!(out, "<rect {} fill=\"{}\"/>", box_of(place), hex(run[0]))?;
            start += run.len();
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
    fn cells_are_rectangles_and_very_many_are_one_picture() {
        let drawn = |colours: &[Rgb]| {
            let mut out = String::new();
            write_cells(&mut out, [0.0, 0.0, 64.0, 64.0], 64, colours).unwrap();
            out
        };
        let stripes: Vec<Rgb> = (0..64 * 64).map(|at| [(at / 64 % 2) as u8; 3]).collect();
        let few = drawn(&stripes);
        assert_eq!((few.matches("<rect").count(), few.matches("<image").count()), (64, 0));
        let many: Vec<Rgb> = (0..64 * 64).map(|at| [(at % 251) as u8; 3]).collect();
        let one = drawn(&many);
        assert_eq!((one.matches("<rect").count(), one.matches("<image").count()), (0, 1));
    }

    #[test]
    fn numbers_have_no_needless_digits() {
        assert_eq!([1.0, 0.126, -0.001, 12.5].map(short), ["1", "0.13", "0", "12.5"]);
    }
}
