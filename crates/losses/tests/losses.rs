//! Losses against finite differences, at extremes, and on targets that do not fit.

use relume_autograd::{AutogradError, GradcheckOptions, Tape, Var, gradcheck};
use relume_losses::LossSpec;
use relume_tensor::{Rng, Tensor};
use serde_json::{Value, json};

fn loss(name: &str, named: Value) -> LossSpec {
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    LossSpec::from_arguments(name, vec![], named).unwrap()
}

fn value(loss: &LossSpec, prediction: &Tensor, target: &Tensor) -> Result<f32, AutogradError> {
    let mut tape = Tape::inference();
    let (p, t) = (tape.constant(prediction.clone()), tape.constant(target.clone()));
    let y = loss.apply(&mut tape, p, t)?;
    Ok(tape.value(y).item().unwrap())
}

#[test]
fn every_loss_agrees_with_finite_differences() {
    let mut rng = Rng::new(4);
    let predictions = rng.uniform_tensor([4, 3], 0.2, 0.8);
    let targets = rng.uniform_tensor([4, 3], 0.2, 0.8);
    let classes = Tensor::vector(&[0., 2., 1., 2.]);
    let cases = [
        (loss("mse", json!({})), &targets),
        (loss("mse", json!({"reduction": "none"})), &targets),
        (loss("mae", json!({"reduction": "sum"})), &targets),
        (loss("bce", json!({})), &targets),
        (loss("bce_with_logits", json!({})), &targets),
        (loss("cross_entropy", json!({})), &classes),
        (loss("cross_entropy", json!({"weight": [1, 2, 0.5], "label_smoothing": 0.1})), &classes),
        (loss("cross_entropy", json!({"ignore_index": 2, "reduction": "none"})), &classes),
        (loss("cross_entropy", json!({"reduction": "sum"})), &targets),
    ];
    for (loss, target) in cases {
        let function = |tape: &mut Tape, vars: &[Var]| -> Result<Var, AutogradError> {
            let target = tape.constant(target.clone());
            loss.apply(tape, vars[0], target)
        };
        let options = GradcheckOptions { step: 1e-3, ..GradcheckOptions::default() };
        let report = gradcheck(function, std::slice::from_ref(&predictions), options).unwrap();
        assert!(report.checked == 12 && report.passed(), "{loss}: {report:?}");
    }
}

/// Expected: torch 2.15, F.cross_entropy and F.binary_cross_entropy(_with_logits) on the same numbers.
#[test]
fn huge_logits_neither_overflow_nor_lose_their_tail() {
    let logits = Tensor::new([2, 2], vec![1e4, -1e4, -1e4, 1e4]).unwrap();
    let ce = loss("cross_entropy", json!({}));
    assert_eq!(value(&ce, &logits, &Tensor::vector(&[0., 1.])).unwrap(), 0.0);
    assert_eq!(value(&ce, &logits, &Tensor::vector(&[1., 0.])).unwrap(), 2e4);
    let logits = Tensor::vector(&[1e4, -1e4]);
    let bce = loss("bce_with_logits", json!({}));
    assert_eq!(value(&bce, &logits, &Tensor::vector(&[0., 1.])).unwrap(), 1e4);
    let bce = loss("bce", json!({}));
    assert_eq!(value(&bce, &Tensor::vector(&[0., 1.]), &Tensor::vector(&[1., 0.])).unwrap(), 100.0);
}

#[test]
fn targets_that_do_not_fit_are_refused_with_their_row() {
    let logits = Tensor::zeros([2, 3]);
    let ce = loss("cross_entropy", json!({}));
    let refused = |t: Tensor| value(&ce, &logits, &t).unwrap_err().to_string();
    assert!(
        refused(Tensor::vector(&[0., 3.])).contains("row 1: 3 is not one of the classes 0 to 2")
    );
    assert!(refused(Tensor::vector(&[0.5, 0.])).contains("row 0"));
    assert!(refused(Tensor::vector(&[f32::NAN, 0.])).contains("row 0"));
    assert!(refused(Tensor::zeros([3])).contains("class indices [2]"));
    let mse = loss("mse", json!({}));
    let stretched = value(&mse, &Tensor::zeros([3]), &Tensor::zeros([3, 1])).unwrap_err();
    assert!(stretched.to_string().contains("nothing is stretched"), "{stretched}");
    let bce = loss("bce", json!({}));
    let logits = value(&bce, &Tensor::vector(&[1.5]), &Tensor::vector(&[1.0])).unwrap_err();
    assert!(logits.to_string().contains("bce_with_logits"), "{logits}");
}
