//! What a text of the language prints.

use relume_repl::{Output, Session, Source};

/// What a text prints that runs without a failure.
pub fn printed(text: &str) -> String {
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    let result = session.run(text, &Source::Pipe);
    result.unwrap_or_else(|failure| panic!("{text}: {:?}", failure.diagnostic));
    captured.results().trim_end().to_string()
}

/// Texts and what they print.
pub fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(printed(text), *expected, "{text}");
    }
}
