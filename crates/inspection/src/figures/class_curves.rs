//! Curves of the scores of a network, one for each class: ROC, precision and recall, calibration.

use super::scored::{Scored, ScoredClass};
use crate::plot::{Mark, Panel};
use serde::Serialize;
use std::fmt::Debug;

/// The curve of one class.
pub trait ClassCurve: Clone + Debug + PartialEq + Serialize {
    /// How curves were made, beside the samples.
    type Settings: Clone + Debug + PartialEq + Serialize;

    /// What all curves together come to.
    type Score: Clone + Debug + PartialEq + Serialize;

    /// What curves are called at the beginning of a title: `ROC`.
    const NAME: &'static str;

    /// Its class.
    fn class(&self) -> &str;

    /// The area under it, or what else it comes to, with its name: `AUC 0.981`.
    fn area(&self) -> String;

    /// A panel with what curves are compared with: those of one class, of which one is given, or of several.
    fn panel(title: String, one: Option<&Self>) -> Panel;

    /// The curve with a name.
    fn mark(&self, name: String) -> Mark;
}

/// The curves of one network by class, which can be drawn alone or over those of other networks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassCurves<C: ClassCurve> {
    /// The samples' name.
    pub data: String,
    /// How many there are.
    pub samples: usize,
    /// How the curves were made.
    #[serde(flatten)]
    pub settings: C::Settings,
    /// A curve for each class against the rest; of two classes for the second.
    pub curves: Vec<C>,
    /// What all of them come to.
    #[serde(flatten)]
    pub score: C::Score,
}

/// No settings, or no score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Nothing {}

impl<C: ClassCurve> ClassCurves<C> {
    /// Curves of what was scored.
    pub(super) fn new(
        scored: &Scored,
        curves: Vec<C>,
        settings: C::Settings,
        score: C::Score,
    ) -> Self {
        let (data, samples) = (scored.data.clone(), scored.samples());
        ClassCurves { data, samples, settings, curves, score }
    }

    /// All curves in a panel with some title.
    pub(super) fn panel(&self, title: String) -> Panel {
        let one = if let [only] = &self.curves[..] { Some(only) } else { None };
        self.curves.iter().fold(C::panel(title, one), |panel, curve| {
            panel.with(curve.mark(format!("{} ({})", curve.class(), curve.area())))
        })
    }
}

impl Scored {
    /// One class, or those that curves are drawn of.
    pub(super) fn chosen(&self, class: Option<usize>) -> &[ScoredClass] {
        match class.and_then(|class| self.classes.get(class)) {
            Some(only) => std::slice::from_ref(only),
            None => self.drawn(),
        }
    }
}
