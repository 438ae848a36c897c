//! Options of pictures, and which kinds have them.

use super::PlotKind;
use crate::Failure;
use crate::commands::Given;
use crate::commands::explain_class::Class;
use relume_catalog::Spec;
use relume_inspection::figures::Binning;

/// What is drawn, and how.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = PlotOptionsOptions)]
pub struct PlotOptions {
    /// What is drawn; by default what suits the value best.
    pub kind: Option<PlotKind>,
    /// The path of the stage, for "embedding", "features" and "attention".
    pub stage: Option<String>,
    /// The class against the rest, by name or index, for "roc", "pr" and "calibration".
    pub class: Option<Class>,
    /// How many bins there are, for "histogram", "columns" and "calibration".
    #[spec(range = 2..=1000)]
    pub bins: Option<usize>,
    /// How probabilities are divided into bins, for "calibration".
    pub binning: Option<Binning>,
    /// The highest learning rate, for a schedule; 1 by default.
    #[spec(positive)]
    pub lr: Option<f64>,
    /// Epochs of a schedule's run; 10 by default.
    #[spec(range = 1..=1000000)]
    pub epochs: Option<u64>,
    /// Steps of each epoch, for a schedule; 100 by default.
    #[spec(range = 1..=1000000)]
    pub steps: Option<u64>,
}

impl PlotOptions {
    /// Refuses all options, for what has one picture only.
    ///
    /// # Errors
    /// Any option.
    pub fn check_absent(&self, given: &Given<'_>) -> Result<(), Failure> {
        let kind = given.expr("kind").map(|expr| {
            Failure::at(expr.span, "there is one picture of this only").help("leave kind out")
        });
        kind.map_or_else(|| self.check(PlotKind::Line, given), Err)
    }

    /// Refuses an option that the kind does not have.
    ///
    /// # Errors
    /// Such an option.
    pub fn check(&self, kind: PlotKind, given: &Given<'_>) -> Result<(), Failure> {
        use PlotKind::*;
        let has: &[(&str, &[PlotKind])] = &[
            ("stage", &[Embedding, Features, Attention]),
            ("class", &[Roc, Pr, Calibration]),
            ("bins", &[Histogram, Columns, Calibration]),
            ("binning", &[Calibration]),
            ("lr", &[Schedule]),
            ("epochs", &[Schedule]),
            ("steps", &[Schedule]),
        ];
        for (name, kinds) in has {
            let Some(expr) = given.expr(name).filter(|_| !kinds.contains(&kind)) else { continue };
            let words: Vec<String> =
                kinds.iter().map(|kind| format!("{:?}", kind.name())).collect();
            let message = format!("{name} is no option of kind=\"{}\"", kind.name());
            return Err(
                Failure::at(expr.span, message).help(format!("it is one of {}", words.join(", ")))
            );
        }
        Ok(())
    }
}
