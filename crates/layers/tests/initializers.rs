//! Initializers draw from PyTorch's distributions.

// Three of them need it.
#![cfg(feature = "nalgebra")]

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

/// Whether many numbers have the distribution of the case: uniform within a bound, or normal.
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
fn xavier_he_and_lecun_spread_as_in_pytorch() {
    let fixtures = Fixtures::load("initializers");
    for op in [
        "xavier_uniform",
        "xavier_normal",
        "he_uniform",
        "he_normal",
        "lecun_uniform",
        "lecun_normal",
    ] {
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

/// The network of one layer that corresponds to PyTorch's `Linear(7, 4)` and the like, and its input.
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
        // Of rows with one another, or of columns if there are fewer.
        let products = |tensor: &Tensor| {
            let (rows, columns) = (shape[0], shape.tail(1).count());
            let matrix = tensor.reshape([rows, columns]).unwrap();
            let turned = matrix.transpose().unwrap();
            if rows <= columns { matrix.matmul(&turned) } else { turned.matmul(&matrix) }.unwrap()
        };
        assert_close(&products(&made), &products(case.output()), case.name());
    });
}

#[test]
fn a_truncated_normal_distribution_has_its_bounds_moments_and_shares() {
    let list = |case: &Case, name: &str| -> Vec<f64> {
        let list = case.setting()[name].as_array().expect("a list");
        list.iter().map(|value| value.as_f64().expect("a number")).collect()
    };
    check_each(Fixtures::load("initializers").of("truncated_normal"), |case| {
        const COUNT: usize = 100_000;
        let made = initializer(case).inner().tensor(COUNT.into(), [1, 1], &mut Rng::new(9));
        let numbers: Vec<f64> = made.data().iter().copied().map(f64::from).collect();
        let (low, high) = (case.number("low") as f32, case.number("high") as f32);
        assert!(made.data().iter().all(|x| (low..=high).contains(x)), "{}", case.name());
        let mean = numbers.iter().sum::<f64>() / COUNT as f64;
        let std = case.number("std");
        // Five standard errors.
        let allowed = 5.0 * std / (COUNT as f64).sqrt();
        assert!((mean - case.number("mean")).abs() < allowed, "{}: mean {mean}", case.name());
        let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / COUNT as f64;
        assert!((variance.sqrt() / std - 1.0).abs() < 0.02, "{}: {}", case.name(), variance.sqrt());
        for (place, share) in list(case, "places").into_iter().zip(list(case, "shares")) {
            let below = numbers.iter().filter(|&&x| x < place).count() as f64 / COUNT as f64;
            let allowed = 5.0 * (share * (1.0 - share) / COUNT as f64).sqrt() + 1e-9;
            assert!((below - share).abs() < allowed, "{}: {below} below {place}", case.name());
        }
    });
}

#[test]
fn the_identity_is_pytorchs_to_the_bit() {
    check_each(Fixtures::load("initializers").of("identity"), |case| {
        let shape = Shape::new(&sizes(case, "shape")).unwrap();
        let made = initializer(case).inner().tensor(shape, [1, 1], &mut Rng::new(9));
        assert_eq!(&made, case.output(), "{}", case.name());
    });
}

#[test]
fn every_column_of_a_sparse_matrix_has_as_many_zeros_as_in_pytorch() {
    check_each(Fixtures::load("initializers").of("sparse"), |case| {
        let shape = sizes(case, "shape");
        let (rows, columns) = (shape[0], shape[1]);
        let mut others = Vec::new();
        let mut zero_rows = vec![0; rows];
        for seed in 0..2000 {
            let shape = [rows, columns].into();
            let made = initializer(case).inner().tensor(shape, [1, 1], &mut Rng::new(seed));
            for column in 0..columns {
                let column = |row: usize| made.data()[row * columns + column];
                let zeros = (0..rows).filter(|&row| column(row) == 0.0);
                zeros.clone().for_each(|row| zero_rows[row] += 1);
                assert_eq!(zeros.count() as f64, case.number("zeros"), "{}", case.name());
                others.extend((0..rows).map(column).filter(|&x| x != 0.0));
            }
        }
        // Every row has its share of the zeros.
        let share = case.number("zeros") / rows as f64;
        let columns = (2000 * columns) as f64;
        for zeros in zero_rows {
            let allowed = 5.0 * (share * (1.0 - share) / columns).sqrt() + 1e-9;
            assert!((f64::from(zeros) / columns - share).abs() < allowed, "{}", case.name());
        }
        if !others.is_empty() {
            assert_spread(&Tensor::vector(&others), case);
        }
    });
}

#[test]
fn lsuv_gives_outputs_of_variance_1_and_changes_scales_only() {
    let lsuv = serde_json::json!({ "lsuv": {} });
    let stage = |name: &str, positional: Vec<serde_json::Value>, by_lsuv: bool| {
        let named = if by_lsuv { vec![("init".to_string(), lsuv.clone())] } else { vec![] };
        LayerSpec::from_arguments(name, positional, named).unwrap().into()
    };
    let spec = NetworkSpec::new(vec![
        stage("conv2d", vec![6.into(), 3.into()], true),
        relume_activations::ActivationSpec::from_arguments("relu", vec![], vec![]).unwrap().into(),
        stage("flatten", vec![], false),
        stage("dense", vec![20.into()], true),
        relume_activations::ActivationSpec::from_arguments("tanh", vec![], vec![]).unwrap().into(),
        stage("dense", vec![9.into()], false),
        stage("dense", vec![7.into()], true),
    ]);
    let mut network = Network::build(&spec, [2, 8, 8].into(), 5).unwrap();
    assert!(network.starts_from_data());
    let before = network.parameters().clone();
    let batch = Tensor::from_fn([64, 2, 8, 8], |i| 3.0 * (i as f32 * 0.37).sin() + 1.0);
    network.start_from_data(&batch).unwrap();
    for (last, scaled) in [(0, true), (3, true), (5, false), (6, true)] {
        // The stages up to this one, as a network of their own.
        let front = NetworkSpec::new(spec.layers[..=last].to_vec());
        let mut front = Network::build(&front, [2, 8, 8].into(), 5).unwrap();
        for (_, own) in front.parameters_mut().iter_mut() {
            let id = network.parameters().find(&own.name).unwrap();
            own.value = network.parameters().get(id).value.clone();
        }
        let outputs = front.predict(&batch).unwrap();
        let near = (outputs.variance() - 1.0).abs() < 0.1;
        assert_eq!(near, scaled, "stage {last}: variance {}", outputs.variance());
        let id = before.find(&format!("{last}.weight")).unwrap();
        let (old, new) = (&before.get(id).value, &network.parameters().get(id).value);
        let mut same_scale = new.clone();
        same_scale.scale(old.norm() / new.norm());
        assert_close(&same_scale, old, "directions");
        assert_eq!(old != new, scaled, "stage {last}");
    }
}

/// The built stage of a whitening case, as the first one of a network.
fn whitened(case: &Case, outputs: i64) -> Network {
    let setting = case.setting();
    let init = serde_json::json!({ "whitening": case.options() });
    let mut named: Vec<_> = setting["named"].as_object().unwrap().clone().into_iter().collect();
    named.push(("init".to_string(), init));
    let mut positional = setting["positional"].as_array().unwrap().clone();
    positional[0] = outputs.into();
    let stage = LayerSpec::from_arguments(case.text("layer"), positional, named).unwrap().into();
    let sample = case.input("x").shape().without_batch();
    Network::build(&NetworkSpec::new(vec![stage]), sample, 5).unwrap()
}

fn value(network: &Network, name: &str) -> Option<Tensor> {
    Some(network.parameters().get(network.parameters().find(name)?).value.clone())
}

#[test]
fn whitening_starts_with_principal_components() {
    check_each(Fixtures::load("initializers").of("whitening"), |case| {
        let mut network = whitened(case, case.setting()["positional"][0].as_i64().unwrap());
        assert!(network.starts_from_data());
        network.start_from_data(case.input("x")).unwrap();
        let bias = case.setting()["named"].get("bias") != Some(&false.into());
        assert_close(&value(&network, "0.weight").unwrap(), case.output(), case.name());
        assert_eq!(value(&network, "0.bias").is_some(), bias, "{}", case.name());
        if let Some(bias) = value(&network, "0.bias") {
            assert_close(&bias, case.extra_output("bias"), case.name());
        }
    });
}

#[test]
fn what_whitening_cannot_fill_stays_orthogonal() {
    let case = Fixtures::load("initializers");
    let case = case.of("whitening").find(|case| case.text("layer") == "conv2d").unwrap();
    // 12 components, as many turned; and six more.
    let mut network = whitened(case, 30);
    let before = value(&network, "0.weight").unwrap();
    network.start_from_data(case.input("x")).unwrap();
    let after = value(&network, "0.weight").unwrap();
    assert_close(&after.slice(0, 0, 24).unwrap(), case.output(), case.name());
    assert_eq!(after.slice(0, 24, 30).unwrap(), before.slice(0, 24, 30).unwrap());
    // Numbers that have overflowed have no components.
    let mut network = whitened(case, 24);
    let before = value(&network, "0.weight");
    network.start_from_data(&case.input("x").map(|x| x * 1e38)).unwrap();
    assert_eq!(value(&network, "0.weight"), before);
    // A kernel larger than the samples never lies inside them.
    let init = ("init".to_string(), serde_json::json!({ "whitening": {} }));
    let padded = vec![("padding".to_string(), 2.into()), init];
    let stage = LayerSpec::from_arguments("conv2d", vec![4.into(), 5.into()], padded).unwrap();
    let spec = NetworkSpec::new(vec![stage.into()]);
    for size in [3, 4] {
        let mut network = Network::build(&spec, [1, size, size].into(), 5).unwrap();
        let before = value(&network, "0.weight");
        network.start_from_data(&Tensor::from_fn([2, 1, size, size], |i| i as f32)).unwrap();
        assert_eq!(value(&network, "0.weight"), before);
    }
}
