//! How the time of a step grows with the work: `cargo bench --bench sweep`.
//!
//! Batch size, width, depth, length of sequences and size of images are doubled again and again, on one and on two
//! threads. The table goes to docs/sweep.md, the lines to docs/sweep-*.svg; `--quick` measures for a fraction of the
//! time and only prints.

mod common;

use common::step::Step;
use common::timing::{Timing, on_threads, time};
use common::workloads::CNN;
use plotters::prelude::*;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// Doubling the work should take at most so many times as long; more is called a cliff.
const CLIFF: f64 = 2.3;
const THREADS: [usize; 2] = [1, 2];

/// A size that is doubled, and the network and input that belong to it.
struct Sweep {
    /// The name of the size.
    of: &'static str,
    file: &'static str,
    sizes: &'static [usize],
    /// The loss is cross-entropy.
    network: fn(usize) -> (String, Vec<usize>),
    /// How many times the multiply-adds grow when the size doubles, for large sizes.
    growth: f64,
}

const MLP: &str = "dense(512) -> relu -> dense(512) -> relu -> dense(10)";

const SWEEPS: &[Sweep] = &[
    Sweep {
        of: "batch of dense 784-512-512-10",
        file: "batch-dense",
        sizes: &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
        network: |batch| (MLP.into(), vec![batch, 784]),
        growth: 2.0,
    },
    Sweep {
        of: "batch of the CIFAR-10 network",
        file: "batch-images",
        sizes: &[1, 2, 4, 8, 16, 32, 64, 128],
        network: |batch| (CNN.into(), vec![batch, 3, 32, 32]),
        growth: 2.0,
    },
    Sweep {
        of: "width of three dense layers, batch 64",
        file: "width",
        sizes: &[32, 64, 128, 256, 512, 1024, 2048],
        network: |width| {
            let layers = format!("dense({width}) -> relu -> dense({width}) -> relu -> dense(10)");
            (layers, vec![64, width])
        },
        growth: 4.0,
    },
    Sweep {
        of: "number of dense(256) layers, batch 64",
        file: "depth",
        sizes: &[1, 2, 4, 8, 16, 32, 64],
        network: |depth| (format!("(dense(256) -> relu) * {depth} -> dense(10)"), vec![64, 256]),
        growth: 2.0,
    },
    Sweep {
        of: "time steps of lstm(120) over 40 features, batch 32",
        file: "time",
        sizes: &[8, 16, 32, 64, 128, 256, 512],
        network: |time| ("lstm(120, output=\"last\") -> dense(2)".into(), vec![32, time, 40]),
        growth: 2.0,
    },
    Sweep {
        of: "height and width of images, two convolutions, batch 8",
        file: "image",
        sizes: &[8, 16, 32, 64, 128],
        network: |size| {
            let layers = "conv2d(32, 3, padding=1) -> relu -> maxpool2d(2) -> conv2d(64, 3, padding=1) -> relu -> \
                globalavgpool \
                          -> dense(10)";
            (layers.into(), vec![8, 3, size, size])
        },
        growth: 4.0,
    },
];

/// The microseconds of a step at each size, by number of threads.
type Figures = [Vec<f64>; THREADS.len()];

fn measure(sweep: &Sweep, timing: Timing) -> Figures {
    THREADS.map(|threads| {
        let step = |&size: &usize| {
            let (network, input) = (sweep.network)(size);
            let mut step = Step::new(&network, &input, Some("cross_entropy"));
            time(timing, || step.run())
        };
        on_threads(threads, || sweep.sizes.iter().map(step).collect())
    })
}

/// The factor from one size to the next for each doubling of the work; none at the first size.
fn per_doubling(sweep: &Sweep, times: &[f64], at: usize) -> Option<f64> {
    let before = times[at.checked_sub(1)?];
    Some((times[at] / before).powf(1.0 / sweep.growth.log2()))
}

fn duration(microseconds: f64) -> String {
    match microseconds {
        us if us < 1e3 => format!("{us:.1} us"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

fn table(sweep: &Sweep, figures: &Figures) -> String {
    let mut text = format!("## By {}\n\n| size |", sweep.of);
    for threads in THREADS {
        let plural = if threads == 1 { "" } else { "s" };
        write!(text, " {threads} thread{plural} | work x 2 |").expect("a string");
    }
    text += &format!(" 2 threads over 1 |\n| --- |{}\n", " --- |".repeat(2 * THREADS.len() + 1));
    for (at, size) in sweep.sizes.iter().enumerate() {
        write!(text, "| {size} |").expect("a string");
        for times in figures {
            let factor = match per_doubling(sweep, times, at) {
                Some(factor) if factor > CLIFF => format!("**{factor:.2} (cliff)**"),
                Some(factor) => format!("{factor:.2}"),
                None => String::new(),
            };
            write!(text, " {} | {factor} |", duration(times[at])).expect("a string");
        }
        writeln!(text, " {:.2} |", figures[0][at] / figures[1][at]).expect("a string");
    }
    text
}

fn draw(sweep: &Sweep, figures: &Figures, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    const COLOURS: [RGBColor; 2] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0)];
    let area = SVGBackend::new(path, (720, 480)).into_drawing_area();
    area.fill(&WHITE)?;
    let all = figures.iter().flatten().map(|us| us / 1e3);
    let low = all.clone().fold(f64::INFINITY, f64::min) / 1.5;
    let high = all.fold(0.0, f64::max) * 1.5;
    let sizes = sweep.sizes.iter().map(|&size| size as f64);
    let (first, last) = (sweep.sizes[0] as f64, sizes.clone().fold(0.0, f64::max));
    let mut chart = ChartBuilder::on(&area)
        .caption(format!("A training step by {}", sweep.of), ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d((first..last).log_scale().base(2.0), (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("size")
        .y_desc("milliseconds")
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y}"))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for ((times, threads), colour) in figures.iter().zip(THREADS).zip(COLOURS) {
        let points = sizes.clone().zip(times.iter().map(|us| us / 1e3));
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(if threads == 1 { "1 thread".into() } else { format!("{threads} threads") })
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let length = Duration::from_millis(if is_quick { 10 } else { 100 });
    let timing = Timing { warm_up: 2 * length, repetitions: 5, repetition: length };
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut page = format!(
        "# How time grows with work\n\nWritten by `cargo bench --bench sweep`: a training step with Adam, the median \
        of five \
         repetitions. \"work x 2\" is how many times\nas long a step takes for each doubling of its multiply-adds; \
         above {CLIFF} is \
         called a cliff.\n\nWhere the sizes of dense layers double, what a step reads and writes leaves one cache \
         after another: the parameters of a \
         dense(256),\ntheir gradients and Adam's two moments are 1 MB, so that 16 of them no longer fit into a \
         third-level cache of 16 MB, and \
         what\na layer costs grows to a memory's speed.\n"
    );
    for sweep in SWEEPS {
        let figures = measure(sweep, timing);
        let table = table(sweep, &figures);
        println!("{table}");
        write!(page, "\n{table}")?;
        if !is_quick {
            let picture = format!("sweep-{}.svg", sweep.file);
            draw(sweep, &figures, &docs.join(&picture))?;
            writeln!(page, "\n![A line for each number of threads]({picture})")?;
        }
    }
    if !is_quick {
        std::fs::write(docs.join("sweep.md"), page)?;
    }
    Ok(())
}
