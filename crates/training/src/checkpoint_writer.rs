//! Writing the state of a run to a file while it goes on.

use crate::checkpoint::save_run;
use crate::{Keep, Model, Moment, Observer, Run, RunStart, Saver, TrainError, save};
use relume_serialization::SaveError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// How often a run is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// After each epoch, and after so much time.
    Time(Duration),
    /// After each epoch, and after so many steps.
    Steps(u64),
    /// After so many epochs.
    Epochs(u64),
}

impl FromStr for Every {
    type Err = String;

    /// Reads `30s`, `5min`, `1h`, `500 steps` or `10 epochs`. The error says what is wanted.
    fn from_str(text: &str) -> Result<Self, String> {
        let written = text.trim();
        let end = written.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(written.len());
        let (number, unit) = (&written[..end], written[end..].trim());
        let wanted = || {
            format!(
                "{text:?} is no time: it is written as \"30s\", \"5min\", \"1h\", \"500 steps\" or \"10 epochs\""
            )
        };
        let seconds = match unit {
            "s" | "sec" | "second" | "seconds" => 1.0,
            "min" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3600.0,
            "step" | "steps" | "epoch" | "epochs" => {
                let count = number.parse().ok().filter(|&count: &u64| count > 0);
                let count = count.ok_or_else(wanted)?;
                return Ok(if unit.starts_with('s') {
                    Every::Steps(count)
                } else {
                    Every::Epochs(count)
                });
            }
            _ => return Err(wanted()),
        };
        let time = number.parse::<f64>().ok().filter(|&number| number > 0.0);
        let time = time.and_then(|number| Duration::try_from_secs_f64(number * seconds).ok());
        time.map(Every::Time).ok_or_else(wanted)
    }
}

/// A file beside another one, with a word more in its name: `net.best.rlm` beside `net.rlm`.
pub fn beside(path: &Path, word: &str) -> PathBuf {
    match path.extension() {
        Some(ending) => {
            let mut own = OsString::from(word);
            own.push(".");
            own.push(ending);
            path.with_extension(own)
        }
        None => path.with_extension(word),
    }
}

/// The first name beside a file under which there is none: `net.before.rlm`, `net.before-2.rlm` and so on.
fn free_beside(path: &Path, word: &str) -> PathBuf {
    let mut free = beside(path, word);
    for number in 2u64.. {
        if !relume_files::exists(&free) {
            break;
        }
        free = beside(path, &format!("{word}-{number}"));
    }
    free
}

/// Writes a run to a file before its first step, after its epochs, at intervals and at its end; the best weights go to
/// a file beside it, `net.best.rlm` for `net.rlm`. Each file is replaced as a whole.
///
/// A file that cannot be written before the first step is an error. Later it is a warning: the run goes on, and it is
/// tried again; [`CheckpointWriter::failed`] tells what is missing at the end.
#[derive(Debug)]
pub struct CheckpointWriter {
    path: PathBuf,
    every: Option<Every>,
    start: RunStart,
    /// When, and at which step and epoch, it was written last.
    written: Option<Written>,
    /// The best epoch whose weights were written.
    best: Option<u64>,
    failed: Option<TrainError>,
    keeps_file: bool,
}

#[derive(Clone, Copy, Debug)]
struct Written {
    time: Instant,
    step: u64,
    epoch: u64,
}

impl CheckpointWriter {
    /// A writer of a run that began with `start`.
    pub fn new(path: impl Into<PathBuf>, every: Option<Every>, start: RunStart) -> Self {
        CheckpointWriter {
            path: path.into(),
            every,
            start,
            written: None,
            best: None,
            failed: None,
            keeps_file: false,
        }
    }

    /// What the run began with.
    pub fn start(&self) -> &RunStart {
        &self.start
    }

    /// It gives the file that it would replace first another name, `net.before.rlm` for `net.rlm`, and remarks it.
    pub fn keeping_file(self) -> Self {
        CheckpointWriter { keeps_file: true, ..self }
    }

    /// Why the state that was to be written last is not in the file.
    pub fn failed(&mut self) -> Option<TrainError> {
        self.failed.take()
    }

    /// Gives the file that is there another name, if it is to be kept.
    fn keep_file(&mut self, observer: &mut dyn Observer) -> Result<(), TrainError> {
        if !std::mem::take(&mut self.keeps_file) {
            return Ok(());
        }
        let kept = free_beside(&self.path, "before");
        relume_files::rename(&self.path, &kept)
            .map_err(|source| SaveError::Write { path: kept.clone(), source })?;
        let (path, kept) = (self.path.display(), kept.display());
        observer.remark(&format!("what was in {path} is kept in {kept}"));
        Ok(())
    }

    fn write(&mut self, model: &Model) -> Result<(), TrainError> {
        // The best weights first: a file of the run that names them is never alone.
        let best = model
            .run
            .best
            .filter(|_| model.run.plan.as_ref().is_some_and(|plan| plan.keep == Keep::Best));
        if let Some(best) = best.filter(|best| self.best != Some(best.epoch))
            && let Some(own) = model.best()?
        {
            save(&own, &beside(&self.path, "best"))?;
            self.best = Some(best.epoch);
        }
        save_run(model, &self.start, &self.path)
    }
}

impl Saver for CheckpointWriter {
    fn wants(&mut self, moment: Moment, run: &Run) -> bool {
        let Some(written) = self.written else { return true };
        match moment {
            Moment::Start | Moment::End => true,
            Moment::Epoch => match self.every {
                Some(Every::Epochs(epochs)) => run.epoch.saturating_sub(written.epoch) >= epochs,
                _ => true,
            },
            Moment::Batch => match self.every {
                Some(Every::Time(time)) => written.time.elapsed() >= time,
                Some(Every::Steps(steps)) => run.step.saturating_sub(written.step) >= steps,
                _ => false,
            },
        }
    }

    fn save(
        &mut self,
        model: &Model,
        moment: Moment,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        if moment == Moment::Start {
            self.keep_file(observer)?;
        }
        let result = self.write(model);
        let Run { step, epoch, .. } = *model.run();
        self.written = Some(Written { time: Instant::now(), step, epoch });
        self.failed = None;
        match (result, moment) {
            (Ok(()), _) => {}
            (Err(error), Moment::Start) => return Err(error),
            (Err(error), Moment::End) => self.failed = Some(error),
            (Err(error), _) => {
                observer.warning(&format!("{error}; training goes on, and it is tried again"));
                self.failed = Some(error);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_in_their_units() {
        for (text, every) in [
            ("30s", Every::Time(Duration::from_secs(30))),
            ("5min", Every::Time(Duration::from_secs(300))),
            (" 1.5 h ", Every::Time(Duration::from_secs(5400))),
            ("500 steps", Every::Steps(500)),
            ("1 epoch", Every::Epochs(1)),
        ] {
            assert_eq!(text.parse(), Ok(every), "{text}");
        }
        for wrong in ["", "5", "min", "-5min", "0s", "5 days", "1.5 epochs", "0 steps", "1e99h"] {
            assert!(wrong.parse::<Every>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_word_more_stands_before_the_ending() {
        for (path, best) in
            [("a/net.rlm", "a/net.best.rlm"), ("net", "net.best"), ("v1.2.rlm", "v1.2.best.rlm")]
        {
            assert_eq!(beside(Path::new(path), "best"), Path::new(best));
        }
    }
}
