//! Losses against finite differences, and ctc against the sum over all its paths.

mod common;

use common::{apply, loss, rows};
use relume_activations::ActivationSpec;
use relume_autograd::{AutogradError, GradcheckOptions, Tape, Var, gradcheck};
use relume_losses::LossSpec;
use relume_tensor::{Rng, Shape, Tensor, threads};
use serde_json::json;

/// A loss, the operands whose gradients are checked, and the operands after them that have none.
struct Case {
    loss: LossSpec,
    operands: Vec<Tensor>,
    constants: Vec<Tensor>,
}

fn case(name: &str, options: serde_json::Value, operands: &[&Tensor]) -> Case {
    let operands = operands.iter().map(|&operand| operand.clone()).collect();
    Case { loss: loss(name, options), operands, constants: Vec::new() }
}

impl Case {
    fn with(self, constant: &Tensor) -> Self {
        Case { constants: vec![constant.clone()], ..self }
    }

    fn check(&self) {
        let function = |tape: &mut Tape, vars: &[Var]| -> Result<Var, AutogradError> {
            let mut all = vars.to_vec();
            all.extend(self.constants.iter().map(|constant| tape.constant(constant.clone())));
            self.loss.apply_to(tape, &all)
        };
        let options = GradcheckOptions { step: 1e-3, ..GradcheckOptions::default() };
        let report = gradcheck(function, &self.operands, options).unwrap();
        let count: usize = self.operands.iter().map(Tensor::count).sum();
        let passed = report.checked == count && report.passed() && report.bends <= 1;
        assert!(passed, "{}: {report:?}", self.loss);
    }
}

/// Losses of predictions and targets of the same shape, both with gradients.
fn of_two() -> Vec<Case> {
    let mut rng = Rng::new(4);
    let p = &rng.uniform_tensor([4, 3], 0.2, 0.8);
    let t = &rng.uniform_tensor([4, 3], 0.2, 0.8);
    let x = &rng.normal_tensor([4, 3], 0.0, 1.5);
    let n = &rng.uniform_tensor([4, 3], 1.5, 4.0);
    vec![
        case("mse", json!({}), &[p, t]),
        case("mse", json!({"reduction": "none"}), &[p, t]),
        case("mae", json!({"reduction": "sum"}), &[p, t]),
        case("huber", json!({"delta": 0.25, "reduction": "none"}), &[p, t]),
        case("smooth_l1", json!({"beta": 0.25, "reduction": "none"}), &[p, t]),
        case("log_cosh", json!({"reduction": "sum"}), &[x, t]),
        case("bce", json!({"weight": [1, 2, 0.5]}), &[p, t]),
        case("bce_with_logits", json!({}), &[x, t]),
        case("bce_with_logits", json!({"pos_weight": [3, 0.5, 1]}), &[x, t]),
        case("focal", json!({"reduction": "sum"}), &[x, t]),
        case("focal", json!({"gamma": 1.5, "alpha": -1}), &[x, t]),
        case("kl_div", json!({"reduction": "batchmean"}), &[x, t]),
        case("kl_div", json!({"log_target": true}), &[x, t]),
        case("poisson_nll", json!({"full": true}), &[x, n]),
        case("poisson_nll", json!({"log_input": false}), &[n, t]),
        case("dice", json!({"reduction": "none"}), &[p, t]),
        case("cross_entropy", json!({"label_smoothing": 0.2}), &[x, t]),
    ]
}

fn of_classes_and_signs() -> Vec<Case> {
    let x = Rng::new(5).normal_tensor([4, 3], 0.0, 1.5);
    let classes = Tensor::vector(&[0., 2., 1., 2.]);
    let signs = x.map(|x| if x > 0.3 { -1.0 } else { 1.0 });
    let smooth = json!({"weight": [1, 2, 0.5], "label_smoothing": 0.1});
    let ignoring = json!({"ignore_index": 2, "reduction": "none"});
    vec![
        case("cross_entropy", json!({}), &[&x]).with(&classes),
        case("cross_entropy", smooth, &[&x]).with(&classes),
        case("cross_entropy", ignoring.clone(), &[&x]).with(&classes),
        case("nll", json!({"weight": [1, 2, 0.5]}), &[&x]).with(&classes),
        case("nll", ignoring, &[&x]).with(&classes),
        case("hinge", json!({}), &[&x]).with(&signs),
        case("squared_hinge", json!({}), &[&x]).with(&signs),
    ]
}

fn of_three() -> Vec<Case> {
    let mut rng = Rng::new(6);
    let mut vectors = || rng.normal_tensor([4, 3], 0.0, 1.0);
    let (a, b, c) = (&vectors(), &vectors(), &vectors());
    let variances = a.map(|x| x.abs() + 0.4);
    let one_each = rows(&[&[0.5], &[1.0], &[0.7], &[2.0]]);
    let labels = Tensor::vector(&[1., -1., -1., 1.]);
    let cosine = json!({"margin": -0.5, "reduction": "none"});
    vec![
        case("gaussian_nll", json!({"full": true}), &[b, c, &variances]),
        case("gaussian_nll", json!({}), &[b, c, &one_each]),
        case("triplet_margin", json!({"margin": 2}), &[a, b, c]),
        case("triplet_margin", json!({"p": 1, "reduction": "none"}), &[a, b, c]),
        case("triplet_margin", json!({"p": 3, "swap": true}), &[a, b, c]),
        case("cosine_embedding", cosine, &[a, b]).with(&labels),
        case("margin_ranking", json!({"margin": 0.3}), &[b, c]).with(&a.map(f32::signum)),
    ]
}

fn cases() -> impl Iterator<Item = Case> {
    of_two().into_iter().chain(of_classes_and_signs()).chain(of_three())
}

#[test]
fn losses_agree_with_finite_differences() {
    cases().for_each(|case| case.check());
}

#[test]
fn no_loss_lacks_a_gradient_check() {
    let checked: Vec<&str> = cases().map(|case| case.loss.entry().name).collect();
    // ctc has a check of its own, after log_softmax.
    for entry in LossSpec::ENTRIES.iter().filter(|entry| entry.name != "ctc") {
        assert!(checked.contains(&entry.name), "{}", entry.name);
    }
}

/// As in PyTorch, the gradient of ctc is the one from which log_softmax computes that of the logits.
#[test]
fn ctc_behind_log_softmax_agrees_with_finite_differences() {
    let logits = Rng::new(7).normal_tensor([6, 3, 4], 0.0, 1.5);
    let labels = rows(&[&[1., 1., 3.], &[2., 3., 0.], &[1., 0., 0.]]);
    let lengths = [Tensor::vector(&[6., 4., 2.]), Tensor::vector(&[3., 2., 1.])];
    let log_softmax = ActivationSpec::from_arguments("log_softmax", vec![], vec![]).unwrap();
    for reduction in ["mean", "sum", "none"] {
        let ctc = loss("ctc", json!({ "reduction": reduction }));
        let function = |tape: &mut Tape, vars: &[Var]| -> Result<Var, AutogradError> {
            let x = tape.apply(log_softmax.inner().op(), vars)?;
            let [labels, times, counts] =
                [&labels, &lengths[0], &lengths[1]].map(|tensor| tape.constant(tensor.clone()));
            ctc.apply_to(tape, &[x, labels, times, counts])
        };
        let options = GradcheckOptions::default();
        let report = gradcheck(function, std::slice::from_ref(&logits), options).unwrap();
        assert!(report.checked == 72 && report.passed(), "{reduction}: {report:?}");
    }
}

/// The probabilities of all alignments that give the labels, added up one by one in double precision.
#[test]
fn ctc_is_the_sum_over_all_paths() {
    let (time, classes) = (5, 3);
    let mut logs = Rng::new(8).normal_tensor([time, 1, classes], 0.0, 1.0);
    for row in logs.data_mut().chunks_exact_mut(classes) {
        let sum: f32 = row.iter().map(|x| x.exp()).sum();
        row.iter_mut().for_each(|x| *x -= sum.ln());
    }
    let labels = [1, 2, 2];
    let mut total = 0.0f64;
    for path in 0..classes.pow(time as u32) {
        let path: Vec<usize> = (0..time).map(|t| path / classes.pow(t as u32) % classes).collect();
        let mut spelt = path.clone();
        spelt.dedup();
        spelt.retain(|&class| class != 0);
        if spelt == labels {
            let each = path.iter().enumerate();
            let sum: f64 = each.map(|(t, &c)| f64::from(logs.data()[t * classes + c])).sum();
            total += sum.exp();
        }
    }
    let lengths = [Tensor::vector(&[5.]), Tensor::vector(&[3.])];
    let operands = [&logs, &rows(&[&[1., 2., 2.]]), &lengths[0], &lengths[1]];
    let value = apply(&loss("ctc", json!({"reduction": "sum"})), &operands).unwrap();
    assert!((f64::from(value.item().unwrap()) + total.ln()).abs() < 1e-5);
}

/// The same rows again and again: many enough for the work to be divided.
fn repeated(tensor: &Tensor) -> Tensor {
    const TIMES: usize = 20_000;
    let mut sizes = tensor.dims().to_vec();
    sizes[0] *= TIMES;
    Tensor::new(Shape::new(&sizes).unwrap(), tensor.data().repeat(TIMES)).unwrap()
}

/// Cases whose work is divided: those of the table with many rows, and ctc, whose batch is on its second axis.
fn large_cases() -> Vec<Case> {
    let mut rng = Rng::new(9);
    let logs = rng.normal_tensor([200, 24, 40], -3.0, 1.0);
    let labels = Tensor::from_fn([24, 60], |i| (i % 39 + 1) as f32);
    let [times, counts] = [Tensor::full(24, 200.0), Tensor::from_fn(24, |i| (60 - i) as f32)];
    let ctc = case("ctc", json!({}), &[&logs]);
    let ctc = Case { constants: vec![labels, times, counts], ..ctc };
    let many_classes =
        case("cross_entropy", json!({}), &[&rng.normal_tensor([900, 300], 0.0, 2.0)])
            .with(&Tensor::from_fn(900, |i| (i % 300) as f32));
    let large = |case: Case| Case {
        operands: case.operands.iter().map(repeated).collect(),
        constants: case.constants.iter().map(repeated).collect(),
        ..case
    };
    cases().map(large).chain([ctc, many_classes]).collect()
}

#[test]
fn one_thread_and_eight_give_the_same_bits_for_every_loss() {
    let cases = large_cases();
    for Case { loss, operands, constants } in &cases {
        let run = || {
            let mut tape = Tape::new();
            let vars: Vec<Var> = operands.iter().map(|own| tape.variable(own.clone())).collect();
            let constants = constants.iter().map(|own| tape.constant(own.clone()));
            let all: Vec<Var> = vars.iter().copied().chain(constants.collect::<Vec<_>>()).collect();
            let y = loss.apply_to(&mut tape, &all).unwrap();
            let value = tape.value(y).clone();
            tape.backward_from(y, Tensor::ones(value.shape())).unwrap();
            let gradients = vars.iter().map(|&var| tape.take_gradient(var).unwrap());
            [value].into_iter().chain(gradients).collect::<Vec<Tensor>>()
        };
        let [one, eight] = [1, 8].map(|count| {
            threads::set_threads(count).unwrap();
            threads::run(run)
        });
        assert!(one.iter().all(Tensor::is_finite), "{loss}");
        assert!(one == eight, "{loss}");
    }
    for entry in LossSpec::ENTRIES {
        assert!(cases.iter().any(|case| case.loss.entry().name == entry.name), "{}", entry.name);
    }
}
