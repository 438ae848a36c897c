//! Specifications as data: what they refuse, the shapes that they give, and that they can be written and read.

use crate::common::{spec, subjects};
use relume_activations::{
    Activation, ActivationSpec, Celu, Hardtanh, LeakyRelu, Maxout, Softmax, Swish, Threshold,
};
use relume_autograd::{AutogradError, Tape};
use relume_catalog::{Argument, Default, Type, Value};
use relume_tensor::{Rng, Shape, Tensor, threads};

fn named(name: &str, options: &[(&str, Value)]) -> Result<ActivationSpec, String> {
    let options = options.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    ActivationSpec::from_arguments(name, Vec::new(), options).map_err(|error| error.to_string())
}

#[test]
fn a_specification_survives_json() {
    for fixtures in subjects() {
        for case in fixtures.iter() {
            let spec = spec(case);
            let json = serde_json::to_string(&spec).unwrap();
            assert!(json.starts_with(&format!("{{\"{}\":", case.op())), "{json}");
            assert_eq!(serde_json::from_str::<ActivationSpec>(&json).unwrap(), spec);
        }
    }
}

#[test]
fn a_specification_prints_what_differs_from_its_defaults() {
    let printed = |name, options: &[(&str, Value)]| named(name, options).unwrap().to_string();
    assert_eq!(printed("hardtanh", &[("max_val", 1.0.into())]), "hardtanh");
    assert_eq!(printed("hardtanh", &[("min_val", (-2).into())]), "hardtanh(min_val=-2)");
    assert_eq!(printed("swish", &[("trained", true.into())]), "swish(trained=true)");
    assert_eq!(
        printed("threshold", &[("value", 20.into()), ("threshold", 0.1.into())]),
        "threshold(threshold=0.1, value=20)"
    );
    assert_eq!(
        printed("geglu", &[("axis", 1.into()), ("approximate", "tanh".into())]),
        "geglu(axis=1, approximate=\"tanh\")"
    );
}

#[test]
fn options_that_make_no_function_are_refused() {
    for (name, options, part) in [
        ("hardtanh", vec![("min_val", 1.into())], "min_val=1 must lie below max_val=1"),
        ("rrelu", vec![("lower", 0.5.into())], "lower=0.5 must not lie above"),
        ("celu", vec![("alpha", 0.into())], "wants a number above 0"),
        ("softshrink", vec![("lambd", (-1).into())], "at least 0"),
        ("threshold", vec![("threshold", 1.into())], "needs `value`"),
        ("maxout", vec![("pieces", 1.into())], "at least 2"),
        ("gelu", vec![("approximate", "erf".into())], "\"none\" or \"tanh\""),
        ("prelu", vec![("num_parameters", 0.into())], "at least 1"),
    ] {
        let error = named(name, &options).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}

/// The refusal of a sample that cannot be taken, and its help.
fn refusal(spec: &ActivationSpec, sample: &[usize]) -> (String, String) {
    let input_mismatch = spec.inner().output(sample.try_into().unwrap()).unwrap_err();
    (input_mismatch.wanted, input_mismatch.help.unwrap_or_default())
}

#[test]
fn a_gate_halves_its_axis_and_refuses_odd_ones() {
    for name in ["glu", "swiglu", "geglu"] {
        let last = named(name, &[]).unwrap();
        let output = |spec: &ActivationSpec, sample: Shape| spec.inner().output(sample);
        assert_eq!(output(&last, 16.into()), Ok(8.into()));
        assert_eq!(output(&last, [5, 16].into()), Ok([5, 8].into()));
        let first = named(name, &[("axis", 1.into())]).unwrap();
        assert_eq!(output(&first, [16, 3, 5].into()), Ok([8, 3, 5].into()));
        let (wanted, help) = refusal(&last, &[7]);
        assert_eq!(wanted, "wants an even number along axis -1");
        assert_eq!(help, "put dense(8) before it");
        let (_, help) = refusal(&first, &[7, 3, 3]);
        assert_eq!(help, "have the layer before it give 8 instead of 7 there");
        let (wanted, _) = refusal(&named(name, &[("axis", 0.into())]).unwrap(), &[8]);
        assert!(wanted.contains("not of the batch"), "{wanted}");
        // The operation itself, which has no shape inference before it.
        let mut tape = Tape::new();
        let x = tape.constant(Tensor::ones([2, 7]));
        let error = tape.apply(last.inner().op(), &[x]).unwrap_err().to_string();
        assert!(error.contains("7 is odd"), "{error}");
    }
}

#[test]
fn maxout_wants_whole_groups() {
    let maxout = named("maxout", &[("pieces", 3.into())]).unwrap();
    assert_eq!(maxout.inner().output(12.into()), Ok(4.into()));
    let (wanted, help) = refusal(&maxout, &[10]);
    assert_eq!(wanted, "wants a multiple of 3 along axis -1");
    assert_eq!(help, "put dense(12) before it");
    let huge = named("maxout", &[("pieces", i64::MAX.into())]).unwrap();
    assert!(huge.inner().output(12.into()).is_err());
    let mut tape = Tape::new();
    let none = tape.variable(Tensor::zeros([3, 0]));
    let y = tape.apply(huge.inner().op(), &[none]).unwrap();
    assert_eq!(tape.value(y).dims(), [3, 0]);
    tape.backward_from(y, Tensor::zeros([3, 0])).unwrap();
    assert_eq!(tape.gradient(none).unwrap().dims(), [3, 0]);
}

#[test]
fn slopes_for_channels_want_as_many_channels() {
    let prelu = named("prelu", &[("num_parameters", 4.into())]).unwrap();
    assert_eq!(prelu.inner().output([4, 5, 5].into()), Ok([4, 5, 5].into()));
    let (wanted, help) = refusal(&prelu, &[3, 5, 5]);
    assert_eq!(wanted, "wants 4 channels, one for each slope");
    assert_eq!(help, "prelu(num_parameters=3), or prelu for one slope");
}

#[test]
fn an_axis_that_samples_do_not_have_is_refused() {
    for name in ["softmax", "log_softmax", "softmin", "glu", "swiglu", "geglu", "maxout"] {
        let third = named(name, &[("axis", 3.into())]).unwrap();
        assert_eq!(refusal(&third, &[4, 8]).0, "wants samples that have axis 3");
        let before = named(name, &[("axis", (-4).into())]).unwrap();
        assert_eq!(refusal(&before, &[4, 8]).0, "wants samples that have axis -4");
    }
}

#[test]
fn random_slopes_are_drawn_evenly_below_0_alone() {
    let rrelu = named("rrelu", &[("lower", 0.1.into()), ("upper", 0.3.into())]).unwrap();
    assert!(rrelu.inner().is_random());
    let x = Rng::new(3).normal_tensor([7, 20_001], 0.0, 1.0);
    let draw = |seed| rrelu.inner().training_factors(&x, &mut Rng::new(seed));
    let factors = draw(5);
    let below: Vec<f64> = x
        .data()
        .iter()
        .zip(factors.data())
        .filter(|&(&x, &factor)| {
            assert!(if x > 0.0 { factor == 1.0 } else { (0.1..=0.3).contains(&factor) });
            x <= 0.0
        })
        .map(|(_, &factor)| f64::from(factor))
        .collect();
    // Of a uniform distribution: mean and variance within five standard errors.
    let n = below.len() as f64;
    let mean = below.iter().sum::<f64>() / n;
    let variance = below.iter().map(|factor| (factor - mean).powi(2)).sum::<f64>() / n;
    assert!((mean - 0.2).abs() < 5.0 * 0.2 / 12f64.sqrt() / n.sqrt(), "{mean}");
    assert!((variance - 0.04 / 12.0).abs() < 0.04 / 12.0 * 5.0 / n.sqrt(), "{variance}");
    // The same from the same seed, for any number of threads.
    for count in [1, 3] {
        threads::set_threads(count).unwrap();
        assert_eq!(threads::run(|| draw(5)), factors);
    }
    assert_ne!(draw(6), factors);
    // In a later step others.
    let mut rng = Rng::new(5);
    let steps = [0; 2].map(|_| rrelu.inner().training_factors(&x, &mut rng));
    assert_eq!(steps[0], factors);
    assert_ne!(steps[1], factors);
}

#[test]
fn large_and_moderate_angles_beside_each_other_give_the_same_sines() {
    let sin = named("sin", &[]).unwrap();
    let moderate = Tensor::from_fn(100, |i| i as f32 * 0.37 - 20.0);
    let mut mixed = moderate.clone();
    mixed.data_mut()[99] = 3e38;
    let values = |x: &Tensor| {
        let mut tape = Tape::new();
        let x = tape.constant(x.clone());
        let y = tape.apply(sin.inner().op(), &[x]).unwrap();
        tape.value(y).clone()
    };
    assert_eq!(values(&moderate).data()[..99], values(&mixed).data()[..99]);
}

#[test]
fn functions_built_in_rust_are_checked_as_at_the_prompt() {
    assert_eq!(
        ActivationSpec::from(LeakyRelu::new().slope(0.1)).to_string(),
        "leaky_relu(slope=0.1)"
    );
    assert_eq!(Threshold::new(0.1, 20.0), Threshold { threshold: 0.1, value: 20.0 });
    for (spec, message) in [
        (
            Maxout::new().pieces(0).into(),
            "maxout's `pieces` wants a whole number of at least 2, not 0",
        ),
        (Celu::new().alpha(-1.0).into(), "celu's `alpha` wants a number above 0, not -1"),
        (
            Softmax::new().axis(9).into(),
            "softmax's `axis` wants a whole number from -6 to 5, not 9",
        ),
        (Hardtanh::new().min_val(2.0).into(), "hardtanh: min_val=2 must lie below max_val=1"),
        (
            LeakyRelu::new().slope(f64::NAN).into(),
            "leaky_relu's `slope` wants a number, not \"NaN\"",
        ),
    ] {
        let spec: ActivationSpec = spec;
        assert_eq!(spec.check().unwrap_err().to_string(), message);
        let json = serde_json::to_string(&spec).unwrap();
        let error = serde_json::from_str::<ActivationSpec>(&json).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn files_may_leave_options_out_but_have_no_others() {
    let read = serde_json::from_str::<ActivationSpec>;
    assert_eq!(read(r#"{"swish": {"trained": true}}"#).unwrap(), Swish::new().trained(true).into());
    let error = read(r#"{"swish": {"trainable": true}}"#).unwrap_err().to_string();
    assert!(error.starts_with("swish has no argument `trainable`"), "{error}");
}

/// Fields are public: an operation that is made of options which no check has seen refuses its input.
#[test]
fn the_operation_of_options_that_are_out_of_range_refuses_every_input() {
    let activations: [(&dyn Activation, &str); 5] = [
        (&Hardtanh::new().min_val(2.0), "min_val=2 must lie below max_val=1"),
        (&Maxout::new().pieces(0), "maxout's `pieces` wants"),
        (&LeakyRelu::new().slope(f64::NAN), "leaky_relu's `slope` wants"),
        (&Celu::new().alpha(0.0), "celu's `alpha` wants"),
        (&Softmax::new().axis(i64::MAX), "softmax's `axis` wants"),
    ];
    for (activation, message) in activations {
        let mut tape = Tape::new();
        let x = tape.variable(Tensor::ones([2, 4]));
        let error = tape.apply(activation.op(), &[x]).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

fn required_value(argument: &Argument) -> Value {
    if argument.ty == Type::Text {
        "f(x, a=param(1), b=param(2)) = a * x + b * x".into()
    } else {
        2.into()
    }
}

#[test]
fn a_function_refuses_another_number_of_operands_than_its_input_and_its_parameter() {
    for entry in ActivationSpec::ENTRIES {
        let required =
            entry.arguments.iter().filter(|argument| argument.default == Default::Required);
        let options: Vec<(&str, Value)> =
            required.map(|argument| (argument.name, required_value(argument))).collect();
        let spec = named(entry.name, &options).unwrap();
        let operands = 1 + spec.inner().parameters(4.into()).len();
        for count in [0, operands + 1] {
            let mut tape = Tape::new();
            let given: Vec<_> = (0..count).map(|_| tape.constant(Tensor::ones([2, 4]))).collect();
            let refused = tape.apply(spec.inner().op(), &given);
            assert!(matches!(refused, Err(AutogradError::InputCount { .. })), "{spec}: {count}");
        }
    }
}
