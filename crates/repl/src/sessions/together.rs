//! Several processes that run the same statements: what they agree on after each.
//!
//! After each statement of the outermost text, and after each command wherever it stands, all ranks tell each other how
//! it ended. Where it ended otherwise on some, it failed on all.

use crate::session::one_line;
use crate::syntax::Span;
use crate::{ExitCode, Failure, FailureKind, Session};
use relume_training::group::{Group, GroupError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};

/// What has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ending {
    /// A statement of the outermost text, or what `try` tries.
    Statement,
    /// A command.
    Command,
}

/// How it ended on a rank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Told {
    ending: Ending,
    failed: Option<Failed>,
    /// The exit code, if a signal ends the program.
    code: Option<u8>,
    /// Whether no results are shown any more.
    shows_in_vain: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Failed {
    message: String,
    is_interrupted: bool,
    /// Whether it is what another rank told that failed.
    is_echo: bool,
}

impl Failed {
    fn of(failure: &Failure) -> Self {
        Failed {
            message: failure.diagnostic.message.clone(),
            is_interrupted: failure.code == ExitCode::Interrupted,
            is_echo: failure.kind == FailureKind::Ranks,
        }
    }
}

impl Session {
    /// What ended with a result on this process, and on the others. All get a failure where it failed on some.
    pub(crate) fn agreed<T>(
        &mut self,
        ending: Ending,
        span: Span,
        result: Result<T, Failure>,
    ) -> Result<T, Failure> {
        if !Group::is_current_several() {
            return result;
        }
        let group = Group::current();
        // The others know of a failure that was agreed on further inside, and do not wait here either.
        if matches!(&result, Err(failure) if failure.is_agreed) {
            return result;
        }
        let failed = result.as_ref().err().map(Failed::of);
        if let Some(failed) = &failed {
            group.alarm(&failed.message);
        }
        let own =
            Told { ending, failed, code: self.stops.code(), shows_in_vain: self.shows_in_vain() };
        let what = format!("the end of `{}`", one_line(span.of(&self.text.text)));
        let all = match group.agree(&what, own) {
            Ok(all) => all,
            Err(error) => return Err(self.apart_by(&error, span)),
        };
        if let Some(code) = all.iter().find_map(|told| told.code) {
            self.stops.end_with(code);
            self.is_ended = true;
        }
        self.is_ended |= all.iter().any(|told| told.shows_in_vain);
        match result {
            Ok(value) if is_alike(&all) => Ok(value),
            Err(failure) if is_alike(&all) => Err(Failure { is_agreed: true, ..failure }),
            _ => Err(self.differently(&all, span)),
        }
    }

    /// This process cannot go on with the others.
    fn apart_by(&mut self, error: &GroupError, span: Span) -> Failure {
        let failure = Failure::at(span, error.to_string()).of(FailureKind::Ranks);
        self.apart = Some(error.to_string());
        Failure { is_agreed: true, ..failure }
    }

    /// The failure of all of what failed on some.
    fn differently(&mut self, all: &[Told], span: Span) -> Failure {
        let failed = || {
            all.iter().enumerate().filter_map(|(rank, told)| Some((rank, told.failed.as_ref()?)))
        };
        let failure = match failed().find(|(_, failed)| failed.is_interrupted) {
            Some((rank, _)) => {
                if self.ends_when_interrupted() {
                    self.is_ended = true;
                }
                let what = "what the statement did until then is taken back where it can be";
                self.acknowledge_interrupt(&format!("interrupted on rank {rank}; {what}"));
                Failure::interrupted(span, format!("interrupted on rank {rank}"))
            }
            None if failed().next().is_none() => {
                self.is_ended |= self.ends_when_interrupted();
                Failure::at(span, "the ranks have come to different places of the script").help(
                    "what decides which statement is next, such as an if, must be the same on all ranks",
                )
            }
            None => {
                self.is_ended |= self.ends_when_interrupted();
                Failure::at(span, reasons(failed())).help(
                    "all processes need the same files in the same places, and room on the disk and in memory",
                )
            }
        };
        Failure { is_agreed: true, ..failure.of(FailureKind::Ranks) }
    }
}

/// Whether it ended in the same place and way on all ranks.
fn is_alike(all: &[Told]) -> bool {
    let first = all.first().map(|told| (told.ending, &told.failed));
    all.iter().all(|told| Some((told.ending, &told.failed)) == first)
}

/// Why ranks failed: `rank 1: no space; ranks 2, 3: no memory`.
fn reasons<'a>(failed: impl Iterator<Item = (usize, &'a Failed)> + Clone) -> String {
    let is_cause = failed.clone().any(|(_, failed)| !failed.is_echo);
    let mut ranks: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (rank, failed) in failed.filter(|(_, failed)| !(is_cause && failed.is_echo)) {
        ranks.entry(&failed.message).or_default().push(rank);
    }
    let mut reasons: Vec<(Vec<usize>, &str)> =
        ranks.into_iter().map(|(message, ranks)| (ranks, message)).collect();
    reasons.sort();
    let reason = |(ranks, message): &(Vec<usize>, &str)| {
        let word = if ranks.len() == 1 { "rank" } else { "ranks" };
        let ranks: Vec<String> = ranks.iter().map(usize::to_string).collect();
        format!("{word} {}: {message}", ranks.join(", "))
    };
    reasons.iter().map(reason).collect::<Vec<_>>().join("; ")
}

/// A text that rank 0 reads, on all ranks; read here where there is one process.
///
/// # Errors
/// What rank 0 cannot read, with the kind of an error that it is not there, and a rank that is gone.
pub fn shared_text(read: impl FnOnce() -> std::io::Result<String>) -> std::io::Result<String> {
    let group = Group::current();
    if !group.is_several() {
        return read();
    }
    type Read = Result<String, (bool, String)>;
    let told = |error: Error| (error.kind() == ErrorKind::NotFound, error.to_string());
    let own: Option<Read> = group.is_first().then(|| read().map_err(told));
    // A person may type it.
    match group.await_first("the text that rank 0 reads", own).map_err(Error::other)? {
        Ok(text) => Ok(text),
        Err((true, problem)) => Err(Error::new(ErrorKind::NotFound, problem)),
        Err((false, problem)) => Err(Error::other(problem)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Output, Source, show};
    use relume_training::group::ThreadTransport;

    /// Runs something with a session on each of so many ranks, and returns what each gave.
    fn on_ranks<R: Send>(size: usize, run: impl Fn(usize, &mut Session) -> R + Sync) -> Vec<R> {
        let run = &run;
        let rank = |transport: ThreadTransport| {
            let group = Group::new(transport);
            move || group.within(|| run(group.rank(), &mut Session::new(Output::captured().0)))
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = ThreadTransport::ranks(size)
                .into_iter()
                .map(|transport| scope.spawn(rank(transport)))
                .collect();
            threads.into_iter().map(|own| own.join().expect("no panic")).collect()
        })
    }

    /// What a name stands for, as it is shown.
    fn shown(session: &mut Session, name: &str) -> String {
        session
            .value(name)
            .map_or_else(|failure| failure.diagnostic.message, |own| show::show(&own))
    }

    /// A folder in which one rank of two has a file of its own.
    fn files(rows: [&str; 2]) -> (tempfile::TempDir, [String; 2]) {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = [0, 1].map(|rank| {
            let path = folder.path().join(format!("{rank}.csv"));
            std::fs::write(&path, rows[rank]).expect("a file");
            path.display().to_string()
        });
        (folder, paths)
    }

    #[test]
    fn what_fails_on_one_rank_fails_on_all_with_its_reason_and_is_undone() {
        let (_folder, paths) = files(["a,b\n1,2\n3,4\n", "a,b\n1,x\n3,4,5\n"]);
        let messages = on_ranks(2, |rank, session| {
            session.run("x = 1", &Source::Prompt).expect("it runs on both");
            let line = format!("x = 2; d = csv(\"{}\", target=\"b\")", paths[rank]);
            let failure = session.run(&line, &Source::Prompt).expect_err("it fails on rank 1");
            // The prompt goes on, in the same state on both.
            session.run("y = x + 1", &Source::Prompt).expect("it runs on both");
            let undone = session.value("d").is_err();
            (failure.diagnostic.message, failure.kind, undone, shown(session, "y"))
        });
        for (message, kind, undone, y) in messages {
            assert!(message.starts_with("rank 1: ") && message.contains("1.csv"), "{message}");
            assert_eq!(kind, FailureKind::Ranks);
            assert!(undone);
            assert_eq!(y, "3");
        }
    }

    #[test]
    fn what_fails_alike_on_all_is_as_on_one_process_and_can_be_caught() {
        let texts = on_ranks(3, |_, session| {
            let failure = session.run("nothere + 1", &Source::Argument).expect_err("no name");
            session
                .run("try {\nnothere + 1\n} else problem {\nz = problem\n}", &Source::Argument)
                .map_err(|failure| failure.diagnostic.message)
                .expect("it is caught");
            (failure.diagnostic.message, failure.kind, shown(session, "z"))
        });
        let text = "there is no `nothere`".to_string();
        for (message, kind, caught) in texts {
            assert_eq!((message, kind), (text.clone(), FailureKind::Statement));
            assert_eq!(caught, text);
        }
    }

    #[test]
    fn a_file_ends_on_all_where_one_fails_also_within_try_and_with_keep_going() {
        let (_folder, paths) = files(["a,b\n1,2\n3,4\n", "a,b\n1,x\n3,4,5\n"]);
        let results = on_ranks(2, |rank, session| {
            session.keep_going = true;
            let read = format!("d = csv(\"{}\", target=\"b\")", paths[rank]);
            let text = format!("x = 1\ntry {{\n{read}\n}} else {{\nx = 2\n}}\nx = 3\n");
            let failure = session.run(&text, &Source::Argument).expect_err("it fails on rank 1");
            (failure.code, session.is_over(), shown(session, "x"))
        });
        for (code, is_over, x) in results {
            assert_eq!((code, is_over), (ExitCode::Failed, true));
            assert_eq!(x, "1");
        }
    }

    #[test]
    fn a_rank_that_is_interrupted_stops_all() {
        let results = on_ranks(2, |rank, session| {
            if rank == 1 {
                session.interrupt().set();
            }
            let failure = session.run("x = 1", &Source::Prompt).expect_err("it is interrupted");
            let again = session.run("x = 2", &Source::Prompt).map(drop);
            (failure.code, failure.diagnostic.message, again)
        });
        for (code, message, again) in results {
            assert_eq!(code, ExitCode::Interrupted);
            assert_eq!(message, "interrupted on rank 1");
            assert_eq!(again, Ok(()));
        }
    }

    #[test]
    fn reasons_name_their_ranks_and_leave_out_what_ranks_were_told() {
        let failed = |message: &str, is_echo| Failed {
            message: message.to_string(),
            is_interrupted: false,
            is_echo,
        };
        let all =
            [failed("rank 1 failed: full", true), failed("full", false), failed("full", false)];
        assert_eq!(reasons(all.iter().enumerate()), "ranks 1, 2: full");
        assert_eq!(reasons(all[..1].iter().enumerate()), "rank 0: rank 1 failed: full");
    }
}
