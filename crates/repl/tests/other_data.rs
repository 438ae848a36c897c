//! Other data than those that a network was trained on: every command and every call prepares them as the training
//! data.

use relume_repl::{Output, Session, Source, Value};
use std::path::Path;

/// Rows `x,y` from one number on: "lo" up to 4.5, "hi" above.
fn write(path: &Path, from: usize) {
    let row = |i: usize| {
        let x = (from + i) as f64 / 10.0;
        format!("{x},{}\n", if x < 4.5 { "lo" } else { "hi" })
    };
    let text = "x,y\n".to_string() + &(0..90).map(row).collect::<String>();
    std::fs::write(path, text).unwrap();
}

/// A session with a network `m` that was trained on `d`, and other data `other`, shifted by 3.
fn session(folder: &Path) -> Session {
    write(&folder.join("train.csv"), 0);
    write(&folder.join("other.csv"), 30);
    let mut session = Session::new(Output::captured().0);
    let path = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "d = csv({:?}, target=\"y\", test=0.2)\nother = csv({:?}, target=\"y\", test=0.5)\n\
         m = dense(2)\ntrain m on d epochs=200 optimizer=adam(lr=0.05)\n",
        path("train.csv"),
        path("other.csv")
    );
    run(&mut session, &text);
    session
}

fn run(session: &mut Session, text: &str) {
    assert!(session.run(text, &Source::Argument).is_ok(), "{text}");
}

fn number(session: &mut Session, text: &str) -> f32 {
    match session.value(text) {
        Ok(Value::Tensor(tensor)) => tensor.item().unwrap(),
        other => panic!("{text}: {other:?}"),
    }
}

fn tensor(session: &mut Session, text: &str) -> Vec<f32> {
    match session.value(text) {
        Ok(Value::Tensor(tensor) | Value::Sample(tensor, _)) => tensor.data().to_vec(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_number_is_the_same_input_whatever_data_it_stands_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(folder.path());
    assert!(number(&mut session, "evaluate(m, other).accuracy") > 0.95);
    // 3.0 is sample 30 of the one file and sample 0 of the other.
    let mine = tensor(&mut session, "m(d[30])");
    assert_eq!(tensor(&mut session, "m(other[0])"), mine);
    assert_eq!(tensor(&mut session, "m(other[0..1])"), mine);
    run(&mut session, "x = other[0]\n");
    assert_eq!(tensor(&mut session, "m(x)"), mine);
    run(&mut session, "predict m on other[0]\n");
    assert_eq!(tensor(&mut session, "_"), mine);
    run(&mut session, "predict m on other[0..2]\n");
    assert_eq!(tensor(&mut session, "_")[..2], mine);
    // Beside a network, a sample is prepared by its own data set.
    assert_eq!(tensor(&mut session, "x"), tensor(&mut session, "other.inputs[0]"));
    assert_ne!(tensor(&mut session, "x"), tensor(&mut session, "d[30]"));
    run(&mut session, "inspect m on other\nsummary m on other\ntrain m on other epochs=1\n");
    assert!(number(&mut session, "evaluate(m, d.train).accuracy") > 0.95);
}

#[test]
fn rows_without_a_target_are_predicted_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let row = |i: usize| format!("{i},{},{}\n", ["red", "blue"][i % 2], ["lo", "hi"][i / 6]);
    let rows: String = (0..12).map(row).collect();
    std::fs::write(path("d.csv"), format!("x,colour,y\n{rows}")).unwrap();
    // Other columns first, another order, and a word that was not there.
    std::fs::write(path("u.csv"), "note,colour,x\nfine,red,0\nbad,blue,11\n,green,4\n").unwrap();
    let mut session = Session::new(Output::captured().0);
    let (d, u) = (path("d.csv"), path("u.csv"));
    run(
        &mut session,
        &format!(
            "d = csv({d:?}, target=\"y\", one_hot=[\"colour\"], test=0)\nm = dense(2)\ntrain m on d epochs=3\n\
             u = csv({u:?}, ignore=[\"note\"])\npredict m on u\n"
        ),
    );
    let all = tensor(&mut session, "_");
    assert_eq!(all.len(), 6);
    assert_eq!(
        all[..4],
        [tensor(&mut session, "m(d[0])"), tensor(&mut session, "m(d[11])")].concat()
    );
    for refused in ["evaluate m on u", "train m on u", "evaluate fresh(m) on u"] {
        let Err(failure) = session.run(refused, &Source::Argument) else { panic!("{refused}") };
        let message = &failure.diagnostic.message;
        assert!(message.contains("there is nothing to compare with"), "{refused}: {message}");
    }
}
