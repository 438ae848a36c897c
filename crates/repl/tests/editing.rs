//! Networks that are cut and changed, names that are changed, and steps that are taken back.

use relume_repl::{Output, Session, Source, Value};

/// Runs lines as they are typed at the prompt; what they print and remark.
fn typed(session: &mut Session, lines: &[&str]) {
    for line in lines {
        if let Err(failure) = session.run(line, &Source::Prompt) {
            panic!("{line}: {:?}", failure.diagnostic);
        }
    }
}

fn session(lines: &[&str]) -> Session {
    let mut session = Session::new(Output::captured().0);
    typed(&mut session, lines);
    session
}

fn numbers(session: &mut Session, text: &str) -> Vec<f32> {
    match session.value(text) {
        Ok(Value::Tensor(tensor)) => tensor.data().to_vec(),
        Ok(Value::Number(x)) => vec![x as f32],
        other => panic!("{text}: {other:?}"),
    }
}

fn spec(session: &mut Session, name: &str) -> String {
    match session.value(name) {
        Ok(Value::Network(model)) => model.spec().to_string(),
        other => panic!("{name}: {other:?}"),
    }
}

/// The message and the help of a line that is refused.
fn refused(session: &mut Session, line: &str) -> (String, String) {
    let failure = session.run(line, &Source::Prompt).expect_err(line);
    (failure.diagnostic.message, failure.diagnostic.help.unwrap_or_default())
}

const NET: &str = "net = input(4) -> chain(dense(5) -> tanh, name=\"trunk\") -> relu -> dense(3)";

#[test]
fn stages_are_picked_by_number_range_and_name_with_their_weights() {
    let mut session = session(&[NET]);
    for (pick, stages) in [
        ("net[-1]", "dense(3)"),
        ("net[1..]", "relu -> dense(3)"),
        ("net[..-1]", "input(4) -> chain(dense(5) -> tanh, name=\"trunk\") -> relu"),
        ("net[\"trunk\"]", "input(4) -> chain(dense(5) -> tanh, name=\"trunk\")"),
        ("net[\"trunk.1\"]", "tanh"),
        ("net[\"2\"]", "dense(3)"),
    ] {
        assert_eq!(spec(&mut session, pick), stages, "{pick}");
    }
    for (there, here) in [
        ("net[-1].layers[0].weight", "net.layers[2].weight"),
        ("net[\"trunk.0\"].layers[0].weight", "net.layers[\"trunk.0\"].weight"),
    ] {
        assert_eq!(numbers(&mut session, there), numbers(&mut session, here), "{there}");
    }
    assert_eq!(numbers(&mut session, "net.layers[2].units"), [3.0]);
    assert_eq!(numbers(&mut session, "net.layers[2].in_features"), [5.0]);
    assert_eq!(numbers(&mut session, "net.layers[2].out_features"), [3.0]);
    let outline = "it has 3 stages: 0 \"trunk\", 1 relu, 2 dense(3)";
    for (line, message) in [
        ("net[9]", "there is no stage 9: stages are counted from 0"),
        ("net[5..9]", "there are no such stages: they are counted from 0"),
        ("net[\"head\"]", "there is no stage \"head\""),
        ("net.layers[7]", "there is no stage 7: stages are counted from 0"),
    ] {
        assert_eq!(
            refused(&mut session, line),
            (message.to_string(), outline.to_string()),
            "{line}"
        );
    }
}

#[test]
fn a_layer_is_replaced_and_the_weights_of_all_others_stay() {
    let mut session = session(&[NET, "old = net"]);
    typed(
        &mut session,
        &["net.layers[1] = mish", "net.layers[\"trunk.1\"] = sigmoid", "net.layers[-1] = dense(2)"],
    );
    assert_eq!(
        spec(&mut session, "net"),
        "input(4) -> chain(dense(5) -> sigmoid, name=\"trunk\") -> mish -> dense(2)"
    );
    let same =
        ["net", "old"].map(|name| numbers(&mut session, &format!("{name}.layers[\"0.0\"].weight")));
    assert_eq!(same[0], same[1]);
    typed(&mut session, &["net.layers[1..2] = relu -> dense(2, bias=false)", "net[0] = dense(6)"]);
    assert_eq!(
        spec(&mut session, "net"),
        "input(4) -> dense(6) -> relu -> dense(2, bias=false) -> dense(2)"
    );
    assert!(spec(&mut session, "old").contains("tanh"), "a copy is not changed");
}

#[test]
fn a_weight_is_set_in_its_shape_and_item_by_item() {
    let mut session = session(&[
        "net = input(2) -> dense(2) -> relu",
        "net.layers[0].weight = [[1, 2], [3, 4]]",
        "net.layers[0].bias = [0, 0]",
        "net.layers[0].weight[0, 1] = 5",
        "net.layers[0].weight *= 2",
    ]);
    // [2, 10; 6, 8] applied to [1, 1].
    assert_eq!(numbers(&mut session, "net([1, 1])"), [12.0, 14.0]);
    let before = numbers(&mut session, "net.layers[0].weight");
    let (message, _) = refused(&mut session, "net.layers[0].weight = [1, 2, 3]");
    assert_eq!(message, "`0.weight` is of shape 2 x 2, and the tensor of shape 3");
    let (message, help) = refused(&mut session, "net.layers[0].wight = [1, 2, 3]");
    assert_eq!(message, "the layer has no weight `wight`");
    assert_eq!(help, "did you mean `weight`?");
    assert_eq!(numbers(&mut session, "net.layers[0].weight"), before);
}

#[test]
fn a_refused_layer_leaves_the_network_as_it_was() {
    let mut session = session(&[NET, "x = net([1, 2, 3, 4])"]);
    for (line, message) in [
        ("net.layers[1] = conv2d(3, 3)", "conv2d(3, 3) wants"),
        ("net.layers[1] = relu -> relu", "one layer is replaced by one, not by 2"),
        ("net.layers[9] = relu", "there is no stage 9"),
        ("net.layers[1] = 3", "a layer is wanted here, not a number"),
        ("net.history = 3", "a network's history cannot be given a value"),
        ("net.layers = relu", "layers are given values one by one"),
    ] {
        let (refusal, _) = refused(&mut session, line);
        assert!(refusal.starts_with(message), "{line}: {refusal}");
    }
    assert_eq!(numbers(&mut session, "net([1, 2, 3, 4])"), numbers(&mut session, "x"));
}

#[test]
fn training_goes_on_after_a_layer_was_replaced() {
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    typed(
        &mut session,
        &[
            "d = iris()",
            "net = dense(8) -> relu -> dense(3)",
            "train net on d epochs=2",
            "w = net.layers[2].weight",
            "net.layers[1] = mish",
            "same = net.layers[2].weight == w",
            "train net on d epochs=1",
            "net.layers[0] = dense(4)",
        ],
    );
    assert_eq!(numbers(&mut session, "net.history.loss").len(), 3);
    let told = "2.weight starts fresh: it is of shape 3 x 4 here, and 3 x 8 where it comes from\n";
    assert!(captured.remarks().contains(told), "{}", captured.remarks());
    typed(&mut session, &["assert w == w", "net.layers[-1] = dense(5)"]);
    let told = "the network gives 5 now, not 3: what it predicts is named by the data";
    assert!(captured.remarks().contains(told), "{}", captured.remarks());
}

#[test]
fn steps_are_undone_and_done_again_one_line_after_the_other() {
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    typed(
        &mut session,
        &["x = [1, 2, 3]", "x[0] = 9", "y = 1; z = 2", "delete x", "rename y to a"],
    );
    typed(&mut session, &["undo 3"]);
    assert_eq!(captured.results(), "undid: rename y to a\nundid: delete x\nundid: y = 1; z = 2\n");
    assert_eq!(numbers(&mut session, "x"), [9.0, 2.0, 3.0]);
    assert!(session.value("y").is_err() && session.value("z").is_err());
    typed(&mut session, &["undo"]);
    assert_eq!(numbers(&mut session, "x"), [1.0, 2.0, 3.0]);
    typed(&mut session, &["redo 2"]);
    assert_eq!(numbers(&mut session, "x"), [9.0, 2.0, 3.0]);
    assert_eq!(numbers(&mut session, "z"), [2.0]);
    // What changes nothing is no step, and what changes something forgets what was undone.
    typed(&mut session, &["x + 1", "print x", "redo", "undo", "w = 1"]);
    let (message, _) = refused(&mut session, "redo");
    assert_eq!(message, "there is nothing to do again");
    typed(&mut session, &["undo 20"]);
    let (message, help) = refused(&mut session, "undo");
    assert_eq!(message, "there is nothing to undo");
    assert!(help.contains("help undo"), "{help}");
}

#[test]
fn trainings_resets_and_frozen_marks_are_undone_to_the_bit() {
    let mut session = session(&[
        "d = iris()",
        "net = input(4) -> dense(3)",
        "w = net.layers[0].weight",
        "train net on d epochs=1",
        "v = net.layers[0].weight",
        "freeze net",
        "reset net",
        "undo",
    ]);
    let weight = "net.layers[0].weight";
    assert_eq!(numbers(&mut session, weight), numbers(&mut session, "v"));
    typed(&mut session, &["undo", "train net on d epochs=1", "undo 3"]);
    assert_eq!(numbers(&mut session, weight), numbers(&mut session, "w"));
    assert!(session.value("v").is_err());
    // `v`, which was defined between, is undone with it, and comes again.
    typed(
        &mut session,
        &["redo 2", "assert v == net.layers[0].weight", "net.layers[0] = relu", "undo"],
    );
    assert_eq!(numbers(&mut session, weight), numbers(&mut session, "v"));
}

#[test]
fn in_a_file_each_statement_is_a_step() {
    let mut session = Session::new(Output::captured().0);
    let text =
        "x = 1\nfor i in 0..3 { x += 1 }\ny = 5\nundo\nundo\nassert x == 1\nredo\nassert x == 4";
    if let Err(failure) = session.run(text, &Source::Argument) {
        panic!("{:?}", failure.diagnostic);
    }
    assert!(session.value("y").is_err());
    let inside = session.run("f() = { undo }\nf()", &Source::Argument).expect_err("a function");
    assert_eq!(inside.diagnostic.message, "undo stands outside of functions");
}

#[test]
fn a_name_is_changed_with_all_that_it_stands_for() {
    let mut session = session(&["d = iris()", "net = dense(3)", "train net on d epochs=1"]);
    typed(&mut session, &["rename net to small", "train small on d epochs=1"]);
    assert_eq!(numbers(&mut session, "small.history.loss").len(), 2);
    assert!(session.value("net").is_err());
    typed(&mut session, &["vars = 2", "rename vars to n", "vars", "assert n == 2"]);
    let (message, help) = refused(&mut session, "rename small to d");
    assert_eq!(message, "there is a `d` already");
    assert_eq!(help, "choose another name, or forget it first: delete d");
    assert_eq!(refused(&mut session, "rename nothere to b").0, "there is no `nothere`");
    typed(&mut session, &["undo"]);
    assert_eq!(numbers(&mut session, "vars"), [2.0]);
}

#[test]
fn a_saved_session_takes_back_what_was_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.relume");
    let mut session = session(&["x = 1", "x = 2; y = 3; print y", "undo", "z = x", "undo; redo"]);
    typed(&mut session, &[&format!("save session to {:?}", path.display().to_string())]);
    let text = std::fs::read_to_string(&path).expect("the session");
    // In a file each statement is a step: two of the line changed something.
    assert!(text.contains("undo 2\n"), "{text}");
    let mut again = Session::new(Output::captured().0);
    if let Err(failure) = again.run(&text, &Source::File("s.relume".to_string())) {
        panic!("{text}: {:?}", failure.diagnostic);
    }
    assert_eq!(numbers(&mut again, "x"), [1.0]);
    assert_eq!(numbers(&mut again, "z"), [1.0]);
    assert!(again.value("y").is_err());
}

#[test]
fn a_stage_gets_another_name_and_all_else_stays() {
    let mut session = session(&[
        "d = blobs(samples=40, classes=3)",
        "net = chain(dense(5) -> tanh, name=\"trunk\") -> relu -> chain(dense(3))",
        "train net on d epochs=2 optimizer=adam(lr=0.01)",
        "same = net",
        "rename net[\"trunk\"] to body",
        "rename net.layers[-1] to \"head\"",
    ]);
    assert_eq!(
        spec(&mut session, "net"),
        "chain(dense(5) -> tanh, name=\"body\") -> relu -> chain(dense(3), name=\"head\")"
    );
    assert!(spec(&mut session, "same").contains("trunk"), "a copy is not changed");
    // Training goes on with the same optimizer's state, to the bit.
    typed(&mut session, &["train net on d epochs=2", "train same on d epochs=2"]);
    for weight in ["net.layers[\"body.0\"].weight", "net.layers[\"head.0\"].bias"] {
        let other = weight.replace("net", "same").replace("body", "trunk").replace("head", "2");
        assert_eq!(numbers(&mut session, weight), numbers(&mut session, &other), "{weight}");
    }
    typed(&mut session, &["undo 2", "rename net[\"body\"] to trunk"]);
    for (line, message) in [
        ("rename net[\"trunk\"] to head", "there is a stage \"head\" already"),
        ("rename net[1] to act", "relu has no name of its own"),
        ("rename net[\"nothere\"] to act", "there is no stage \"nothere\""),
        ("rename net[0..2] to act", "the network has 3 stages, counted from 0"),
        ("rename d[0] to act", "a network is wanted here, not a data set"),
        ("rename net[0] to 3", "a name is wanted here"),
    ] {
        let (found, help) = refused(&mut session, line);
        assert_eq!(found, message, "{line}");
        assert!(!help.is_empty() || line.contains("0..2") || line.contains("d[0]"), "{line}");
    }
}

#[test]
fn shared_layers_are_renamed_in_all_of_their_places() {
    let mut session = session(&[
        "s = shared(dense(4) -> tanh, name=\"step\")",
        "net = input(4) -> s -> residual(s) -> shared(dense(4), name=\"other\")",
        "rename net[\"step\"] to again",
    ]);
    assert_eq!(
        spec(&mut session, "net"),
        "input(4) -> shared(dense(4) -> tanh, name=\"again\") -> \
         residual(shared(dense(4) -> tanh, name=\"again\")) -> shared(dense(4), name=\"other\")"
    );
    let (message, _) = refused(&mut session, "rename net[0] to other");
    assert_eq!(message, "there is a stage \"other\" already");
}
