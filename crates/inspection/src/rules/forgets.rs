//! Recurrent layers whose gradient does not reach back to the first step.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity, one_digit};
use relume_catalog::Spec;
use relume_layers::{NetworkSpec, Stage};

/// Recurrent layers whose gradient does not reach back to the first step.
///
/// The gradient with respect to the step that is read first is below 6e-8 of the largest: of what a sum in f32 keeps,
/// 2^-24, nothing is left of that step. A problem if the network was trained and is no better than 90 % of a constant;
/// a note before training, silent where it learns. Bengio, Simard and Frasconi, "Learning long-term dependencies with
/// gradient descent is difficult", 1994.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[forgets]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct Forgets {}

impl Check for Forgets {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl Forgets {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let mut found: Vec<_> = pass
            .recurrent
            .iter()
            .filter_map(|own| Some((own, own.reach()?)))
            .filter(|&(_, reach)| reach < LIMIT)
            .collect();
        found.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        let &(worst, reach) = found.first()?;
        let severity = match (seen.is_trained(), seen.share_of_baseline()) {
            (true, Some(share)) if share < 0.9 => return None,
            (true, Some(_)) => Severity::Problem,
            // Whether it learns is not known.
            (true, None) | (false, _) => Severity::Note,
        };
        let steps = worst.gradient_by_step.len();
        let text = format!(
            "the gradient at the first of {steps} steps is {} of the largest: what the first steps say is not \
             learned",
            one_digit(reach)
        );
        let places = found.iter().map(|(own, _)| {
            seen.place(own.path.rsplit_once('.').map_or(own.path.as_str(), |(stage, _)| stage))
        });
        let finding = Finding::new("forgets", severity, text)
            .measured(reach, LIMIT, "of the largest gradient")
            .at(places.collect());
        Some(cures(seen).into_iter().fold(finding, Finding::cured))
    }
}

/// 2^-24: what is smaller is lost beside 1 in f32.
const LIMIT: f64 = 5.960_464_5e-8;

/// Layers with a memory in the place of those without, or a memory that begins open.
fn cures(seen: &Seen<'_>) -> Vec<Cure> {
    let remembering = |spec: &NetworkSpec| -> Option<NetworkSpec> {
        let mut changed = spec.clone();
        for located in crate::facts::located(spec) {
            let (name, mut arguments) = located.stage.record();
            if !matches!(name, "rnn" | "gru" | "lstm") {
                continue;
            }
            arguments.remove("nonlinearity");
            arguments.insert("forget_bias".to_string(), 5.0.into());
            let stage: Stage = Stage::from_record("lstm", arguments).ok()?;
            let place = changed.place(&located.path).ok()?;
            changed = changed.replaced(&place, &[stage]).ok()?;
        }
        (changed != *spec).then_some(changed)
    };
    let lstm = remembering(seen.spec())
        .map(|spec| seen.other_network("lstm with a forget gate that begins open", spec));
    lstm.into_iter().chain([Cure::words("attention, or shorter sequences")]).collect()
}
