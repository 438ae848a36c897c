//! Optimizers, clipping and schedules against PyTorch's trajectories.

use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_optimizers::{Optimizer, OptimizerSpec, ScheduleSpec, clip_norm, clip_value};
use relume_tensor::Tensor;

fn options(case: &Case) -> Vec<(String, serde_json::Value)> {
    case.options().clone().into_iter().collect()
}

/// Two parameters walk along given gradients; each step is compared.
fn walk(case: &Case) {
    let spec = OptimizerSpec::from_arguments(case.op(), Vec::new(), options(case)).unwrap();
    let mut optimizer = Optimizer::new(spec);
    let rates = case.setting().get("rates").map(|rates| rates.as_array().unwrap());
    let mut values: Vec<Tensor> = case.parameters().map(|(_, value)| value.clone()).collect();
    let steps = case.input("weight").dims()[0];
    assert!(steps >= 20, "{}: {steps} steps", case.name());
    for step in 0..steps {
        let lr = rates.map_or(optimizer.lr(), |rates| rates[step].as_f64().unwrap());
        for (index, (name, _)) in case.parameters().enumerate() {
            let gradient = case.input(name).at(step).unwrap();
            optimizer.update(index, &mut values[index], &gradient, lr);
            let expected = case.parameter_after(name).at(step).unwrap();
            assert_close(&values[index], &expected, &format!("{}: {name}, {step}", case.name()));
        }
    }
}

#[test]
fn every_optimizer_takes_the_steps_that_pytorch_takes() {
    let fixtures = Fixtures::load("optimizers");
    for entry in OptimizerSpec::ENTRIES {
        check_each(fixtures.of(entry.name), walk);
    }
}

#[test]
fn clipping_leaves_the_gradients_that_pytorch_leaves() {
    let fixtures = Fixtures::load("optimizers");
    let limit = |case: &Case| case.options()["limit"].as_f64().unwrap();
    let gradients = |case: &Case| -> Vec<Option<Tensor>> {
        case.inputs().map(|(_, gradient)| Some(gradient.clone())).collect()
    };
    let compare = |case: &Case, gradients: Vec<Option<Tensor>>| {
        for ((name, expected), clipped) in case.outputs().zip(gradients.iter().flatten()) {
            assert_close(clipped, expected, &format!("{}: {name}", case.name()));
        }
    };
    check_each(fixtures.of("clip_norm"), |case| {
        let mut gradients = gradients(case);
        let norm = clip_norm(&mut gradients, limit(case));
        assert_close(&Tensor::scalar(norm as f32), case.output(), case.name());
        compare(case, gradients);
    });
    check_each(fixtures.of("clip_value"), |case| {
        let mut gradients = gradients(case);
        clip_value(&mut gradients, limit(case));
        compare(case, gradients);
    });
}

#[test]
fn every_schedule_gives_the_rates_that_pytorch_gives() {
    let fixtures = Fixtures::load("schedules");
    for entry in ScheduleSpec::ENTRIES {
        check_each(fixtures.of(entry.name), |case| {
            let spec = ScheduleSpec::from_arguments(case.op(), Vec::new(), options(case)).unwrap();
            let epochs = case.number("epochs") as u64;
            let expected = case.output64().unwrap();
            assert_eq!(expected.len() as u64, epochs);
            for (epoch, &expected) in (0..epochs).zip(expected) {
                let rate = case.number("lr") * spec.factor(epoch, epochs);
                // PyTorch multiplies its way from rate to rate: about one rounding for each epoch.
                let allowed = 1e-14 * expected.abs() * epochs as f64 + 1e-17;
                assert!(
                    (rate - expected).abs() <= allowed,
                    "{}: epoch {epoch}: {rate:e} instead of {expected:e}",
                    case.name()
                );
            }
        });
    }
}
