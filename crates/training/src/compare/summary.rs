//! What is said of each setting: mean, spread, and whether it differs from the first one.

use super::statistics::{LEVEL, holm, paired};
use super::{ComparedRun, Comparison, McNemar};
use crate::statistics::{mean_and_sd, median};
use serde::Serialize;
use std::cmp::Ordering;

/// What the trainings of a setting say.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// The setting, counted from 0 in the order in which they were given.
    pub variant: usize,
    /// Its values, in the order of the keys.
    pub values: Vec<String>,
    /// How many trainings were done.
    pub runs: usize,
    /// How many of them ended with a loss that was not finite; figures are those of the others.
    pub diverged: usize,
    /// The epochs of the longest training.
    pub epochs: usize,
    /// The rung of a halving that it came to, counted from 0.
    #[serde(skip)]
    pub rung: usize,
    /// The mean of the metric after the last epoch, or after the best one if the plan keeps its weights.
    pub mean: Option<f64>,
    /// Its standard deviation over the seeds, with n - 1.
    pub sd: Option<f64>,
    /// The mean loss after the same epoch.
    pub loss: Option<f64>,
    /// The mean difference from the first setting with the same seeds.
    pub difference: Option<f64>,
    /// Its 95 % interval, by Student's t for paired differences; none where all differences are the same.
    pub interval: Option<[f64; 2]>,
    /// The probability of such a difference by chance.
    pub p: Option<f64>,
    /// The same with Holm's correction for all comparisons with the first setting.
    pub p_holm: Option<f64>,
    /// McNemar's test of the last seed against the first setting, where settings predict classes.
    pub mcnemar: Option<McNemar>,
    /// Whether it differs: the corrected probability is below 5 %.
    pub differs: bool,
    /// The median of the epochs until the metric reached the target; none where half of the trainings did not.
    pub epochs_to_target: Option<f64>,
    /// The mean time of a step, in seconds.
    pub step_seconds: Option<f64>,
}

/// All settings, the best first: by the rung of a halving that they came to, then by the mean of the metric.
pub(super) fn summarise(comparison: &Comparison, variants: &[Vec<String>]) -> Vec<Summary> {
    let of = |variant: usize| {
        comparison.runs.iter().filter(move |run| run.variant == variant).collect::<Vec<_>>()
    };
    let first = of(0);
    let mut all: Vec<Summary> = variants
        .iter()
        .enumerate()
        .map(|(variant, values)| {
            let runs = of(variant);
            let mut own = Summary { variant, values: values.clone(), ..figures(comparison, &runs) };
            if comparison.is_paired && variant > 0 {
                compare(&mut own, &runs, &first);
            }
            own
        })
        .collect();
    correct(&mut all);
    all.sort_by(|a, b| order(comparison.is_better_larger, a, b));
    all
}

/// The figures of a setting by itself.
fn figures(comparison: &Comparison, runs: &[&ComparedRun]) -> Summary {
    let values: Vec<f64> = runs.iter().filter_map(|run| run.figure()).collect();
    let losses: Vec<f64> = runs.iter().filter_map(|run| run.loss()).collect();
    let (mean, sd) = mean_and_sd(&values).map_or((None, None), |(mean, sd)| (Some(mean), sd));
    let steps: u64 = runs.iter().map(|run| run.steps).sum();
    let seconds: f64 = runs.iter().map(|run| run.seconds).sum();
    Summary {
        runs: runs.len(),
        diverged: runs.iter().filter(|run| run.diverged).count(),
        epochs: runs.iter().map(|run| run.epochs.len()).max().unwrap_or(0),
        rung: runs.iter().map(|run| run.rung).max().unwrap_or(0),
        mean,
        sd,
        loss: mean_and_sd(&losses).map(|(mean, _)| mean),
        epochs_to_target: comparison.target.and_then(|target| waited(comparison, runs, target)),
        step_seconds: (steps > 0).then(|| seconds / steps as f64),
        ..Summary::default()
    }
}

/// The median of the epochs until a target.
fn waited(comparison: &Comparison, runs: &[&ComparedRun], target: f64) -> Option<f64> {
    let epochs: Vec<f64> = runs
        .iter()
        .map(|run| {
            let reached = run.epochs.iter().position(|epoch| {
                let value = epoch.validation_metric.map(f64::from);
                value.is_some_and(|value| comparison.reaches(value, target))
            });
            reached.map_or(f64::INFINITY, |epoch| (epoch + 1) as f64)
        })
        .collect();
    median(&epochs).filter(|median| median.is_finite())
}

/// Compares a setting with the first one, seed by seed.
fn compare(own: &mut Summary, runs: &[&ComparedRun], first: &[&ComparedRun]) {
    let pair = |run: &&ComparedRun| {
        let same = first.iter().find(|other| other.seed == run.seed)?;
        Some((same.figure()?, run.figure()?))
    };
    let pairs: Vec<(f64, f64)> = runs.iter().filter_map(pair).collect();
    let differences: Vec<f64> = pairs.iter().map(|(first, own)| own - first).collect();
    own.difference = mean_and_sd(&differences).map(|(mean, _)| mean);
    if let Some(paired) = paired(&pairs) {
        own.interval = Some(paired.interval);
        own.p = Some(paired.p);
    }
    // Of the last seed with which both were trained.
    own.mcnemar = runs.iter().rev().find_map(|run| {
        let same = first.iter().find(|other| other.seed == run.seed)?;
        Some(run.right.as_ref()?.against(same.right.as_ref()?, run.seed))
    });
}

/// Corrects the probabilities of all comparisons with the first setting. One of which nothing is known of chance is a
/// comparison too: it counts as one that says nothing.
fn correct(all: &mut [Summary]) {
    let compared: Vec<usize> = (0..all.len()).filter(|&at| all[at].variant > 0).collect();
    let p: Vec<f64> = compared.iter().map(|&at| all[at].p.unwrap_or(1.0)).collect();
    for (at, corrected) in compared.into_iter().zip(holm(&p)) {
        if all[at].p.is_some() {
            all[at].p_holm = Some(corrected);
            all[at].differs = corrected < LEVEL;
        }
    }
}

/// The better one first; of equal ones, the one that was given first.
fn order(is_better_larger: bool, a: &Summary, b: &Summary) -> Ordering {
    let means = match (a.mean, b.mean) {
        (Some(a), Some(b)) if is_better_larger => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    };
    let rung = |own: &Summary| own.mean.map_or(0, |_| own.rung);
    rung(b).cmp(&rung(a)).then(means).then(a.variant.cmp(&b.variant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comparison_is_counted_whether_or_not_it_has_a_probability() {
        let own = |variant, p| Summary { variant, p, ..Summary::default() };
        let mut all = [own(0, None), own(1, Some(0.02)), own(2, None), own(3, None)];
        correct(&mut all);
        // Of three comparisons the smallest probability counts three times: Holm, 1979.
        assert!((all[1].p_holm.unwrap() - 0.06).abs() < 1e-12);
        assert!(!all[1].differs);
        assert_eq!((all[0].p_holm, all[2].p_holm, all[3].p_holm), (None, None, None));
    }
}
