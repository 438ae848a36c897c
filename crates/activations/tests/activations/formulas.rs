//! Formulas: what they say, what they refuse, and that they agree with the functions that they write out.

use relume_activations::{
    Activation, ActivationSpec, Constant, ConstantShape, Definition, Facts, Formula,
};
use relume_autograd::{Tape, ops};
use relume_tensor::{Rng, Shape, Tensor, threads};

fn refusal(text: &str) -> (String, String, String) {
    let error = Formula::parse(text).unwrap_err();
    let place = error.span.of(text).to_string();
    (error.message, place, error.help.unwrap_or_default())
}

/// Values and gradients of x and of the constants.
fn passed(activation: &dyn Activation, x: &Tensor) -> Vec<Tensor> {
    let mut tape = Tape::new();
    let mut vars = vec![tape.variable(x.clone())];
    for (_, value) in activation.parameters(x.shape().without_batch()) {
        vars.push(tape.variable(value));
    }
    let y = tape.apply(activation.op(), &vars).unwrap();
    let gradient = Tensor::from_fn(x.shape(), |i| 1.0 + (i % 7) as f32 * 0.125);
    tape.backward_from(y, gradient).unwrap();
    let gradients = vars.iter().map(|&var| tape.gradient(var).unwrap().clone());
    std::iter::once(tape.value(y).clone()).chain(gradients).collect()
}

#[test]
fn a_formula_agrees_with_the_function_that_it_writes_out() {
    let x = Rng::new(1).normal_tensor([40, 50], 0.0, 3.0);
    for (text, name) in [
        ("x * tanh(softplus(x))", "mish"),
        ("x * sigmoid(x)", "silu"),
        ("0.5 * x * (1 + erf(x / sqrt(2)))", "gelu"),
        ("maximum(x, 0)", "relu"),
        ("where(x > 0, x, 0.01 * x)", "leaky_relu"),
        ("where(x > 0, x, exp(minimum(x, 0)) - 1)", "elu"),
        ("clip(x, -1, 1)", "hardtanh"),
        ("(x + sqrt(x ^ 2 + 4)) / 2", "squareplus"),
        ("exp(-x ^ 2)", "gaussian"),
        ("swish(x, beta=param(1)) = x * sigmoid(beta * x)", "swish(trained=true)"),
    ] {
        let formula = passed(&Formula::parse(text).unwrap(), &x);
        let built_in = passed(name.parse::<ActivationSpec>().unwrap().inner(), &x);
        assert_eq!(formula.len(), built_in.len());
        for (own, other) in formula.iter().zip(&built_in) {
            let scale = other.data().iter().fold(1.0f32, |most, y| most.max(y.abs()));
            let pairs = own.data().iter().zip(other.data());
            let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= 1e-6 * scale, "{text}: {worst} of {scale}");
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let text = "f(x, a=param(1.5), b=param(0.5, shape=\"units\"), c=param(2, shape=\"features\")) = \
                x * sigmoid(a * x) + b * tanh(c * x)";
    let formula = Formula::parse(text).unwrap();
    // Several pieces, which do not end where rows do.
    let x = Rng::new(2).normal_tensor([37, 29, 131], 0.0, 2.0);
    let runs = [1, 2, 8].map(|count| {
        threads::set_threads(count).unwrap();
        threads::run(|| passed(&formula, &x))
    });
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
    let shapes: Vec<&[usize]> = runs[0].iter().map(Tensor::dims).collect();
    assert_eq!(shapes, [&[37, 29, 131][..], &[37, 29, 131], &[1], &[29], &[131]]);
}

#[test]
fn sums_over_units_agree_with_operations_of_the_tape() {
    let formula = Formula::parse("f(x, b=param(0.5, shape=\"units\")) = b * x ^ 2").unwrap();
    let x = Rng::new(3).normal_tensor([300, 11, 17], 0.0, 1.0);
    let own = passed(&formula, &x);
    let mut tape = Tape::new();
    let input = tape.variable(x.clone());
    let b = tape.variable(Tensor::full([11, 1], 0.5));
    let square = ops::square(&mut tape, input).unwrap();
    let y = ops::mul(&mut tape, square, b).unwrap();
    let gradient = Tensor::from_fn(x.shape(), |i| 1.0 + (i % 7) as f32 * 0.125);
    tape.backward_from(y, gradient).unwrap();
    for (a, b) in own[2].data().iter().zip(tape.gradient(b).unwrap().data()) {
        assert!((a - b).abs() <= 1e-5 * b.abs(), "{a} {b}");
    }
}

#[test]
fn a_definition_has_a_name_and_constants_and_prints_as_text_that_parses_back() {
    let text = "swoosh(z, beta=param(1), gain=param(0.5, shape=\"units\"), k=sqrt(4)) = \
                gain*(z - k)*sigmoid(beta*z)^-k";
    let definition = Definition::parse(text).unwrap();
    assert_eq!((definition.name.as_str(), definition.input.as_str()), ("swoosh", "z"));
    let trained = |first, shape| Constant::Trained { first, shape };
    let constants: Vec<_> = definition.constants.iter().map(|(_, constant)| *constant).collect();
    let expected = [
        trained(1.0, ConstantShape::One),
        trained(0.5, ConstantShape::Units),
        Constant::Fixed(2.0),
    ];
    assert_eq!(constants, expected);
    let printed = "swoosh(z, beta=param(1), gain=param(0.5, shape=\"units\"), k=2) = \
                   gain * (z - k) * sigmoid(beta * z) ^ -k";
    assert_eq!(definition.to_string(), printed);
    assert_eq!(Definition::parse(printed).unwrap().to_string(), printed);
    let parameters = Formula::from(definition).parameters([6, 4].into());
    let parameters: Vec<(&str, &[f32])> =
        parameters.iter().map(|(name, value)| (name.as_ref(), value.data())).collect();
    assert_eq!(parameters, [("beta", &[1.0][..]), ("gain", &[0.5; 6])]);
}

#[test]
fn what_is_printed_means_the_same() {
    let x = Tensor::vector(&[-1.7, -0.2, 0.4, 2.3]).reshape([1, 4]).unwrap();
    for text in [
        "-x ^ 2",
        "(-x) ^ 2",
        "2 ^ x ^ 2 / 9",
        "(2 ^ x) ^ 2",
        "x - (1 - (x - 2))",
        "x / (2 / (x * 3))",
        "-(x - 1) * -x",
        "2 ^ (-(x ^ 2))",
        "((x > 0) == (x < 1)) * x",
        "(x > (x < 0)) - 3 % (x + 4) * x",
        "x.tanh().square() * leaky_relu(x, slope=-0.5)",
        "gelu(x, approximate=\"tanh\") * 1e-3 ^ x",
    ] {
        let definition = Definition::parse(text).unwrap();
        let again = Formula::from(definition.clone());
        let [first, second] = [&Formula::parse(text).unwrap(), &again].map(|own| passed(own, &x));
        assert_eq!(first, second, "{text} printed as {definition}");
        assert_eq!(again.read().unwrap().to_string(), definition.to_string());
    }
}

#[test]
fn a_formula_is_an_activation_as_text_and_as_json() {
    let spec = ActivationSpec::from(Formula::parse("x * sigmoid(1.5 * x)").unwrap());
    assert_eq!(spec.to_string(), "formula(\"x * sigmoid(1.5 * x)\")");
    assert_eq!(spec.to_string().parse::<ActivationSpec>().unwrap(), spec);
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(json, r#"{"formula":{"definition":"x * sigmoid(1.5 * x)"}}"#);
    assert_eq!(serde_json::from_str::<ActivationSpec>(&json).unwrap(), spec);
}

#[test]
fn what_is_no_function_of_one_number_is_refused_with_its_place() {
    for (text, message, place, help) in [
        ("x * beta", "no constant `beta`", "beta", "formula(x, beta=1) = ..."),
        ("x + sum(x)", "takes several numbers together", "sum(x)", ""),
        ("max(x, 0)", "takes several numbers together", "max(x, 0)", "maximum(x, 0)"),
        ("softmax(x)", "no function of each number", "softmax(x)", "one number to one number"),
        ("prelu(x) + 1", "a trained parameter of its own", "prelu(x)", "where(x > 0, x"),
        ("rrelu(x)", "no function of each number", "rrelu(x)", ""),
        ("x @ x", "takes several numbers together", "x @ x", ""),
        ("where(x > 0 and x < 1, x, 0)", "decides once", "x > 0 and x < 1", "(x > 0) * (x < 1)"),
        ("x + [1, 2]", "a list or a tensor cannot stand", "[1, 2]", ""),
        ("x[0]", "an item of a tensor cannot stand", "x[0]", ""),
        ("sigmod(x)", "no function `sigmod`", "sigmod(x)", "did you mean `sigmoid`?"),
        ("dense(4)", "no function `dense`", "dense(4)", ""),
        ("1 + 2", "does not depend on `x`", "1 + 2", ""),
        ("f(x, y) = x + y", "a function of one number", "y", "param(1)"),
        ("f(x, x=1) = x", "two parameters called `x`", "x", ""),
        ("f(x, a=param()) = a * x", "needs the value", "param()", "param(1)"),
        ("f(x, a=param(1, shape=\"all\")) = a * x", "`shape` wants", "\"all\"", ""),
        ("f(x, a=1 / 0) = a * x", "a finite number", "1 / 0", ""),
        ("f(x, a=x) = a * x", "a constant is a number", "x", ""),
        ("clip(x, 2, 1)", "leave nothing between", "clip(x, 2, 1)", ""),
        ("leaky_relu(x, slop=1)", "no argument `slop`", "leaky_relu(x, slop=1)", "slope"),
        ("formula(\"x\")", "is written out", "formula(\"x\")", ""),
        ("exp(x, x)", "takes one number", "exp(x, x)", ""),
        ("x +", "", "", ""),
        ("x = 3", "a function's name and its parameters", "x", "swoosh(x, beta=param(1))"),
    ] {
        let found = refusal(text);
        assert!(found.0.contains(message), "{text}: {found:?}");
        assert!(place.is_empty() || found.1 == place, "{text}: {found:?}");
        assert!(found.2.contains(help), "{text}: {found:?}");
    }
}

#[test]
fn forged_formulas_are_bounded() {
    let long = format!("x{}", " + x".repeat(10_000));
    let deep = format!("{}x{}", "(".repeat(5000), ")".repeat(5000));
    let wide: Vec<String> = (0..299).map(|i| format!("cos({i} * x)")).collect();
    let constants: Vec<String> = (0..8).map(|i| format!("c{i}=param(1)")).collect();
    let constants = format!("f(x, {}) = x", constants.join(", "));
    for text in [long, deep, wide.join(" + "), constants] {
        let json = serde_json::json!({ "formula": { "definition": text } });
        assert!(serde_json::from_value::<ActivationSpec>(json).is_err());
    }
    // A constant for each unit of a sample that has more of them than memory.
    let units = Formula::parse("f(x, a=param(1, shape=\"units\")) = a * x").unwrap();
    assert!(units.output(Shape::from([1 << 60])).is_err());
    // Fields are public: a formula that no check has seen refuses its input.
    let mut tape = Tape::new();
    let x = tape.variable(Tensor::ones([2, 3]));
    let unchecked = Formula { definition: "x + y".to_string() };
    let error = tape.apply(unchecked.op(), &[x]).unwrap_err().to_string();
    assert!(error.contains("no constant `y`"), "{error}");
}

#[test]
fn flat_places_are_found() {
    let open = Facts::OPEN;
    for (text, expected) in [
        ("maximum(x, 0)", Facts { off: Some(0.0), ..open }),
        ("clip(x, -1, 1)", Facts { ends: Some((-1.0, 1.0)), ..open }),
        ("2 * sigmoid(x) - 1", Facts { ends: Some((-1.0, 1.0)), ..open }),
        ("x * sigmoid(1.5 * x)", open),
        ("exp(-x ^ 2)", open),
        ("sin(x)", open),
    ] {
        assert_eq!(Formula::parse(text).unwrap().facts(), expected, "{text}");
    }
}

#[test]
fn flat_places_are_those_of_the_trained_constants() {
    let formula = Formula::parse("f(x, a=param(1)) = a * clip(x, -1, 1)").unwrap();
    let ends = |a: f32| Facts { ends: Some((-a, a)), ..Facts::OPEN };
    assert_eq!(formula.facts(), ends(1.0));
    assert_eq!(formula.facts_with(&[Tensor::vector(&[3.0])]), ends(3.0));
    let star: ActivationSpec = "star_relu".parse().unwrap();
    let trained = [Tensor::vector(&[2.0]), Tensor::vector(&[0.75])];
    assert_eq!(star.inner().facts_with(&trained).off, Some(0.75));
}

#[test]
fn what_is_shown_has_no_control_characters() {
    // A comment may have any characters, such as those that change the terminal's title.
    let formula = Formula::parse("f(x) = x * 2 # \u{1b}]0;title\u{7}").unwrap();
    assert_eq!(formula.text(), "f(x) = x * 2");
    let unchecked = Formula { definition: "x + \u{1b}[31m".to_string() };
    assert_eq!(unchecked.text(), "x + \\u{1b}[31m");
}

/// The slopes of a formula at numbers.
fn slopes(text: &str, x: &[f32]) -> Vec<f32> {
    let op = Formula::parse(text).unwrap().op();
    let x = Tensor::vector(x).reshape([x.len(), 1]).unwrap();
    let [_, slopes] = relume_autograd::values_and_slopes(&op, &x, &[]).unwrap();
    slopes.data().to_vec()
}

#[test]
fn a_branch_that_is_not_taken_has_no_part_in_the_slope() {
    // By hand; PyTorch has NaN in the places that these leave out.
    for (text, x, expected) in [
        ("where(x > 0, sqrt(x), 0)", [-1.0, 0.0, 4.0], [0.0, 0.0, 0.25]),
        ("where(x > 0, ln(x), x)", [-1.0, 0.0, 4.0], [1.0, 1.0, 0.25]),
        ("where(x == 0, 1, sin(x) / x)", [0.0, 0.0, 0.0], [0.0; 3]),
        ("where(x > 0, x ^ 1.5, 0)", [-1.0, 0.0, 4.0], [0.0, 0.0, 3.0]),
        ("where(x > 0, 2 ^ (1 / x), x)", [-1.0, 0.0, -2.0], [1.0; 3]),
        ("minimum(x, 1 / x)", [0.0, -4.0, 2.0], [1.0, 1.0, -0.25]),
        ("maximum(x, -1 / x ^ 2)", [0.0, 1.0, 2.0], [1.0; 3]),
        ("clip(1 / x, -1, 1)", [0.0, 0.5, 2.0], [0.0, 0.0, -0.25]),
        ("clip(1 / x, -1, 1 * 1)", [0.0, 0.5, 2.0], [0.0, 0.0, -0.25]),
    ] {
        assert_eq!(slopes(text, &x), expected, "{text}");
    }
}

#[test]
fn bounds_of_clip_may_be_constants() {
    let formula = Formula::parse("f(x, top=param(2)) = clip(x, -top, max=top)").unwrap();
    let x = Tensor::vector(&[-3.0, 1.0, 5.0]).reshape([3, 1]).unwrap();
    let found = passed(&formula, &x);
    assert_eq!(found[0].data(), [-2.0, 1.0, 2.0]);
    // Gradients 1, 1.125 and 1.25 of the outputs.
    assert_eq!(found[1].data(), [0.0, 1.125, 0.0]);
    assert_eq!(found[2].data(), [0.25]);
}

#[test]
fn values_share_registers_and_gradients_add_up() {
    // Each function of x is the same sum of powers, written so that values are used again in different ways.
    let x = Rng::new(5).uniform_tensor([5, 700], -1.5, 1.5);
    for (text, plain) in [
        ("x", "1 * x"),
        ("x + x - x", "1 * x"),
        ("x * x * x + x * x", "x ^ 3 + x ^ 2"),
        ("(x - x * 2) * (x - x * 2)", "x ^ 2"),
        ("x * (x + x * (x + x)) + (x + x)", "2 * x ^ 3 + x ^ 2 + 2 * x"),
        ("minimum(x, 2 * x) + maximum(x, 2 * x)", "3 * x"),
        ("where(x > 0, x * x, -x) + where(x > 0, -x, x * x)", "x ^ 2 - x"),
        ("x ^ 2 / x", "x"),
        ("x > 0", "0 * x + where(x > 0, 1, 0)"),
    ] {
        let [own, other] = [text, plain].map(|text| passed(&Formula::parse(text).unwrap(), &x));
        for (own, other) in own.iter().zip(&other) {
            for (a, b) in own.data().iter().zip(other.data()) {
                assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{text}: {a} {b}");
            }
        }
    }
    // Many values: blocks are short, and registers are taken again.
    let terms: Vec<String> = (1..60).map(|i| format!("{i} * sin(x / {i})")).collect();
    let long = passed(&Formula::parse(&terms.join(" + ")).unwrap(), &x);
    for (i, &x) in x.data().iter().enumerate() {
        let x = f64::from(x);
        let [y, slope] = (1..60)
            .map(f64::from)
            .fold([0.0, 0.0], |[y, slope], k| [y + k * (x / k).sin(), slope + (x / k).cos()]);
        let gradient = slope * (1.0 + (i % 7) as f64 * 0.125);
        assert!((f64::from(long[0].data()[i]) - y).abs() < 1e-4 * y.abs().max(1.0));
        assert!((f64::from(long[1].data()[i]) - gradient).abs() < 1e-4 * gradient.abs());
    }
}

#[test]
fn param_within_a_formula_says_where_it_stands() {
    let (message, place, help) = refusal("k(x, a=2) = param(0.5) * x + a");
    assert!(message.contains("among the parameters"), "{message}");
    assert_eq!(
        (place.as_str(), help.as_str()),
        ("param(0.5)", "k(x, a=2, b=param(0.5)) = b * x + a")
    );
    Formula::parse(&help).unwrap();
}
