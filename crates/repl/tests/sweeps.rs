//! Learning rates, comparisons and searches at the prompt: networks stay as they are, statements run as they are shown,
//! values have their fields.

use relume_repl::{Output, Session, Source, Value};

const NET: &str = "set seed=1\nd = iris\nnet = dense(8) -> relu -> dense(3)\n";

/// What a text prints that runs without a failure.
fn printed(text: &str) -> String {
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    let result = session.run(text, &Source::Pipe);
    result.unwrap_or_else(|failure| panic!("{text}: {:?}", failure.diagnostic));
    captured.results().trim_end().to_string()
}

/// The last line that a text prints, and every line's width.
fn last_line(text: &str) -> String {
    let shown = printed(text);
    let widest = shown.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    // Statements stand in one line, however long they are.
    let statement = shown.lines().last().unwrap_or_default().to_string();
    let tables = shown.lines().filter(|line| **line != statement);
    assert!(tables.clone().all(|line| line.chars().count() <= 80), "{widest}: {shown}");
    statement
}

#[test]
fn the_statement_of_lrfind_runs_as_it_is_shown_and_keeps_the_words() {
    for (words, wanted) in [
        ("batch=16", "train net on d batch=16 lr="),
        ("optimizer=sgd(momentum=0.9) batch=16", "train net on d optimizer=sgd("),
        ("seeds=1 steps=50 clip=1", "train net on d clip=1 lr="),
        ("optimizer=adam(lr=0.5)", "train net on d optimizer=adam("),
    ] {
        let statement = last_line(&format!("{NET}lrfind net on d {words}"));
        assert!(statement.starts_with(wanted), "{words}: {statement}");
        assert!(!statement.contains("seeds") && !statement.contains("steps"), "{statement}");
        let trained = printed(&format!("{NET}{statement} epochs=1\nnet.history.lr[0]"));
        let rate: f64 = trained.lines().last().unwrap().parse().unwrap();
        assert!(rate > 1e-6 && rate < 10.0 && rate != 0.5, "{trained}");
    }
}

#[test]
fn a_rate_that_train_finds_is_that_of_lrfind() {
    let statement = last_line(&format!("{NET}lrfind net on d batch=16"));
    let found =
        printed(&format!("{NET}train net on d batch=16 lr=\"find\" epochs=1\nnet.history.lr[0]"));
    let typed = printed(&format!("{NET}{statement} epochs=1\nnet.history.lr[0]"));
    assert_eq!(found, typed);
}

#[test]
fn a_run_that_goes_on_keeps_the_rate_that_was_found() {
    let words = "train net on d batch=16 lr=\"find\" epochs=4";
    let ends = "net.history.loss\nnet.history.lr";
    let of = |text: &str| {
        let (output, captured) = Output::captured();
        let mut session = Session::new(output);
        let result = session.run(text, &Source::Pipe);
        result.unwrap_or_else(|failure| panic!("{text}: {:?}", failure.diagnostic));
        (captured.results(), captured.remarks())
    };
    let tail = |text: &str| {
        let lines: Vec<&str> = text.trim_end().lines().collect();
        lines[lines.len() - 2..].join("\n")
    };
    let whole = tail(&of(&format!("{NET}{words}\n{ends}")).0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.rlm");
    let file = format!("{words} checkpoint=\"{}\"", path.display());
    of(&format!("{NET}{file} max_steps=5"));
    let (results, remarks) = of(&format!("{NET}{file} resume=true\n{ends}"));
    assert_eq!(tail(&results), whole);
    assert!(remarks.contains("going on") && !remarks.contains("over 3 seeds"), "{remarks}");
    // Nothing is searched before a run that is complete.
    let (_, remarks) = of(&format!("{NET}{file} resume=true"));
    assert!(remarks.contains("is complete") && !remarks.contains("over 3 seeds"), "{remarks}");
    // The same without a file, by the same words and by those without epochs.
    for again in [words, "train net on d lr=\"find\""] {
        let (results, remarks) = of(&format!("{NET}{words} max_steps=5\n{again}\n{ends}"));
        assert_eq!(tail(&results), whole, "{again}");
        assert_eq!(remarks.matches("over 3 seeds").count(), 1, "{remarks}");
    }
}

#[test]
fn a_network_stays_as_it_is() {
    let trained = format!("{NET}train net on d epochs=2\n");
    let ends = "net.layers[0].weight\nnet.history.loss\ntrain net on d epochs=1\n";
    let before = printed(&format!("{trained}{ends}"));
    for statement in [
        "lrfind net on d seeds=1 steps=20",
        "compare net on d activation=[relu, tanh] seeds=2 epochs=1",
        "search net on d lr=loguniform(0.001, 0.1) trials=2 epochs=1",
        "confusing net on d count=2",
    ] {
        let after = printed(&format!("{trained}{statement}\nprint \"end\"\n{ends}"));
        let shown = |text: &str, from: &str| text[text.find(from).unwrap()..].to_string();
        assert_eq!(shown(&after, "end\n").trim_start_matches("end\n"), {
            let first = printed(&trained);
            before.strip_prefix(&first).unwrap().trim_start()
        });
    }
}

#[test]
fn a_comparison_is_a_value_with_fields() {
    let (output, _captured) = Output::captured();
    let mut session = Session::new(output);
    let text = format!(
        "{NET}c = compare(net, d, lr=[0.001, 0.1], seeds=3, epochs=4)\nplot c\nplot c.loss"
    );
    session.run(&text, &Source::Pipe).unwrap();
    let numbers = |session: &mut Session, text: &str| match session.value(text) {
        Ok(Value::Tensor(tensor)) => (tensor.dims().to_vec(), tensor.data().to_vec()),
        other => panic!("{text}: {other:?}"),
    };
    let (dims, means) = numbers(&mut session, "c.mean");
    assert_eq!(dims, [2]);
    let (dims, curves) = numbers(&mut session, "c.validation_accuracy");
    assert_eq!(dims, [2, 4]);
    for (mean, curve) in means.iter().zip(curves.chunks(4)) {
        assert!((mean - curve[3]).abs() < 1e-6, "{mean} {curve:?}");
    }
    let (_, difference) = numbers(&mut session, "c.difference");
    assert!(difference[0].is_nan() && (difference[1] - (means[1] - means[0])).abs() < 1e-6);
    let best = if means[1] > means[0] { "0.1" } else { "0.001" };
    assert!(matches!(session.value("c.best"), Ok(Value::Text(text)) if text == best));
    let refused = session.value("c.nothing").unwrap_err();
    assert!(refused.diagnostic.help.is_some(), "{:?}", refused.diagnostic);
}

#[test]
fn probabilities_have_their_own_and_their_corrected_values() {
    let (output, _captured) = Output::captured();
    let mut session = Session::new(output);
    let text = format!("{NET}c = compare(net, d, lr=[0.0001, 0.01, 0.1], seeds=3, epochs=4)");
    session.run(&text, &Source::Pipe).unwrap();
    let [own, corrected] = ["c.p", "c.p_holm"].map(|field| match session.value(field) {
        Ok(Value::Tensor(tensor)) => tensor.data().to_vec(),
        other => panic!("{field}: {other:?}"),
    });
    assert!(own[0].is_nan() && corrected[0].is_nan());
    // Of two comparisons the smaller probability counts twice: Holm, 1979.
    let [small, large] = if own[1] < own[2] { [1, 2] } else { [2, 1] };
    let twice = (2.0 * own[small]).min(1.0);
    assert!((corrected[small] - twice).abs() < 1e-6, "{own:?} {corrected:?}");
    assert!((corrected[large] - own[large].max(twice)).abs() < 1e-6, "{own:?} {corrected:?}");
    assert!(twice > own[small]);
}

#[test]
fn a_path_under_a_name_heads_its_column() {
    let text = "p = \"0.units\"\ncompare net on d vary=p values=[4, 8] seeds=2 epochs=1";
    let shown = printed(&format!("{NET}{text}"));
    let is_head = |line: &str| line.trim_start().starts_with("0.units") && line.contains("loss");
    assert!(shown.lines().any(is_head), "{shown}");
}

#[test]
fn words_may_be_lists_under_a_name_and_networks_stand_in_any_form() {
    let shown = printed(&format!(
        "{NET}rates = [0.01, 0.1]\nkinds = [sgd, adam]\n\
         compare net on d lr=rates optimizer=kinds seeds=2 epochs=1"
    ));
    for setting in ["0.01  sgd", "0.1   sgd", "0.01  adam", "0.1   adam"] {
        assert!(
            shown.contains(setting) || shown.contains(&setting.replace("  ", " ")),
            "{setting}: {shown}"
        );
    }
    let nets = "a = dense(3)\nb = dense(4) -> relu -> dense(3)\nnets = [a, b]\n";
    let forms = ["a b on d", "[a, b] on d", "nets=[a, b] on d", "a b d"];
    let shown = forms.map(|form| printed(&format!("{NET}{nets}compare {form} seeds=2 epochs=1")));
    assert!(shown.iter().all(|own| *own == shown[0]), "{shown:?}");
}

#[test]
fn the_statement_of_a_search_runs_and_trains_what_was_found() {
    for words in [
        "lr=loguniform(0.001, 0.1) batch=[8, 16]",
        "activation=[relu, tanh] lr=0.01",
        "vary=\"0.units\" values=4..9 lr=0.05",
        "vary=\"0.units\" values=integers(4, 8) init=[he_normal, xavier_uniform] method=\"halving\"",
    ] {
        let text = format!("{NET}search net on d {words} trials=4 epochs=3");
        let statement = last_line(&text);
        assert!(
            statement.contains("train net on d") && !statement.contains("trials"),
            "{statement}"
        );
        assert!(
            !statement.contains("loguniform") && !statement.contains("integers"),
            "{statement}"
        );
        printed(&format!("{NET}{statement}"));
        // The same seed draws the same settings.
        assert_eq!(printed(&text), printed(&text));
    }
}

#[test]
fn a_second_comparison_with_the_same_words_trains_nothing_again() {
    let text = format!("{NET}compare net on d lr=[0.01, 0.1] seeds=2 epochs=3");
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    session.run(&text, &Source::Pipe).unwrap();
    let first = (captured.results(), captured.remarks());
    let (before, told) = (first.0.len(), first.1.matches("training").count());
    session.run("compare net on d lr=[0.01, 0.1] seeds=2 epochs=3", &Source::Pipe).unwrap();
    assert!(first.0.ends_with(&captured.results()[before..]), "{}", captured.results());
    assert!(captured.results().len() > before + 100);
    assert_eq!(captured.remarks().matches("training").count(), told, "{}", captured.remarks());
}
