//! The prompt: its lines, and the history of what was typed.

use crate::completion::PromptHelper;
use crate::{Failure, Session, Source};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};
use std::path::PathBuf;

/// The greeting, with something to try.
const GREETING: &str = "Relume: neural networks at the prompt. Try:\n\
  digits = digits(); mlp = dense(128) -> relu -> dropout(0.2) -> dense(10); train mlp on digits epochs=5\n\
  help lists the commands, Ctrl-D leaves.";

/// Reads and runs lines until the user quits.
///
/// # Errors
/// A terminal that cannot be read.
pub fn run_prompt(session: &mut Session) -> Result<(), ReadlineError> {
    let interrupt = session.interrupt();
    // While a line is edited, rustyline reads Ctrl-C itself; while one runs, Ctrl-C asks training to stop.
    if let Err(error) = ctrlc::set_handler(move || interrupt.set()) {
        session.output.remark(&format!("Ctrl-C will end the program: {error}"));
    }
    let config = Config::builder().auto_add_history(true).max_history_size(1000)?.build();
    let mut editor: Editor<PromptHelper, FileHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(PromptHelper::new()));
    let history = history_file();
    if let Some(path) = &history {
        // The first session has no file yet.
        drop(editor.load_history(path));
    }
    if session.settings.greeting {
        session.output.remark(GREETING);
    }
    while !session.is_over() {
        if let Some(helper) = editor.helper_mut() {
            helper.learn(&session.names);
            helper.is_colored = session.output.is_colored();
        }
        match editor.readline("> ") {
            Ok(line) => {
                session.interrupt().take();
                if let Err(failure) = session.run(&line, &Source::Prompt) {
                    show_failure(session, &failure, &line);
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error),
        }
    }
    if let Some(path) = &history
        && let Err(error) = editor.save_history(path)
    {
        session.output.remark(&format!("the history was not saved to {}: {error}", path.display()));
    }
    Ok(())
}

fn show_failure(session: &mut Session, failure: &Failure, line: &str) {
    // Interrupted training has already reported it.
    if failure.code != crate::ExitCode::Interrupted {
        session.report(failure, line, &Source::Prompt);
    }
}

/// The file of the history: `RELUME_HISTORY`, or a file in the user's folder.
fn history_file() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("RELUME_HISTORY") {
        return Some(path.into()).filter(|path: &PathBuf| !path.as_os_str().is_empty());
    }
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
    Some(PathBuf::from(home).join(".relume_history"))
}
