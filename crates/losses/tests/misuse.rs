//! No loss panics on any operands; operands that do not match are refused, with and without gradients.

mod common;

use common::{loss, rows};
use relume_autograd::{AutogradError, OpRef, Tape, Var};
use relume_losses::LossSpec;
use relume_tensor::{Indices, Tensor};
use serde_json::json;

/// Tensors that are empty, of every rank, not finite, and of numbers that are not classes, probabilities or lengths.
fn tensors() -> Vec<Tensor> {
    vec![
        Tensor::scalar(0.5),
        Tensor::zeros(0),
        Tensor::vector(&[1.0, 0.0]),
        Tensor::vector(&[-1.0, f32::NAN]),
        Tensor::zeros([0, 2]),
        Tensor::zeros([2, 0]),
        rows(&[&[0.5, 0.5], &[1.0, 0.0]]),
        rows(&[&[f32::INFINITY, 3e38], &[-5.0, 1e9]]),
        Tensor::full([2, 1], 7.0),
        Tensor::full([2, 2, 2], -1.0),
        Tensor::zeros([1, 1, 1, 2]),
    ]
}

fn all() -> impl Iterator<Item = LossSpec> {
    let options = [json!({}), json!({ "reduction": "none" })];
    let specs = LossSpec::ENTRIES.iter().flat_map(move |entry| {
        options.clone().into_iter().map(|options| loss(entry.name, options))
    });
    specs.chain([
        loss("cross_entropy", json!({ "weight": [], "label_smoothing": 1 })),
        loss("nll", json!({ "weight": [1, 2, 3], "ignore_index": 0 })),
        loss("bce", json!({ "weight": [1, 2] })),
        loss("ctc", json!({ "blank": 1 })),
        loss("triplet_margin", json!({ "p": 1e-3, "swap": true })),
    ])
}

/// Applies a loss to operands that all need gradients, and runs the backward pass.
fn run(loss: &LossSpec, op: Option<&OpRef>, operands: &[&Tensor]) -> Result<Tensor, AutogradError> {
    let mut tape = Tape::new();
    let vars: Vec<Var> = operands.iter().map(|&operand| tape.variable(operand.clone())).collect();
    let y = match op {
        Some(op) => tape.apply(op, &vars)?,
        None => loss.apply_to(&mut tape, &vars)?,
    };
    let value = tape.value(y).clone();
    let gradient = Tensor::ones(value.shape());
    // Class indices and lengths have no gradients, which is an error.
    drop(tape.backward_from(y, gradient));
    Ok(value)
}

#[test]
fn any_operands_give_a_loss_or_an_error() {
    let tensors = tensors();
    for loss in all() {
        let count = loss.inner().operands().len();
        for pick in 0..tensors.len().pow(count as u32) {
            // For losses with many operands, some of the combinations.
            if count > 3 && !pick.is_multiple_of(7) {
                continue;
            }
            let place = |i: usize| pick / tensors.len().pow(i as u32) % tensors.len();
            let operands: Vec<&Tensor> = (0..count).map(|i| &tensors[place(i)]).collect();
            drop(run(&loss, None, &operands));
        }
        if let Some(op) = loss.inner().in_training() {
            for outputs in &tensors {
                for targets in &tensors {
                    drop(run(&loss, Some(&op), &[outputs, targets]));
                }
            }
        }
    }
}

#[test]
fn a_wrong_number_of_operands_is_refused_by_name() {
    let x = Tensor::vector(&[1.0]);
    for loss in all() {
        let wanted = loss.inner().operands();
        for count in [0, 1, wanted.len() + 1] {
            let operands = vec![&x; count];
            let error = run(&loss, None, &operands).unwrap_err().to_string();
            assert!(error.contains(&wanted.join(", ")), "{loss}: {error}");
        }
    }
}

/// Applied as operations, past the names of their operands.
#[test]
fn an_operation_refuses_another_number_of_operands_and_indices_as_predictions() {
    let tensor = rows(&[&[0.5, 0.5], &[1.0, 0.0]]);
    let indices = Indices::full([2, 2], 1);
    for loss in all() {
        let ops = [Some(loss.inner().op()), loss.inner().in_training()];
        for op in ops.into_iter().flatten() {
            let takes = op.get().input_count();
            for count in 0..6 {
                let mut tape = Tape::new();
                let vars: Vec<Var> = (0..count).map(|_| tape.constant(&tensor)).collect();
                let refused =
                    matches!(tape.apply(&op, &vars), Err(AutogradError::InputCount { .. }));
                assert_eq!(refused, !takes.contains(&count), "{loss}: {count}");
            }
            for place in 0..*takes.start() {
                let mut tape = Tape::new();
                let mut vars = vec![tape.variable(tensor.clone()); *takes.start()];
                vars[place] = tape.constant(&indices);
                match tape.apply(&op, &vars) {
                    Err(AutogradError::TakesNoIndices { .. }) => {
                        assert!(!op.get().takes_indices(place), "{loss}: {place}");
                    }
                    _ => assert!(op.get().takes_indices(place), "{loss}: {place}"),
                }
                assert!(place > 0 || !op.get().takes_indices(place), "{loss}");
            }
        }
    }
}

/// As in PyTorch, the mean of nothing is not a number, and the sum of nothing is 0.
#[test]
fn an_empty_batch_has_no_mean() {
    let empty = Tensor::zeros([0, 2]);
    for name in ["mse", "mae", "huber", "bce", "bce_with_logits", "hinge"] {
        let mean = run(&loss(name, json!({})), None, &[&empty, &empty]).unwrap();
        assert!(mean.item().unwrap().is_nan(), "{name}");
        let sum = run(&loss(name, json!({ "reduction": "sum" })), None, &[&empty, &empty]).unwrap();
        assert_eq!(sum.item(), Some(0.0), "{name}");
    }
}
