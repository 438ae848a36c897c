//! One finding for each cause: what another finding explains is left out.

use super::RuleSpec;
use crate::{Finding, Severity};
use std::cmp::Reverse;

/// Findings about training that gets no further: what most causes lead to.
const STALLED: &[&str] = &["no_better_than_constant", "plateau", "underfitting"];

/// What a finding explains, from this severity on, in lists.
const EXPLAINS: &[(&str, Severity, &[&[&str]])] = &[
    (
        "not_finite",
        Severity::Problem,
        &[&[
            "dead_units",
            "collapsed_output",
            "lost_signal",
            "no_gradient",
            "vanishing_gradient",
            "exploding_gradient",
            "saturation",
            "initial_loss",
            "low_rank",
            "no_better_than_constant",
            "plateau",
            "symmetry",
            "train_use_gap",
            "forgets",
            "saturated_gates",
            "rate_too_high",
        ]],
    ),
    (
        "symmetry",
        Severity::Problem,
        &[
            STALLED,
            &[
                "dead_units",
                "no_gradient",
                "lost_signal",
                "vanishing_gradient",
                "low_rank",
                "collapsed_output",
                "rate_too_high",
                "rate_too_low",
            ],
        ],
    ),
    (
        "dead_units",
        Severity::Problem,
        &[
            STALLED,
            &[
                "no_gradient",
                "lost_signal",
                "vanishing_gradient",
                "exploding_gradient",
                "low_rank",
                "collapsed_output",
                "rate_too_high",
                "rate_too_low",
                "initial_loss",
            ],
        ],
    ),
    (
        "exploding_signal",
        Severity::Problem,
        &[&[
            "exploding_gradient",
            "vanishing_gradient",
            "initial_loss",
            "saturation",
            "rate_too_high",
            "no_better_than_constant",
            "low_rank",
            "collapsed_output",
            "lost_signal",
        ]],
    ),
    (
        "lost_signal",
        Severity::Problem,
        &[STALLED, &["collapsed_output", "low_rank", "no_gradient"]],
    ),
    ("vanishing_gradient", Severity::Problem, &[STALLED]),
    ("saturation", Severity::Warning, &[STALLED]),
    ("forgets", Severity::Problem, &[STALLED, &["vanishing_gradient", "collapsed_output"]]),
    ("saturated_gates", Severity::Warning, &[STALLED]),
    (
        "saturated_gates",
        Severity::Problem,
        &[&["lost_signal", "vanishing_gradient", "collapsed_output", "forgets"]],
    ),
    (
        "padding_unmasked",
        Severity::Warning,
        &[&[
            "lost_signal",
            "vanishing_gradient",
            "forgets",
            "no_better_than_constant",
            "collapsed_output",
        ]],
    ),
    ("rate_too_low", Severity::Warning, &[STALLED, &["rate_too_high"]]),
    ("rate_too_high", Severity::Warning, &[STALLED]),
    ("class_imbalance", Severity::Warning, &[STALLED, &["collapsed_output"]]),
    (
        "unscaled_target",
        Severity::Warning,
        &[STALLED, &["initial_loss", "rate_too_low", "exploding_gradient"]],
    ),
    (
        "unscaled_input",
        Severity::Warning,
        &[&["initial_loss", "exploding_signal", "exploding_gradient", "low_rank"]],
    ),
    (
        "wrong_loss",
        Severity::Warning,
        &[&["output_range", "double_softmax", "no_better_than_constant", "plateau"]],
    ),
    ("double_softmax", Severity::Warning, &[STALLED, &["output_range"]]),
    ("output_range", Severity::Warning, &[STALLED, &["saturation"]]),
    ("memorising", Severity::Warning, &[&["overfitting"]]),
    ("collapsed_output", Severity::Problem, &[STALLED]),
    ("no_better_than_constant", Severity::Problem, &[&["plateau", "underfitting"]]),
    ("underfitting", Severity::Warning, &[&["plateau"]]),
    ("batchnorm_last_batch", Severity::Error, &[&["batchnorm_small_batch"]]),
    ("leak", Severity::Warning, &[&["duplicates"]]),
    ("contradictory_labels", Severity::Warning, &[&["duplicates"]]),
];

/// The findings without those that others explain, the gravest first, those of one severity in the table's order.
pub(crate) fn settled(mut findings: Vec<Finding>) -> Vec<Finding> {
    let found: Vec<(&str, Severity)> =
        findings.iter().map(|own| (own.rule, own.severity)).collect();
    // What is merely worth knowing is no reason to leave out anything graver.
    let reaches = |by: Severity, explained: Severity| by > Severity::Note || explained == by;
    let is_explained = |finding: &Finding| {
        EXPLAINS.iter().any(|(by, from, lists)| {
            lists.iter().any(|list| list.contains(&finding.rule))
                && found.iter().any(|(own, severity)| {
                    own == by && severity >= from && reaches(*severity, finding.severity)
                })
        })
    };
    findings.retain(|own| !is_explained(own));
    let place = |rule: &str| RuleSpec::ENTRIES.iter().position(|entry| entry.name == rule);
    findings.sort_by_key(|own| (Reverse(own.severity), place(own.rule)));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_rule() {
        for (by, _, lists) in EXPLAINS {
            for name in [by].into_iter().chain(lists.iter().copied().flatten()) {
                assert!(RuleSpec::find(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn what_another_finding_explains_is_left_out() {
        let finding = |rule, severity| Finding::new(rule, severity, "");
        let all = vec![
            finding("no_gradient", Severity::Problem),
            finding("duplicates", Severity::Note),
            finding("dead_units", Severity::Problem),
        ];
        let rules: Vec<_> = settled(all).iter().map(|own| own.rule).collect();
        assert_eq!(rules, ["dead_units", "duplicates"]);
    }

    #[test]
    fn a_note_leaves_out_nothing_graver_than_a_note() {
        let rules: Vec<&str> = RuleSpec::ENTRIES.iter().map(|entry| entry.name).collect();
        for by in &rules {
            for graver in &rules {
                let all = vec![
                    Finding::new(by, Severity::Note, ""),
                    Finding::new(graver, Severity::Problem, ""),
                ];
                let left = settled(all);
                assert!(left.iter().any(|own| own.rule == *graver), "{by} hides {graver}");
            }
        }
    }
}
