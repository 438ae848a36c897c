//! The model and the data as all sections look at them.

use crate::Section;
use crate::report::Report;
use relume_catalog::count_text;
use relume_datasets::{DataError, Dataset, Part};
use relume_inspection::Options;
use relume_layers::Network;
use relume_training::{EvaluateOptions, Evaluation, Model, Plan, Task, TrainError, evaluate_with};

/// Why a section is not there.
#[derive(Debug)]
pub(crate) enum LeftOut {
    /// It makes no sense here: a sentence.
    Because(String),
    /// It could not be computed.
    Failed(TrainError),
}

impl From<TrainError> for LeftOut {
    fn from(error: TrainError) -> Self {
        LeftOut::Failed(error)
    }
}

impl From<DataError> for LeftOut {
    fn from(error: DataError) -> Self {
        LeftOut::Failed(error.into())
    }
}

/// The content of a section, as HTML.
pub(crate) type Written = Result<String, LeftOut>;

/// A section that is left out for a reason.
pub(crate) fn because(reason: impl Into<String>) -> Written {
    Err(LeftOut::Because(reason.into()))
}

/// What all sections look at.
pub(crate) struct Context<'a> {
    pub report: &'a Report<'a>,
    /// A clone of the model that has parameters.
    pub model: Model,
    /// The data as the model takes them.
    pub data: Dataset,
    pub plan: Plan,
    /// The samples for results: of the test part, or else of the validation part, or else of the train part.
    pub held_out: Part,
    /// Which positions of that part they are.
    pub positions: Vec<usize>,
    /// The part's name, `test`, and how many samples it has.
    pub part: &'static str,
    pub of: usize,
    pub evaluation: Option<Result<Evaluation, TrainError>>,
}

impl<'a> Context<'a> {
    pub fn of(report: &'a Report<'a>) -> Result<Self, TrainError> {
        let mut model = report.model.clone();
        let data = model.prepare(report.data)?.data;
        let plan = model.run().plan.clone().unwrap_or_else(|| Plan::next(&model, &data, None));
        let loss = model.loss_for(&data);
        // Refuses a loss that does not fit.
        Task::new(model.build(data.sample_shape())?, &data, &loss)?;
        // The last part that has samples.
        let found = relume_inspection::figures::parts(&data).pop();
        let (part, whole) = found.ok_or_else(|| TrainError::Empty(data.name().to_string()))?;
        let positions = spread(whole.len(), report.samples);
        let held_out = whole.at(positions.iter().copied())?;
        let evaluation = (report.model.is_trained() && report.sections.contains(&Section::Results))
            .then(|| evaluate_with(&model, &held_out, &loss, &EvaluateOptions::default()));
        let of = whole.len();
        Ok(Context { report, model, data, plan, held_out, positions, part, of, evaluation })
    }

    /// The network.
    pub fn network(&self) -> Result<&Network, TrainError> {
        self.model.network().ok_or(TrainError::NotBuilt)
    }

    /// Whether something was learned; otherwise there is nothing to say about answers.
    pub fn is_trained(&self) -> bool {
        self.report.model.is_trained()
    }

    /// Options of `lint` and `inspect`.
    pub fn options(&self) -> Options {
        Options {
            names: self.report.names.clone(),
            facts: self.report.facts.clone(),
            ..Options::default()
        }
    }

    /// Samples of the part for results as they are without a network.
    pub fn raw(&self, positions: &[usize]) -> Result<Part, TrainError> {
        let all = self.held_out.with_data(self.report.data.clone())?;
        Ok(all.at(positions.iter().copied())?)
    }

    /// `360 test samples`, or `10,000 of 50,000 test samples`.
    pub fn samples_text(&self) -> String {
        let (some, all, part) = (self.held_out.len(), self.of, self.part);
        match some == all {
            true => format!("{} {part} {}", count_text(all), plural(all, "sample")),
            false => {
                format!("{} of {} {part} samples, evenly spread", count_text(some), count_text(all))
            }
        }
    }
}

/// A word in the plural, but of one.
pub(crate) fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_string() } else { format!("{word}s") }
}

/// At most so many of `count` positions, evenly spread.
pub(crate) fn spread(count: usize, most: usize) -> Vec<usize> {
    let some = count.min(most);
    (0..some).map(|i| (i as u128 * count as u128 / some.max(1) as u128) as usize).collect()
}

/// At most so many positions of a part: of each class in turn, or evenly spread.
pub(crate) fn of_each_class(part: &Part, most: usize) -> Vec<usize> {
    let Some(labels) = part.data().targets().labels() else { return spread(part.len(), most) };
    let classes = part.data().classes().map_or(0, <[String]>::len);
    let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (position, &sample) in part.indices().iter().enumerate() {
        if let Some(own) = of_class.get_mut(labels[sample]).filter(|own| own.len() < most) {
            own.push(position);
        }
    }
    let round = |turn: usize| of_class.iter().filter_map(move |own| own.get(turn).copied());
    (0..most).flat_map(round).take(most).collect()
}
