//! The prompt: its lines, and the history of what was typed.

use crate::completion::PromptHelper;
use crate::{Failure, Session, Source};
use relume_training::group::{Group, GroupError};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};
use std::io::{ErrorKind, IsTerminal};
use std::path::PathBuf;

/// The greeting, with something to try.
const GREETING: &str = "Relume: neural networks at the prompt. Try:\n\
  mlp = dense(128) -> relu -> dense(10); train mlp on digits epochs=5\n\
  help lists the commands, Ctrl-D leaves.";

/// Reads and runs lines until the user quits.
///
/// # Errors
/// A terminal that cannot be read.
pub fn run_prompt(session: &mut Session) -> Result<(), ReadlineError> {
    let result = run_lines(session);
    // It fails where a process is gone, which ends all anyway.
    let _ = Group::current().broadcast(LINE, Some(None::<String>));
    result
}

/// What the other processes wait for while a line is typed.
const LINE: &str = "the next line of the prompt";

/// Runs the lines that rank 0 reads in [`run_prompt`], until it has no more.
///
/// # Errors
/// A rank that is gone.
pub fn follow_prompt(session: &mut Session) -> Result<(), GroupError> {
    session.stops.at_prompt();
    while !session.is_over() {
        let Some(line) = Group::current().await_first(LINE, None::<Option<String>>)? else {
            return Ok(());
        };
        session.interrupt().take();
        if let Err(failure) = session.run(&line, &Source::Prompt) {
            show_failure(session, &failure, &line);
        }
    }
    Ok(())
}

fn run_lines(session: &mut Session) -> Result<(), ReadlineError> {
    let group = Group::current();
    let config = Config::builder().auto_add_history(true).max_history_size(1000)?.build();
    let mut editor: Editor<PromptHelper, FileHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(PromptHelper::new()));
    let mut history = history_file();
    if let Some(path) = &history {
        // The first session has no file yet.
        drop(editor.load_history(path));
    }
    if session.settings.greeting {
        session.output.remark(GREETING);
    }
    // The values that several processes have are not brought back.
    if !group.is_several() {
        offer(session);
    }
    session.stops.at_prompt();
    while !session.is_over() {
        if let Some(helper) = editor.helper_mut() {
            helper.learn(&session.names);
            helper.is_colored = session.output.is_colored();
        }
        match editor.readline("> ") {
            Ok(line) => {
                // Whatever becomes of the program while the line runs, it is in the history.
                append(&mut editor, session, &mut history);
                session.interrupt().take();
                if let Err(error) = group.broadcast(LINE, Some(Some(line.clone()))) {
                    return Err(std::io::Error::other(error).into());
                }
                if let Err(failure) = session.run(&line, &Source::Prompt) {
                    show_failure(session, &failure, &line);
                }
                session.keep_session();
            }
            Err(ReadlineError::Interrupted) => {}
            // A terminal that was closed has no more lines either.
            Err(ReadlineError::Eof) if std::io::stdin().is_terminal() => break,
            Err(ReadlineError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
                session.output.remark("that line is not UTF-8, and was left out");
            }
            Err(error) => {
                session.stops.hung_up();
                return if matches!(error, ReadlineError::Eof) { Ok(()) } else { Err(error) };
            }
        }
    }
    // A signal is no end of its own: what is kept stays for `restore`.
    if session.ending().is_none()
        && let Some(autosave) = session.autosave.take()
    {
        autosave.end();
    }
    Ok(())
}

/// Lists sessions that did not end as they should.
fn offer(session: &mut Session) {
    let lost = session.begin_autosave();
    let (line, own) = match lost.len() {
        0 => return,
        1 => {
            let own = "`restore` brings it back, `restore discard=true` forgets it";
            ("a session did not end by quit or Ctrl-D", own)
        }
        _ => {
            let own = "`restore 2` brings the second one back, `restore 2 discard=true` forgets it";
            ("sessions did not end by quit or Ctrl-D", own)
        }
    };
    session.output.remark(&format!("{line};\n{own}:"));
    for (at, lost) in lost.iter().enumerate() {
        session.output.remark(&format!("  {}  {}", at + 1, lost.text()));
    }
}

/// Adds the last line to the file of the history. If that fails, it is told once.
fn append(
    editor: &mut Editor<PromptHelper, FileHistory>,
    session: &mut Session,
    history: &mut Option<PathBuf>,
) {
    if let Some(path) = history
        && let Err(error) = editor.append_history(path)
    {
        let path = path.display();
        session.output.remark(&format!("the history is not saved to {path}: {error}"));
        *history = None;
    }
}

fn show_failure(session: &mut Session, failure: &Failure, line: &str) {
    // Interrupted training has already reported it.
    if failure.code != crate::ExitCode::Interrupted {
        session.report(failure, line, &Source::Prompt);
    }
}

/// The file of the history: `RELUME_HISTORY`, or a file in the user's folder; none in a sandbox.
fn history_file() -> Option<PathBuf> {
    if relume_files::is_sandboxed() {
        return None;
    }
    if let Some(path) = std::env::var_os("RELUME_HISTORY") {
        return Some(path.into()).filter(|path: &PathBuf| !path.as_os_str().is_empty());
    }
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
    Some(PathBuf::from(home).join(".relume_history"))
}
