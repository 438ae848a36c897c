//! What a report is made of, and how it is asked for.

use crate::context::Context;
use crate::page::Page;
use relume_catalog::Choice;
use relume_datasets::Dataset;
use relume_inspection::Names;
use relume_inspection::facts::DataFacts;
use relume_training::{Model, TrainError};
use std::sync::Arc;

/// Samples that pass through the network for results, unless it is said otherwise.
const SAMPLES: usize = 10_000;
/// Explained samples, unless it is said otherwise, and at most.
const EXPLAINED: usize = 6;
const MOST_EXPLAINED: usize = 12;

/// A part of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Section {
    /// The drawing of the network, and its stages.
    Network,
    /// Counts, classes, columns and samples, and what `lint` finds.
    Data,
    /// Loss and metrics over the epochs.
    Curves,
    /// How well it does: the confusion matrix, the calibration, predicted against true numbers.
    Results,
    /// The samples with the greatest losses.
    Hardest,
    /// What passes through each stage, and what is wrong.
    Inspect,
    /// What some answers come from.
    Explain,
    /// Seed, version, fingerprint, and the statements that make it again.
    Statements,
}

impl Section {
    /// All of them, in their order.
    pub const ALL: [Section; 8] = [
        Section::Network,
        Section::Data,
        Section::Curves,
        Section::Results,
        Section::Hardest,
        Section::Inspect,
        Section::Explain,
        Section::Statements,
    ];

    /// Its name, which is also that of its place in the page.
    pub fn name(self) -> &'static str {
        match self {
            Section::Network => "network",
            Section::Data => "data",
            Section::Curves => "curves",
            Section::Results => "results",
            Section::Hardest => "hardest",
            Section::Inspect => "inspect",
            Section::Explain => "explain",
            Section::Statements => "statements",
        }
    }

    /// Its heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Section::Network => "Network",
            Section::Data => "Data",
            Section::Curves => "Curves",
            Section::Results => "Results",
            Section::Hardest => "Hardest samples",
            Section::Inspect => "Inside",
            Section::Explain => "Explanations",
            Section::Statements => "Made by",
        }
    }
}

/// A report of a model on data, to be written as a page. Neither is changed.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    pub(crate) model: &'a Model,
    pub(crate) data: &'a Dataset,
    pub(crate) sections: Vec<Section>,
    pub(crate) names: Names,
    pub(crate) facts: Option<Arc<DataFacts>>,
    pub(crate) samples: usize,
    pub(crate) explained: usize,
    pub(crate) statements: Option<Vec<String>>,
}

impl<'a> Report<'a> {
    /// A report with all sections. The data are prepared as the model takes them.
    pub fn new(model: &'a Model, data: &'a Dataset) -> Self {
        Report {
            model,
            data,
            sections: Section::ALL.to_vec(),
            names: Names::default(),
            facts: None,
            samples: SAMPLES,
            explained: EXPLAINED,
            statements: None,
        }
    }

    /// With these sections alone, in the order of [`Section::ALL`].
    #[must_use]
    pub fn only(mut self, sections: &[Section]) -> Self {
        self.sections.retain(|own| sections.contains(own));
        self
    }

    /// Without a section.
    #[must_use]
    pub fn without(mut self, section: Section) -> Self {
        self.sections.retain(|own| *own != section);
        self
    }

    /// With the names by which people know the network and the data.
    #[must_use]
    pub fn named(self, names: Names) -> Self {
        Report { names, ..self }
    }

    /// With what is known of the samples already: [`DataFacts::of`] of the data as the model takes them.
    #[must_use]
    pub fn knowing(self, facts: Arc<DataFacts>) -> Self {
        Report { facts: Some(facts), ..self }
    }

    /// With at most so many samples for results and for the hardest ones; 10,000 by default, at least 1.
    #[must_use]
    pub fn samples(self, samples: usize) -> Self {
        Report { samples: samples.max(1), ..self }
    }

    /// With so many explained samples, from 0 to 12; 6 by default.
    #[must_use]
    pub fn explaining(self, samples: usize) -> Self {
        Report { explained: samples.min(MOST_EXPLAINED), ..self }
    }

    /// With the statements by which the model was made; by default they are put together from its last plan.
    #[must_use]
    pub fn made_by(self, statements: Vec<String>) -> Self {
        Report { statements: Some(statements), ..self }
    }

    /// The page. `begins` is called with each section before it is computed. What a section cannot show is said in its
    /// place, and in [`Page::sections`]; the work ends where `relume_tensor::interrupt` says so.
    ///
    /// # Errors
    /// Data that the model does not take, or a loss that does not fit.
    pub fn html(&self, begins: &dyn Fn(Section)) -> Result<Page, TrainError> {
        let context = Context::of(self)?;
        Page::of(&context, begins)
    }
}
