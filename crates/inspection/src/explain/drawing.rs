//! Explanations as pictures: SVG that needs nothing beside itself.

use super::canvas::{Canvas, Ink, LINE};
use super::{AttentionMaps, Attribution, ExplanationLayout, Importance, Method, SampleParts};
use relume_tensor::Tensor;

/// Bars that are drawn at most.
const MOST_BARS: usize = 30;
/// Cells along a side at most: larger pictures are drawn by the means of their cells.
const MOST_CELLS: usize = 64;
/// The side of a picture, in pixels.
const SIDE: f64 = 360.0;

/// An explanation as SVG with a title of some lines: words with their colours, a heat map beside the picture, bars for
/// columns or steps; of attention also what each head looks at.
pub fn svg(found: &Attribution, title: &str, parts: &SampleParts<'_>) -> String {
    let mut canvas = Canvas::titled(title);
    let most = largest(&found.values);
    match parts.layout(found) {
        ExplanationLayout::Words => {
            let words = parts.words.unwrap_or_default();
            let known = words.iter().zip(&found.values).filter(|(word, _)| !word.is_empty());
            canvas.words(known.map(|(word, &x)| (word.as_str(), f64::from(x))), most);
        }
        ExplanationLayout::Picture(size) => picture(&mut canvas, found, size, parts.sample),
        ExplanationLayout::Steps => canvas.columns(&found.by_step()),
        ExplanationLayout::Rows => rows(&mut canvas, found, parts),
    }
    if let Some(maps) = &found.attention {
        heads(&mut canvas, maps, parts);
    }
    canvas.legend(match found.method {
        Method::Attention => &["more attention"],
        Method::Saliency => &["larger numbers raise the score", "larger numbers lower the score"],
        Method::Integrated | Method::Occlusion => &["for it", "against it"],
    });
    canvas.finish()
}

/// What the loss is without each column, as SVG: bars with the standard deviation of the shuffles.
pub fn importance_svg(found: &Importance, title: &str) -> String {
    let mut canvas = Canvas::titled(title);
    let ends = found.inputs.iter().map(|own| (own.rise.abs() + own.spread) as f32);
    let most = largest(&ends.collect::<Vec<_>>());
    for own in found.inputs.iter().take(MOST_BARS) {
        canvas.bar(&own.name, &format!("{:+.4}", own.rise), own.rise, Some(own.spread), most);
    }
    more(&mut canvas, found.inputs.len());
    canvas.finish()
}

fn largest(values: &[f32]) -> f64 {
    let finite = values.iter().map(|x| f64::from(x.abs())).filter(|x| x.is_finite());
    finite.fold(f64::MIN_POSITIVE, f64::max)
}

fn more(canvas: &mut Canvas, all: usize) {
    if all > MOST_BARS {
        canvas.line(&format!("... {} more, which are smaller", all - MOST_BARS));
    }
}

fn rows(canvas: &mut Canvas, found: &Attribution, parts: &SampleParts<'_>) {
    let numbers = parts.sample.map_or(&[][..], Tensor::data);
    let mut order: Vec<usize> = (0..found.values.len()).collect();
    order.sort_by(|&a, &b| found.values[b].abs().total_cmp(&found.values[a].abs()));
    let most = largest(&found.values);
    for &at in order.iter().take(MOST_BARS) {
        let number = numbers.get(at).map_or_else(String::new, |x| format!(" = {x:.3}"));
        let (name, x) = (parts.name(at) + &number, f64::from(found.values[at]));
        canvas.bar(&name, &format!("{x:+.4}"), x, None, most);
    }
    more(canvas, found.values.len());
}

/// The picture itself, if it is one of one or three channels, and the values over it.
fn picture(
    canvas: &mut Canvas,
    found: &Attribution,
    [height, width]: [usize; 2],
    sample: Option<&Tensor>,
) {
    let values = Cells::of(&found.by_place(height * width), [height, width]);
    let most = largest(&values.numbers);
    let mut left = 0.0;
    if let Some(planes) = sample.and_then(|sample| pixels(sample, [height, width])) {
        let shape = [planes[0].height, planes[0].width];
        canvas.cells(left, SIDE, shape, |at| {
            let level = |plane: usize| planes[plane.min(planes.len() - 1)].numbers[at];
            Ink::Pixel([level(0), level(1), level(2)])
        });
        left += SIDE + 2.0 * LINE;
    }
    canvas.cells(left, SIDE, [values.height, values.width], |at| {
        Ink::Share(f64::from(values.numbers[at]) / most)
    });
    canvas.below_cells(SIDE, [values.height, values.width]);
}

/// The planes of a picture from 0 to 1, one or three; a row may be the pixels of a square.
fn pixels(sample: &Tensor, size: [usize; 2]) -> Option<Vec<Cells>> {
    let (channels, size) = match *sample.dims() {
        [1, channels @ (1 | 3), height, width] => (channels, [height, width]),
        [1, count] if count == size[0] * size[1] => (1, size),
        _ => return None,
    };
    let low = sample.data().iter().copied().fold(f32::INFINITY, f32::min);
    let high = sample.data().iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = (high - low).max(f32::MIN_POSITIVE);
    let planes = sample.data().chunks_exact((size[0] * size[1]).max(1)).take(channels);
    let planes = planes.map(|plane| {
        let cells = Cells::of(plane, size);
        Cells { numbers: cells.numbers.iter().map(|x| (x - low) / range).collect(), ..cells }
    });
    Some(planes.collect()).filter(|planes: &Vec<Cells>| !planes.is_empty())
}

/// Numbers on a grid of at most 64 x 64 cells, each the mean of the numbers in it.
struct Cells {
    height: usize,
    width: usize,
    numbers: Vec<f32>,
}

impl Cells {
    fn of(numbers: &[f32], [height, width]: [usize; 2]) -> Self {
        let side = height.max(width).div_ceil(MOST_CELLS).max(1);
        let (tall, wide) = (height.div_ceil(side), width.div_ceil(side));
        let (mut sums, mut counts) = (vec![0.0_f32; tall * wide], vec![0.0_f32; tall * wide]);
        for (at, x) in numbers.iter().enumerate() {
            let cell = at / width.max(1) / side * wide + at % width.max(1) / side;
            sums[cell] += x;
            counts[cell] += 1.0;
        }
        let numbers = sums.iter().zip(&counts).map(|(sum, count)| sum / count.max(1.0)).collect();
        Cells { height: tall, width: wide, numbers }
    }
}

/// What each head of each layer looks at: a strip of steps for each.
fn heads(canvas: &mut Canvas, maps: &AttentionMaps, parts: &SampleParts<'_>) {
    canvas.line("attention by layer and head, from the first step to the last:");
    let words = parts.words.filter(|words| words.len() == maps.steps);
    for layer in &maps.layers {
        for head in 0..layer.heads {
            let received = maps.of_head(layer, head);
            let real = &received[..maps.real.min(received.len())];
            let name = layer.head_name(head);
            canvas.strip(&name, real, |at| {
                words.map_or_else(|| at.to_string(), |words| words[at].clone())
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::canvas::WIDTH;
    use super::*;
    use crate::explain::Reference;

    fn found(shape: &[usize], values: Vec<f32>) -> Attribution {
        Attribution {
            method: Method::Integrated,
            reference: Reference::Zeros,
            output: 0,
            score: 1.0,
            reference_score: 0.0,
            sum: 1.0,
            gap: Some(0.0),
            steps: 1,
            shape: shape.to_vec(),
            time_axis: (shape.len() == 2).then_some(0),
            values,
            attention: None,
        }
    }

    /// Every tag is closed, and the coordinates stay in the picture.
    fn check(svg: &str) {
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        assert_eq!(svg.matches("<title>").count(), svg.matches("</title>").count());
        assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("http://fonts"));
        for x in svg.split(" x=\"").skip(1) {
            let x: f64 = x.split('"').next().unwrap().parse().unwrap();
            assert!((0.0..=WIDTH).contains(&x), "{x}");
        }
    }

    #[test]
    fn words_stand_with_their_colours_and_marks_are_escaped() {
        let words = ["a<b", "", "fine"].map(str::to_string);
        let parts = SampleParts { words: Some(&words), ..SampleParts::default() };
        let svg = svg(&found(&[3], vec![-1.0, 0.0, 0.5]), "class \"x\" & y", &parts);
        check(&svg);
        assert!(svg.contains("a&lt;b") && svg.contains("class &quot;x&quot; &amp; y"));
        // The strongest one has its colour in full, another one is mixed with white.
        assert!(svg.contains("#0072b2") && svg.contains("#eaaf80"), "{svg}");
    }

    #[test]
    fn a_picture_has_a_cell_for_each_pixel_and_its_heat_beside() {
        let sample = Tensor::from_fn([1, 1, 2, 3], |i| i as f32);
        let parts = SampleParts { sample: Some(&sample), ..SampleParts::default() };
        let values = vec![1.0, -1.0, 0.5, -0.5, 0.25, 0.1];
        let svg = svg(&found(&[1, 2, 3], values), "t", &parts);
        check(&svg);
        let cells = svg.matches("<rect").count();
        assert!(cells >= 12, "{cells}");
        assert!(svg.contains("#000000") && svg.contains("#d55e00"));
    }

    #[test]
    fn large_pictures_stay_small_files() {
        let sample = Tensor::from_fn([1, 3, 300, 400], |i| (i as f32).sin());
        let parts = SampleParts { sample: Some(&sample), ..SampleParts::default() };
        let values = (0..360_000).map(|i| (i as f32).cos()).collect();
        let svg = svg(&found(&[3, 300, 400], values), "t", &parts);
        check(&svg);
        assert!(svg.len() < 1 << 20, "{}", svg.len());
    }

    #[test]
    fn columns_and_steps_are_bars() {
        let names: Vec<String> = (0..40).map(|i| format!("column {i}")).collect();
        let parts = SampleParts { names: &names, ..SampleParts::default() };
        let values: Vec<f32> = (0..40).map(|i| i as f32 - 20.0).collect();
        let drawn = svg(&found(&[40], values), "t", &parts);
        check(&drawn);
        assert!(drawn.contains("column 0") && drawn.contains("10 more"), "{drawn}");
        let steps = svg(&found(&[1000, 2], vec![0.1; 2000]), "t", &SampleParts::default());
        check(&steps);
    }
}
