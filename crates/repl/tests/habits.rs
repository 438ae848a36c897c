//! What other languages and prompts have, and what means one thing alone here too, works.

mod common;

use common::check;
use relume_repl::syntax::{StatementKind, Word, parse};
use relume_repl::{Output, Session, Source, Value, verbs};

/// A session after these lines.
fn session(text: &str) -> Session {
    let mut session = Session::new(Output::captured().0);
    if let Err(failure) = session.run(text, &Source::Prompt) {
        panic!("{text}: {:?}", failure.diagnostic);
    }
    session
}

fn numbers(session: &mut Session, text: &str) -> Vec<f32> {
    match session.value(text) {
        Ok(Value::Tensor(tensor)) => tensor.data().to_vec(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn two_stars_are_a_power() {
    check(&[
        ("2 ** 3", "8"),
        ("2**3", "8"),
        ("2 ** -1", "0.5"),
        ("-2 ** 2", "-4"),
        ("2 ** 3 ** 2", "512"),
        ("2 ** 3 ^ 2", "512"),
        ("x = 3; x ** x", "27"),
        ("x = 3; x **= 2; x", "9"),
        ("x = 3; print x ** 2 x**2", "9 9"),
        ("[1, 2, 3] ** 2", "[1, 4, 9]"),
        ("f(x, y) = x + y; o = (y=2); f(1 ** 2, **o)", "3"),
        ("x = 2 **\n3; x", "8"),
    ]);
}

/// The words of a command: `value`, `name=`, or `**`.
fn words(text: &str) -> Vec<String> {
    let statements = parse(text, &verbs()).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let [statement] = statements.as_slice() else { panic!("{text}") };
    let StatementKind::Command { words, .. } = &statement.kind else { panic!("{text}") };
    let shown = words.iter().map(|word| match word {
        Word::Positional(value) => value.span.of(text).to_string(),
        Word::Named { name, value, .. } => format!("{name}={}", value.span.of(text)),
    });
    shown.collect()
}

#[test]
fn after_a_blank_two_stars_begin_a_word_of_a_command() {
    for (text, expected) in [
        ("train n on d **o", &["n", "on=d", "**o"][..]),
        ("train n on d **o.p epochs=2", &["n", "on=d", "**o.p", "epochs=2"]),
        ("train n on d ** o", &["n", "on=d", "** o"]),
        ("train n on d **o **p", &["n", "on=d", "**o", "**p"]),
        ("train n on d epochs=2 ** 3", &["n", "on=d", "epochs=2 ** 3"]),
        ("train n on d epochs=e**k", &["n", "on=d", "epochs=e**k"]),
        ("train n on d epochs=e ** k * 2", &["n", "on=d", "epochs=e ** k * 2"]),
        ("train n on d epochs=(e ** k)", &["n", "on=d", "epochs=(e ** k)"]),
        ("train n on d epochs=e ** f(k)", &["n", "on=d", "epochs=e ** f(k)"]),
    ] {
        assert_eq!(words(text), expected, "{text}");
    }
}

#[test]
fn what_leaves_other_prompts_leaves_this_one() {
    for text in
        ["q", ":q", ":quit", ":exit", "q()", "quit", "quit()", "exit", "exit()", "if true { q }"]
    {
        let mut session = session(&format!("{text}; x = 1"));
        assert!(session.is_over(), "{text}");
        assert!(session.value("x").is_err(), "{text}: nothing is run after it");
    }
    // A name that is defined stands for its value.
    for text in ["q = 3; q", "q, r = [1, 2]; q", "quit = 1; quit", "exit() = 2; exit()"] {
        assert!(!session(text).is_over(), "{text}");
    }
    assert!(session("q = 3; :q").is_over());
    for text in ["q + 1", "q 1", ": q", ":q 1", "quit(1)", ":train", "x = :q"] {
        let mut session = Session::new(Output::captured().0);
        assert!(session.run(text, &Source::Prompt).is_err() && !session.is_over(), "{text}");
    }
}

#[test]
fn help_takes_its_topic_in_brackets() {
    let shown = |text: &str| {
        let (output, captured) = Output::captured();
        let result = Session::new(output).run(text, &Source::Pipe);
        result.unwrap_or_else(|failure| panic!("{text}: {:?}", failure.diagnostic));
        captured.results()
    };
    for (text, as_here) in
        [("help(dense)", "help dense"), ("help(\"dense\")", "help dense"), ("help()", "help")]
    {
        assert_eq!(shown(text), shown(as_here), "{text}");
    }
    check(&[("help(x) = x + 1; help(2)", "3")]);
}

#[test]
fn an_option_that_is_none_is_left_out() {
    check(&[
        ("sum([[1, 2], [3, 4]], axis=None)", "10"),
        ("sum([[1, 2], [3, 4]], axis=none)", "10"),
        ("embedding(10, 4, padding_idx=None)", "embedding(10, 4) · sizes follow from the data"),
        ("None = 1; sum([[1, 2], [3, 4]], axis=None)", "[3, 7]"),
    ]);
    let mut session = session("n = dense(3)");
    for (text, message) in [
        ("dense(None)", "dense's `units` wants"),
        ("x = None", "there is no `None`"),
        ("adam(lr=None)", "adam's `lr` wants"),
    ] {
        let failure = session.run(text, &Source::Prompt).expect_err(text);
        let found = failure.diagnostic.message;
        assert!(found.starts_with(message), "{text}: {found}");
    }
}

#[test]
fn a_training_takes_its_rate_and_its_batch_under_the_names_of_others() {
    let trained = |words: &str| {
        let mut session = session(&format!(
            "d = blobs(samples=40); n = input(2) -> dense(3); train n on d epochs=2 {words}"
        ));
        numbers(&mut session, "n.layers[0].weight")
    };
    for (words, as_here) in [
        ("lr=0.1", "optimizer=adam(lr=0.1)"),
        ("learning_rate=0.1", "optimizer=adam(lr=0.1)"),
        ("optimizer=sgd lr=0.1", "optimizer=sgd(lr=0.1)"),
        ("optimizer=sgd(momentum=0.9) lr=0.1", "optimizer=sgd(lr=0.1, momentum=0.9)"),
        ("optimizer=sgd(learning_rate=0.1)", "optimizer=sgd(lr=0.1)"),
        ("batch_size=8", "batch=8"),
        ("clip=None schedule=None", ""),
    ] {
        assert_eq!(trained(words), trained(as_here), "{words}");
    }
    // Without an optimizer, it is the rate of the one that the network was trained by.
    for second in ["lr=0.2", "optimizer=sgd(lr=0.2, momentum=0.9)"] {
        let again = |second: &str| {
            trained(&format!("optimizer=sgd(lr=0.1, momentum=0.9); train n on d epochs=1 {second}"))
        };
        assert_eq!(again(second), again("optimizer=sgd(lr=0.2, momentum=0.9)"), "{second}");
    }
    let mut session = session("d = blobs(samples=40); n = dense(3)");
    for (words, message) in [
        (
            "optimizer=sgd(lr=0.2) lr=0.1",
            "sgd: the learning rate is given here and in its brackets",
        ),
        ("lr=-1", "adam's `lr` wants"),
        ("lr=0.1 learning_rate=0.1", "train is given `lr` twice"),
    ] {
        let text = format!("train n on d {words}");
        let failure = session.run(&text, &Source::Prompt).expect_err(&text);
        assert!(failure.diagnostic.message.starts_with(message), "{:?}", failure.diagnostic);
    }
}
