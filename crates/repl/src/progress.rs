//! How a run is shown while it goes on: one line that is redrawn at a terminal, one line for each epoch elsewhere.

use crate::Output;
use relume_catalog::count_text;
use relume_formats::{Amount, Reader};
use relume_training::{EpochRecord, Interrupt, Observer, Progress, format_metric};
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A line is redrawn at most so often.
const REDRAW: Duration = Duration::from_millis(100);

/// Shows a run on standard error.
#[derive(Debug)]
pub struct Watcher {
    live: bool,
    drawn: Option<Instant>,
}

impl Watcher {
    /// A watcher; `live` redraws its line.
    pub fn new(live: bool) -> Self {
        Watcher { live, drawn: None }
    }

    /// Leaves the last line standing.
    pub fn finish(self, output: &mut Output) {
        if self.drawn.is_some() {
            output.remark("");
        }
    }

    fn write(text: &str) {
        // When standard error cannot be written to, there is nowhere left to report it.
        drop(std::io::stderr().lock().write_all(text.as_bytes()));
    }
}

/// Redraws the line, cut to the terminal's width: a line that wraps could not be redrawn.
fn redraw(text: &str) {
    let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0);
    let cut: String = text.chars().take(usize::from(width).saturating_sub(1)).collect();
    Watcher::write(&format!("\r\x1b[K{cut}"));
}

fn line(progress: &Progress, metric: &str, record: Option<&EpochRecord>) -> String {
    let value = |x: f32| format_metric(metric, x.into());
    let mut text = format!("epoch {}/{}", progress.epoch, progress.epochs);
    if record.is_none() {
        text += &format!(" · batch {}/{}", progress.batch, progress.batches);
    }
    text += &format!(" · loss {:.4}", progress.loss);
    if !metric.is_empty() {
        text += &format!(", {metric} {}", value(progress.metric));
    }
    if let Some((loss, test)) = record.and_then(|record| record.test_loss.zip(record.test_metric)) {
        text += &format!(" · test loss {loss:.4}, test {metric} {}", value(test));
    }
    text += &format!(" · {:.0} samples/s", progress.samples_per_second);
    let left = progress.left.as_secs_f64();
    if left >= 1.0 { text + &format!(" · {} left", duration(left)) } else { text }
}

/// A time as people say it.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3600.0 => format!("{:.0} min {:.0} s", (s / 60.0).floor(), s % 60.0),
        s => format!("{:.0} h {:.0} min", (s / 3600.0).floor(), s % 3600.0 / 60.0),
    }
}

impl Observer for Watcher {
    fn batch(&mut self, progress: &Progress) {
        let due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW);
        if self.live && due {
            self.drawn = Some(Instant::now());
            redraw(&line(progress, "", None));
        }
    }

    fn epoch(&mut self, progress: &Progress, record: &EpochRecord, metric: &str) {
        let text = line(progress, metric, Some(record));
        match self.live {
            true => {
                self.drawn = Some(Instant::now());
                redraw(&text);
            }
            false => Self::write(&format!("{text}\n")),
        }
    }

    fn warning(&mut self, text: &str) {
        Self::write(&format!("warning: {text}\n"));
    }
}

/// Shows at a terminal how far a long reading or evaluation is, and passes on that it was asked to stop.
#[derive(Debug)]
pub struct Waiting {
    live: bool,
    interrupt: Interrupt,
    began: Instant,
    drawn: Mutex<Option<Instant>>,
}

impl Waiting {
    /// The observer of a load that takes long; `live` redraws the line.
    pub fn new(live: bool, interrupt: Interrupt) -> Self {
        Waiting { live, interrupt, began: Instant::now(), drawn: Mutex::new(None) }
    }

    /// Shows a line now and then. What is over at once needs none.
    pub fn look(&self, line: impl FnOnce() -> String) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.live && drawn.unwrap_or(self.began).elapsed() >= REDRAW {
            *drawn = Some(Instant::now());
            redraw(&line());
        }
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.interrupt.is_set()
    }
}

impl Reader for Waiting {
    fn progress(&self, read: usize, all: usize, of: Amount) {
        let megabytes = |bytes: usize| format!("{:.1}", bytes as f64 / 1e6);
        self.look(|| match of {
            Amount::Files => format!("reading: {} of {} files", count_text(read), count_text(all)),
            Amount::Bytes => format!("reading: {} of {} MB", megabytes(read), megabytes(all)),
        });
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let drawn = self.drawn.get_mut().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_some() {
            Watcher::write("\r\x1b[K");
        }
    }
}
