//! The statements that changed something, for a report: showing more beside it changes nothing of what it says.

use super::journal::Record;
use crate::Session;

/// Commands that only show something.
const SHOWING: [&str; 20] = [
    "report",
    "evaluate",
    "predict",
    "summary",
    "confusing",
    "inspect",
    "lint",
    "explain",
    "plot",
    "examine",
    "profile",
    "gradcheck",
    "lrfind",
    "compare",
    "search",
    "crossvalidate",
    "vars",
    "fingerprint",
    "print",
    "assert",
];

impl Session {
    /// The statements of the session that succeeded and did more than show something, in their order, with the seed
    /// before them.
    pub(crate) fn changing_statements(&self) -> Vec<String> {
        let seed = self.journal.seed.unwrap_or(self.settings.seed);
        let text = |record: &Record| match record {
            Record::Ran { text, defined } => {
                (defined.is_some() || !shows(text)).then(|| text.clone())
            }
            Record::Failed(text) => Some(format!("try {{ {text} }} else {{ }}")),
            Record::Lost { text, why } => {
                let line = text.lines().next().unwrap_or_default();
                Some(format!("# `{line}` {why}"))
            }
        };
        let statements = self.journal.records.iter().filter_map(text);
        [format!("set seed={seed}")].into_iter().chain(statements).collect()
    }
}

/// Whether a statement begins with a command that only shows something.
fn shows(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let is_called = text[end..].trim_start().starts_with(['=', '.', '[']);
    !is_called && SHOWING.contains(&&text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Output, Source};

    #[test]
    fn only_what_changed_something_is_told() {
        let (output, _captured) = Output::captured();
        let mut session = Session::new(output);
        let text = "d = iris()\nprint 3\nnet = dense(3)\nplot = 4\ntrain net on d epochs=1\nevaluate net on d\n";
        session.run(text, &Source::Argument).expect("it runs");
        let expected =
            ["set seed=0", "d = iris()", "net = dense(3)", "plot = 4", "train net on d epochs=1"];
        assert_eq!(session.changing_statements(), expected);
    }
}
