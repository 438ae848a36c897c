//! Functions: arguments by place and by name, methods of tensors, what is refused and where.

use relume_repl::{Diagnostic, Output, Session, Source, Value};
use serde_json::Value as Json;

fn session() -> Session {
    Session::new(Output::standard(false))
}

/// Numbers of a tensor or of a plain number.
fn numbers(session: &mut Session, text: &str) -> Vec<f32> {
    match session.value(text).unwrap_or_else(|failure| panic!("{text}: {:?}", failure.diagnostic)) {
        Value::Tensor(tensor) => tensor.data().to_vec(),
        Value::Number(x) => vec![x as f32],
        other => panic!("{text}: {other:?}"),
    }
}

fn refusal(session: &mut Session, text: &str) -> Diagnostic {
    match session.value(text) {
        Ok(value) => panic!("{text}: {value:?}"),
        Err(failure) => failure.diagnostic,
    }
}

#[test]
fn arguments_are_given_by_place_and_by_name() {
    let mut session = session();
    for (text, expected) in [
        ("sum([[1, 2], [3, 4]])", vec![10.0]),
        ("sum([[1, 2], [3, 4]], 0)", vec![4.0, 6.0]),
        ("sum([[1, 2], [3, 4]], axis=0)", vec![4.0, 6.0]),
        ("sum(axis=-1, x=[[1, 2], [3, 4]])", vec![3.0, 7.0]),
        ("sum([[1, 2], [3, 4]], dim=1)", vec![3.0, 7.0]),
        ("shape(sum([[1, 2], [3, 4]], axis=1, keepdim=true))", vec![2.0, 1.0]),
        ("shape(sum([[1, 2], [3, 4]], keepdims=true))", vec![1.0, 1.0]),
        ("sum([[1, 2], [3, 4]], axis=[1, 0])", vec![10.0]),
        ("dot(y=[1, 2], x=[3, 4])", vec![11.0]),
        ("argmax([[1, 5], [7, 2]], axis=0)", vec![1.0, 0.0]),
        ("reshape([1, 2, 3, 4], 2, 2)", vec![1.0, 2.0, 3.0, 4.0]),
        ("shape(reshape([1, 2, 3, 4, 5, 6], [-1, 2]))", vec![3.0, 2.0]),
    ] {
        assert_eq!(numbers(&mut session, text), expected, "{text}");
    }
}

#[test]
fn curves_without_a_finite_point_are_refused() {
    let mut session = session();
    for (text, expected) in [
        ("plot mish from=-1e300 to=1e300", "single precision"),
        ("plot mish from=1 to=1.00000000001", "single precision"),
        ("plot formula(\"ln(x)\") from=-5 to=-1", "no finite value"),
    ] {
        let Err(failure) = session.run(text, &Source::Prompt) else { panic!("{text}") };
        assert!(failure.diagnostic.message.contains(expected), "{:?}", failure.diagnostic);
    }
}

#[test]
fn writing_out_functions_that_call_others_twice_ends() {
    let mut session = session();
    let mut text = "g0(x) = x".to_string();
    for i in 1..45 {
        text += &format!("\ng{i}(x) = {{ a = g{0}(x); b = g{0}(x); x }}", i - 1);
    }
    session.run(&text, &Source::Prompt).expect("functions");
    let Err(failure) = session.run("net = dense(2) -> g44", &Source::Prompt) else {
        panic!("written out")
    };
    let message = failure.diagnostic.message;
    assert!(message.contains("too many steps"), "{message}");
    // A few of them are written out.
    session.run("net = dense(2) -> g8", &Source::Prompt).expect("a network");
}

#[test]
fn functions_of_a_tensor_are_its_methods() {
    let mut session = session();
    session.run("x = [[1, 2, 3], [4, 5, 6]]; d = digits()", &Source::Prompt).expect("a tensor");
    for (text, expected) in [
        ("x.sum(axis=0)", vec![5.0, 7.0, 9.0]),
        ("x.reshape(3, 2).shape()", vec![3.0, 2.0]),
        ("(x - 1).max()", vec![5.0]),
        ("(x - 4).relu().sum()", vec![3.0]),
        ("x.T.reshape(-1)", vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
        ("d.test.inputs.shape()", vec![360.0, 64.0]),
        ("grad(x.exp().ln().sum(), x)", vec![1.0; 6]),
        ("grad((x.T @ x).sum() / x.shape[0], x)", vec![6.0, 6.0, 6.0, 15.0, 15.0, 15.0]),
    ] {
        let found = numbers(&mut session, text);
        let differs = found.iter().zip(&expected).any(|(a, b)| (a - b).abs() > 1e-6);
        assert!(found.len() == expected.len() && !differs, "{text}: {found:?}");
    }
    assert_eq!(refusal(&mut session, "\"a\".reshape([2])").message, "a string has no `reshape`");
    for (text, help) in [
        ("x.smu()", "did you mean `sum`?"),
        ("x.sum", "it is a function: call it, .sum()"),
        ("x.banana", "it has shape and T, and what `help functions` lists: x.sum()"),
    ] {
        assert_eq!(refusal(&mut session, text).help.as_deref(), Some(help), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_refused_where_it_stands() {
    let mut session = session();
    for (text, place, message, help) in [
        ("dot([1, 2])", "dot([1, 2])", "dot needs `y`", "give y=...: a tensor of the same size"),
        ("sum([1], axes=0)", "axes", "sum has no argument `axes`", "did you mean `axis`?"),
        ("sum([1], axis=\"a\")", "\"a\"", "sum's `axis` wants a whole number", "for example: sum("),
        ("sum(\"a\")", "\"a\"", "sum's `x` wants a tensor, not a string", "for example: sum("),
        (
            "sum([1, 2], axis=1)",
            "sum([1, 2], axis=1)",
            "there is no axis 1 in a tensor of shape 2",
            "",
        ),
        (
            "sum([1, 2], axis=-2)",
            "sum([1, 2], axis=-2)",
            "there is no axis -2 in a tensor of shape 2",
            "",
        ),
        ("sum([1, 2], axis=[0, 0])", "sum([1, 2], axis=[0, 0])", "the axis 0 is named twice", ""),
        ("sum([1], x=[2])", "x", "sum is given `x` twice", ""),
        ("exp([1], 2)", "2", "exp takes at most 1 positional argument", ""),
        (
            "random([100000, 100000])",
            "random([100000, 100000])",
            "would take 37 GiB",
            "smaller sizes",
        ),
        ("random([-1])", "[-1]", "random's `sizes` wants a whole number of at least 0", ""),
        ("fresh(3)", "3", "fresh wants a network, not a number", ""),
        ("load(3)", "3", "load's `path` wants a string in double quotes, not 3", ""),
        ("grad(1)", "grad(1)", "grad needs `name`", "give name=..."),
    ] {
        let diagnostic = refusal(&mut session, text);
        assert!(
            diagnostic.message.starts_with(message) || diagnostic.message.contains(message),
            "{text}: {diagnostic:?}"
        );
        let span = diagnostic.span.expect("a place");
        assert_eq!(&text[span.start..span.end], place, "{text}");
        let shown = diagnostic.help.unwrap_or_default();
        assert!(shown.contains(help), "{text}: {shown}");
    }
}

#[test]
fn what_has_no_derivative_says_so() {
    let mut session = session();
    session.run("x = [1, 2]", &Source::Prompt).expect("a tensor");
    let diagnostic = refusal(&mut session, "grad(argmax(x), x)");
    assert_eq!(diagnostic.message, "argmax has no derivative here");
    // What depends on the shape alone is a constant.
    assert_eq!(numbers(&mut session, "grad(sum(x) * shape(x)[0], x)"), [2.0, 2.0]);
}

#[test]
fn random_gives_the_numbers_of_its_seed_at_each_call() {
    let mut session = session();
    let first = numbers(&mut session, "random([3])");
    assert_eq!(numbers(&mut session, "random(3)"), first);
    session.run("set seed=1", &Source::Prompt).expect("a seed");
    assert_ne!(numbers(&mut session, "random([3])"), first);
}

#[test]
fn drawn_numbers_go_on_until_the_seed_is_set() {
    let mut session = session();
    let first = numbers(&mut session, "randn(3)");
    let second = numbers(&mut session, "randn(3)");
    assert_ne!(first, second);
    let uniform = numbers(&mut session, "rand([1000])");
    assert!(uniform.iter().all(|x| (0.0..1.0).contains(x)));
    let whole = numbers(&mut session, "randint(-2, 3, 1000)");
    assert!((-2..3).all(|n| whole.contains(&(n as f32))) && whole.iter().all(|x| x.fract() == 0.0));
    let mut order = numbers(&mut session, "randperm(20)");
    order.sort_by(f32::total_cmp);
    assert_eq!(order, (0..20).map(|n| n as f32).collect::<Vec<_>>());
    // `random` draws from a stream of its own.
    numbers(&mut session, "random(5)");
    session.run("set seed=0", &Source::Prompt).expect("a seed");
    assert_eq!(numbers(&mut session, "randn(3)"), first);
    numbers(&mut session, "random(5)");
    assert_eq!(numbers(&mut session, "randn(3)"), second);
}

#[test]
fn results_that_take_too_much_memory_are_refused_before_they_are_made() {
    let mut session = session();
    for text in [
        "zeros([100000, 100000])",
        "ones(100000, 100000)",
        "full([100000, 100000], 1)",
        "random([100000, 100000])",
        "randn(1000000, 1000000, 1000000)",
        "eye(100000)",
        "arange(0, 1e12)",
        "arange(0, 1, 1e-300)",
        "linspace(0, 1, 1000000000000)",
        "tile([1, 2], 1000000000)",
        "repeat_interleave([1, 2], 1000000000000)",
        "repeat_interleave(zeros(0, 5), 1000000000000, axis=1)",
        "pad([1], [[0, 1000000000000]])",
        "diag(zeros(100000))",
        "where(zeros(100000, 1), zeros(1, 100000), 0)",
        "maximum(zeros(100000, 1), zeros(1, 100000))",
        "outer(zeros(100000), zeros(100000))",
        "einsum(\"i,j->ij\", zeros(100000), zeros(100000))",
        "matmul(zeros(100000, 1), zeros(1, 100000))",
        "zeros(100000, 1) @ zeros(1, 100000)",
        "zeros(100000, 1) + zeros(1, 100000)",
        "confusion_matrix([0, 1, 1, 100000], [0, 1, 2, 2])",
    ] {
        let message = refusal(&mut session, text).message;
        assert!(
            ["GiB", "too large"].iter().any(|part| message.contains(part)),
            "{text}: {message}"
        );
    }
    assert_eq!(
        refusal(&mut session, "arange(0, 1, 0)").message,
        "arange: steps of 0 do not lead from 0 to 1"
    );
}

#[test]
fn several_results_come_under_their_names() {
    let mut session = session();
    session
        .run("values, indices = topk([3, 1, 2], 2); s = sort([3, 1, 2])", &Source::Prompt)
        .expect("names");
    for (text, expected) in [
        ("values", vec![3.0, 2.0]),
        ("indices", vec![0.0, 2.0]),
        ("s.values", vec![1.0, 2.0, 3.0]),
        ("s.indices", vec![1.0, 2.0, 0.0]),
        ("len(split([1, 2, 3, 4, 5], 2))", vec![3.0]),
        ("len(\"abc\") + len(0..7) + len([1, 2]) + len((a=1, b=2))", vec![14.0]),
    ] {
        assert_eq!(numbers(&mut session, text), expected, "{text}");
    }
}

#[test]
fn names_that_are_layers_too_are_told_apart_by_their_arguments() {
    let mut session = session();
    for (text, is_layer) in [
        ("flatten(2)", true),
        ("flatten(end=-2)", true),
        ("flatten([[1, 2], [3, 4]])", false),
        ("permute([2, 1])", true),
        ("permute([[1, 2], [3, 4]], [1, 0])", false),
        ("concat(dense(3), dense(4))", true),
        ("concat([1, 2], [3])", false),
        ("concat([[1, 2], [3]])", false),
        ("zeros(2)", false),
    ] {
        let value = session.value(text).unwrap_or_else(|failure| panic!("{text}: {failure:?}"));
        assert_eq!(matches!(value, Value::Network(_)), is_layer, "{text}: {value:?}");
    }
    assert!(matches!(session.value("zeros()"), Ok(Value::Spec(_))), "an initializer");
}

/// `tests/fixtures/make_functions.py` has each line beside the expression that it is in PyTorch.
#[test]
fn values_and_gradients_are_pytorchs() {
    let fixtures: Json =
        serde_json::from_str(include_str!("fixtures/functions.json")).expect("the fixtures");
    let mut session = session();
    for line in fixtures["setup"].as_array().expect("lines") {
        session.run(line.as_str().expect("a line"), &Source::Prompt).expect("a tensor");
    }
    let mut wrong = Vec::new();
    for case in fixtures["cases"].as_array().expect("cases") {
        let text = case[0].as_str().expect("a line");
        match session.value(text) {
            Ok(value) if is_near(&value.json(), &case[1]) => {}
            Ok(value) => wrong.push(format!("{text}: {} for {}", value.json(), case[1])),
            Err(failure) => wrong.push(format!("{text}: {:?}", failure.diagnostic)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same shape, and numbers that differ by rounding only.
fn is_near(found: &Json, expected: &Json) -> bool {
    let truth = |value: &Json| value.as_bool().map(|b| f64::from(u8::from(b)));
    let number = |value: &Json| value.as_f64().or(truth(value));
    match (found.as_array(), expected.as_array()) {
        (Some(found), Some(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| is_near(a, b))
        }
        _ => match (number(found), number(expected)) {
            (Some(a), Some(b)) => (a - b).abs() <= 2e-6 * (1.0 + b.abs()),
            (a, b) => a == b,
        },
    }
}
