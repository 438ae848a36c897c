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
    /// The names of the loops that are running, with what they stand for.
    pub(crate) loops: Vec<LoopName>,
}

/// The name of a loop, and what it stands for in this round.
#[derive(Debug)]
pub(crate) struct LoopName {
    name: String,
    text: String,
    json: serde_json::Value,
    /// Whether a result of this round has told it already.
    is_shown: bool,
}

/// Values of loops are cut to so many characters.
const LOOP_VALUE: usize = 60;

impl LoopName {
    /// A loop's name, with its value as text and as JSON.
    pub fn new(name: &str, value: &str, json: serde_json::Value) -> Self {
        let line = value.lines().next().unwrap_or_default();
        let mut text: String = line.chars().take(LOOP_VALUE).collect();
        if text.len() < value.trim_end().len() {
            text += " ...";
        }
        LoopName { name: name.to_string(), text, json, is_shown: false }
    }
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
        Output {
            target: Target::Standard,
            json,
            live: io::stderr().is_terminal(),
            closed: false,
            loops: Vec::new(),
        }
    }

    /// An output that only remembers.
    pub fn captured() -> (Self, Captured) {
        let captured = Captured::default();
        let output = Output {
            target: Target::Captured(captured.clone()),
            json: false,
            live: false,
            closed: false,
            loops: Vec::new(),
        };
        (output, captured)
    }

    /// Shows a result: as text, or as a JSON object. In loops it says what their names stand for.
    pub fn result(&mut self, text: &str, json: impl FnOnce() -> serde_json::Value) {
        self.announce();
        if self.json || !text.is_empty() {
            self.print(text, json);
        }
    }

    /// Says what the names of the loops stand for, once in a round.
    pub fn announce(&mut self) {
        if self.json || self.loops.iter().all(|own| own.is_shown) {
            return;
        }
        let line = |own: &mut LoopName| {
            own.is_shown = true;
            format!("{} = {}", own.name, own.text)
        };
        let names: Vec<String> = self.loops.iter_mut().map(line).collect();
        self.write(&(names.join(", ") + "\n"));
    }

    /// Shows what a user's own words print: as text, or as a JSON object, in which the names of loops are a field.
    pub fn print(&mut self, text: &str, json: impl FnOnce() -> serde_json::Value) {
        let line = match self.json {
            true => format!("{}\n", self.with_loops(json())),
            false if text.ends_with('\n') => text.to_string(),
            false => format!("{text}\n"),
        };
        self.write(&line);
    }

    fn with_loops(&self, mut json: serde_json::Value) -> serde_json::Value {
        if let (Some(object), false) = (json.as_object_mut(), self.loops.is_empty()) {
            let names = self.loops.iter().map(|own| (own.name.clone(), own.json.clone()));
            object.insert("for".to_string(), names.collect());
        }
        json
    }

    fn write(&mut self, line: &str) {
        match &self.target {
            Target::Captured(captured) => captured.push(0, line),
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
