//! Whole training runs equal PyTorch's: the loss of every step, and the final parameters.

use relume_datasets::{Dataset, Split, Targets};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_repl::{Output, Session, Spec, Value};
use relume_tensor::Tensor;
use relume_training::{Interrupt, Model, Plan, Silent, fit};

/// The case's inputs as a data set, all of it to train on.
fn data(case: &Case) -> Dataset {
    let (x, target) = (case.input("x").clone(), case.input("target").clone());
    let targets = match target.rank() {
        1 => Targets::Classes {
            names: ["a", "b", "c"].map(String::from).to_vec(),
            labels: target.data().iter().map(|&class| class as usize).collect(),
        },
        _ => Targets::Values {
            names: (0..target.dims()[1]).map(|i| format!("y{i}")).collect(),
            values: target,
        },
    };
    let split = Split { train: (0..x.dims()[0]).collect(), test: Vec::new(), ..Split::default() };
    Dataset::new(case.name(), x, targets, split).unwrap()
}

fn train(case: &Case) {
    let data = data(case);
    let mut session = Session::new(Output::standard(false));
    let mut value =
        |name: &str| session.value(case.text(name)).unwrap_or_else(|_| panic!("{name}"));
    let Value::Network(model) = value("network") else { panic!("no network") };
    let Value::Spec(Spec::Loss(loss)) = value("loss") else { panic!("no loss") };
    let Value::Spec(Spec::Optimizer(optimizer)) = value("optimizer") else {
        panic!("no optimizer")
    };
    let mut model = Model::new(model.spec().clone(), 1);
    let network = model.build(data.sample_shape()).unwrap();
    for (name, value) in case.parameters() {
        let id = network.parameters().find(name).unwrap_or_else(|| panic!("no {name}"));
        network.parameters_mut().get_mut(id).value = value.clone();
    }
    let plan = Plan {
        batch: data.len(),
        optimizer,
        loss,
        ..Plan::for_data(&data, case.number("steps") as u64)
    };
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let losses = model.run().history.series("loss").unwrap();
    assert_close(&Tensor::vector(&losses), case.output(), "the loss of every step");
    let parameters = model.network().unwrap().parameters();
    for (name, expected) in case.parameters_after().chain(case.buffers_after()) {
        let found = &parameters.get(parameters.find(name).unwrap()).value;
        assert_close(found, expected, &format!("{}: {name} at the end", case.name()));
    }
}

#[test]
fn whole_runs_agree_with_pytorch() {
    check_each(Fixtures::load("networks").iter(), train);
}
