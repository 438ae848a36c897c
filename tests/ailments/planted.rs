//! One network for each rule.

use crate::cases::files;
use crate::cures::failed_cures;
use crate::{accuracy, first_cure, run};

/// A script, the rule that must be found, its severity, and the accuracy that the first cure must reach.
struct Planted(&'static str, &'static str, &'static str, Option<f64>);

const DIGITS: &str = "set seed=1\nd = digits()\n";

const PLANTED: &[Planted] = &[
    Planted(
        "net = (dense(64, init=normal(std=0.9)) -> relu) * 12 -> dense(10)\ninspect net on d",
        "exploding_signal",
        "PROBLEM",
        Some(0.7),
    ),
    Planted(
        "net = dense(64) -> residual(dense(64, bias_init=constant(-100)) -> relu) -> dense(10)\ninspect net on d",
        "dead_units at 1.body.1",
        "PROBLEM",
        Some(0.9),
    ),
    Planted(
        "net = dense(64) -> shared(dense(64, bias_init=constant(-20)) -> silu) -> dense(10)\ninspect net on d",
        "dead_units at 1.1",
        "PROBLEM",
        Some(0.9),
    ),
    Planted(
        "net = concat(dense(48) -> relu, dense(16, bias_init=constant(-100)) -> relu) -> dense(10)\n\
         train net on d epochs=2\ninspect net on d",
        "dead_units at 0.branches.1.1 (relu), units 0-15",
        "PROBLEM",
        Some(0.9),
    ),
    Planted(
        "net = dense(64) -> relu -> dense(64) -> relu -> dense(10)\ntrain net on d epochs=5 optimizer=adam(lr=1)\n\
         inspect net on d",
        "dead_units",
        "PROBLEM",
        Some(0.93),
    ),
    Planted(
        "net = dense(64) -> relu -> dense(10)\ntrain net on d epochs=5 optimizer=adam(lr=0.0000003)\ninspect net on d",
        "rate_too_low",
        "WARNING",
        Some(0.9),
    ),
    Planted(
        "net = dense(64, init=zeros) -> relu -> dense(10, init=zeros)\ninspect net on d",
        "symmetry at 0",
        "PROBLEM",
        Some(0.9),
    ),
    Planted(
        "net = dense(32, init=constant(0.1), bias_init=zeros) -> tanh -> dense(10, init=constant(0.1))\n\
         inspect net on d",
        "symmetry at 0",
        "PROBLEM",
        Some(0.9),
    ),
    Planted(
        "net = (dense(64) -> sigmoid) * 10 -> dense(10)\ninspect net on d",
        "lost_signal",
        "PROBLEM",
        Some(0.6),
    ),
    Planted(
        "net = (dense(64) -> sigmoid) * 8 -> dense(10)\ninspect net on d ignore=[lost_signal]",
        "vanishing_gradient",
        "PROBLEM",
        None,
    ),
    Planted(
        "net = dense(64, init=normal(std=5)) -> tanh -> dense(10)\ninspect net on d",
        "saturation at 1",
        "PROBLEM",
        Some(0.9),
    ),
    // Its initialisers are not to blame: the first cure is another rate.
    Planted(
        "net = dense(16) -> tanh -> dense(10)\ntrain net on d epochs=3 optimizer=adam(lr=1)\n\
         inspect net on d ignore=[dead_units, rate_too_high]",
        "saturation at 1",
        "PROBLEM",
        Some(0.85),
    ),
    Planted(
        "net = dense(64) -> relu -> dense(10, init=normal(std=4))\ninspect net on d",
        "initial_loss",
        "WARNING",
        Some(0.9),
    ),
    Planted(
        "net = dense(64) -> relu -> dense(10) -> softmax\nlint net on d",
        "double_softmax",
        "WARNING",
        Some(0.9),
    ),
    Planted(
        "net = dense(64) -> relu -> dense(10) -> log_softmax\nlint net on d",
        "redundant_log_softmax",
        "note",
        None,
    ),
    Planted(
        "net = dense(64) -> relu -> dense(10) -> relu\nlint net on d",
        "output_range",
        "WARNING",
        Some(0.9),
    ),
    Planted(
        "net = dense(64) -> dense(32) -> dense(10)\nlint net on d",
        "no_nonlinearity",
        "WARNING",
        Some(0.9),
    ),
    Planted(
        "net = dense(16) -> batchnorm -> relu -> dense(10)\ntrain net on d epochs=3 batch=4",
        "batchnorm_last_batch",
        "error:",
        None,
    ),
    Planted(
        "net = dense(16) -> batchnorm -> relu -> dense(10)\nlint net on d batch=3",
        "batchnorm_small_batch",
        "WARNING",
        None,
    ),
    Planted(
        "net = dense(16) -> batchnorm -> relu -> dense(10)\nlint net on d",
        "redundant_bias",
        "note",
        None,
    ),
    Planted(
        "net = dense(16) -> relu -> dense(10)\ntrain net on d epochs=1 loss=nll",
        "wrong_loss",
        "warning:",
        Some(0.8),
    ),
    Planted(
        "net = dense(16) -> relu -> dense(10)\nlint net on d optimizer=sgd(lr=50)",
        "rate_too_high",
        "WARNING",
        Some(0.8),
    ),
    Planted(
        "net = dense(5000) -> relu -> dense(2000) -> dense(10)\nlint net on d",
        "too_few_samples",
        "WARNING",
        None,
    ),
    Planted(
        "d = csv(\"FOLDER/sign.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(1)\nlint net on d loss=bce",
        "wrong_loss",
        "ERROR",
        Some(0.8),
    ),
    Planted(
        "d = csv(\"FOLDER/price.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(1)\nlint net on d",
        "unscaled_target",
        "WARNING",
        None,
    ),
    Planted(
        "d = csv(\"FOLDER/small.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(1) -> sigmoid\nlint net on d",
        "output_range",
        "WARNING",
        None,
    ),
    Planted(
        "d = csv(\"FOLDER/rare.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(2)\nlint net on d",
        "class_imbalance",
        "WARNING",
        None,
    ),
    Planted(
        "d = csv(\"FOLDER/sign.csv\", target=\"y\", test_path=\"FOLDER/again.csv\")\n\
         net = dense(8) -> relu -> dense(2)\nlint net on d",
        "leak",
        "WARNING",
        None,
    ),
    Planted(
        "d = csv(\"FOLDER/told.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(2)\nlint net on d",
        "leak",
        "WARNING",
        None,
    ),
    Planted(
        "d = csv(\"FOLDER/contradictory.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(2)\nlint net on d",
        "contradictory_labels",
        "WARNING",
        None,
    ),
    Planted(
        "d = csv(\"FOLDER/constant.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(2)\nlint net on d",
        "constant_input",
        "note",
        None,
    ),
    Planted(
        "d = csv(\"FOLDER/random.csv\", target=\"y\")\nnet = dense(256) -> relu -> dense(256) -> relu -> dense(2)\n\
         train net on d epochs=100\ninspect net on d",
        "overfitting|memorising",
        "WARNING",
        None,
    ),
];

#[test]
fn planted_ailments_are_named_with_their_places_and_the_first_cure_helps() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let mut wrong = Vec::new();
    for Planted(script, rule, severity, wanted) in PLANTED {
        let mut ran = run(&format!("{DIGITS}{script}"), folder.path());
        let text = format!("{}{}", ran.results, ran.remarks);
        let is_found = rule.split('|').any(|rule| text.contains(&format!("{severity} {rule}")));
        if !is_found {
            wrong.push(format!("{script}\n  wanted {severity} {rule}, found:\n{text}"));
            continue;
        }
        let Some(wanted) = wanted else {
            wrong.extend(
                failed_cures(&mut ran.session, &text).map(|own| format!("{script}\n  {own}")),
            );
            continue;
        };
        let Some(cure) = first_cure(&text).map(str::to_string) else {
            wrong.push(format!("{script}\n  no cure for {rule}:\n{text}"));
            continue;
        };
        if let Err(failure) = ran.session.run(&cure, &relume_repl::Source::Argument) {
            wrong.push(format!("{script}\n  {cure}\n  {}", failure.diagnostic.message));
            continue;
        }
        let reached = accuracy(&mut ran.session);
        if reached < *wanted {
            wrong.push(format!("{script}\n  {cure}\n  reaches {reached}, not {wanted}"));
        }
        wrong.extend(failed_cures(&mut ran.session, &text).map(|own| format!("{script}\n  {own}")));
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), PLANTED.len(), wrong.join("\n\n"));
}
