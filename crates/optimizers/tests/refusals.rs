//! Public functions given wrong shapes, sizes and places: they return errors or finite numbers, and change nothing that
//! they should not.

use relume_optimizers::schedules::{EpochMetrics, Place};
use relume_optimizers::{
    Optimizer, OptimizerError, OptimizerSpec, OptimizerState, ScheduleSpec, clip_norm, clip_value,
};
use relume_tensor::{Shape, Tensor, TensorError};
use serde_json::{Value, json};

fn every_optimizer() -> impl Iterator<Item = OptimizerSpec> {
    OptimizerSpec::ENTRIES
        .iter()
        .map(|entry| OptimizerSpec::from_arguments(entry.name, vec![], vec![]).expect("defaults"))
}

fn optimizer(name: &str, named: &[(&str, Value)]) -> OptimizerSpec {
    let named = named.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    OptimizerSpec::from_arguments(name, vec![], named).expect("an optimizer")
}

#[derive(Debug, PartialEq)]
enum Failed {
    Optimizer(OptimizerError),
    Tensor(TensorError),
}

impl From<OptimizerError> for Failed {
    fn from(error: OptimizerError) -> Self {
        Failed::Optimizer(error)
    }
}

impl From<TensorError> for Failed {
    fn from(error: TensorError) -> Self {
        Failed::Tensor(error)
    }
}

#[test]
fn a_gradient_of_another_shape_is_refused_by_every_optimizer_and_changes_nothing() {
    for spec in every_optimizer() {
        for shape in [Shape::from(5), Shape::from(7), Shape::from([2, 3]), Shape::from(0)] {
            let mut optimizer = Optimizer::new(spec.clone());
            let mut values = [Tensor::ones(6)];
            let gradient = Tensor::ones(shape);
            let refused = if optimizer.is_together() {
                let evaluate = |_: &[Tensor]| Ok((1.0, vec![gradient.clone()]));
                optimizer.update_together::<Failed>(&mut values, 1.0, evaluate).unwrap_err()
            } else {
                optimizer.update(0, &mut values[0], &gradient, 1.0).unwrap_err().into()
            };
            let expected = OptimizerError::Gradient { index: 0, value: 6.into(), gradient: shape };
            assert_eq!(refused, Failed::Optimizer(expected), "{spec}");
            assert_eq!(values, [Tensor::ones(6)], "{spec}");
            assert!(optimizer.state().steps.iter().all(|&steps| steps == 0), "{spec}");
        }
    }
}

#[test]
fn a_parameter_of_another_shape_begins_anew() {
    for spec in every_optimizer().filter(|spec| spec.entry().name != "lbfgs") {
        let mut used = Optimizer::new(spec.clone());
        used.update(0, &mut Tensor::ones([2, 3]), &Tensor::ones([2, 3]), 1.0).unwrap();
        let mut fresh = Optimizer::new(spec.clone());
        let (mut a, mut b) = (Tensor::ones([4, 3]), Tensor::ones([4, 3]));
        used.update(0, &mut a, &Tensor::ones([4, 3]), 1.0).unwrap();
        fresh.update(0, &mut b, &Tensor::ones([4, 3]), 1.0).unwrap();
        let (same, one) = (fresh.state(), Tensor::ones([4, 3]));
        assert!(a == b && (a != one || spec.entry().name == "rprop"), "{spec}");
        // A rule without slots keeps counting: it has no state that could have another shape.
        assert!(used.state().slots == same.slots, "{spec}");
    }
}

#[test]
fn empty_parameters_are_updated_by_every_optimizer() {
    for spec in every_optimizer() {
        for shape in [Shape::from(0), Shape::from([0, 3]), Shape::from([3, 0])] {
            let mut optimizer = Optimizer::new(spec.clone());
            let mut values = [Tensor::zeros(shape)];
            let gradient = Tensor::zeros(shape);
            if optimizer.is_together() {
                let evaluate = |_: &[Tensor]| Ok((1.0, vec![gradient.clone()]));
                let loss = optimizer.update_together::<Failed>(&mut values, 1.0, evaluate);
                assert_eq!(loss, Ok(1.0), "{spec}");
            } else {
                optimizer.update(0, &mut values[0], &gradient, 1.0).expect("an empty parameter");
            }
        }
    }
}

#[test]
fn a_wrong_number_of_gradients_and_a_failing_evaluation_change_nothing() {
    let lbfgs = optimizer("lbfgs", &[]);
    let start = [Tensor::vector(&[1.0, 2.0]), Tensor::vector(&[3.0])];
    for count in [0, 1, 3] {
        let (mut optimizer, mut values) = (Optimizer::new(lbfgs.clone()), start.clone());
        let gradients = vec![Tensor::ones(2); count];
        let failed =
            optimizer.update_together::<Failed>(&mut values, 1.0, |_| Ok((1.0, gradients.clone())));
        let expected = OptimizerError::Gradients { values: 2, gradients: count };
        assert_eq!(failed, Err(Failed::Optimizer(expected)));
        assert_eq!(values, start);
    }
    let (mut optimizer, mut calls) = (Optimizer::new(lbfgs), 0);
    let mut values = start.clone();
    let failed = optimizer.update_together::<Failed>(&mut values, 1.0, |values| {
        calls += 1;
        match calls {
            1 => Ok((5.0, values.to_vec())),
            _ => Err(Failed::Tensor(TensorError::TooManyAxes { rank: 9 })),
        }
    });
    assert_eq!(failed, Err(Failed::Tensor(TensorError::TooManyAxes { rank: 9 })));
    assert_eq!(values, start);
}

#[test]
fn an_index_without_end_is_refused() {
    let mut adam = Optimizer::new(optimizer("adam", &[]));
    for index in [1 << 20, 1 << 40, usize::MAX] {
        let refused = adam.update(index, &mut Tensor::ones(1), &Tensor::ones(1), 1.0);
        assert_eq!(refused, Err(OptimizerError::Index(index)));
    }
    assert_eq!(adam.average(usize::MAX), None);
    assert!(adam.state().steps.is_empty());
}

#[test]
fn an_optimizer_refuses_the_other_way_to_update() {
    let mut adam = Optimizer::new(optimizer("adam", &[]));
    let refused = adam.update_together::<Failed>(&mut [], 1.0, |_| Ok((0.0, vec![])));
    assert_eq!(refused, Err(Failed::Optimizer(OptimizerError::Each("adam"))));
    let mut lbfgs = Optimizer::new(optimizer("lbfgs", &[]));
    let refused = lbfgs.update(0, &mut Tensor::ones(1), &Tensor::ones(1), 1.0);
    assert_eq!(refused, Err(OptimizerError::Together("lbfgs")));
}

#[test]
fn groups_that_select_nothing_are_refused() {
    let groups = json!([{ "group": { "parameters": "9.*", "lr": 0.1 } }]);
    let mut adam = Optimizer::new(optimizer("adam", &[("groups", groups)]));
    for parameters in [&[][..], &[("0.weight", Shape::from(3))][..]] {
        let refused = adam.assign(parameters);
        assert!(matches!(refused, Err(OptimizerError::EmptyGroup(_))), "{refused:?}");
    }
}

#[test]
fn states_of_wrong_slots_shapes_and_counts_are_refused() {
    let state = |steps: &[u64], slots: &[(&str, &[Tensor])]| OptimizerState {
        steps: steps.to_vec(),
        slots: slots.iter().map(|(name, all)| (name.to_string(), all.to_vec())).collect(),
    };
    let (three, four) = (Tensor::ones(3), Tensor::ones(4));
    let adam = optimizer("adam", &[("ema", json!(0.9))]);
    let (first, second) = ("exp_avg", "exp_avg_sq");
    let (threes, fours) = ([three.clone()], [four.clone()]);
    let whole = state(&[2], &[(first, &threes), (second, &threes), ("ema", &threes)]);
    let parameters = [("0.weight", Shape::from(3))];
    assert!(Optimizer::from_state(adam.clone(), whole, &parameters).is_ok());
    let two = [three.clone(), three.clone()];
    let wrong = [
        state(&[2], &[]),
        state(&[2], &[(first, &threes)]),
        state(&[2], &[("square_avg", &threes), (second, &threes)]),
        state(&[2], &[(first, &fours), (second, &threes)]),
        state(&[2], &[(first, &threes), (second, &[])]),
        state(&[2], &[(first, &two), (second, &two)]),
        state(&[2], &[(first, &threes), (second, &threes), ("ema", &fours)]),
        state(&[2], &[(first, &threes), (first, &threes), (second, &threes)]),
        state(&[2, 2], &[(first, &two), (second, &two)]),
        state(&[], &[(first, &threes)]),
    ];
    for (i, wrong) in wrong.into_iter().enumerate() {
        let refused = Optimizer::from_state(adam.clone(), wrong, &parameters);
        assert_eq!(refused.map(drop), Err(OptimizerError::State), "state {i}");
    }
    let lbfgs = optimizer("lbfgs", &[]);
    let names = ["old_dirs", "old_stps", "d", "prev_flat_grad"];
    let vectors = |lengths: [usize; 4]| OptimizerState {
        steps: vec![1, 1],
        slots: names
            .iter()
            .zip(lengths)
            .map(|(n, l)| (n.to_string(), vec![Tensor::ones(l)]))
            .collect(),
    };
    assert!(Optimizer::from_state(lbfgs.clone(), vectors([3; 4]), &parameters).is_ok());
    for lengths in [[4; 4], [3, 3, 3, 2], [2, 3, 3, 3]] {
        let refused = Optimizer::from_state(lbfgs.clone(), vectors(lengths), &parameters);
        assert_eq!(refused.map(drop), Err(OptimizerError::State), "{lengths:?}");
    }
    let none = OptimizerState::default();
    assert!(Optimizer::from_state(lbfgs, none, &parameters).is_err());
}

#[test]
fn limits_below_zero_are_refused_and_leave_the_gradients() {
    for limit in [-1.0, f64::NEG_INFINITY, f64::NAN] {
        let mut gradients = [Some(Tensor::vector(&[3.0, -4.0])), None];
        let norm = clip_norm(&mut gradients, limit);
        assert!(matches!(norm, Err(OptimizerError::Limit(_))), "{norm:?}");
        assert!(matches!(clip_value(&mut gradients, limit), Err(OptimizerError::Limit(_))));
        assert_eq!(gradients[0].as_ref().map(Tensor::data), Some(&[3.0, -4.0][..]));
    }
    assert_eq!(clip_norm(&mut [], 1.0), Ok(0.0));
    // torch.nn.utils.clip_grad_norm_ and clip_grad_value_ with a limit of 0 make everything 0.
    let mut gradients = [Some(Tensor::vector(&[3.0, -4.0]))];
    assert_eq!(clip_norm(&mut gradients, 0.0), Ok(5.0));
    assert!(gradients[0].as_ref().is_some_and(|g| g.data().iter().all(|&x| x == 0.0)));
}

#[test]
fn schedules_give_finite_rates_at_every_place() {
    let every = |entry: &relume_catalog::Entry| -> ScheduleSpec {
        let named = match entry.name {
            "step" | "cosine_restarts" => vec![("every".to_string(), json!(1))],
            "multistep" => vec![("milestones".to_string(), json!([1]))],
            "exponential" => vec![("gamma".to_string(), json!(0.5))],
            "sequential" => vec![
                ("schedules".to_string(), json!([{ "cosine": { "floor": 0.0, "warmup": 0 } }])),
                ("milestones".to_string(), json!([])),
            ],
            _ => vec![],
        };
        ScheduleSpec::from_arguments(entry.name, vec![], named).expect("a schedule")
    };
    let nan = [EpochMetrics { loss: f64::NAN, ..EpochMetrics::default() }];
    let counts = [0, 1, 3, u64::MAX];
    for spec in ScheduleSpec::ENTRIES.iter().map(|entry| every(entry)) {
        for epoch in counts {
            for epochs in counts {
                for batches in counts {
                    let place = Place { batch: batches, batches, ..Place::epoch(epoch, epochs) };
                    for metrics in [&[][..], &nan] {
                        let factors = spec.factors(&Place { metrics, lr: 0.0, ..place });
                        assert!(factors.factor.is_finite(), "{spec} at {place:?}: {factors:?}");
                        assert!(factors.momentum.is_none_or(f64::is_finite), "{spec} at {place:?}");
                    }
                }
            }
        }
    }
}
