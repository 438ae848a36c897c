//! An observer that shows a training on TensorBoard.

mod facts;
mod samples;

use crate::{BoardError, Ending, EventWriter, Histogram, network_graph};
use relume_datasets::{Dataset, Part};
use relume_layers::{Network, Role};
use relume_serialization::SaveError;
use relume_tensor::Tensor;
use relume_training::{
    BatchTrace, EpochRecord, Model, Moment, Observer, Progress, Run, TrainError,
};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Histograms and images may take a second, and beyond that a tenth of the time; scalars reach the disk after two
/// seconds.
const FREE: Duration = Duration::from_secs(1);
const SHARE: u32 = 10;
const FLUSH: Duration = Duration::from_secs(2);

/// What is shown of a run beside what the run tells itself.
#[derive(Clone, Debug)]
pub struct BoardOptions {
    /// The folder of the events: each run has its own.
    pub folder: PathBuf,
    /// The name of the network.
    pub network: String,
    /// The statement that began the run, if it was one.
    pub statement: Option<String>,
    /// Whether the folder was chosen by a person, who is told if the events must go to another one.
    pub is_chosen: bool,
    /// The data, of which the first held-out samples are shown with their predictions if they are images.
    pub data: Dataset,
}

/// Writes to an event file:
///
/// - for each step, `train/loss`, `train/lr` and `train/gradient_norm`; where several batches give a step, the loss is
///   that of its last batch;
/// - for each epoch, loss and metrics as `train/epoch_loss`, `train/accuracy`, `validation/loss` and so on;
/// - histograms of `weights/0.weight` and `gradients/0.weight` after an epoch, the gradients being those of its last
///   step after they were clipped;
/// - images: the first held-out samples with their predictions;
/// - once, network, plan and statement as texts, the network as a graph, and the hyper-parameters.
///
/// What is not shown is not computed: histograms and images are left out after some epochs where they would take more
/// than a tenth of the time, and more than a second altogether. A folder that cannot be written to before the first
/// step is an error; what cannot be written later is told once, and the training goes on without it.
pub struct Board {
    options: BoardOptions,
    warn: Box<dyn FnMut(&str) + Send>,
    open: Option<Open>,
}

struct Open {
    events: EventWriter,
    /// The names of all parameters in their order, those that are not trained included.
    names: Vec<String>,
    /// The samples that are shown.
    samples: Option<Part>,
    step: u64,
    flushed: Instant,
    /// When histograms and images were written last, and how long that took.
    shown: Option<(Instant, Duration)>,
    /// How long they took altogether.
    spent: Duration,
    /// Whether they are written after this epoch, and how long its gradients took.
    is_due: bool,
    /// Whether they were written after the last batch.
    is_shown: bool,
    gradients: Duration,
    has_failed: bool,
}

impl Board {
    /// An observer that hands warnings to `warn`.
    pub fn new(options: BoardOptions, warn: impl FnMut(&str) + Send + 'static) -> Self {
        Board { options, warn: Box::new(warn), open: None }
    }

    /// The event file, once the run has begun.
    pub fn path(&self) -> Option<&Path> {
        self.open.as_ref().map(|open| open.events.path())
    }

    /// Writes how the run ended.
    pub fn finish(&mut self, ending: Ending) {
        self.writing(|open| {
            open.events.end_session(ending)?;
            open.events.flush()
        });
    }

    fn begin(&mut self, model: &Model) -> Result<Open, BoardError> {
        let BoardOptions { folder, data, is_chosen, .. } = &self.options;
        let is_new = model.run().step == 0;
        let own = free(folder, is_new)
            .map_err(|source| BoardError::Write { path: folder.clone(), source })?;
        if own != *folder && *is_chosen {
            let (folder, own) = (folder.display(), own.display());
            (self.warn)(&format!(
                "{folder} has the events of another run: those of this one are in {own}"
            ));
        }
        let mut events = EventWriter::create(&own)?;
        for (tag, text) in facts::texts(&self.options, model) {
            events.text(0, tag, &text)?;
        }
        let parameters = facts::hyperparameters(&self.options, model);
        events.hyperparameters(&parameters, &facts::metrics(data, model))?;
        let mut names = Vec::new();
        if let Some(network) = model.network() {
            events.graph(&network_graph(network))?;
            names.extend(network.parameters().iter().map(|(_, own)| own.name.clone()));
        }
        events.flush()?;
        Ok(Open {
            events,
            names,
            samples: samples::shown(data),
            step: model.run().step,
            flushed: Instant::now(),
            shown: None,
            spent: Duration::ZERO,
            is_due: true,
            is_shown: true,
            gradients: Duration::ZERO,
            has_failed: false,
        })
    }

    /// Writes, unless that has failed before. A failure is told once.
    fn writing(&mut self, write: impl FnOnce(&mut Open) -> Result<(), BoardError>) {
        let Board { warn, open, .. } = self;
        let Some(open) = open.as_mut().filter(|open| !open.has_failed) else { return };
        if let Err(error) = write(open) {
            open.has_failed = true;
            warn(&format!("{error}; training goes on without further events"));
        }
    }
}

impl Open {
    fn trace(&mut self, trace: &BatchTrace<'_>) -> Result<(), BoardError> {
        // Of several batches that give one step, the last one has its number.
        let is_step = trace.step > self.step;
        (self.step, self.is_shown) = (trace.step, false);
        if is_step {
            let loss = [("train/loss", trace.loss), ("train/lr", trace.lr as f32)];
            let norm = trace.gradient_norm.map(|norm| ("train/gradient_norm", norm as f32));
            let values: Vec<_> = loss.into_iter().chain(norm).collect();
            self.events.scalars(trace.step, &values)?;
        }
        if trace.batch == trace.batches {
            let rest = |(last, took): (Instant, Duration)| last.elapsed() >= took * SHARE;
            self.is_due = self.spent < FREE || self.shown.is_none_or(rest);
            if self.is_due {
                self.show_gradients(trace.gradients)?;
            }
        }
        if self.flushed.elapsed() >= FLUSH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), BoardError> {
        self.flushed = Instant::now();
        self.events.flush()
    }

    fn show_gradients(&mut self, gradients: &[Option<Tensor>]) -> Result<(), BoardError> {
        let began = Instant::now();
        for (name, gradient) in self.names.iter().zip(gradients) {
            if let Some(gradient) = gradient {
                let histogram = Histogram::of(gradient.data());
                self.events.histogram(self.step, &format!("gradients/{name}"), &histogram)?;
            }
        }
        self.gradients = began.elapsed();
        Ok(())
    }

    fn epoch(&mut self, record: &EpochRecord, metric: &str) -> Result<(), BoardError> {
        self.events.scalars(self.step, &facts::figures(record, metric))?;
        self.flush()
    }

    /// Shows weights and samples.
    fn show(&mut self, model: &Model) -> Result<(), BoardError> {
        let began = Instant::now();
        if let Some(network) = model.network() {
            self.show_weights(network)?;
        }
        if let Some((tag, image)) =
            self.samples.as_ref().and_then(|part| samples::picture(model, part))
        {
            self.events.image(self.step, &tag, &image)?;
        }
        let took = began.elapsed() + self.gradients;
        (self.shown, self.spent) = (Some((Instant::now(), took)), self.spent + took);
        self.is_shown = true;
        self.flush()
    }

    fn show_weights(&mut self, network: &Network) -> Result<(), BoardError> {
        let trained = network.parameters().iter().map(|(_, own)| own);
        for own in trained.filter(|own| own.role == Role::Trained) {
            let histogram = Histogram::of(own.value.data());
            self.events.histogram(self.step, &format!("weights/{}", own.name), &histogram)?;
        }
        Ok(())
    }
}

impl Observer for Board {
    fn wants_trace(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.has_failed)
    }

    fn trace(&mut self, trace: &BatchTrace<'_>) {
        self.writing(|open| open.trace(trace));
    }

    fn epoch(&mut self, _: &Progress, record: &EpochRecord, metric: &str) {
        self.writing(|open| open.epoch(record, metric));
    }

    fn wants_state(&self, moment: Moment, _: &Run) -> bool {
        match moment {
            Moment::Start => true,
            Moment::Epoch => self.open.as_ref().is_some_and(|open| open.is_due),
            // What the run leaves is always shown.
            Moment::End => self.open.as_ref().is_some_and(|open| !open.is_shown),
            Moment::Batch => false,
        }
    }

    fn state(&mut self, model: &Model, moment: Moment) -> Result<(), TrainError> {
        if moment == Moment::Start {
            self.open = Some(self.begin(model).map_err(in_training)?);
        } else {
            self.writing(|open| open.show(model));
        }
        Ok(())
    }
}

/// The error of a training that cannot begin.
fn in_training(error: BoardError) -> TrainError {
    match error {
        BoardError::Write { path, source } => SaveError::Write { path, source }.into(),
        other => SaveError::Write { path: PathBuf::new(), source: io::Error::other(other) }.into(),
    }
}

/// The folder for a run: of one that begins anew, the first without events: `tb/net`, `tb/net-2` and so on.
fn free(folder: &Path, is_new: bool) -> io::Result<PathBuf> {
    let mut own = folder.to_path_buf();
    let mut number = 1u32;
    while is_new && has_events(&own)? {
        number += 1;
        let mut name = folder.file_name().unwrap_or_default().to_os_string();
        name.push(format!("-{number}"));
        own = folder.with_file_name(name);
    }
    Ok(own)
}

fn has_events(folder: &Path) -> io::Result<bool> {
    let entries = match relume_files::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    for entry in entries {
        if entry?.file_name().to_string_lossy().contains("tfevents") {
            return Ok(true);
        }
    }
    Ok(false)
}
