//! Charts: lines over epochs, points, and small histograms.

use crate::html::{escaped, name, tick};
use crate::svg::Svg;
use relume_inspection::Histogram;
use relume_inspection::plot::{label, ticks};

/// The size of a chart, and what its axes take on the left, on the right, above and below.
const SIZE: [f64; 2] = [460.0, 250.0];
const LEFT: f64 = 56.0;
const RIGHT: f64 = 14.0;
const ABOVE: f64 = 22.0;
const BELOW: f64 = 38.0;
/// Points of a line, and places that are said when they are pointed at.
const POINTS: usize = 240;
const HINTS: usize = 100;

/// A line of a chart.
pub(crate) struct Line {
    pub name: String,
    /// How it is drawn: `first`, `second`, `third`.
    pub class: &'static str,
    /// Points, x and y; those that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// Lines over a common axis.
pub(crate) struct Lines<'a> {
    pub title: &'a str,
    pub x_label: &'a str,
    pub lines: Vec<Line>,
    /// An x that is marked, with a word.
    pub mark: Option<(f64, &'a str)>,
    /// Whether the gap between the first two lines is shaded.
    pub gap: bool,
    /// A value as text.
    pub text: &'a dyn Fn(f64) -> String,
}

/// An axis: the numbers at its ends, and the places of these.
#[derive(Clone, Copy)]
struct Axis {
    ends: [f64; 2],
    places: [f64; 2],
    is_logarithmic: bool,
    /// Whether only whole numbers stand at it, as for epochs.
    is_whole: bool,
}

impl Axis {
    fn new([low, high]: [f64; 2], places: [f64; 2], is_logarithmic: bool) -> Self {
        let apart = if high > low { [low, high] } else { [low - 0.5, high + 0.5] };
        let ends = if is_logarithmic { [low, high].map(f64::log10) } else { apart };
        Axis { ends, places, is_logarithmic, is_whole: false }
    }

    fn place(&self, x: f64) -> f64 {
        let x = if self.is_logarithmic { x.log10() } else { x };
        let share = (x - self.ends[0]) / (self.ends[1] - self.ends[0]);
        self.places[0] + share * (self.places[1] - self.places[0])
    }

    fn ticks(&self, most: usize) -> Vec<f64> {
        match self.is_logarithmic {
            false => {
                let mut ticks = ticks(self.ends[0], self.ends[1], most);
                ticks.retain(|x| !self.is_whole || x.fract() == 0.0);
                ticks
            }
            true => {
                let (low, high) = (self.ends[0].floor() as i32, self.ends[1].ceil() as i32);
                let every = ((high - low) / most.max(1) as i32).max(1) as usize;
                let powers = (low..=high).step_by(every).map(|power| 10f64.powi(power));
                powers.filter(|x| (self.ends[0]..=self.ends[1]).contains(&x.log10())).collect()
            }
        }
    }
}

/// The smallest and the largest of numbers; `None` without one that is finite.
fn ends(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let finite = values.filter(|x| x.is_finite());
    finite.fold(None, |ends: Option<[f64; 2]>, x| {
        Some(ends.map_or([x, x], |[low, high]| [low.min(x), high.max(x)]))
    })
}

/// The axes of a chart with their numbers.
fn frame(
    svg: &mut Svg,
    [x, y]: [&Axis; 2],
    x_label: &str,
    size: [f64; 2],
    text: &dyn Fn(f64) -> String,
) {
    let [width, height] = size;
    for tick in y.ticks(5) {
        let place = y.place(tick);
        svg.line([LEFT, place], [width - RIGHT, place], "grid");
        svg.text([LEFT - 7.0, place + 4.0], &text(tick), "end");
    }
    // Large numbers are wide.
    let most = if x.ends[1].abs() >= 1e4 { 4 } else { 6 };
    for at in x.ticks(most) {
        svg.text([x.place(at), height - BELOW + 17.0], &tick(at), "middle");
    }
    svg.line([LEFT, height - BELOW], [width - RIGHT, height - BELOW], "axis");
    svg.text([(LEFT + width - RIGHT) / 2.0, height - 5.0], x_label, "middle label");
}

impl Lines<'_> {
    /// The chart as a figure with its legend; `None` without a point.
    pub fn html(&self) -> Option<String> {
        let all = || self.lines.iter().flat_map(|line| &line.points).filter(|(_, y)| y.is_finite());
        let xs = ends(all().map(|(x, _)| *x))?;
        let [low, high] = ends(all().map(|(_, y)| *y))?;
        let is_logarithmic = low > 0.0 && high / low > 100.0;
        let room = if is_logarithmic { 0.0 } else { (high - low) * 0.06 };
        let [width, height] = SIZE;
        let places = [LEFT + 6.0, width - RIGHT - 6.0];
        let x = Axis { is_whole: true, ..Axis::new(xs, places, false) };
        let y = Axis::new([low - room, high + room], [height - BELOW, ABOVE], is_logarithmic);
        let mut svg = Svg::new(width, height);
        // Shares stand as percentages, as in the hints.
        let is_share = (self.text)(1.0).ends_with('%');
        let text = |y: f64| if is_share { format!("{} %", label(y * 100.0)) } else { tick(y) };
        frame(&mut svg, [&x, &y], self.x_label, SIZE, &text);
        let place = |&(a, b): &(f64, f64)| [x.place(a), y.place(b)];
        let lines: Vec<Vec<[f64; 2]>> = self
            .lines
            .iter()
            .map(|line| thinned(&line.points).iter().map(place).collect())
            .collect();
        if let (true, [first, second, ..]) = (self.gap, &lines[..]) {
            let around: Vec<[f64; 2]> =
                first.iter().copied().chain(second.iter().rev().copied()).collect();
            svg.path(&around, "gap");
        }
        if let Some((mark, word)) = self.mark {
            let at = x.place(mark);
            svg.line([at, ABOVE], [at, height - BELOW], "mark");
            svg.text([at, ABOVE - 6.0], word, "middle accent");
        }
        for (line, places) in self.lines.iter().zip(&lines) {
            match places[..] {
                [only] => svg.rectangle(
                    [only[0] - 3.0, only[1] - 3.0],
                    [6.0, 6.0],
                    &format!("class=\"dot {}\"", line.class),
                ),
                _ => svg.path(places, &format!("line {}", line.class)),
            }
        }
        self.hints(&mut svg, &x);
        let drawing = svg.html("chart", &self.words());
        let key =
            |line: &Line| format!("<span class=\"key {}\"></span>{}", line.class, name(&line.name));
        let keys: Vec<String> = self.lines.iter().map(key).collect();
        let note = if is_logarithmic { " · logarithmic" } else { "" };
        let caption = format!("<b>{}</b>{note} {}", escaped(self.title), keys.join(" "));
        Some(crate::html::figure(&drawing, &caption))
    }

    /// Strips that say the values of an epoch.
    fn hints(&self, svg: &mut Svg, x: &Axis) {
        let Some(longest) = self.lines.iter().max_by_key(|line| line.points.len()) else { return };
        let every = longest.points.len().div_ceil(HINTS).max(1);
        let places: Vec<f64> = longest.points.iter().step_by(every).map(|(at, _)| *at).collect();
        let half = (SIZE[0] - LEFT - RIGHT) / 2.0 / places.len().max(1) as f64;
        for at in places {
            let value = |line: &Line| {
                let (_, y) = line.points.iter().find(|(own, _)| *own == at)?;
                y.is_finite().then(|| format!("{} {}", line.name, (self.text)(*y)))
            };
            let values: Vec<String> = self.lines.iter().filter_map(value).collect();
            let text = format!("{} {}: {}", self.x_label, label(at), values.join(" · "));
            let place = [x.place(at) - half, ABOVE];
            svg.hint(place, [2.0 * half, SIZE[1] - BELOW - ABOVE], &text);
        }
    }

    /// What the lines show, in words.
    fn words(&self) -> String {
        let line = |line: &Line| {
            let finite = || line.points.iter().filter(|(_, y)| y.is_finite());
            let (first, last) = (finite().next()?, finite().next_back()?);
            let [from, to] = [first.1, last.1].map(self.text);
            Some(format!("{} from {from} to {to}", line.name))
        };
        let lines: Vec<String> = self.lines.iter().filter_map(line).collect();
        format!("{}: {}", self.title, lines.join(", "))
    }
}

/// At most so many points of a line that its shape stays: the lowest and the highest of each run.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let finite: Vec<(f64, f64)> = points.iter().copied().filter(|(_, y)| y.is_finite()).collect();
    if finite.len() <= POINTS {
        return finite;
    }
    let each = (2 * finite.len()).div_ceil(POINTS);
    let both = |run: &[(f64, f64)]| {
        let by = |pick: fn(f64, f64) -> bool| {
            run.iter().copied().reduce(|best, own| if pick(own.1, best.1) { own } else { best })
        };
        let mut ends: Vec<(f64, f64)> =
            [by(|a, b| a < b), by(|a, b| a > b)].into_iter().flatten().collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        ends.dedup();
        ends
    };
    finite.chunks(each).flat_map(both).collect()
}

/// Points of predicted against true numbers, with the line on which both are the same.
pub(crate) fn scatter(title: &str, points: &[(f64, f64)]) -> Option<String> {
    let size = [320.0, 300.0];
    let finite = || points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
    let [low, high] = ends(finite().flat_map(|&(x, y)| [x, y]))?;
    let room = (high - low) * 0.04;
    let range = [low - room, high + room];
    let x = Axis::new(range, [LEFT, size[0] - RIGHT], false);
    let y = Axis::new(range, [size[1] - BELOW, ABOVE], false);
    let mut svg = Svg::new(size[0], size[1]);
    frame(&mut svg, [&x, &y], "true", size, &tick);
    svg.line([x.place(low), y.place(low)], [x.place(high), y.place(high)], "mark");
    for &(a, b) in finite() {
        let [cx, cy] = [x.place(a), y.place(b)].map(crate::svg::at);
        svg.element("circle", &format!("cx=\"{cx}\" cy=\"{cy}\" r=\"2.5\" class=\"point\""));
    }
    let label = format!("{title}: predicted against true, {} points", finite().count());
    let caption = format!("<b>{}</b> predicted (up) against true", name(title));
    Some(crate::html::figure(&svg.html("chart square", &label), &caption))
}

/// Bars from 0 to 1 over ten bins, beside the line on which they would be ideal: x, height and hint of each.
pub(crate) fn reliability(bars: &[(f64, f64, String)], caption: &str, label: &str) -> String {
    let size = [320.0, 300.0];
    let x = Axis::new([0.0, 1.0], [LEFT, size[0] - RIGHT], false);
    let y = Axis::new([0.0, 1.0], [size[1] - BELOW, ABOVE], false);
    let mut svg = Svg::new(size[0], size[1]);
    frame(&mut svg, [&x, &y], "probability that was said", size, &tick);
    for (middle, height, hint) in bars {
        let half = (x.place(0.1) - x.place(0.0)) / 2.0 - 1.5;
        let place = [x.place(*middle) - half, y.place(*height)];
        let size = [2.0 * half, y.place(0.0) - y.place(*height)];
        svg.rectangle(place, size, "class=\"column\"");
        svg.hint([place[0], ABOVE], [size[0], y.place(0.0) - ABOVE], hint);
    }
    svg.line([x.place(0.0), y.place(0.0)], [x.place(1.0), y.place(1.0)], "mark");
    crate::html::figure(&svg.html("chart square", label), caption)
}

/// A histogram in the height of a line of text.
pub(crate) fn histogram(counts: &[u64], ends: [f32; 2], [width, height]: [f64; 2]) -> String {
    let mut svg = Svg::new(width, height);
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let each = width / counts.len().max(1) as f64;
    for (i, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        // What is there is seen, however little it is.
        let tall = (count as f64 / most * (height - 1.0)).max(1.0);
        let size = [(each - 0.5).max(0.5), tall];
        svg.rectangle([i as f64 * each, height - tall], size, "");
    }
    let [low, high] = ends.map(|x| label(x.into()));
    svg.html("spark", &format!("histogram from {low} to {high}"))
}

/// The histogram of a stage's outputs.
pub(crate) fn spark(histogram: &Histogram) -> String {
    let ends = [histogram.edges.first(), histogram.edges.last()].map(|x| x.copied().unwrap_or(0.0));
    self::histogram(&histogram.counts, ends, [96.0, 22.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> Option<String> {
        let lines = vec![Line { name: "<loss>".to_string(), class: "first", points }];
        let text = |y: f64| format!("{y:.2}");
        let (title, x_label) = ("loss", "epoch");
        Lines { title, x_label, lines, mark: Some((1.0, "best")), gap: false, text: &text }.html()
    }

    #[test]
    fn a_long_line_keeps_its_ends_and_is_bounded() {
        let spike = |i: usize| if i == 51_234 { 900.0 } else { (i % 7) as f64 };
        let long = chart((0..100_000).map(|i| (i as f64, spike(i))).collect()).unwrap();
        assert!(long.len() < 60_000, "{}", long.len());
        assert!(long.contains("900") || long.contains("1000"), "the axis reaches the spike");
        assert_eq!(thinned(&[(0.0, 1.0), (1.0, f64::NAN)]), [(0.0, 1.0)]);
        assert!(!long.contains("<loss>"));
    }

    #[test]
    fn nothing_finite_gives_no_chart_and_one_point_a_dot() {
        assert!(chart(vec![(0.0, f64::NAN)]).is_none());
        assert!(chart(vec![(1.0, 2.0)]).unwrap().contains("class=\"dot first\""));
    }
}
