//! The kinds of pictures, and of what each is drawn.

use crate::Failure;
use crate::syntax::Span;
use relume_catalog::Choice;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum PlotKind {
    /// The losses and metrics of a training.
    History,
    /// How often each class was predicted as each.
    Confusion,
    /// True over false positive rates of each class against the rest, with the area under the curve.
    Roc,
    /// Precision over recall, with the average precision.
    Pr,
    /// How often probabilities come true, with the expected calibration error and the Brier score.
    Calibration,
    /// Predicted numbers over true ones.
    Truth,
    /// The answers over the plane of two inputs, or of the two main directions of more.
    Boundary,
    /// The outputs of a stage, or the inputs, as points: their first two principal components.
    Embedding,
    /// What a stage makes of one sample.
    Features,
    /// By how much each step of one sample attends to each other one: a matrix for each head.
    Attention,
    /// How numbers are distributed: the weights of a network, or those of a tensor.
    Histogram,
    /// The kernels of a convolution as pictures.
    Filters,
    /// The singular values of a weight.
    Spectrum,
    /// Numbers as colours, row by row.
    Matrix,
    /// A picture in grey or in colour.
    Picture,
    /// How many samples each class has.
    Classes,
    /// How the columns of a table, or the numbers to predict, are distributed.
    Columns,
    /// The first samples, if they are pictures.
    Samples,
    /// A row of numbers as a line.
    Line,
    /// The learning rates of a schedule.
    Schedule,
}

/// Of what a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    NetworkOnData,
    NetworkOnSample,
    Network,
    Tensor,
    Sample,
    Data,
    Schedule,
    NetworksOnData,
}

impl Subject {
    const ALL: [Subject; 8] = [
        Subject::NetworkOnData,
        Subject::NetworkOnSample,
        Subject::Network,
        Subject::Tensor,
        Subject::Sample,
        Subject::Data,
        Subject::Schedule,
        Subject::NetworksOnData,
    ];

    /// What it is, with an article.
    fn name(self) -> &'static str {
        match self {
            Subject::NetworkOnData => "a network on data",
            Subject::NetworkOnSample => "a network on a sample",
            Subject::Network => "a network alone",
            Subject::Tensor => "a tensor",
            Subject::Sample => "a sample",
            Subject::Data => "a data set",
            Subject::Schedule => "a schedule",
            Subject::NetworksOnData => "several networks on data",
        }
    }

    /// A statement with it.
    fn example(self) -> &'static str {
        match self {
            Subject::NetworkOnData => "plot net on d.test",
            Subject::NetworkOnSample => "plot net on d.test[0]",
            Subject::Network => "plot net",
            Subject::Tensor => "plot net.layers[0].weight",
            Subject::Sample => "plot d.test[0]",
            Subject::Data => "plot d",
            Subject::Schedule => "plot onecycle",
            Subject::NetworksOnData => "plot a b on d.test",
        }
    }

    /// The kinds that are drawn of it.
    fn kinds(self) -> &'static [PlotKind] {
        use PlotKind::*;
        match self {
            Subject::NetworkOnData => {
                &[Confusion, Roc, Pr, Calibration, Truth, Boundary, Embedding]
            }
            Subject::NetworkOnSample => &[Features, Attention],
            Subject::Network => &[History, Histogram, Spectrum],
            Subject::Tensor => &[Line, Matrix, Histogram, Filters, Spectrum, Picture],
            Subject::Sample => &[Picture, Matrix, Line, Histogram],
            Subject::Data => &[Classes, Columns, Samples, Embedding],
            Subject::Schedule => &[Schedule],
            Subject::NetworksOnData => &[Roc, Pr, Calibration],
        }
    }

    /// Refuses a kind that is drawn of something else: it says of what, with a statement.
    ///
    /// # Errors
    /// Such a kind.
    pub fn check(self, kind: Option<PlotKind>, span: Span) -> Result<(), Failure> {
        let Some(kind) = kind.filter(|kind| !self.kinds().contains(kind)) else { return Ok(()) };
        let other = Subject::ALL.into_iter().find(|other| other.kinds().contains(&kind));
        let word = kind.name();
        let of = other.map_or("something else", Subject::name);
        let message = format!("kind=\"{word}\" is drawn of {of}, not of {}", self.name());
        let example = other
            .map_or_else(String::new, |other| format!("{} kind=\"{word}\"; ", other.example()));
        Err(Failure::at(span, message).help(format!(
            "{example}of {} there is {}",
            self.name(),
            self.words()
        )))
    }

    /// Its kinds in words.
    pub fn words(self) -> String {
        self.kinds().iter().map(|kind| format!("{:?}", kind.name())).collect::<Vec<_>>().join(", ")
    }
}

impl PlotKind {
    /// Its word.
    pub fn name(self) -> &'static str {
        self.word().unwrap_or("line")
    }
}
