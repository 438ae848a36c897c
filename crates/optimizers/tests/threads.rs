//! One thread and eight give the same bits for every optimizer, on a parameter whose update is divided.

use relume_optimizers::{Optimizer, OptimizerError, OptimizerSpec};
use relume_tensor::{Rng, Tensor, threads};

/// Six pieces and a part of one.
const SHAPE: [usize; 2] = [300, 701];

/// The slots of an optimizer's state by their names.
type Slots = Vec<(String, Vec<Tensor>)>;

/// The parameter, its average and the state after a few steps.
fn trained(name: &str) -> (Tensor, Option<Tensor>, Slots) {
    let named = vec![("l1".to_string(), 1e-4.into()), ("ema".to_string(), 0.9.into())];
    let own = |named| OptimizerSpec::from_arguments(name, vec![], named);
    // One that updates all parameters together has no options for each.
    let spec = own(named).or_else(|_| own(vec![])).unwrap();
    let mut optimizer = Optimizer::new(spec);
    optimizer.assign(&[("0.weight", SHAPE.into())]).unwrap();
    let mut rng = Rng::new(1);
    let mut value = rng.normal_tensor(SHAPE, 0.0, 1.0);
    let target = rng.normal_tensor(SHAPE, 0.0, 1.0);
    for _ in 0..3 {
        let gradient = value.zip(&target, "gradient", |x, y| x - y).unwrap();
        if optimizer.is_together() {
            let mut values = [value];
            let evaluate = |values: &[Tensor]| {
                let gradient = values[0].zip(&target, "gradient", |x, y| x - y).unwrap();
                let loss: f64 = gradient.data().iter().map(|&x| f64::from(x * x) / 2.0).sum();
                Ok::<_, OptimizerError>((loss, vec![gradient]))
            };
            optimizer.update_together(&mut values, 1.0, evaluate).unwrap();
            [value] = values;
        } else {
            optimizer.update(0, &mut value, &gradient, 1.0).unwrap();
        }
    }
    (value, optimizer.average(0).cloned(), optimizer.state().slots)
}

#[test]
fn one_thread_and_eight_give_the_same_bits_for_every_optimizer() {
    for entry in OptimizerSpec::ENTRIES {
        let [one, eight] = [1, 8].map(|count| {
            threads::set_threads(count).unwrap();
            threads::run(|| trained(entry.name))
        });
        assert!(one.0.is_finite(), "{}", entry.name);
        assert!(one == eight, "{}", entry.name);
    }
}
