//! The program: arguments, wiring, exit code.

#[path = "relume/together.rs"]
mod together;

use clap::{Parser, ValueEnum};
use relume_repl::{
    Failure, FailureKind, JsonOutput, Output, ScriptArgument, Session, Source, follow_prompt,
    handle_signals, keep_panics, read_script, reference_page, reference_pages, run_prompt,
    settings_file, shared_text,
};
use relume_training::group::{Group, GroupError};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Neural networks at the prompt: define, train, inspect and save them.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Command files to run; `-` is standard input. Without any, and at a terminal, the prompt opens
    files: Vec<String>,
    /// Statements to run
    #[arg(short = 'c', value_name = "STATEMENTS", conflicts_with = "files")]
    command: Option<String>,
    /// Give an argument that the files declare with `arguments` a value: --set lr=0.1
    #[arg(long, value_name = "NAME=VALUE", value_parser = script_argument)]
    set: Vec<ScriptArgument>,
    /// Read the files and report all mistakes that are found, but run nothing
    #[arg(long)]
    check: bool,
    /// Print one JSON object for each result and error; with progress and remarks, also for each epoch and remark
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, value_delimiter = ',')]
    json: Option<Vec<JsonWord>>,
    /// Go on after an error in a file or a pipe
    #[arg(long)]
    keep_going: bool,
    /// Take settings from this file of `set` statements, at the prompt instead of your own file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Open the prompt without reading your file of settings
    #[arg(long, conflicts_with = "config")]
    no_config: bool,
    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Let the statements read files below this folder only, and write none
    #[arg(long, value_name = "FOLDER")]
    sandbox: Option<PathBuf>,
    /// Write the reference into a folder, a page for each kind; without a folder, print it on one page
    #[arg(long, value_name = "FOLDER", num_args = 0..=1)]
    reference: Option<Option<PathBuf>>,
    /// Of several processes that mpirun started, write what those beside the first would print into a folder, to
    /// rank-1.log and so on
    #[cfg(feature = "mpi")]
    #[arg(long, value_name = "FOLDER")]
    rank_logs: Option<PathBuf>,
}

impl Arguments {
    #[cfg(feature = "mpi")]
    fn rank_logs(&self) -> Option<&Path> {
        self.rank_logs.as_deref()
    }

    #[cfg(not(feature = "mpi"))]
    fn rank_logs(&self) -> Option<&Path> {
        None
    }
}

/// What `--json` prints as objects.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum JsonWord {
    /// Results and errors, one in each line
    Lines,
    /// Epochs too
    Progress,
    /// Remarks and warnings too
    Remarks,
}

fn script_argument(text: &str) -> Result<ScriptArgument, String> {
    ScriptArgument::parse(text).ok_or_else(|| "write it as NAME=VALUE".to_string())
}

fn json_output(json: Option<&[JsonWord]>) -> Option<JsonOutput> {
    json.map(|words| JsonOutput {
        progress: words.contains(&JsonWord::Progress),
        remarks: words.contains(&JsonWord::Remarks),
    })
}

/// Tells of an error. Where standard error cannot be written to, there is no other place for it.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Why a process ends, and all others with it: it cannot go on with them.
struct Apart(String);

impl From<GroupError> for Apart {
    fn from(error: GroupError) -> Self {
        Apart(format!("rank {}: {error}", Group::current().rank()))
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::try_parse();
    if relume_mpi::is_launched() {
        // Before MPI has threads of its own, which would take them.
        hold_signals();
    }
    let membership = match relume_mpi::join() {
        Ok(Some(membership)) => membership,
        Ok(None) => {
            return program(arguments, |_| {}).unwrap_or_else(|Apart(problem)| {
                tell(&format!("error: {problem}"));
                ExitCode::FAILURE
            });
        }
        Err(error) => {
            tell(&format!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let begun = |session: &Session| membership.end_when(session.is_ending());
    match membership.group().within(|| program(arguments, begun)) {
        Ok(code) => {
            membership.leave();
            code
        }
        Err(Apart(problem)) => {
            tell(&format!("error: {problem}"));
            membership.abort()
        }
    }
}

/// Tells an error that all processes know, once.
fn tell_once(text: &str) {
    if Group::current().is_first() {
        tell(text);
    }
}

/// What the program does, on each of the processes that were started; `begun` is called with its session.
fn program(
    arguments: Result<Arguments, clap::Error>,
    begun: impl FnOnce(&Session),
) -> Result<ExitCode, Apart> {
    let group = Group::current();
    if group.is_several() {
        if let Err(problem) = together::compare_programs()? {
            tell_once(&format!("error: {problem}"));
            return Ok(ExitCode::FAILURE);
        }
        relume_files::refuse_standard_input();
        if !group.is_first() {
            relume_files::write_nowhere();
        }
    }
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(answer) => return Ok(answered(&answer)),
    };
    errors_instead_of_signals();
    if let Some(folder) = arguments.reference {
        return Ok(match group.is_first() {
            true => reference(folder.as_deref()),
            false => ExitCode::SUCCESS,
        });
    }
    keep_panics();
    let (output, is_made) = match own_output(&arguments) {
        Ok(output) => (output, Ok(())),
        Err(problem) => (Output::nowhere(), Err(problem)),
    };
    if let Err(problem) = together::all_or_none("the logs of the ranks", is_made)? {
        tell_once(&format!("error: {problem}"));
        return Ok(ExitCode::FAILURE);
    }
    let mut session = Session::new(output);
    begun(&session);
    // Before there are other threads: all of them leave signals to one.
    if let Err(error) = handle_signals(&session) {
        tell(&format!("warning: signals end the program at once: {error}"));
    }
    let prompt = together::as_first("whether the prompt opens", || {
        arguments.command.is_none() && arguments.files.is_empty() && std::io::stdin().is_terminal()
    })?;
    let threads = together::threads().unwrap_or(0);
    let started = relume_tensor::threads::set_threads(threads)
        .map_err(|error| format!("no threads can be started: {error}"));
    if let Err(problem) = together::all_or_none("the start of threads", started)? {
        tell_once(&format!("error: {problem}"));
        return Ok(ExitCode::FAILURE);
    }
    let settings = settings(&mut session, &arguments, prompt)?;
    if let Err(message) = together::all_or_none("the settings", settings)? {
        tell_once(&format!("error: {message}"));
        if !prompt {
            return Ok(ExitCode::FAILURE);
        }
    }
    if let Some(folder) = &arguments.sandbox {
        let made = relume_files::sandbox(folder)
            .map_err(|error| format!("the sandbox {}: {error}", folder.display()));
        if let Err(problem) = together::all_or_none("the sandbox", made)? {
            tell_once(&format!("error: {problem}"));
            return Ok(ExitCode::FAILURE);
        }
    }
    let code = match (arguments.check, prompt) {
        (true, _) => check_texts(&mut session, arguments),
        (false, true) => return open_prompt(&mut session),
        (false, false) => {
            let result = run_texts(&mut session, arguments);
            match (session.ending(), result) {
                (Some(code), _) | (None, Err(code)) => ExitCode::from(code),
                (None, Ok(())) => ExitCode::SUCCESS,
            }
        }
    };
    match together::apart(&session) {
        Some(problem) => Err(Apart(problem)),
        None => Ok(unless_lost(&session, code)),
    }
}

/// Where this process prints: rank 0 for all.
fn own_output(arguments: &Arguments) -> Result<Output, String> {
    let mut own = match Group::current().is_first() {
        true => Output::standard(arguments.json.is_some()),
        false => together::output(arguments.rank_logs())?,
    };
    own.json = json_output(arguments.json.as_deref());
    Ok(own)
}

/// Runs the lines of the prompt, which rank 0 reads.
fn open_prompt(session: &mut Session) -> Result<ExitCode, Apart> {
    if !Group::current().is_first() {
        follow_prompt(session)?;
        let code = session.ending().map_or(ExitCode::SUCCESS, ExitCode::from);
        return together::apart(session).map_or(Ok(code), |problem| Err(Apart(problem)));
    }
    let result = run_prompt(session);
    if let Some(problem) = together::apart(session) {
        return Err(Apart(problem));
    }
    Ok(match (session.ending(), result) {
        (Some(code), _) => ExitCode::from(code),
        (None, Ok(())) => ExitCode::SUCCESS,
        (None, Err(error)) => {
            tell(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    })
}

/// The exit code of a session: that of a failure if it succeeded, but its results could not be written.
fn unless_lost(session: &Session, code: ExitCode) -> ExitCode {
    match code == ExitCode::SUCCESS && session.output().has_failed() {
        true => ExitCode::FAILURE,
        false => code,
    }
}

/// Prints what clap answers: help and version to standard output, a mistake to standard error.
fn answered(answer: &clap::Error) -> ExitCode {
    let printed = match Group::current().is_first() {
        true => answer.print().and_then(|()| std::io::stdout().flush()),
        false => Ok(()),
    };
    match quietly(printed) {
        Ok(()) => u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            tell(&format!("error: standard output cannot be written to: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// The same without the error that the reader is gone: `relume --reference | head` ends quietly.
fn quietly(written: std::io::Result<()>) -> std::io::Result<()> {
    written.or_else(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

/// A file that grows beyond the limit of `ulimit -f` is an error of the write, instead of the end of the process.
/// Threads that begin later do the same.
#[cfg(unix)]
fn errors_instead_of_signals() {
    use nix::sys::signal::{SigSet, Signal};
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGXFSZ);
    if let Err(error) = signals.thread_block() {
        tell(&format!("warning: a limit of file sizes will end the program: {error}"));
    }
}

#[cfg(not(unix))]
fn errors_instead_of_signals() {}

/// Holds signals back until there is a session that they can end in order. Threads that begin later do the same.
#[cfg(unix)]
fn hold_signals() {
    use nix::sys::signal::{SigSet, Signal};
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1] {
        signals.add(signal);
    }
    if let Err(error) = signals.thread_block() {
        tell(&format!("warning: signals end the program at once: {error}"));
    }
}

#[cfg(not(unix))]
fn hold_signals() {}

/// Takes settings from the file that is named, or at the prompt from the user's own, then those of the command line.
fn settings(
    session: &mut Session,
    arguments: &Arguments,
    prompt: bool,
) -> Result<Result<(), String>, GroupError> {
    let own = together::as_first("the file of settings", || {
        let own = || settings_file().filter(|path| prompt && !arguments.no_config && path.exists());
        arguments.config.clone().or_else(own)
    })?;
    let read = match own {
        Some(path) => session.read_settings(&path).map_err(|e| format!("{}: {e}", path.display())),
        None => Ok(()),
    };
    session.keep_going |= arguments.keep_going;
    if let Some(count) = arguments.threads {
        let started = relume_tensor::threads::set_threads(count.into());
        let started =
            started.map_err(|error| format!("no {count} threads can be started: {error}"));
        return Ok(started.and(read));
    }
    Ok(read)
}

/// Reports the mistakes of what the arguments name; the exit code is 2 if there are any.
fn check_texts(session: &mut Session, arguments: Arguments) -> ExitCode {
    let mut texts = Vec::new();
    match arguments.command {
        Some(command) => texts.push((Ok(command), Source::Argument)),
        None if arguments.files.is_empty() => texts.push((standard_input(), Source::Pipe)),
        None => texts.extend(arguments.files.into_iter().map(|file| match file.as_str() {
            "-" => (standard_input(), Source::Pipe),
            _ => (file_text(&file), Source::File(file)),
        })),
    }
    let mut is_right = true;
    for (text, source) in texts {
        let Ok(text) = text else {
            is_right = false;
            continue;
        };
        for failure in session.check(&text, &source) {
            session.report(&failure, &text, &source);
            is_right = false;
        }
    }
    if is_right { ExitCode::SUCCESS } else { ExitCode::from(relume_repl::ExitCode::Syntax as u8) }
}

/// Prints the reference, or writes its pages into a folder.
fn reference(folder: Option<&Path>) -> ExitCode {
    let written = match folder {
        None => {
            let mut out = std::io::stdout();
            quietly(out.write_all(reference_page().as_bytes()).and_then(|()| out.flush()))
        }
        Some(folder) => relume_files::create_dir_all(folder).and_then(|()| {
            reference_pages().iter().try_for_each(|page| {
                let text = page.text.as_bytes();
                let path = folder.join(&page.file);
                Ok(relume_files::write_atomically(&path, |out| out.write_all(text))?)
            })
        }),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("error: the reference could not be written: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs what the arguments name, one after another; the first failure decides on the exit code.
fn run_texts(session: &mut Session, arguments: Arguments) -> Result<(), u8> {
    let set = &arguments.set;
    if let Some(command) = arguments.command {
        return run(session, &command, &Source::Argument, set);
    }
    if arguments.files.is_empty() {
        return run(session, &standard_input()?, &Source::Pipe, set);
    }
    let mut result = Ok(());
    for file in arguments.files {
        let ran = match file.as_str() {
            "-" => standard_input().and_then(|text| run(session, &text, &Source::Pipe, set)),
            _ => file_text(&file).and_then(|text| run(session, &text, &Source::File(file), set)),
        };
        result = result.and(ran);
        let is_interrupted = result == Err(relume_repl::ExitCode::Interrupted as u8);
        if is_interrupted || (result.is_err() && !session.keep_going) {
            break;
        }
    }
    result
}

fn file_text(file: &str) -> Result<String, u8> {
    // A file that the command line names is no file that its statements name: the sandbox does not hold for it.
    let read = || std::fs::File::open(file).and_then(read_script);
    together::file_text(file, read).map_err(|error| {
        tell_once(&format!("error: {file}: {error}"));
        1
    })
}

fn standard_input() -> Result<String, u8> {
    shared_text(|| read_script(std::io::stdin())).map_err(|error| {
        tell_once(&format!("error: standard input: {error}"));
        1
    })
}

fn run(
    session: &mut Session,
    text: &str,
    source: &Source,
    set: &[ScriptArgument],
) -> Result<(), u8> {
    session.run_with(text, source, set.to_vec()).map_err(|failure: Failure| {
        let is_of_some = failure.kind == FailureKind::Ranks;
        if !session.keep_going || failure.code == relume_repl::ExitCode::Syntax || is_of_some {
            session.report(&failure, text, source);
        }
        failure.code as u8
    })
}
