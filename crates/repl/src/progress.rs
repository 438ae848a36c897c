//! The progress of a run: one line that is redrawn at a terminal, one line for each epoch elsewhere.

use crate::lines::{WIDTH, facts};
use crate::{Output, json};
use relume_catalog::count_text;
use relume_formats::{Amount, Reader};
use relume_training::{
    ComparedRun, EpochRecord, Evaluation, Interrupt, Observer, Progress, format_metric,
};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use unicode_width::UnicodeWidthStr;

/// The minimum time between two drawings of a line.
const REDRAW: Duration = Duration::from_millis(100);

/// The line of a long run, redrawn at a terminal.
#[derive(Debug)]
struct Line {
    output: Output,
    drawn: Option<Instant>,
}

impl Line {
    fn new(output: &Output) -> Self {
        Line { output: output.clone(), drawn: None }
    }

    /// Redraws it, if that is due.
    fn draw(&mut self, text: impl FnOnce() -> String) {
        let due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW);
        if self.output.is_live() && due {
            self.drawn = Some(Instant::now());
            self.output.redraw(&text());
        }
    }

    /// Says what stays in a transcript, and elsewhere than at a terminal is a line of its own.
    fn tell(&mut self, text: &str, json: impl FnOnce() -> serde_json::Value) {
        match self.output.is_live() {
            true => {
                self.drawn = Some(Instant::now());
                self.output.redraw(&in_one_line(text));
                self.output.note(text);
            }
            false => self.output.progress(text, json),
        }
    }

    /// Ends it; the last text stays or goes.
    fn finish(&mut self, stays: bool) {
        if self.drawn.take().is_some() {
            self.output.end_redrawn(stays);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.finish(true);
    }
}

/// A text in the one line that is redrawn.
fn in_one_line(text: &str) -> String {
    text.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Shows a run on standard error, counts its steps, and ends it after as many as are wanted.
#[derive(Debug)]
pub struct Watcher {
    line: Line,
    /// Batches of this run so far.
    batches: u64,
    /// Batches of the epoch so far, as it was told last.
    of_epoch: u64,
    /// How many batches an epoch has.
    in_epoch: u64,
    most_steps: Option<u64>,
    is_done: bool,
}

impl Watcher {
    /// A watcher that asks the run to stop after so many steps, if they are given.
    pub fn new(output: &Output, most_steps: Option<u64>) -> Self {
        let is_done = most_steps == Some(0);
        Watcher {
            line: Line::new(output),
            batches: 0,
            of_epoch: 0,
            in_epoch: 0,
            most_steps,
            is_done,
        }
    }

    /// Leaves the last line standing.
    pub fn finish(&mut self) {
        self.line.finish(true);
    }

    /// Whether all steps that are wanted are done.
    pub fn has_all_steps(&self) -> bool {
        self.most_steps.is_some_and(|most| self.batches >= most)
    }

    /// The steps of this run, if its last epoch has kept so many batches: a run that is cancelled between the batches
    /// of one step goes back to its beginning.
    pub fn steps_kept(&self, of_epoch: u64) -> u64 {
        self.batches.saturating_sub(self.of_epoch.saturating_sub(of_epoch))
    }

    /// Whether the run stopped in the test of an epoch whose batches are all done: so many.
    pub fn is_untested(&self, of_epoch: u64) -> bool {
        of_epoch > 0 && of_epoch == self.in_epoch
    }
}

/// How far an epoch is.
fn batch_line(progress: &Progress) -> String {
    let Progress { epoch, epochs, batch, batches, loss, .. } = progress;
    let place = format!("epoch {epoch}/{epochs} · batch {batch}/{batches} · loss {loss:.4}");
    with_speed(place, progress)
}

/// The figures of an epoch, in lines of at most 80 columns.
fn epoch_lines(progress: &Progress, metric: &str, record: &EpochRecord) -> String {
    let Progress { epoch, epochs, .. } = progress;
    let figures = format!("epoch {epoch}/{epochs} · {}", record.short_text(metric));
    with_speed(facts(&figures), progress)
}

/// A text with the speed and the time that is left at its end, as far as its last line has room for them.
fn with_speed(mut text: String, progress: &Progress) -> String {
    let left = progress.left.as_secs_f64();
    let speed = format!(" · {:.0} samples/s", progress.samples_per_second);
    let left = (left >= 1.0).then(|| format!(" · {} left", duration(left)));
    for part in [Some(speed), left].into_iter().flatten() {
        let last = text.lines().last().map_or(0, UnicodeWidthStr::width);
        if last + part.width() <= WIDTH {
            text += &part;
        }
    }
    text
}

/// A duration as text.
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
        self.batches += 1;
        self.of_epoch = progress.batch as u64;
        self.in_epoch = progress.batches as u64;
        // A run that ends with an epoch still tests it.
        if progress.batch < progress.batches {
            self.is_done = self.has_all_steps();
        }
        self.line.draw(|| batch_line(progress));
    }

    fn epoch(&mut self, progress: &Progress, record: &EpochRecord, metric: &str) {
        self.of_epoch = 0;
        self.is_done = self.has_all_steps();
        let text = epoch_lines(progress, metric, record);
        self.line.tell(&text, || json::progress(progress, record, metric));
    }

    fn is_done(&self) -> bool {
        self.is_done
    }

    fn remark(&mut self, text: &str) {
        self.line.finish(false);
        self.line.output.remark(text);
    }

    fn warning(&mut self, text: &str) {
        self.line.finish(false);
        self.line.output.warning(text);
    }
}

/// Shows a cross-validation on standard error: a line for each fold.
#[derive(Debug)]
pub struct FoldWatcher {
    line: Line,
    done: usize,
}

impl FoldWatcher {
    /// A watcher of all folds.
    pub fn new(output: &Output) -> Self {
        FoldWatcher { line: Line::new(output), done: 0 }
    }

    /// Ends the line.
    pub fn finish(&mut self) {
        self.line.finish(false);
    }
}

impl Observer for FoldWatcher {
    fn batch(&mut self, progress: &Progress) {
        let fold = self.done + 1;
        self.line.draw(|| format!("fold {fold} · {}", batch_line(progress)));
    }

    fn fold(&mut self, fold: usize, folds: usize, evaluation: &Evaluation) {
        self.done = fold + 1;
        let Evaluation { loss, metric, metric_value, .. } = evaluation;
        let value = format_metric(metric, f64::from(*metric_value));
        let text = format!("fold {}/{folds} · loss {loss:.4}, {metric} {value}", self.done);
        self.line.tell(&text, || json::fold(fold + 1, folds, evaluation));
    }

    fn remark(&mut self, text: &str) {
        self.line.output.remark(text);
    }

    fn warning(&mut self, text: &str) {
        self.line.output.warning(text);
    }
}

/// Shows the trainings of a comparison or a search on standard error: a line for each.
#[derive(Debug)]
pub struct RunWatcher {
    line: Line,
    told: String,
}

impl RunWatcher {
    /// A watcher of all trainings.
    pub fn new(output: &Output) -> Self {
        RunWatcher { line: Line::new(output), told: String::new() }
    }

    /// Ends the line.
    pub fn finish(&mut self) {
        self.line.finish(false);
    }
}

impl Observer for RunWatcher {
    fn batch(&mut self, _: &Progress) {
        let told = &self.told;
        self.line.draw(|| match told.is_empty() {
            true => "training the first settings".to_string(),
            false => format!("{told} done"),
        });
    }

    fn compared(&mut self, done: usize, all: usize, keys: &[String], run: &ComparedRun) {
        let pair = |(key, value): (&String, &String)| format!("{key}={value}");
        let setting: Vec<String> = keys.iter().zip(&run.values).map(pair).collect();
        self.told = format!("training {done}/{all} · {} · seed {}", setting.join(" "), run.seed);
        let last = run.epochs.last().and_then(|last| last.validation_loss);
        let loss = match (run.diverged, last) {
            (true, _) => "diverged".to_string(),
            (false, Some(loss)) => format!("validation loss {loss:.4}"),
            (false, None) => format!("{} epochs", run.epochs.len()),
        };
        let text = facts(&format!("{} · {loss}", self.told));
        self.line.tell(&text, || json::compared(done, all, keys, run));
    }

    fn remark(&mut self, text: &str) {
        self.line.output.remark(text);
    }

    fn warning(&mut self, text: &str) {
        self.line.output.warning(text);
    }
}

/// Shows at a terminal the progress of a long load or evaluation, and reports whether it should stop.
#[derive(Debug)]
pub struct Waiting {
    output: Output,
    interrupt: Interrupt,
    began: Instant,
    drawn: Mutex<Option<Instant>>,
}

impl Waiting {
    /// The observer of what takes long.
    pub fn new(output: &Output, interrupt: Interrupt) -> Self {
        let output = output.clone();
        Waiting { output, interrupt, began: Instant::now(), drawn: Mutex::new(None) }
    }

    /// Redraws the line at intervals. Short operations do not show one.
    pub fn look(&self, line: impl FnOnce() -> String) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.output.is_live() && drawn.unwrap_or(self.began).elapsed() >= REDRAW {
            *drawn = Some(Instant::now());
            self.output.redraw(&line());
        }
    }

    /// Whether it should stop.
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
            self.output.end_redrawn(false);
        }
    }
}
