//! Where results and remarks go: results to standard output, remarks and progress to standard error, and both into
//! the transcript.

use crate::json::{self, JsonOutput};
use crate::lines::{BETWEEN, fitted};
use crate::sessions::{Color, ProgressMode, Transcript};
use serde_json::Value as Json;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Where results and remarks go. Clones write to the same places.
#[derive(Clone, Debug)]
pub struct Output {
    target: Target,
    /// Results as JSON objects, one in each line; as text if none.
    pub json: Option<JsonOutput>,
    pub(crate) progress: ProgressMode,
    pub(crate) color: Color,
    /// Whether a person watches standard error.
    is_terminal: bool,
    /// What became of standard output.
    lost: Arc<Mutex<Option<Lost>>>,
    transcript: Arc<Mutex<Option<Transcript>>>,
    /// The names of the loops that are running, with what they stand for.
    pub(crate) loops: Vec<LoopName>,
}

/// The name of a loop, and what it stands for in this round.
#[derive(Clone, Debug)]
pub(crate) struct LoopName {
    name: String,
    text: String,
    json: Json,
    /// Whether a result of this round has told it already.
    is_shown: bool,
}

/// Values of loops are cut to so many characters.
const LOOP_VALUE: usize = 60;

impl LoopName {
    /// A loop's name, with its value as text and as JSON.
    pub fn new(name: &str, value: &str, json: Json) -> Self {
        let line = value.lines().next().unwrap_or_default();
        let mut text: String = line.chars().take(LOOP_VALUE).collect();
        if text.len() < value.trim_end().len() {
            text += " ...";
        }
        LoopName { name: name.to_string(), text, json, is_shown: false }
    }
}

/// Why results are no longer shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lost {
    /// The reader of standard output is gone.
    Closed,
    /// It cannot be written to.
    Failed,
}

#[derive(Clone, Debug)]
enum Target {
    Standard,
    Captured(Captured),
    Nowhere,
    Log(Arc<File>),
}

/// The captured output, for tests.
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
        let is_terminal = io::stderr().is_terminal();
        Output { json: json.then(JsonOutput::default), is_terminal, ..Self::to(Target::Standard) }
    }

    /// An output that is only captured.
    pub fn captured() -> (Self, Captured) {
        let captured = Captured::default();
        (Self::to(Target::Captured(captured.clone())), captured)
    }

    /// An output that goes nowhere: that of a process beside another one, which shows the same.
    pub fn nowhere() -> Self {
        Self::to(Target::Nowhere)
    }

    /// An output that goes to a file, results and remarks one after the other as they come.
    pub fn log(file: File) -> Self {
        Self::to(Target::Log(Arc::new(file)))
    }

    fn to(target: Target) -> Self {
        Output {
            target,
            json: None,
            progress: ProgressMode::Auto,
            color: Color::Auto,
            is_terminal: false,
            lost: Arc::default(),
            transcript: Arc::default(),
            loops: Vec::new(),
        }
    }

    /// Shows a result: as text, or as a JSON object. In loops it says what their names stand for.
    pub fn result(&mut self, text: &str, json: impl FnOnce() -> Json) {
        self.announce();
        if self.json.is_some() || !text.is_empty() {
            self.print(text, json);
        }
    }

    /// Says what the names of the loops stand for, once in a round.
    pub fn announce(&mut self) {
        if self.json.is_some() || self.loops.iter().all(|own| own.is_shown) {
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
    pub fn print(&mut self, text: &str, json: impl FnOnce() -> Json) {
        match self.json {
            Some(_) => self.json_line(json()),
            None if text.ends_with('\n') => self.write(text),
            None => self.write(&format!("{text}\n")),
        }
    }

    /// An object in a line of standard output, with the version of its form and the names of loops.
    fn json_line(&mut self, object: Json) {
        let mut object = json::versioned(object);
        if let (Some(fields), false) = (object.as_object_mut(), self.loops.is_empty()) {
            let names = self.loops.iter().map(|own| (own.name.clone(), own.json.clone()));
            fields.insert("for".to_string(), names.collect());
        }
        self.write(&format!("{object}\n"));
    }

    fn write(&mut self, text: &str) {
        self.keep(text);
        match &self.target {
            Target::Captured(captured) => captured.push(0, text),
            Target::Nowhere => {}
            // A log that cannot be written to is no reason to stop: the first process shows the same.
            Target::Log(file) => drop((&**file).write_all(text.as_bytes())),
            Target::Standard => {
                if self.is_lost() {
                    return;
                }
                let mut out = io::stdout().lock();
                let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
                drop(out);
                if let Err(error) = written {
                    self.lose(&error);
                }
            }
        }
    }

    /// Writes no more to standard output: its reader is gone, as of `relume ... | head`, or it cannot be written to,
    /// which is told once.
    fn lose(&mut self, error: &io::Error) {
        let lost = match error.kind() {
            io::ErrorKind::BrokenPipe => Lost::Closed,
            _ => Lost::Failed,
        };
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(lost);
        if lost == Lost::Failed {
            let text = format!(
                "error: standard output cannot be written to: {error}\n\
                 help: results from here on are not shown; files that the statements write are still written\n"
            );
            self.error_line(&text, Paint::Marked);
        }
    }

    fn lost(&self) -> Option<Lost> {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a remark beside the results.
    pub fn remark(&mut self, text: &str) {
        match self.json {
            Some(JsonOutput { remarks: true, .. }) => self.json_line(json::remark(text)),
            _ => self.error_line(&format!("{text}\n"), Paint::Plain),
        }
    }

    /// Tells of something that will probably go wrong.
    pub fn warning(&mut self, text: &str) {
        match self.json {
            Some(JsonOutput { remarks: true, .. }) => self.json_line(json::warning(text)),
            _ => self.error_line(&format!("warning: {text}\n"), Paint::Marked),
        }
    }

    /// Tells of an error: its lines on standard error, and with `--json` its object among the results.
    pub fn error(&mut self, text: &str, json: impl FnOnce() -> Json) {
        if self.json.is_some() {
            self.json_line(json());
        }
        self.error_line(text, Paint::Marked);
    }

    /// Tells how far a run is: with `--json=progress` as an object among the results.
    pub fn progress(&mut self, text: &str, json: impl FnOnce() -> Json) {
        match self.json {
            Some(JsonOutput { progress: true, .. }) => self.json_line(json()),
            _ if self.progress == ProgressMode::Off => {}
            _ => self.whole_line(&format!("{text}\n"), Paint::Plain),
        }
    }

    /// Redraws the line of a terminal in which progress is shown; the transcript does not get it.
    pub fn redraw(&self, text: &str) {
        let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| width.0);
        let mut cut: String = text.chars().take(usize::from(width).saturating_sub(1)).collect();
        // Only whole figures are shown.
        if let Some(end) = cut.rfind(BETWEEN).filter(|_| cut.len() < text.len()) {
            cut.truncate(end);
        }
        self.write_error(&format!("\r\x1b[K{cut}"));
    }

    /// Draws a picture over the one before, which had so many lines; elsewhere than at a terminal it is progress.
    pub fn redraw_picture(&mut self, text: &str, before: usize, json: impl FnOnce() -> Json) {
        if !self.is_live() {
            return self.progress(text.trim_end(), json);
        }
        let up = if before > 0 { format!("\x1b[{before}A") } else { String::new() };
        self.write_error(&format!("\r\x1b[K{up}\x1b[J{text}"));
    }

    /// Ends a line that was redrawn, and leaves it standing; an empty one is taken away.
    pub fn end_redrawn(&self, is_kept: bool) {
        self.write_error(if is_kept { "\n" } else { "\r\x1b[K" });
    }

    /// A line that is kept in the transcript alone.
    pub fn note(&self, text: &str) {
        self.keep(&format!("{text}\n"));
    }

    /// What was typed, for the transcript.
    pub(crate) fn typed(&self, statement: &str) {
        self.keep(&format!("> {}\n", statement.replace('\n', "\n  ")));
    }

    /// Lines for people, as wide as these can be.
    fn error_line(&mut self, text: &str, paint: Paint) {
        match self.columns() {
            Some(columns) => self.whole_line(&fitted(text, columns), paint),
            None => self.whole_line(text, paint),
        }
    }

    /// How wide a message may be: as `COLUMNS` says, or as the terminal is. Elsewhere it is a line, by which programs
    /// find it.
    fn columns(&self) -> Option<usize> {
        const NARROWEST: usize = 40;
        const WIDEST: usize = 100;
        if !matches!(self.target, Target::Standard) {
            return None;
        }
        let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let own = || {
            let size = terminal_size::terminal_size_of(io::stderr());
            size.map(|(width, _)| usize::from(width.0))
        };
        given.or_else(own).map(|columns: usize| columns.clamp(NARROWEST, WIDEST))
    }

    fn whole_line(&mut self, text: &str, paint: Paint) {
        self.keep(text);
        match paint {
            Paint::Marked if self.is_colored() => self.write_error(&colored(text)),
            _ => self.write_error(text),
        }
    }

    fn write_error(&self, text: &str) {
        match &self.target {
            Target::Captured(captured) => captured.push(1, text),
            Target::Nowhere => {}
            Target::Log(file) => drop((&**file).write_all(text.as_bytes())),
            // When standard error cannot be written to, there is nowhere left to report it.
            Target::Standard => drop(io::stderr().lock().write_all(text.as_bytes())),
        }
    }

    /// Whether progress is redrawn on its line: at a terminal, unless a setting says otherwise.
    pub fn is_live(&self) -> bool {
        match self.progress {
            ProgressMode::Auto => self.is_terminal && !self.json.is_some_and(|json| json.progress),
            ProgressMode::Lines | ProgressMode::Off => false,
        }
    }

    /// Whether lines for people are coloured.
    pub(crate) fn is_colored(&self) -> bool {
        let asked_not_to = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self.color {
            Color::Auto => self.is_terminal && !asked_not_to(),
            Color::Always => true,
            Color::Never => false,
        }
    }

    /// What drawings are made for: the terminal of standard output, or 80 columns without colours.
    pub(crate) fn terminal(&self) -> relume_inspection::plot::Terminal {
        let is_standard = matches!(self.target, Target::Standard);
        let size = terminal_size::terminal_size_of(io::stdout()).filter(|_| is_standard);
        let is_seen = self.color == Color::Always || is_standard && io::stdout().is_terminal();
        relume_inspection::plot::Terminal {
            width: size.map_or(80, |(width, _)| usize::from(width.0)),
            is_colored: is_seen && self.is_colored(),
        }
    }

    /// From now on everything is also written into a transcript, or into none.
    pub(crate) fn set_transcript(&mut self, transcript: Option<Transcript>) -> Option<Transcript> {
        let mut held = self.transcript.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *held, transcript)
    }

    /// Writes into the transcript. One that cannot be written to is given up, and that is said once.
    fn keep(&self, text: &str) {
        let mut held = self.transcript.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(transcript) = held.as_mut()
            && let Err(error) = transcript.write(text)
        {
            let path = transcript.path().to_string();
            *held = None;
            drop(held);
            self.write_error(&format!("warning: the transcript {path} ends here: {error}\n"));
        }
    }

    /// Whether results are no longer shown: the reader of standard output is gone, or it cannot be written to.
    pub fn is_lost(&self) -> bool {
        self.lost().is_some()
    }

    /// Whether standard output could not be written to, which is an error; that its reader is gone is none.
    pub fn has_failed(&self) -> bool {
        self.lost() == Some(Lost::Failed)
    }
}

/// Whether words at the beginning of lines are coloured.
#[derive(Clone, Copy, PartialEq)]
enum Paint {
    Plain,
    Marked,
}

/// Lines with `error:` in red, `warning:` in yellow, `help:` in cyan, and carets in red.
fn colored(text: &str) -> String {
    let line = |line: &str| {
        let is_carets = line.starts_with("  |  ") && line.trim_end().ends_with('^');
        if is_carets && line[5..].trim().chars().all(|c| c == '^') {
            return line.replacen(line[5..].trim(), &painted("31", line[5..].trim()), 1);
        }
        let marks = [("error:", "31"), ("warning:", "33"), ("help:", "36")];
        for (word, color) in marks {
            // An error in a file begins with its place.
            if line.starts_with(word) || (word == "error:" && line.contains(": error: ")) {
                return line.replacen(word, &painted(color, word), 1);
            }
        }
        line.to_string()
    };
    text.split_inclusive('\n').map(line).collect()
}

fn painted(color: &str, text: &str) -> String {
    format!("\x1b[1;{color}m{text}\x1b[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_coloured_where_a_person_looks_first() {
        let text = "a.relume:1:2: error: wrong\n  |  x ^ y\n  |    ^\nhelp: do this\n";
        assert_eq!(
            colored(text),
            "a.relume:1:2: \x1b[1;31merror:\x1b[0m wrong\n  |  x ^ y\n  |    \x1b[1;31m^\x1b[0m\n\
             \x1b[1;36mhelp:\x1b[0m do this\n"
        );
        assert_eq!(colored("nothing to mark\n"), "nothing to mark\n");
    }

    #[test]
    fn colour_is_for_terminals_unless_it_is_asked_for() {
        let (mut output, captured) = Output::captured();
        output.warning("first");
        output.color = Color::Always;
        output.warning("second");
        assert_eq!(captured.remarks(), "warning: first\n\x1b[1;33mwarning:\x1b[0m second\n");
    }
}
