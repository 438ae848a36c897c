//! Registered things are trained, saved, loaded, printed, parsed and explained like built-in ones.

use super::*;
use relume::prelude::*;
use relume::repl::{Output, Session, Source};

#[test]
fn gradients_agree_with_finite_differences() {
    let x = Tensor::from_fn([3, 4], |i| (i as f32).cos());
    let passed = |report: Result<GradcheckReport, LayerError>| report.unwrap().passed();
    let options = GradcheckOptions::default();

    let (mut parameters, mut rng) = (Parameters::default(), Rng::new(1));
    let built =
        Rescale::new().build(4.into(), &mut Builder::new(&mut parameters, &mut rng)).unwrap();
    let id = parameters.find("weight").unwrap();
    let weight = parameters.get(id).value.clone();
    let layer = |tape: &mut Tape, vars: &[Var]| {
        let mut workspace = Workspace::on(std::mem::take(tape));
        workspace.place(id, vars[1]);
        let mut pass = Pass::new(&mut workspace, &mut parameters, &mut rng, Mode::Training);
        let y = built.forward(&mut pass, vars[0]);
        *tape = workspace.tape;
        y
    };
    assert!(passed(gradcheck(layer, &[x.clone(), weight], options)));

    let activation = |tape: &mut Tape, vars: &[Var]| Ok(tape.apply(Swoosh {}.op(), vars)?);
    assert!(passed(gradcheck(activation, std::slice::from_ref(&x), options)));

    let target = Tensor::from_fn([3, 4], |i| (i as f32).sin());
    let loss = |tape: &mut Tape, vars: &[Var]| Ok(tape.apply(Quartic {}.op(), vars)?);
    assert!(passed(gradcheck(loss, &[x, target], options)));
}

#[test]
fn a_network_of_them_is_trained_saved_loaded_and_read() {
    register().unwrap();
    register().unwrap();
    let network: NetworkSpec =
        "dense(8) -> swoosh -> rescale(start=0.5) -> dense(1)".parse().unwrap();
    assert_eq!(network.layers[2], Stage::custom(Rescale::new().start(0.5)));
    let inputs = Tensor::from_fn([40, 2], |i| (i as f32).cos());
    let values = Tensor::from_fn([40, 1], |i| (i as f32).sin());
    let targets = Targets::Values { names: vec!["y".to_string()], values };
    let data = Dataset::new("waves", inputs, targets, Split::every(40, 5)).unwrap();
    let plan = Plan {
        optimizer: OptimizerSpec::custom(Signsgd::new().lr(0.01)),
        loss: LossSpec::custom(Quartic {}),
        ..Plan::for_data(&data, 5)
    };
    let mut model = Model::new(network, 1);
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let losses = model.run().history.series("loss").unwrap();
    assert!(losses[4] < losses[0], "{losses:?}");

    let path = std::env::temp_dir().join(format!("custom-{}.rlm", std::process::id()));
    save(&model, &path).unwrap();
    let again = load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(again.spec(), model.spec());
    assert_eq!(again.run().plan, Some(plan));
    let x = data.test().inputs().unwrap();
    assert_eq!(predict(&again, &x).unwrap(), predict(&model, &x).unwrap());
}

#[test]
fn the_prompt_of_a_program_knows_them() {
    register().unwrap();
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    let lines = "help rescale; help signsgd
        net = input(64) -> dense(8) -> rescale(start=0.5) -> swoosh -> dense(10)
        train net on digits() epochs=1 optimizer=signsgd(0.002)
        inspect net on digits()
        quartic([1, 2], [1, 4])";
    for line in lines.lines() {
        session.run(line.trim(), &Source::Prompt).unwrap_or_else(|failure| panic!("{failure:?}"));
    }
    let shown = captured.results();
    assert!(
        shown.contains("the initial value of the weights")
            || shown.contains("The initial value of the weights"),
        "{shown}"
    );
    assert!(shown.trim_end().ends_with('8'), "{shown}");
}

#[test]
fn a_name_that_is_taken_is_refused() {
    /// Another relu.
    ///
    /// ```relume
    /// relu([1])
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Spec)]
    #[spec(activation, crate = relume::catalog)]
    struct Relu {}
    impl Activation for Relu {
        fn op(&self) -> OpRef {
            Swoosh {}.op()
        }
        fn facts(&self) -> Facts {
            Facts::OPEN
        }
    }
    let refused = ActivationSpec::register::<Relu>().unwrap_err();
    assert_eq!(refused.to_string(), "there is another activation `relu`: choose another name");
    assert!(LayerSpec::find("relu").is_none());
}
