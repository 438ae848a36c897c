//! Findings: what the figures mean, and what to try.

use crate::health::{Health, ParameterHealth};
use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Severity {
    /// Worth a look.
    Note,
    /// Probably slows learning down.
    Warning,
    /// Learning does not work like this.
    Problem,
}

/// A finding about a network, with what to try.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where: a stage or a parameter.
    pub place: String,
    /// What was found, as a sentence.
    pub finding: String,
    /// What to try.
    pub advice: String,
}

/// A stage with a larger share of dead units than this is worth a look, and one above half is serious.
const DEAD: f32 = 0.1;
/// The same for saturated values.
const SATURATED: f32 = 0.5;
/// A gradient that shrinks or grows by more than this between the last and the first stage vanishes or explodes.
const VANISHING: f32 = 1e-3;
const EXPLODING: f32 = 1e3;
/// Updates of about a thousandth of the weights are usual; these limits are a hundred times off.
const SMALL_UPDATE: f64 = 1e-5;
const LARGE_UPDATE: f64 = 1e-1;

/// The findings on a network's health; empty if nothing is wrong.
pub fn findings(health: &Health) -> Vec<Finding> {
    let mut all = Vec::new();
    for stage in &health.stages {
        let place = format!("stage {}, {}", stage.index, stage.stage);
        if !stage.output.rms.is_finite() {
            all.push(Finding {
                severity: Severity::Problem,
                place: place.clone(),
                finding: "its outputs are not finite".to_string(),
                advice: "reset the network and train with a smaller learning rate or clip=1"
                    .to_string(),
            });
        }
        let Some(units) = stage.units.filter(|units| units.units > 0) else { continue };
        let dead = units.dead as f32 / units.units as f32;
        if dead > DEAD {
            all.push(Finding {
                severity: if dead > 0.5 { Severity::Problem } else { Severity::Warning },
                place: place.clone(),
                finding: format!("{} of {} units are dead: no sample wakes them", units.dead, units.units),
                advice: "try leaky_relu, elu or gelu in its place, a smaller learning rate, or init=he_uniform before \
                    it"
                    .to_string(),
            });
        }
        if units.saturated > SATURATED {
            all.push(Finding {
                severity: Severity::Warning,
                place,
                finding: format!(
                    "{:.0} % of its values lie at the flat ends, where hardly any gradient passes",
                    units.saturated * 100.0
                ),
                advice: "try init=xavier_uniform before it, batchnorm, standardised inputs, or relu in its place"
                    .to_string(),
            });
        }
    }
    all.extend(flow(health));
    all.extend(health.parameters.iter().filter_map(|parameter| update(parameter, health.lr)));
    all.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    all
}

/// Whether the gradient vanishes or explodes on its way from the last stage to the first.
fn flow(health: &Health) -> Option<Finding> {
    let mut gradients = health
        .stages
        .iter()
        .filter_map(|stage| Some((stage.index, stage.gradient.filter(|g| *g > 0.0)?)));
    let (first, at_first) = gradients.next()?;
    let (last, at_last) = gradients.next_back()?;
    let ratio = at_first / at_last;
    let (word, advice) = match ratio {
        r if r < VANISHING => (
            "vanishes",
            "try relu or gelu instead of sigmoid or tanh, init=he_uniform or xavier_uniform, batchnorm, or \
            residual(...)",
        ),
        r if r > EXPLODING => {
            ("explodes", "try clip=1, a smaller learning rate, init=orthogonal, or batchnorm")
        }
        _ => return None,
    };
    Some(Finding {
        severity: Severity::Problem,
        place: format!("stages {last} to {first}"),
        finding: format!(
            "the gradient {word}: from {at_last:.1e} to {at_first:.1e} on its way back"
        ),
        advice: advice.to_string(),
    })
}

/// Whether a step would change a parameter by far too little or too much.
fn update(parameter: &ParameterHealth, lr: f64) -> Option<Finding> {
    let place = parameter.name.clone();
    let Some(gradient) = parameter.gradient else {
        return Some(Finding {
            severity: Severity::Problem,
            place,
            finding: "no gradient reaches it".to_string(),
            advice: "check that its stage's output is used".to_string(),
        });
    };
    // A bias is often close to 0: only the update of a weight can be compared with its size.
    if !parameter.name.contains("weight") || parameter.weight == 0.0 {
        return None;
    }
    let ratio = lr * f64::from(gradient) / f64::from(parameter.weight);
    let (finding, advice) = match ratio {
        r if r > LARGE_UPDATE => ("large", "try a smaller learning rate"),
        r if r < SMALL_UPDATE && gradient > 0.0 => (
            "small",
            "an optimizer with adaptive steps such as adam does not mind; with sgd try a larger rate",
        ),
        _ => return None,
    };
    Some(Finding {
        severity: if ratio > LARGE_UPDATE { Severity::Warning } else { Severity::Note },
        place,
        finding: format!(
            "learning rate times gradient is {finding} beside the weights: {ratio:.0e} of them"
        ),
        advice: advice.to_string(),
    })
}
