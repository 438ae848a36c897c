//! Initializers draw from the distributions that PyTorch draws from.

use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_layers::{InitializerSpec, LayerSpec, Network, NetworkSpec};
use relume_tensor::{Rng, Shape, Tensor};

fn sizes(case: &Case, name: &str) -> Vec<usize> {
    let list = case.setting()[name].as_array().expect("a list");
    list.iter().map(|size| size.as_u64().expect("a size") as usize).collect()
}

fn initializer(case: &Case) -> InitializerSpec {
    let options = case.options().clone().into_iter().collect();
    InitializerSpec::from_arguments(case.op(), Vec::new(), options).unwrap()
}

/// Whether many numbers are spread as the case says: evenly within a bound, or normally.
fn assert_spread(numbers: &Tensor, case: &Case) {
    assert!(numbers.count() > 10_000, "{}: too few to tell", case.name());
    let std = numbers.variance().sqrt();
    let most = numbers.max().max(-numbers.min());
    let wanted = match case.setting().contains_key("bound") {
        true => {
            let bound = case.number("bound") as f32;
            // PyTorch's interval, up to the rounding of the bound to single precision.
            assert!(most <= bound * 1.000_001, "{}: {most} beyond {bound}", case.name());
            assert!(most > 0.99 * bound, "{}: {most} far within {bound}", case.name());
            bound / 3f32.sqrt()
        }
        false => {
            let std = case.number("std") as f32;
            assert!(most > 3.0 * std, "{}: {most} has no tail", case.name());
            std
        }
    };
    let name = case.name();
    assert!((std / wanted - 1.0).abs() < 0.02, "{name}: {std} instead of {wanted}");
    assert!(numbers.mean().abs() < 0.03 * wanted, "{name}: mean {}", numbers.mean());
}

#[test]
fn xavier_and_he_spread_as_in_pytorch() {
    let fixtures = Fixtures::load("initializers");
    for op in ["xavier_uniform", "xavier_normal", "he_uniform", "he_normal"] {
        check_each(fixtures.of(op), |case| {
            let fans = sizes(case, "fans").try_into().expect("two fans");
            let mut rng = Rng::new(9);
            assert_spread(
                &initializer(case).inner().tensor([200, 300].into(), fans, &mut rng),
                case,
            );
        });
    }
}

/// The network of one layer that PyTorch's `Linear(7, 4)` and the like stand for, and its input.
fn layer(text: &str) -> (NetworkSpec, Shape) {
    let make = |name: &str, positional: &[i64], named: &[(&str, serde_json::Value)]| {
        let positional = positional.iter().map(|&number| number.into()).collect();
        let named = named.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        NetworkSpec::new(vec![LayerSpec::from_arguments(name, positional, named).unwrap().into()])
    };
    match text {
        "Linear(7, 4)" => (make("dense", &[4], &[]), 7.into()),
        "Linear(1, 3)" => (make("dense", &[3], &[]), 1.into()),
        "Conv2d(6, 4, (3, 2))" => {
            (make("conv2d", &[4], &[("kernel", [3, 2].as_slice().into())]), [6, 5, 5].into())
        }
        "Conv2d(6, 4, 3, groups=2)" => {
            (make("conv2d", &[4, 3], &[("groups", 2.into())]), [6, 5, 5].into())
        }
        "LSTM(3, 5, 2)" => (make("lstm", &[5], &[("layers", 2.into())]), [4, 3].into()),
        other => panic!("no layer for {other}"),
    }
}

#[test]
fn layers_start_as_in_pytorch() {
    check_each(Fixtures::load("initializers").of("default"), |case| {
        let (spec, input) = layer(case.text("layer"));
        let name = format!("0.{}", case.text("parameter"));
        let mut numbers = Vec::new();
        for seed in 0.. {
            let network = Network::build(&spec, input, seed).unwrap();
            let parameter = network.parameters().get(network.parameters().find(&name).unwrap());
            assert_eq!(parameter.value.dims(), sizes(case, "shape"), "{}", case.name());
            numbers.extend_from_slice(parameter.value.data());
            if numbers.len() > 20_000 {
                break;
            }
        }
        assert_spread(&Tensor::vector(&numbers), case);
    });
}

#[test]
fn orthogonal_rows_have_the_products_that_pytorchs_have() {
    check_each(Fixtures::load("initializers").of("orthogonal"), |case| {
        let shape = Shape::new(&sizes(case, "shape")).unwrap();
        let made = initializer(case).inner().tensor(shape, [1, 1], &mut Rng::new(9));
        // Of rows with one another, or of columns where there are fewer.
        let products = |tensor: &Tensor| {
            let (rows, columns) = (shape[0], shape.tail(1).count());
            let matrix = tensor.reshape([rows, columns]).unwrap();
            let turned = matrix.transpose().unwrap();
            if rows <= columns { matrix.matmul(&turned) } else { turned.matmul(&matrix) }.unwrap()
        };
        assert_close(&products(&made), &products(case.output()), case.name());
    });
}
