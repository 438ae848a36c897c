//! What `inspect` shows, compared with PyTorch: histograms, gradients, and the changes of one step.

use relume_datasets::{Dataset, Split, Targets};
use relume_fixtures::{Fixtures, assert_close, check_each};
use relume_inspection::facts::StepFacts;
use relume_inspection::{Options, inspect};
use relume_layers::NetworkSpec;
use relume_optimizers::OptimizerSpec;
use relume_tensor::Tensor;
use relume_training::{Model, Plan};

#[test]
fn histograms_gradients_and_updates_are_pytorchs() {
    check_each(Fixtures::load("inspection").iter(), |case| {
        let x = case.input("x").clone();
        let samples = x.dims()[0];
        let labels = case.input("target").data().iter().map(|&class| class as usize).collect();
        let names = vec!["a".to_string(), "b".to_string()];
        let targets = Targets::Classes { names, labels };
        let split = Split { train: (0..samples).collect(), ..Split::default() };
        let data = Dataset::new("data", x, targets, split).unwrap();
        let spec: NetworkSpec = "dense(5) -> tanh -> dense(2)".parse().unwrap();
        let mut model = Model::new(spec, 1);
        let network = model.build(3.into()).unwrap();
        for (_, parameter) in network.parameters_mut().iter_mut() {
            parameter.value = case.parameter(&parameter.name).clone();
        }
        let options = Options { samples: Some(samples), ..Options::default() };
        let seen = inspect(&model, &data.train(), &options).unwrap();
        assert_close(&Tensor::scalar(seen.loss), case.output(), "loss");
        let gradients: Vec<f32> = seen.places.iter().map(|place| place.gradient.unwrap()).collect();
        assert_close(&Tensor::vector(&gradients), case.extra_output("gradients"), "gradients");
        let own = seen.parameters.iter().map(|own| own.pass.gradient.unwrap());
        assert_close(
            &Tensor::vector(&own.collect::<Vec<_>>()),
            case.extra_output("parameters"),
            "parameters",
        );
        let hidden = &seen.places[1].histogram;
        let counts: Vec<f32> = hidden.counts.iter().map(|&count| count as f32).collect();
        assert_close(&Tensor::vector(&counts), case.extra_output("histogram"), "histogram");
        assert_close(&Tensor::vector(&hidden.edges), case.extra_output("edges"), "edges");

        let options = case.options().clone().into_iter().collect();
        let optimizer = OptimizerSpec::from_arguments(case.op(), vec![], options).unwrap();
        let clip = case.setting().get("clip").and_then(|clip| clip.as_f64());
        let plan = Plan { optimizer, clip, batch: samples, ..Plan::for_data(&data, 1) };
        let step = StepFacts::of(&model, &data, &plan);
        let updates: Vec<f32> = step.updates.iter().map(|(_, ratio)| *ratio as f32).collect();
        assert_close(&Tensor::vector(&updates), case.extra_output("updates"), "updates");
    });
}
