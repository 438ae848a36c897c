//! Gradients of losses against differences: right ones pass whatever bends there are, wrong ones are found.

use relume_activations::{Activation, ActivationSpec, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_datasets::raw::RawText;
use relume_datasets::text::{Side, Tokenizer, Vocabulary};
use relume_datasets::{Dataset, Split, Targets};
use relume_inspection::{Gradcheck, GradcheckOptions, gradcheck};
use relume_layers::NetworkSpec;
use relume_tensor::Rng;
use relume_training::{Interrupt, Model, Plan, Silent, fit};

/// tanh with a derivative that is 5 % too large.
///
/// ```relume
/// tilted([1])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Tilted {}

impl Elementwise for Tilted {
    const NAME: &'static str = "tilted";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Output;

    fn value(self, x: f32) -> f32 {
        x.tanh()
    }

    fn derivative(self, y: f32) -> f32 {
        1.05 * (1.0 - y * y)
    }
}

impl Activation for Tilted {
    fn op(&self) -> OpRef {
        (&Map(Tilted {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}

/// Three classes of eight numbers.
fn data(seed: u64) -> Dataset {
    let mut rng = Rng::new(seed);
    let inputs = rng.uniform_tensor([60, 8], -1.5, 1.5);
    let labels = (0..60).map(|i| {
        let row = &inputs.data()[i * 8..i * 8 + 8];
        if row[0] + row[1] * row[2] > 0.5 {
            0
        } else if row[3] > row[4] {
            1
        } else {
            2
        }
    });
    let names = ["a", "b", "c"].map(str::to_string).to_vec();
    let targets = Targets::Classes { names, labels: labels.collect() };
    let split = Split { train: (0..60).collect(), ..Split::default() };
    Dataset::new("d", inputs, targets, split).unwrap()
}

/// What is found for a network that was trained for so many epochs.
fn checked(network: &str, seed: u64, epochs: u64) -> Gradcheck {
    let data = data(seed);
    let mut model = Model::new(network.parse::<NetworkSpec>().unwrap(), seed);
    if epochs > 0 {
        let plan = Plan { batch: 10, ..Plan::for_data(&data, epochs) };
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    }
    let options = GradcheckOptions { inputs: true, ..GradcheckOptions::default() };
    let before = model.clone();
    let found = gradcheck(&model, &data.train(), &options).unwrap();
    assert_eq!(model.run(), before.run());
    found
}

/// How many seeds there are: `RELUME_GRADCHECKS=1000` tries more than the tests do.
fn seeds() -> u64 {
    let more = std::env::var("RELUME_GRADCHECKS").ok().and_then(|count| count.parse().ok());
    more.unwrap_or(40)
}

#[test]
fn right_gradients_pass_in_trained_networks_with_bends() {
    let networks = [
        "dense(16) -> relu -> dense(12) -> relu -> dense(3)",
        "reshape([1, 8]) -> conv1d(6, 3) -> relu -> maxpool1d(2) -> flatten -> dense(3)",
        "dense(12) -> batchnorm -> leaky_relu -> dropout(0.3) -> dense(3)",
        "dense(12) -> hardswish -> residual(dense(12) -> relu) -> dense(3)",
    ];
    let mut numbers = [0; 3];
    for seed in 0..seeds() {
        let network = networks[seed as usize % networks.len()];
        let found = checked(network, seed, [0, 3, 30][seed as usize % 3]);
        assert!(found.passed, "{network}, seed {seed}: {:#?}", found.rows);
        for row in &found.rows {
            let own = [row.checked, row.bends, row.small];
            numbers.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
    }
    let [checked, bends, small] = numbers;
    println!("{checked} numbers, {bends} at bends, {small} too small");
    // Most numbers are compared, so that passing says something.
    assert!(3 * (bends + small) < checked, "{numbers:?}");
}

#[test]
fn a_derivative_that_is_5_percent_off_is_found() {
    let _ = ActivationSpec::register::<Tilted>();
    for seed in 0..seeds() {
        for network in [
            "dense(12) -> tilted -> dense(3)",
            "dense(12) -> relu -> dense(6) -> tilted -> dense(3)",
        ] {
            let found = checked(network, seed, [0, 5, 20][seed as usize % 3]);
            assert!(!found.passed, "{network}, seed {seed}: {:#?}", found.rows);
            assert_eq!((&found.rows[0].name[..], found.rows[0].differ), ("loss", 0));
            let first = found.rows.iter().find(|row| row.name == "0.weight").unwrap();
            let worst = first.worst.unwrap();
            assert!(first.differ > 0 && (0.02..0.12).contains(&worst), "{network}: {first:?}");
            // What comes after the wrong derivative is right.
            let last = found.rows.iter().rfind(|row| row.name.ends_with(".bias")).unwrap();
            assert_eq!(last.differ, 0, "{last:?}");
        }
    }
}

/// A network of the size that people check: PyTorch's initialisation leaves gradients of about 0.01.
#[test]
fn most_numbers_of_an_ordinary_network_are_compared() {
    let mut rng = Rng::new(3);
    let inputs = rng.uniform_tensor([40, 64], -1.0, 1.0);
    let names = (0..10).map(|i| i.to_string()).collect();
    let targets = Targets::Classes { names, labels: (0..40).map(|i| i % 10).collect() };
    let split = Split { train: (0..40).collect(), ..Split::default() };
    let data = Dataset::new("d", inputs, targets, split).unwrap();
    let _ = ActivationSpec::register::<Tilted>();
    for (function, is_right) in [("tanh", true), ("tilted", false)] {
        let network = format!("dense(32) -> {function} -> dense(10)");
        let model = Model::new(network.parse().unwrap(), 1);
        let found = gradcheck(&model, &data.train(), &GradcheckOptions::default()).unwrap();
        assert_eq!(found.passed, is_right, "{function}: {:#?}", found.rows);
        // The loss itself has fewer digits: its own row has small gradients.
        for row in &found.rows[1..] {
            assert!(2 * row.compared() > row.checked, "{function}: {row:?}");
        }
    }
}

#[test]
fn indices_have_no_gradient() {
    let data = data(0);
    let texts: Vec<String> = (0..60).map(|i| format!("a{} b{} c", i % 3, i % 2)).collect();
    let tokenizer = Tokenizer::default();
    let vocabulary = Vocabulary::fit(texts.iter().map(String::as_str), &tokenizer, None, 1);
    let raw = RawText { tokenizer, vocabulary, length: 4, truncate: Side::Post };
    let split = Split { train: (0..60).collect(), ..Split::default() };
    let data = Dataset::from_texts("words", texts, data.targets().clone(), split, raw).unwrap();
    let model = Model::new("embedding(9, 3) -> flatten -> dense(3)".parse().unwrap(), 0);
    let options = GradcheckOptions::default();
    let found = gradcheck(&model, &data.train(), &options).unwrap();
    assert!(found.passed && found.rows.len() == 4, "{found:?}");
    let options = GradcheckOptions { inputs: true, ..options };
    let error = gradcheck(&model, &data.train(), &options).unwrap_err().to_string();
    assert!(error.contains("indices, which have no gradient"), "{error}");
}
