//! An ill network and its healthy sibling for rules that many others would hide: the rule finds the one and not the
//! other.

use crate::cases::files;
use crate::cures::failed_cures;
use crate::run;

/// Script of the ill one, what must be found, and the healthy script.
struct Pair(&'static str, &'static str, &'static str);

const DIGITS: &str = "set seed=1\nd = digits()\n";

const PAIRS: &[Pair] = &[
    Pair(
        "net = dense(16, init=constant(1e38)) -> relu -> dense(10)\ninspect net on d",
        "PROBLEM not_finite at 0",
        "net = dense(16) -> relu -> dense(10)\ninspect net on d",
    ),
    Pair(
        "net = dense(16, bias_init=constant(-100)) -> relu -> dense(10)\ntrain net on d epochs=3\n\
         inspect net on d ignore=[dead_units, lost_signal, symmetry]",
        "PROBLEM collapsed_output",
        "net = dense(16) -> relu -> dense(10)\ntrain net on d epochs=3\n\
         inspect net on d ignore=[dead_units, lost_signal, symmetry]",
    ),
    Pair(
        "net = dense(16, bias_init=constant(-100)) -> relu -> dense(10)\n\
         inspect net on d ignore=[dead_units, lost_signal, symmetry]",
        "PROBLEM no_gradient at 0",
        "net = dense(16) -> relu -> dense(10)\ninspect net on d ignore=[dead_units, lost_signal, symmetry]",
    ),
    Pair(
        "net = dense(16) -> relu -> dense(10, init=normal(std=30000))\ninspect net on d",
        "PROBLEM exploding_gradient at 0",
        "net = dense(16) -> relu -> dense(10)\ninspect net on d",
    ),
    Pair(
        "net = reshape([64, 1]) -> rnn(8, output=\"last\") -> dense(10)\ninspect net on d",
        "note forgets at 1",
        "net = reshape([64, 1]) -> lstm(8, forget_bias=5, output=\"last\") -> dense(10)\ninspect net on d",
    ),
    Pair(
        "net = reshape([8, 8]) -> lstm(16, output=\"last\", forget_bias=-10) -> dense(10)\ninspect net on d",
        "PROBLEM saturated_gates at 1",
        "net = reshape([8, 8]) -> lstm(16, output=\"last\") -> dense(10)\ninspect net on d",
    ),
    Pair(
        "net = dense(32, init=normal(std=2)) -> batchnorm(momentum=0.0001) -> relu -> dense(10)\n\
         train net on d epochs=4\ninspect net on d",
        "WARNING train_use_gap at 1",
        "net = dense(32, init=normal(std=2)) -> batchnorm -> relu -> dense(10)\ntrain net on d epochs=4\n\
         inspect net on d",
    ),
    Pair(
        "net = dense(16, init=constant(0.1)) -> relu -> dense(10)\ninspect net on d ignore=[symmetry]",
        "WARNING low_rank at 0",
        "net = dense(16) -> relu -> dense(10)\ninspect net on d ignore=[symmetry]",
    ),
    Pair(
        "d = csv(\"FOLDER/large.csv\", target=\"y\", standardize=false)\nnet = dense(8) -> relu -> dense(2)\n\
         lint net on d",
        "WARNING unscaled_input",
        "d = csv(\"FOLDER/large.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(2)\nlint net on d",
    ),
    Pair(
        "d = csv((\"FOLDER/\" + \"price.csv\"), target=(\"y\"))\nnet = dense(8) -> relu -> dense(1)\nlint net on d",
        "WARNING unscaled_target",
        "d = csv((\"FOLDER/\" + \"price.csv\"), target=(\"y\"), scale_target=true)\n\
         net = dense(8) -> relu -> dense(1)\nlint net on d",
    ),
    Pair(
        "d = texts(\"FOLDER/words.csv\", words=50, length=12)\n\
         net = embedding(50, 8) -> lstm(8, output=\"last\") -> dense(2)\nlint net on d",
        "WARNING padding_unmasked at 1",
        "d = texts(\"FOLDER/words.csv\", words=50, length=12)\n\
         net = embedding(50, 8, padding_idx=0) -> lstm(8, output=\"last\") -> dense(2)\nlint net on d",
    ),
    Pair(
        "d = csv(\"FOLDER/twice.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(2)\nlint net on d ignore=[leak]",
        "note duplicates",
        "d = csv(\"FOLDER/sign.csv\", target=\"y\")\nnet = dense(8) -> relu -> dense(2)\nlint net on d",
    ),
    Pair(
        "d = texts(\"FOLDER/words.csv\", words=50, length=12)\n\
         net = embedding(5000, 8, padding_idx=0) -> lstm(8, output=\"last\") -> dense(2)\nlint net on d",
        "note unused_words at 0",
        "d = texts(\"FOLDER/words.csv\", words=50, length=12)\n\
         net = embedding(50, 8, padding_idx=0) -> lstm(8, output=\"last\") -> dense(2)\nlint net on d",
    ),
    Pair(
        "d = csv(\"FOLDER/noise.csv\", target=\"y\")\nnet = dense(2)\n\
         train net on d epochs=30 optimizer=adam(lr=0.01)\ninspect net on d ignore=[collapsed_output]",
        "PROBLEM no_better_than_constant",
        "d = csv(\"FOLDER/sign.csv\", target=\"y\")\nnet = dense(2)\n\
         train net on d epochs=30 optimizer=adam(lr=0.01)\ninspect net on d ignore=[collapsed_output]",
    ),
    // The best weights of noise are those of an early epoch.
    Pair(
        "d = csv(\"FOLDER/noise.csv\", target=\"y\")\nnet = dense(2)\n\
         train net on d epochs=60 early_stop=5 optimizer=adam(lr=0.01)\ninspect net on d ignore=[collapsed_output]",
        "PROBLEM no_better_than_constant",
        "d = csv(\"FOLDER/sign.csv\", target=\"y\")\nnet = dense(2)\n\
         train net on d epochs=60 early_stop=5 optimizer=adam(lr=0.01)\ninspect net on d ignore=[collapsed_output]",
    ),
    Pair(
        "d = csv(\"FOLDER/weak.csv\", target=\"y\")\nnet = dense(2)\n\
         train net on d epochs=60 optimizer=adam(lr=0.01)\ninspect net on d",
        "WARNING underfitting",
        "d = csv(\"FOLDER/sign.csv\", target=\"y\")\nnet = dense(2)\n\
         train net on d epochs=60 optimizer=adam(lr=0.01)\ninspect net on d",
    ),
    Pair(
        "d = csv(\"FOLDER/fair.csv\", target=\"y\")\nnet = dense(2)\n\
         train net on d epochs=60 optimizer=adam(lr=0.03)\ninspect net on d",
        "note plateau",
        "d = csv(\"FOLDER/sign.csv\", target=\"y\")\nnet = dense(2)\n\
         train net on d epochs=60 optimizer=adam(lr=0.03)\ninspect net on d",
    ),
    Pair(
        "net = dense(16) -> relu -> dense(10) -> relu -> reshape([10])\nlint net on d",
        "WARNING output_range at 3",
        "net = dense(16) -> relu -> dense(10) -> reshape([10])\nlint net on d",
    ),
];

#[test]
fn rules_find_the_ill_network_and_not_its_healthy_sibling() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let mut wrong = Vec::new();
    for Pair(ill, found, healthy) in PAIRS {
        let mut ran = run(&format!("{DIGITS}{ill}"), folder.path());
        let text = format!("{}{}", ran.results, ran.remarks);
        if !text.contains(found) {
            wrong.push(format!("{ill}\n  wanted {found}, found:\n{text}"));
        }
        wrong.extend(failed_cures(&mut ran.session, &text).map(|own| format!("{ill}\n  {own}")));
        let rule = found.split(' ').nth(1).unwrap_or(found);
        let ran = run(&format!("{DIGITS}{healthy}"), folder.path());
        let text = format!("{}{}", ran.results, ran.remarks);
        if text.contains(&format!(" {rule}")) || !text.contains("rules looked at") {
            wrong.push(format!(
                "{healthy}\n  {rule} is found here, or nothing was looked at:\n{text}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n\n"));
}
