//! Explanations beside captum's, and what must be true of them by their definition.

use relume_datasets::{Dataset, Split, Targets};
use relume_fixtures::{Fixtures, assert_close, check_each};
use relume_inspection::{ExplainOptions, Method, Reference, explain, importance};
use relume_layers::NetworkSpec;
use relume_tensor::{Array, Indices, Rng, Tensor};
use relume_training::{Model, Plan};

fn model(network: &str, shape: &[usize]) -> Model {
    let mut model = Model::new(network.parse::<NetworkSpec>().unwrap(), 3);
    model.build(relume_tensor::Shape::try_from(shape).unwrap()).unwrap();
    model
}

#[test]
fn integrated_gradients_saliency_and_occlusion_are_those_of_captum() {
    check_each(Fixtures::load("explain").iter(), |case| {
        let x = case.input("x");
        let network = case.op();
        let mut model = model(network, &x.dims()[1..]);
        for (_, parameter) in model.network_mut().unwrap().parameters_mut().iter_mut() {
            parameter.value = case.parameter(&parameter.name).clone();
        }
        let methods = [
            (Method::Integrated, "integrated"),
            (Method::Saliency, "saliency"),
            (Method::Occlusion, "occlusion"),
        ];
        for (method, name) in methods {
            let options = ExplainOptions {
                method: Some(method),
                output: Some(case.number("output") as usize),
                steps: case.number("steps") as usize,
                ..ExplainOptions::default()
            };
            let found = explain(&model, &x.clone().into(), &options).unwrap();
            assert_eq!(found.shape, x.shape().without_batch().to_vec());
            let values = Tensor::new(x.shape(), found.values.clone()).unwrap();
            assert_close(&values, case.extra_output(name), name);
        }
    });
}

#[test]
fn a_linear_network_is_explained_exactly_by_each_method() {
    let mut model = model("dense(2)", &[3]);
    let parameters = model.network_mut().unwrap().parameters_mut();
    for (_, parameter) in parameters.iter_mut() {
        parameter.value = match &parameter.name[..] {
            "0.weight" => Tensor::new([2, 3], vec![1., -2., 3., 0., 0., 0.]).unwrap(),
            _ => Tensor::new(2, vec![0.5, 0.0]).unwrap(),
        };
    }
    let sample: Array = Tensor::new([1, 3], vec![2., 1., 1.]).unwrap().into();
    for method in [Method::Integrated, Method::Occlusion] {
        let options = ExplainOptions {
            method: Some(method),
            output: Some(0),
            steps: 1,
            ..ExplainOptions::default()
        };
        let found = explain(&model, &sample, &options).unwrap();
        assert_eq!(found.values, [2., -2., 3.], "{method:?}");
        assert_eq!((found.score, found.reference_score), (3.5, 0.5));
    }
    let options = ExplainOptions { output: Some(2), ..ExplainOptions::default() };
    let error = explain(&model, &sample, &options).unwrap_err().to_string();
    assert!(error.contains("there are 2 outputs, counted from 0: no 2"), "{error}");
    let options = ExplainOptions { reference: Reference::Blur, ..ExplainOptions::default() };
    let error = explain(&model, &sample, &options).unwrap_err().to_string();
    assert!(error.contains("is for pictures"), "{error}");
}

/// Each of three steps of two features, or of two channels over three places, adds what its weights say.
#[test]
fn the_fall_of_a_step_is_that_of_its_features_together() {
    let values = vec![1., 2., 3., 4., 5., 6.];
    for (network, shape, time_axis, falls) in [
        ("flatten -> dense(1)", [3, 2], 0, [3., 7., 11.]),
        ("conv1d(1, 1, bias=false) -> flatten -> dense(1)", [2, 3], 1, [5., 7., 9.]),
    ] {
        let mut model = model(network, &shape);
        for (_, parameter) in model.network_mut().unwrap().parameters_mut().iter_mut() {
            let is_weight = parameter.name.ends_with("weight");
            parameter.value = Tensor::full(parameter.value.shape(), f32::from(u8::from(is_weight)));
        }
        let sample = Tensor::new([1, shape[0], shape[1]], values.clone()).unwrap();
        for method in [Method::Occlusion, Method::Integrated] {
            let options = ExplainOptions { method: Some(method), ..ExplainOptions::default() };
            let found = explain(&model, &sample.clone().into(), &options).unwrap();
            assert_eq!(found.time_axis, Some(time_axis), "{network}");
            let mut sums = [0.0_f32; 3];
            for (at, x) in found.values.iter().enumerate() {
                sums[if time_axis == 0 { at / 2 } else { at % 3 }] += x;
            }
            for (sum, fall) in sums.iter().zip(falls) {
                assert!((sum - fall).abs() < 1e-5, "{network} {method:?}: {:?}", found.values);
            }
            assert!((found.sum - 21.0).abs() < 1e-4, "{}", found.sum);
        }
    }
}

/// The sum of the values is the difference of the scores (axiom of completeness).
#[test]
fn values_add_up_for_pictures_words_and_frames() {
    let mut rng = Rng::new(5);
    let words: Array = Indices::from_fn([1, 6], |i| [4, 2, 7, 3, 0, 0][i]).into();
    let cases: [(&str, &[usize], Array); 4] = [
        (
            "conv2d(4, 3) -> tanh -> maxpool2d(2) -> flatten -> dense(3)",
            &[2, 8, 8],
            rng.uniform_tensor([1, 2, 8, 8], -1.0, 1.0).into(),
        ),
        (
            "lstm(6, output=\"last\") -> dense(3)",
            &[7, 4],
            rng.uniform_tensor([1, 7, 4], -1.0, 1.0).into(),
        ),
        (
            "embedding(9, 5, padding_idx=0) -> gru(6, output=\"last\") -> dense(3)",
            &[6],
            words.clone(),
        ),
        (
            "dense(16) -> relu -> dense(8) -> relu -> dense(3)",
            &[5],
            rng.uniform_tensor([1, 5], -2.0, 2.0).into(),
        ),
    ];
    for (network, shape, sample) in cases {
        let model = model(network, shape);
        let found = explain(&model, &sample, &ExplainOptions::default()).unwrap();
        assert_eq!(found.method, Method::Integrated, "{network}");
        assert!(found.gap.unwrap() <= 0.05, "{network}: {found:?}");
        if shape == [6] {
            // Padding has a vector of zeros.
            assert_eq!(found.values[4..], [0.0, 0.0]);
            assert!(found.values[..4].iter().any(|x| *x != 0.0));
        }
    }
    // Words that are summed up at once have no path of their own.
    let bag = model("embedding_bag(9, 5) -> dense(3)", &[6]);
    let found = explain(&bag, &words, &ExplainOptions::default()).unwrap();
    assert_eq!((found.method, found.values.len()), (Method::Occlusion, 6));
    let options = ExplainOptions { method: Some(Method::Integrated), ..ExplainOptions::default() };
    let error = explain(&bag, &words, &options).unwrap_err().to_string();
    assert!(error.contains("method=\"occlusion\""), "{error}");
}

#[test]
fn a_column_that_decides_matters_and_noise_does_not() {
    let mut rng = Rng::new(1);
    let inputs = rng.uniform_tensor([200, 3], -1.0, 1.0);
    let labels = inputs.data().chunks_exact(3).map(|row| usize::from(row[1] > 0.0)).collect();
    let names = vec!["a".to_string(), "b".to_string()];
    let split = Split { train: (0..150).collect(), test: (150..200).collect(), ..Split::default() };
    let data = Dataset::new("d", inputs, Targets::Classes { names, labels }, split).unwrap();
    let mut model = Model::new("dense(8) -> tanh -> dense(2)".parse().unwrap(), 0);
    let interrupt = relume_training::Interrupt::default();
    let plan = Plan::for_data(&data, 60);
    relume_training::fit(&mut model, &data, &plan, &mut relume_training::Silent, &interrupt)
        .unwrap();
    let found = importance(&model, &data.test(), 5, 0).unwrap();
    assert_eq!((found.samples, found.inputs.len()), (50, 3));
    assert_eq!(found.inputs[0].name, "1");
    assert!(found.inputs[0].rise > 20.0 * found.inputs[1].rise.abs(), "{found:?}");
    let error = importance(&model, &data.test(), 0, 0).unwrap_err().to_string();
    assert!(error.contains("once at least"), "{error}");
}

fn with_parameters(case: &relume_fixtures::Case) -> Model {
    let mut model = model(case.op(), &case.input("x").dims()[1..]);
    for (_, parameter) in model.network_mut().unwrap().parameters_mut().iter_mut() {
        parameter.value = case.parameter(&parameter.name).clone();
    }
    model
}

fn by_attention() -> ExplainOptions {
    ExplainOptions { method: Some(Method::Attention), ..ExplainOptions::default() }
}

#[test]
fn attention_is_that_of_pytorch_and_its_rollout_that_of_numpy() {
    check_each(Fixtures::load("attention").iter(), |case| {
        let x = case.input("x").clone();
        let found = explain(&with_parameters(case), &x.into(), &by_attention()).unwrap();
        let maps = found.attention.as_ref().unwrap();
        assert_eq!(maps.layers.len(), case.number("layers") as usize);
        for (at, layer) in maps.layers.iter().enumerate() {
            let wanted = case.extra_output(&format!("weights{at}"));
            let own = Tensor::new(wanted.shape(), layer.weights.clone()).unwrap();
            assert_close(&own, wanted, &layer.path);
        }
        let wanted = case.extra_output("rollout");
        assert_close(
            &Tensor::new(wanted.shape(), maps.rollout.clone()).unwrap(),
            wanted,
            "rollout",
        );
        let wanted = case.extra_output("answer");
        assert_close(&Tensor::new(wanted.shape(), found.values.clone()).unwrap(), wanted, "answer");
        assert!((found.sum - 1.0).abs() < 1e-5, "{}", found.sum);
    });
}

#[test]
fn padding_gets_no_attention_and_no_share_of_the_answer() {
    let block = "transformer_encoder(2, dim_feedforward=8, dropout=0)";
    let network =
        format!("embedding(9, 4, padding_idx=0) -> {block} -> pool_over_time -> dense(2)");
    let words: Array = Indices::from_fn([1, 6], |i| [4, 2, 7, 3, 0, 0][i]).into();
    let found = explain(&model(&network, &[6]), &words, &by_attention()).unwrap();
    let maps = found.attention.unwrap();
    assert_eq!((maps.steps, maps.real), (6, 4));
    assert_eq!(found.values[4..], [0.0, 0.0]);
    for head in 0..2 {
        let own = maps.of_head(&maps.layers[0], head);
        assert_eq!(own[4..], [0.0, 0.0], "{own:?}");
        assert!((own.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn networks_without_attention_of_one_sequence_are_refused() {
    let sample: Array = Tensor::from_fn([1, 6, 4], |i| (i as f32).sin()).into();
    let recurrent = model("lstm(4, output=\"last\") -> dense(2)", &[6, 4]);
    let error = explain(&recurrent, &sample, &by_attention()).unwrap_err().to_string();
    assert!(error.contains("has no attention"), "{error}");
    let encoder = "transformer_encoder(2, dim_feedforward=8)";
    let decoder = "transformer_decoder(2, dim_feedforward=8)";
    let network = format!("encoder_decoder({encoder}, {decoder}) -> pool_over_time -> dense(2)");
    let error = explain(&model(&network, &[6, 4]), &sample, &by_attention()).unwrap_err();
    assert!(error.to_string().contains("encoder_decoder"), "{error}");
}

#[test]
fn a_row_is_told_the_truth_about_its_mean() {
    let sample: Array = Tensor::new([1, 3], vec![2., 1., 1.]).unwrap().into();
    let options = ExplainOptions { reference: Reference::Mean, ..ExplainOptions::default() };
    let error = explain(&model("dense(2)", &[3]), &sample, &options).unwrap_err().to_string();
    assert!(error.contains("not standardised") && error.contains("standardize=true"), "{error}");
    let inputs = Tensor::from_fn([20, 3], |i| 5.0 + (i as f32).sin());
    let labels = (0..20).map(|i| i % 2).collect();
    let targets = Targets::Classes { names: vec!["a".to_string(), "b".to_string()], labels };
    let rows: Vec<usize> = (0..20).collect();
    let preparation = relume_datasets::Preparation::standardising(&inputs, &rows);
    let data = Dataset::new("d", inputs, targets, Split::train_only(20)).unwrap();
    let data = data.prepared(preparation);
    let mut own = Model::new("dense(2)".parse().unwrap(), 0);
    let (interrupt, plan) = (relume_training::Interrupt::default(), Plan::for_data(&data, 1));
    relume_training::fit(&mut own, &data, &plan, &mut relume_training::Silent, &interrupt).unwrap();
    let error = explain(&own, &sample, &options).unwrap_err().to_string();
    assert!(error.contains("are standardised") && error.contains("their means"), "{error}");
}
