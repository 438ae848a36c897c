//! Settings: what `set` sets, and the file that sets them when the prompt opens.

use crate::syntax::{self, Statement, StatementKind};
use crate::{Failure, Session, Source, commands};
use relume_catalog::Choice;
use std::path::{Path, PathBuf};

/// What `set` sets, besides what belongs to the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The seed of networks that are defined from now on.
    pub seed: u64,
    /// Whether the prompt greets.
    pub greeting: bool,
    pub(crate) style: Style,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { seed: 0, greeting: true, style: Style::default() }
    }
}

/// How numbers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// Significant digits of a number.
    pub digits: Digits,
    /// Numbers along an axis that are shown in full; longer axes show their ends.
    pub items: usize,
}

impl Default for Style {
    fn default() -> Self {
        Style { digits: Digits::All, items: 12 }
    }
}

/// How many significant digits of a number are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Digits {
    /// As many as tell the number from its neighbours.
    All,
    /// At most so many.
    #[spec(range = 1..=17)]
    AtMost(usize),
}

/// How the progress of a training is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum ProgressMode {
    /// A line that is redrawn at a terminal, a line for each epoch elsewhere.
    Auto,
    /// A line for each epoch.
    Lines,
    /// Not at all.
    Off,
}

/// When errors and warnings are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Color {
    /// At a terminal, unless the environment variable `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The file of settings that the prompt reads: `relume/config.relume` in `$XDG_CONFIG_HOME`, or else in `~/.config`.
pub fn settings_file() -> Option<PathBuf> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = given("XDG_CONFIG_HOME").or_else(|| {
        given("HOME").or_else(|| given("USERPROFILE")).map(|home| home.join(".config"))
    })?;
    Some(folder.join("relume").join("config.relume"))
}

impl Session {
    /// Takes settings from a file of `set` statements. Those that are wrong are reported, and the others are taken.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read_settings(&mut self, path: &Path) -> std::io::Result<()> {
        let text = super::shared_text(|| crate::script_text(path))?;
        let source = Source::File(path.display().to_string());
        // Settings are no part of what was done in the session.
        let journal = std::mem::take(&mut self.journal);
        let failures: Vec<Failure> = match syntax::parse(&text, &commands::verbs()) {
            Ok(statements) => self.within(&text, &source, |session| {
                let run = |statement| session.setting(statement).err();
                statements.iter().filter_map(run).collect()
            }),
            Err(error) => vec![error.into()],
        };
        for failure in &failures {
            self.report(failure, &text, &source);
        }
        self.journal = journal;
        Ok(())
    }

    fn setting(&mut self, statement: &Statement) -> Result<(), Failure> {
        match &statement.kind {
            StatementKind::Command { verb, .. } if verb == "set" => {
                self.statement(statement).map(drop)
            }
            _ => Err(Failure::at(statement.span, "a file of settings holds `set` alone").help(
                "put other statements into a file of their own and run it: run \"mine.relume\"",
            )),
        }
    }
}
