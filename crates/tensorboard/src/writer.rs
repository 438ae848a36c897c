//! The writer of an event file.

use crate::graph::graph_message;
use crate::hyperparameters::{Ending, HyperParameter, end_of_session, experiment, session};
use crate::messages::summary::{
    Content, DATA_CLASS_TENSOR, DT_FLOAT, DT_STRING, PluginData, Summary, SummaryMetadata,
    TensorProto, TensorShape, Value,
};
use crate::messages::{Event, What, hparams};
use crate::record::write_record;
use crate::{BoardError, GraphNode, Histogram, Image};
use prost::Message;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the files apart that a process writes within a second.
static FILES: AtomicU64 = AtomicU64::new(0);

/// The name of the plugin for hyper-parameters, and the tags of its messages.
const HPARAMS: &str = "hparams";
const EXPERIMENT: &str = "_hparams_/experiment";
const SESSION_START: &str = "_hparams_/session_start_info";
const SESSION_END: &str = "_hparams_/session_end_info";

/// Writes an event file: records of events, in their order. `step` is a place on TensorBoard's horizontal axis. What
/// was written is complete on the disk after [`EventWriter::flush`].
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    out: BufWriter<File>,
    /// Seconds since 1970 for all events, instead of the clock's: for files that are compared byte by byte.
    time: Option<f64>,
}

impl EventWriter {
    /// A new event file in a folder, which is made if it is not there. Its name says when and by which process it was
    /// made: TensorBoard takes all event files of a folder together.
    ///
    /// # Errors
    /// A folder or a file that cannot be made.
    pub fn create(folder: &Path) -> Result<Self, BoardError> {
        let failed = |source| BoardError::Write { path: folder.to_path_buf(), source };
        relume_files::create_dir_all(folder).map_err(failed)?;
        let (now, process) = (seconds_now() as u64, process::id());
        let file = FILES.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("events.out.tfevents.{now:010}.relume.{process}.{file}"));
        let out = relume_files::append(&path)
            .map_err(|source| BoardError::Write { path: path.clone(), source })?;
        Self::begin(path, out, None)
    }

    /// An event file at a path, all of whose events have this time, in seconds since 1970.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn at_time(path: &Path, time: f64) -> Result<Self, BoardError> {
        let out = relume_files::append(path)
            .map_err(|source| BoardError::Write { path: path.to_path_buf(), source })?;
        Self::begin(path.to_path_buf(), out, Some(time))
    }

    fn begin(path: PathBuf, out: File, time: Option<f64>) -> Result<Self, BoardError> {
        let mut writer = EventWriter { path, out: BufWriter::new(out), time };
        writer.event(0, What::FileVersion("brain.Event:2".to_string()))?;
        writer.flush()?;
        Ok(writer)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Numbers at a step, each under its tag: `train/loss`. Tags with the same first part are shown together.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn scalars<T: AsRef<str>>(
        &mut self,
        step: u64,
        values: &[(T, f32)],
    ) -> Result<(), BoardError> {
        let value = |(tag, x): &(T, f32)| Value {
            tag: tag.as_ref().to_string(),
            metadata: None,
            value: Some(Content::SimpleValue(*x)),
        };
        self.summary(step, values.iter().map(value).collect())
    }

    /// A histogram at a step.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn histogram(
        &mut self,
        step: u64,
        tag: &str,
        histogram: &Histogram,
    ) -> Result<(), BoardError> {
        self.content(step, tag, None, Content::Histo(histogram.message()))
    }

    /// An image at a step.
    ///
    /// # Errors
    /// A file that cannot be written, or an image that is none.
    pub fn image(&mut self, step: u64, tag: &str, image: &Image) -> Result<(), BoardError> {
        self.content(step, tag, None, Content::Image(image.message()?))
    }

    /// A text in Markdown at a step.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn text(&mut self, step: u64, tag: &str, text: &str) -> Result<(), BoardError> {
        let tensor = TensorProto {
            dtype: DT_STRING,
            tensor_shape: Some(TensorShape::of([1])),
            string_val: vec![text.as_bytes().to_vec()],
            ..TensorProto::default()
        };
        let metadata = metadata("text", Vec::new());
        self.content(step, tag, Some(metadata), Content::Tensor(tensor))
    }

    /// A network as a graph.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn graph(&mut self, nodes: &[GraphNode]) -> Result<(), BoardError> {
        self.event(0, What::GraphDef(graph_message(nodes).encode_to_vec()))
    }

    /// The hyper-parameters of the run whose folder this is, and the tags of the scalars by which runs are compared.
    /// Runs whose hyper-parameters have the same names become rows of one table.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn hyperparameters<T: AsRef<str>>(
        &mut self,
        parameters: &[(T, HyperParameter)],
        metrics: &[T],
    ) -> Result<(), BoardError> {
        let now = self.now();
        self.hparams(EXPERIMENT, experiment(parameters, metrics, now))?;
        self.hparams(SESSION_START, session(parameters, now))
    }

    /// How the run ended whose hyper-parameters were written.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn end_session(&mut self, ending: Ending) -> Result<(), BoardError> {
        let now = self.now();
        self.hparams(SESSION_END, end_of_session(ending, now))
    }

    /// Writes what is still in memory to the file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn flush(&mut self) -> Result<(), BoardError> {
        let written = self.out.flush();
        written.map_err(|source| self.failed(source))
    }

    fn hparams(&mut self, tag: &str, data: hparams::Data) -> Result<(), BoardError> {
        let data = hparams::HParamsPluginData { version: 0, data: Some(data) };
        // The plugin reads the metadata alone; a value without a tensor would be passed over.
        let tensor = TensorProto {
            dtype: DT_FLOAT,
            tensor_shape: Some(TensorShape::of([1])),
            float_val: vec![0.0],
            ..TensorProto::default()
        };
        let metadata = metadata(HPARAMS, data.encode_to_vec());
        self.content(0, tag, Some(metadata), Content::Tensor(tensor))
    }

    fn content(
        &mut self,
        step: u64,
        tag: &str,
        metadata: Option<SummaryMetadata>,
        content: Content,
    ) -> Result<(), BoardError> {
        self.summary(step, vec![Value { tag: tag.to_string(), metadata, value: Some(content) }])
    }

    fn summary(&mut self, step: u64, value: Vec<Value>) -> Result<(), BoardError> {
        self.event(step, What::Summary(Summary { value }))
    }

    fn event(&mut self, step: u64, what: What) -> Result<(), BoardError> {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        let event = Event { wall_time: self.now(), step, what: Some(what) };
        let written = write_record(&mut self.out, &event.encode_to_vec());
        written.map_err(|source| self.failed(source))
    }

    fn now(&self) -> f64 {
        self.time.unwrap_or_else(seconds_now)
    }

    fn failed(&self, source: io::Error) -> BoardError {
        BoardError::Write { path: self.path.clone(), source }
    }
}

fn metadata(plugin: &str, content: Vec<u8>) -> SummaryMetadata {
    SummaryMetadata {
        plugin_data: Some(PluginData { plugin_name: plugin.to_string(), content }),
        data_class: DATA_CLASS_TENSOR,
    }
}

fn seconds_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
