//! The program: arguments, wiring, exit code.

use clap::Parser;
use relume_repl::{Failure, Output, Session, Source, reference_page, reference_pages, run_prompt};
use std::io::{ErrorKind, IsTerminal, Read, Write};
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
    /// Print one JSON object for each result
    #[arg(long)]
    json: bool,
    /// Go on after an error in a file or a pipe
    #[arg(long)]
    keep_going: bool,
    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Write the reference into a folder, a page for each kind; without a folder, print it on one page
    #[arg(long, value_name = "FOLDER", num_args = 0..=1)]
    reference: Option<Option<PathBuf>>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(folder) = arguments.reference {
        return reference(folder.as_deref());
    }
    if let Err(error) = relume_tensor::threads::set_threads(arguments.threads.unwrap_or(0).into()) {
        eprintln!("error: no threads are to be had: {error}");
        return ExitCode::FAILURE;
    }
    let mut session = Session::new(Output::standard(arguments.json));
    session.keep_going = arguments.keep_going;
    let prompt =
        arguments.command.is_none() && arguments.files.is_empty() && std::io::stdin().is_terminal();
    if prompt {
        return match run_prompt(&mut session) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let interrupt = session.interrupt();
    if let Err(error) = ctrlc::set_handler(move || interrupt.set()) {
        eprintln!("warning: Ctrl-C will not keep the weights: {error}");
    }
    match run_texts(&mut session, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => ExitCode::from(code),
    }
}

/// Prints the reference, or writes its pages into a folder.
fn reference(folder: Option<&Path>) -> ExitCode {
    let written = match folder {
        None => std::io::stdout().write_all(reference_page().as_bytes()),
        Some(folder) => std::fs::create_dir_all(folder).and_then(|()| {
            reference_pages()
                .iter()
                .try_for_each(|page| std::fs::write(folder.join(&page.file), &page.text))
        }),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        // `relume --reference | head` ends quietly.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: the reference could not be written: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what the arguments name, one after another; the first failure decides on the exit code.
fn run_texts(session: &mut Session, arguments: Arguments) -> Result<(), u8> {
    if let Some(command) = arguments.command {
        return run(session, &command, &Source::Argument);
    }
    if arguments.files.is_empty() {
        return run_pipe(session);
    }
    let mut result = Ok(());
    for file in arguments.files {
        let ran = match file.as_str() {
            "-" => run_pipe(session),
            _ => run_file(session, file),
        };
        result = result.and(ran);
        let is_interrupted = result == Err(relume_repl::ExitCode::Interrupted as u8);
        if is_interrupted || (result.is_err() && !session.keep_going) {
            break;
        }
    }
    result
}

fn run_file(session: &mut Session, file: String) -> Result<(), u8> {
    let text = std::fs::read_to_string(&file).map_err(|error| {
        eprintln!("error: {file}: {error}");
        1
    })?;
    run(session, &text, &Source::File(file))
}

fn run_pipe(session: &mut Session) -> Result<(), u8> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| {
        eprintln!("error: standard input: {error}");
        1
    })?;
    run(session, &text, &Source::Pipe)
}

fn run(session: &mut Session, text: &str, source: &Source) -> Result<(), u8> {
    session.run(text, source).map_err(|failure: Failure| {
        if !session.keep_going || failure.code == relume_repl::ExitCode::Syntax {
            session.report(&failure, text, source);
        }
        failure.code as u8
    })
}
