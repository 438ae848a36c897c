//! Networks are values: their weights come along.

use relume_repl::{Output, Session, Source, Value};

/// Runs lines; returns the session, the results and the remarks.
fn run(text: &str) -> (Session, String, String) {
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    let text: Vec<&str> = text.lines().map(str::trim).collect();
    let text = text.join("\n");
    if let Err(failure) = session.run(&text, &Source::Argument) {
        panic!("{text}: {:?}", failure.diagnostic);
    }
    let (results, remarks) = (captured.results(), captured.remarks());
    (session, results, remarks)
}

fn numbers(session: &mut Session, text: &str) -> Vec<f32> {
    match session.value(text) {
        Ok(Value::Tensor(tensor)) => tensor.data().to_vec(),
        other => panic!("{text}: {other:?}"),
    }
}

fn assert_same(session: &mut Session, a: &str, b: &str) {
    assert_eq!(numbers(session, a), numbers(session, b), "{a} and {b}");
}

const TRAINED: &str = "d = iris(); a = dense(4) -> tanh -> dense(3); train a on d epochs=2\n";

#[test]
fn joined_sliced_repeated_and_nested_networks_keep_their_weights() {
    let (mut session, _, remarks) = run(&format!(
        "{TRAINED}set seed=9
        b = a -> dense(2)
        c = dense(4) -> a
        twice = (dense(3) -> tanh -> chain(a)) * 2
        trunk = chain(a, name=\"trunk\") -> dense(2)
        around = residual(a, shortcut=dense(3))
        beside = concat(dense(2), a)
        again = shared(a) -> dense(3)
        part = a[2..3]
        same = a"
    ));
    for (there, here) in [
        ("b.layers[0].weight", "a.layers[0].weight"),
        ("b.layers[2].bias", "a.layers[2].bias"),
        ("c.layers[1].weight", "a.layers[0].weight"),
        ("part.layers[0].weight", "a.layers[2].weight"),
        ("same(d.test[3])", "a(d.test[3])"),
        ("a[2..3](a[0..2](d.test.inputs))", "a(d.test.inputs)"),
        ("b[0..3](d.test.inputs)", "a(d.test.inputs)"),
        ("trunk[0..1](d.test.inputs)", "a(d.test.inputs)"),
    ] {
        assert_same(&mut session, there, here);
    }
    for (name, paths) in [
        ("twice", vec!["2.0.weight", "5.0.weight"]),
        ("around", vec!["0.body.0.weight"]),
        ("beside", vec!["0.branches.1.0.weight"]),
        ("again", vec!["0.0.weight"]),
    ] {
        let Ok(Value::Network(model)) = session.value(name) else { panic!("{name}") };
        let state = model.state();
        for path in paths {
            let given = state.get(path).unwrap_or_else(|| panic!("{name}: no {path}"));
            assert_eq!(
                given.value.data(),
                numbers(&mut session, "a.layers[0].weight"),
                "{name}: {path}"
            );
        }
    }
    let told = "a comes with its trained weights and the preparation of its inputs; fresh(a) gives its layers alone\n";
    assert_eq!(remarks.matches(told).count(), 1, "{remarks}");
    assert_eq!(remarks.matches("a comes with").count(), 1, "{remarks}");
}

#[test]
fn fresh_layers_and_networks_that_were_never_trained_start_as_ever() {
    let (mut session, _, remarks) = run(&format!(
        "{TRAINED}b = fresh(a) -> dense(2)
        plain = dense(4) -> tanh -> dense(3) -> dense(2)
        new = input(4) -> dense(4) -> tanh
        joined = new -> dense(2)
        typed = input(4) -> dense(4) -> tanh -> dense(2)
        rows = (input(4) -> dense(4)) * 2
        copies = new * 2
        redrawn = fresh(new) * 2"
    ));
    // What is repeated is a definition, which draws anew, or a network under a name, which is copied.
    assert_same(&mut session, "copies.layers[2].weight", "copies.layers[0].weight");
    assert_same(&mut session, "copies.layers[0].weight", "new.layers[0].weight");
    let redrawn = ["redrawn.layers[0].weight", "redrawn.layers[2].weight"];
    let redrawn = redrawn.map(|weight| numbers(&mut session, weight));
    assert_ne!(redrawn[0], redrawn[1]);
    assert_same(&mut session, "b(d.test.inputs)", "plain(d.test.inputs)");
    assert_same(&mut session, "joined.layers[2].weight", "typed.layers[2].weight");
    assert_same(&mut session, "joined.layers[0].weight", "new.layers[0].weight");
    let rows = ["rows.layers[0].weight", "rows.layers[1].weight"].map(|w| numbers(&mut session, w));
    assert_ne!(rows[0], rows[1]);
    assert!(!remarks.contains("comes with"), "{remarks}");
}

#[test]
fn weights_for_another_input_start_fresh_and_are_named() {
    let (mut session, _, remarks) = run(&format!(
        "{TRAINED}b = a -> dense(10)\ntrain b on digits() epochs=1
        c = input(5) -> a"
    ));
    let told = "0.weight starts fresh: it is of shape 4 x 5 here, and 4 x 4 where it comes from\n";
    assert!(remarks.contains(told), "{remarks}");
    assert!(!remarks.contains("2.weight"), "{remarks}");
    assert_eq!(numbers(&mut session, "b.layers[0].weight").len(), 4 * 64);
    assert_same(&mut session, "c.layers[2].weight", "a.layers[2].weight");
}

/// Rows `x,y` around a middle: below it the one class, above it the other.
fn rows(path: &std::path::Path, middle: f64, classes: [&str; 2]) {
    let row = |i: usize| format!("{},{}\n", middle + i as f64 - 3.5, classes[i / 4]);
    let text = "x,y\n".to_string() + &(0..8).map(row).collect::<String>();
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_trunk_prepares_the_inputs_of_a_new_head_and_leaves_the_targets_to_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let [first, other] = ["first.csv", "other.csv"].map(|name| folder.path().join(name));
    rows(&first, 10.0, ["lo", "hi"]);
    rows(&other, 20.0, ["cat", "dog"]);
    let (mut session, _, remarks) = run(&format!(
        "d = csv({first:?}, target=\"y\", test=0); e = csv({other:?}, target=\"y\", test=0)
        a = dense(4) -> tanh -> dense(2); train a on d epochs=2
        b = a -> dense(2)
        trunk = chain(a, name=\"trunk\") -> dense(2)
        later = dense(1) -> a -> dense(2)
        part = a[0..2] -> dense(2)
        new = fresh(a) -> dense(2)
        beside = concat(a, dense(3)) -> dense(2)"
    ));
    // e stands 10 above d, whose deviation is sqrt(5.25): e[0] is what 16.5 would be there.
    let shifted = (6.5 / 5.25f32.sqrt(), -3.5 / 5.25f32.sqrt());
    for (name, expected) in
        [("b", shifted.0), ("trunk", shifted.0), ("part", shifted.0), ("beside", shifted.0)]
            .into_iter()
            .chain([("later", shifted.1), ("new", shifted.1)])
    {
        session
            .run(&format!("x = {name}(e[0])\ny = {name}([{expected}])"), &Source::Argument)
            .unwrap();
        let (x, y) = (numbers(&mut session, "x"), numbers(&mut session, "y"));
        assert!(x.iter().zip(&y).all(|(x, y)| (x - y).abs() < 1e-5), "{name}: {x:?} {y:?}");
        session.run(&format!("train {name} on e epochs=1"), &Source::Argument).unwrap();
        let Ok(Value::List(classes)) = session.value(&format!("{name}.classes")) else { panic!() };
        assert!(
            matches!(&classes[..], [Value::Text(cat), Value::Text(dog)] if cat == "cat" && dog == "dog")
        );
    }
    assert!(
        remarks.contains("a comes with its trained weights and the preparation of its inputs;"),
        "{remarks}"
    );
}

#[test]
fn a_preparation_that_does_not_fit_is_told_once_and_branches_that_differ_bring_none() {
    let (_, _, remarks) = run(&format!(
        "{TRAINED}b = a -> dense(10)\ntrain b on digits() epochs=1
        g = dense(4) -> dense(3); e = iris(seed=7); train g on e epochs=1
        two = concat(a, g)"
    ));
    let told = "digits: the preparation of the inputs that came with the weights is not taken: it is for numbers of \
        shape 4, and these are plain numbers of shape 64\n";
    assert_eq!(remarks.matches(told).count(), 1, "{remarks}");
    let told =
        "its branches prepare their inputs in different ways: neither preparation comes along\n";
    assert_eq!(remarks.matches(told).count(), 1, "{remarks}");
}

#[test]
fn shared_layers_that_a_slice_cuts_off_from_their_first_place_keep_their_weights() {
    let (mut session, ..) = run("d = iris(); step = shared(dense(4) -> tanh, name=\"s\")
        net = dense(4) -> step -> step -> step -> dense(3); train net on d epochs=2
        rest = net[2..5]
        longer = net[2..4] -> step -> dense(3)");
    assert_same(&mut session, "rest(net[0..2](d.test.inputs))", "net(d.test.inputs)");
    assert_same(
        &mut session,
        "net[3..5](rest[0..1](net[0..2](d.test.inputs)))",
        "net(d.test.inputs)",
    );
    assert_same(&mut session, "longer[0..2](net[0..2](d.test.inputs))", "net[0..4](d.test.inputs)");
    // It is one set still: three places of one dense layer, and the last layer.
    let Ok(Value::Network(rest)) = session.value("rest") else { panic!("a network") };
    assert_eq!(rest.network().unwrap().parameters().count(), (4 * 4 + 4) + (4 * 3 + 3));
}

#[test]
fn frozen_layers_stay_frozen_where_they_come_to() {
    let (mut session, results, _) = run(&format!(
        "{TRAINED}freeze a layers=[0]
        b = a -> dense(3)
        freeze b layers=[2]
        train b on d epochs=2"
    ));
    assert_same(&mut session, "b.layers[0].weight", "a.layers[0].weight");
    assert_same(&mut session, "b.layers[2].weight", "a.layers[2].weight");
    assert!(results.contains("b: 12 of 47 parameters are trained"), "{results}");
}

#[test]
fn a_whole_copy_goes_on_as_its_original_would() {
    let (mut session, ..) =
        run(&format!("{TRAINED}b = a\ntrain a on d epochs=1\ntrain b on d epochs=1"));
    assert_same(&mut session, "a(d.test.inputs)", "b(d.test.inputs)");
}

#[test]
fn the_gradient_with_respect_to_a_weight_is_the_true_one() {
    // y = w2 relu(w1 x + b1) + b2 with everything 0.5: the hidden sums are 0.5 (1 - 3) + 0.5 = -0.5 and, for the second
    // sample, 0.5 (2 + 1) + 0.5 = 2. So d sum(y) / d w1 is 0 for the first, and w2 x = 0.5 [2, 1] in both rows for the
    // second.
    let (mut session, ..) = run(
        "m = input(2) -> dense(2, init=constant(0.5), bias_init=constant(0.5)) -> relu -> dense(1, init=constant(0.5), \
        bias_init=constant(0.5))
        w = m.layers[0].weight
        b = m.layers[2].bias
        same = w
        other = [[1, 2], [3, 4]]
        two = (m[0..1]) * 2
        first = two.layers[0].weight
        second = two.layers[1].weight",
    );
    for (text, expected) in [
        ("grad(sum(m([1, -3])), w)", vec![0.0; 4]),
        ("grad(sum(m([2, 1])), w)", vec![1.0, 0.5, 1.0, 0.5]),
        ("grad(sum(m([[1, -3], [2, 1]])), same)", vec![1.0, 0.5, 1.0, 0.5]),
        ("grad(sum(m([[1, -3], [2, 1]])), b)", vec![2.0]),
        // A weight that is also in the expression itself: d sum(w^2) / d w = 2 w.
        ("grad(sum(m([2, 1])) + sum(w ^ 2), w)", vec![2.0, 1.5, 2.0, 1.5]),
        ("grad(sum(m([2, 1])), other)", vec![0.0; 4]),
        // Two dense layers with the same numbers: h = [2, 2], so the second weight's rows are h, the first's W^T 1 x =
        // [2, 1].
        ("grad(sum(two([2, 1])), first)", vec![2.0, 1.0, 2.0, 1.0]),
        ("grad(sum(two([2, 1])), second)", vec![2.0; 4]),
    ] {
        assert_eq!(numbers(&mut session, text), expected, "{text}");
    }
}

#[test]
fn a_gradient_with_respect_to_a_running_mean_is_refused() {
    let (mut session, ..) = run("m = input(2) -> batchnorm; mean = m.layers[0].running_mean");
    let failure = session.value("grad(sum(m([1, 2])), mean)").unwrap_err();
    assert!(failure.diagnostic.message.contains("it has no gradient"), "{:?}", failure.diagnostic);
}

#[test]
fn weights_of_16_bits_halve_the_file_stay_close_and_become_f32_in_training() {
    let folder = tempfile::tempdir().unwrap();
    let [wide, half] = ["wide.rlm", "half.rlm"].map(|name| folder.path().join(name));
    let (mut session, ..) = run(&format!(
        "d = digits(); a = dense(500) -> relu -> dense(10); train a on d epochs=1
        b = cast(a, \"f32\"); c = cast(a, \"bf16\")
        save b to {wide:?}
        save c to {half:?}
        again = load({half:?})"
    ));
    let size = |path: &std::path::Path| std::fs::metadata(path).unwrap().len();
    // 37,510 weights of 2 bytes less, and a few bytes more for the names of the sections.
    let saved = size(&wide) - size(&half);
    assert!((2 * 37_510 - 64..=2 * 37_510).contains(&saved), "{saved}");
    assert_same(&mut session, "again(d.test.inputs)", "c(d.test.inputs)");
    assert_same(&mut session, "b(d.test.inputs)", "a(d.test.inputs)");
    let [ours, rounded] =
        ["a(d.test.inputs)", "c(d.test.inputs)"].map(|y| numbers(&mut session, y));
    let furthest = ours.iter().zip(&rounded).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
    // bf16 rounds a weight by at most 1/512 of itself: outputs of a few units move in the second decimal.
    assert!(furthest > 0.0 && furthest < 0.05, "{furthest}");
    session.run("train c on d epochs=1", &Source::Argument).unwrap();
    let Ok(Value::Network(model)) = session.value("c") else { panic!("a network") };
    let parameters = model.network().unwrap().parameters();
    assert!(parameters.iter().all(|(_, own)| own.value.bytes() == 4 * own.value.count()));
    let failure = session.value("cast(dense(3), \"f16\")").unwrap_err();
    assert!(failure.diagnostic.help.unwrap().contains("train it on data first"));
}

#[test]
fn activations_are_examined_with_the_values_of_their_network() {
    let (_, results, _) =
        run("d = iris(); a = dense(4) -> prelu -> dense(3); train a on d epochs=1
        a.layers[1].weight = [0.5]
        part = a[1..2]
        examine a.layers[1]
        examine part");
    assert_eq!(results.matches("weight     0.5\n").count(), 2, "{results}");
    assert_eq!(results.matches("slope      0.5 to 1\n").count(), 2, "{results}");
}
