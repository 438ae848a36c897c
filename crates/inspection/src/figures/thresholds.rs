//! From which probability on a class is predicted: thresholds for what one wants.

use super::scored::{ScoredClass, Step};
use serde::Serialize;

/// What a false alarm and a miss cost, in any unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Costs {
    /// Of a sample that is wrongly predicted to be of the class.
    pub false_alarm: f64,
    /// Of a sample of the class that is not found.
    pub miss: f64,
}

impl Costs {
    /// Those of a threshold.
    fn of(&self, choice: &ThresholdChoice) -> f64 {
        self.false_alarm * choice.false_alarms as f64 + self.miss * choice.misses as f64
    }
}

/// What a threshold is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// One half, as without a choice.
    Half,
    /// The largest F1. Of equal ones the largest threshold.
    F1,
    /// The largest difference of both rates of the ROC curve. Youden, "Index for rating diagnostic tests", 1950.
    Youden,
    /// The largest accuracy.
    Accuracy,
    /// The largest recall of those with at least this precision.
    Precision(f64),
    /// The largest precision of those with at least this recall.
    Recall(f64),
    /// The smallest cost.
    Costs(Costs),
}

/// A threshold with what it reaches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThresholdChoice {
    /// What it was chosen for.
    pub aim: Aim,
    /// From this probability on the class is predicted.
    pub threshold: f64,
    /// The share of its samples among those that are predicted to be of it; 0 without any.
    pub precision: f64,
    /// The share of its samples that are found.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// The share of all samples that are right.
    pub accuracy: f64,
    /// The true less the false positive rate.
    pub youden: f64,
    /// How many others are predicted to be of the class.
    pub false_alarms: usize,
    /// How many of the class are not found.
    pub misses: usize,
    /// What these cost together: by the aim's own costs, or else by those of the first aim that has some.
    pub cost: Option<f64>,
}

/// Thresholds for one class against the rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Thresholds {
    /// The samples' name.
    pub data: String,
    /// The class.
    pub class: String,
    /// How many samples there are.
    pub samples: usize,
    /// How many of them are of the class.
    pub positives: usize,
    /// What was chosen; an aim that no threshold reaches is left out.
    pub choices: Vec<ThresholdChoice>,
    /// The aims that no threshold reaches.
    pub unreached: Vec<Aim>,
}

impl Thresholds {
    /// The thresholds of a class for some aims. `None` if all samples are of it, or none is.
    pub fn of(data: &str, class: &ScoredClass, aims: &[Aim]) -> Option<Self> {
        let [positives, negatives] = class.counts();
        if positives == 0 || negatives == 0 {
            return None;
        }
        let costs = aims.iter().find_map(|aim| match aim {
            Aim::Costs(costs) => Some(*costs),
            _ => None,
        });
        let counts = Counts { positives, negatives };
        // Above all scores there is a threshold too, from which on nothing is of the class.
        let none = Step { threshold: f64::INFINITY, hits: 0, alarms: 0 };
        // What is no number is at or above none.
        let numbers = class.steps().into_iter().filter(|own| own.threshold.is_finite());
        let steps: Vec<Step> = std::iter::once(none).chain(numbers).collect();
        let all: Vec<ThresholdChoice> = (0..steps.len())
            .map(|at| {
                let below = steps.get(at + 1).map_or(0.0, |next| next.threshold);
                counts.choice(between(below, steps[at].threshold), steps[at])
            })
            .collect();
        let (mut choices, mut unreached) = (Vec::new(), Vec::new());
        for &aim in aims {
            let chosen = match aim {
                Aim::Half => Some(half(&counts, &steps)),
                aim => best(&all, aim),
            };
            match chosen {
                Some(choice) => {
                    let own = if let Aim::Costs(own) = aim { Some(own) } else { costs };
                    let cost = own.map(|own| own.of(&choice));
                    choices.push(ThresholdChoice { aim, cost, ..choice });
                }
                None => unreached.push(aim),
            }
        }
        Some(Thresholds {
            data: data.to_string(),
            class: class.name.clone(),
            samples: positives + negatives,
            positives,
            choices,
            unreached,
        })
    }
}

struct Counts {
    positives: usize,
    negatives: usize,
}

impl Counts {
    fn choice(&self, threshold: f64, step: Step) -> ThresholdChoice {
        let (hits, alarms) = (step.hits as f64, step.alarms as f64);
        let (positives, negatives) = (self.positives as f64, self.negatives as f64);
        let misses = self.positives - step.hits;
        let ratio = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
        ThresholdChoice {
            aim: Aim::Half,
            threshold,
            precision: ratio(hits, hits + alarms),
            recall: hits / positives,
            f1: ratio(2.0 * hits, hits + alarms + positives),
            accuracy: (hits + negatives - alarms) / (positives + negatives),
            youden: hits / positives - alarms / negatives,
            false_alarms: step.alarms,
            misses,
            cost: None,
        }
    }
}

/// What one half reaches.
fn half(counts: &Counts, steps: &[Step]) -> ThresholdChoice {
    let last = steps.iter().take_while(|step| step.threshold >= 0.5).last();
    counts.choice(0.5, last.copied().unwrap_or(steps[0]))
}

/// The best one for an aim; of equal ones the first, whose threshold is largest.
fn best(all: &[ThresholdChoice], aim: Aim) -> Option<ThresholdChoice> {
    let reaches = |own: &&ThresholdChoice| match aim {
        Aim::Precision(least) => own.precision >= least,
        Aim::Recall(least) => own.recall >= least,
        _ => true,
    };
    let worth = |own: &ThresholdChoice| match aim {
        Aim::Half => 0.0,
        Aim::F1 => own.f1,
        Aim::Youden => own.youden,
        Aim::Accuracy => own.accuracy,
        Aim::Precision(_) => own.recall,
        Aim::Recall(_) => own.precision,
        Aim::Costs(costs) => -costs.of(own),
    };
    let mut chosen: Option<&ThresholdChoice> = None;
    for own in all.iter().filter(reaches) {
        if chosen.is_none_or(|known| worth(own) > worth(known)) {
            chosen = Some(own);
        }
    }
    chosen.cloned()
}

/// The number with the fewest digits above the first and not above the second, so that a score on either side stays
/// there; above all scores 1 if it is.
fn between(below: f64, score: f64) -> f64 {
    if score.is_infinite() {
        return if below < 1.0 { 1.0 } else { f64::INFINITY };
    }
    let middle = f64::midpoint(below, score);
    for digits in 2..17 {
        let scale = 10f64.powi(digits);
        let rounded = (middle * scale).round() / scale;
        if rounded > below && rounded <= score {
            return rounded;
        }
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_have_few_digits_and_stay_between_scores() {
        assert_eq!(between(0.2, 0.6), 0.4);
        assert_eq!(between(0.3331, 0.3335), 0.3333);
        assert_eq!(between(0.0, 0.001), 0.001);
        assert_eq!(between(0.9, f64::INFINITY), 1.0);
    }

    #[test]
    fn each_aim_has_its_own_costs() {
        let class = ScoredClass {
            name: "yes".to_string(),
            scores: vec![0.9, 0.6, 0.3],
            is_true: vec![true, false, true],
        };
        let aim = |false_alarm, miss| Aim::Costs(Costs { false_alarm, miss });
        let aims = [Aim::Half, aim(10.0, 1.0), aim(1.0, 10.0)];
        let found = Thresholds::of("d", &class, &aims).unwrap();
        let own: Vec<_> = found
            .choices
            .iter()
            .map(|own| (own.false_alarms, own.misses, own.cost.unwrap()))
            .collect();
        assert_eq!(own, [(1, 1, 11.0), (0, 1, 1.0), (1, 0, 1.0)]);
    }

    #[test]
    fn an_aim_that_cannot_be_reached_is_named() {
        let class = ScoredClass {
            name: "yes".to_string(),
            scores: vec![0.9, 0.8],
            is_true: vec![false, true],
        };
        let found = Thresholds::of("d", &class, &[Aim::Precision(0.9), Aim::Recall(1.0)]).unwrap();
        assert_eq!(found.unreached, [Aim::Precision(0.9)]);
        assert_eq!(found.choices[0].recall, 1.0);
    }
}
