//! Networks with one planted ailment each, and healthy ones: the rule, its severity and its place, and what the first
//! cure brings when it is pasted.

mod cases;
mod cures;
mod healthy;
mod pairs;
mod planted;

use relume_repl::{Output, Session, Source, Value};
use std::path::Path;

/// A session that has run a script; a failure of the script, such as a divergence, is part of what it shows.
struct Ran {
    session: Session,
    results: String,
    remarks: String,
}

fn run(script: &str, folder: &Path) -> Ran {
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    let script = script.replace("FOLDER", &folder.display().to_string());
    let mut failed = String::new();
    if let Err(failure) = session.run(&script, &Source::Argument) {
        let help = failure.diagnostic.help.unwrap_or_default();
        failed = format!("error: {}\nhelp: {help}\n", failure.diagnostic.message);
    }
    Ran { session, results: captured.results(), remarks: captured.remarks() + &failed }
}

/// The first cure that was printed.
fn first_cure(text: &str) -> Option<&str> {
    cures::cures(text).next()
}

/// The accuracy on the test part.
fn accuracy(session: &mut Session) -> f64 {
    match session.value("evaluate(net, d).accuracy") {
        Ok(Value::Number(accuracy)) => accuracy,
        Ok(Value::Tensor(accuracy)) => f64::from(accuracy.data()[0]),
        other => panic!("{other:?}"),
    }
}
