//! What a rule found, where, and what would cure it.

use relume_layers::NetworkSpec;
use relume_training::Plan;
use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; healthy networks have such things too.
    Note,
    /// Learning is probably slower or worse than it could be.
    Warning,
    /// Learning does not work like this.
    Problem,
    /// Training is refused.
    Error,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Problem => "problem",
            Severity::Error => "error",
        }
    }
}

/// One thing that a rule found, in all places where it was found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is; empty for the data or the network as a whole.
    pub places: Vec<Place>,
    /// What was measured.
    pub measured: f64,
    /// What it was compared with.
    pub threshold: f64,
    /// The unit of both.
    pub unit: &'static str,
    /// What was found, as a sentence.
    pub text: String,
    /// Where it comes from, if that is known.
    pub cause: Option<String>,
    /// What to do about it, the most promising first.
    pub cures: Vec<Cure>,
}

/// A place in a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    /// Its path: `2.body.1`, or the name of a parameter.
    pub path: String,
    /// What stands there.
    pub stage: String,
    /// The units that are meant; empty for all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<usize>,
}

/// Something to do about a finding.
#[derive(Clone, Debug, Serialize)]
pub struct Cure {
    /// What it does, in a few words.
    pub text: String,
    /// Statements of the command language, in one line, that run as they stand.
    pub statement: Option<String>,
    /// What it brought on a clone, if it was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tried: Option<Trial>,
    /// The same for a program.
    #[serde(skip)]
    pub change: Option<Change>,
}

/// What a few steps with a cure brought, on a clone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// How many steps.
    pub steps: u64,
    /// The loss before.
    pub before: f32,
    /// The loss after as many steps without the cure.
    pub without: f32,
    /// The loss after them with the cure.
    pub after: f32,
}

/// What a cure changes.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Another network, which starts anew.
    pub network: Option<NetworkSpec>,
    /// Whether the same network starts anew.
    pub reset: bool,
    /// How it is trained then.
    pub plan: Option<Plan>,
}

impl Finding {
    /// A finding without places and cures.
    pub fn new(rule: &'static str, severity: Severity, text: impl Into<String>) -> Self {
        Finding {
            rule,
            severity,
            places: Vec::new(),
            measured: f64::NAN,
            threshold: f64::NAN,
            unit: "",
            text: text.into(),
            cause: None,
            cures: Vec::new(),
        }
    }

    /// The same finding with what was measured, what it was compared with, and the unit of both.
    #[must_use]
    pub fn measured(mut self, measured: f64, threshold: f64, unit: &'static str) -> Self {
        (self.measured, self.threshold, self.unit) = (measured, threshold, unit);
        self
    }

    /// The same finding at these places.
    #[must_use]
    pub fn at(mut self, places: Vec<Place>) -> Self {
        self.places = places;
        self
    }

    /// The same finding with its cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same finding with one more cure.
    #[must_use]
    pub fn cured(mut self, cure: Cure) -> Self {
        self.cures.push(cure);
        self
    }
}

impl Finding {
    /// The same finding with these cures too.
    #[must_use]
    pub fn cured_by(mut self, cures: impl IntoIterator<Item = Cure>) -> Self {
        self.cures.extend(cures);
        self
    }
}

impl Cure {
    /// A cure in words.
    pub fn words(text: impl Into<String>) -> Self {
        Cure { text: text.into(), statement: None, tried: None, change: None }
    }
}
