//! Where results and remarks go: results to standard output, remarks and progress to standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Where results and remarks go.
#[derive(Debug)]
pub struct Output {
    target: Target,
    /// Whether each result is one JSON object.
    pub json: bool,
    /// Whether a person watches: progress is redrawn on its line.
    pub live: bool,
    /// Whether the other end of standard output is closed.
    closed: bool,
}

#[derive(Debug)]
enum Target {
    Standard,
    Captured(Captured),
}

/// What was written, for tests.
#[derive(Clone, Debug, Default)]
pub struct Captured(Arc<Mutex<[String; 2]>>);

impl Captured {
    /// What went to standard output.
    pub fn results(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[0].clone()
    }

    /// What went to standard error.
    pub fn remarks(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[1].clone()
    }

    fn push(&self, which: usize, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[which].push_str(text);
    }
}

impl Output {
    /// The program's own standard output and standard error.
    pub fn standard(json: bool) -> Self {
        Output { target: Target::Standard, json, live: io::stderr().is_terminal(), closed: false }
    }

    /// An output that only remembers.
    pub fn captured() -> (Self, Captured) {
        let captured = Captured::default();
        let output = Output {
            target: Target::Captured(captured.clone()),
            json: false,
            live: false,
            closed: false,
        };
        (output, captured)
    }

    /// Shows a result: as text, or as a JSON object.
    pub fn result(&mut self, text: &str, json: impl FnOnce() -> serde_json::Value) {
        let line = match self.json {
            true => format!("{}\n", json()),
            false if text.is_empty() || text.ends_with('\n') => text.to_string(),
            false => format!("{text}\n"),
        };
        match &self.target {
            Target::Captured(captured) => captured.push(0, &line),
            Target::Standard => {
                let mut out = io::stdout().lock();
                if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
                    self.closed = true;
                }
            }
        }
    }

    /// Tells something beside the results.
    pub fn remark(&mut self, text: &str) {
        self.remark_raw(&format!("{text}\n"));
    }

    /// Like [`Output::remark`] without an end of line.
    pub fn remark_raw(&mut self, text: &str) {
        match &self.target {
            Target::Captured(captured) => captured.push(1, text),
            // When standard error cannot be written to, there is nowhere left to report it.
            Target::Standard => drop(io::stderr().lock().write_all(text.as_bytes())),
        }
    }

    /// Whether the other end of standard output is closed, so that going on is of no use.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}
