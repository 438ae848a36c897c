//! The program as one of several processes that mpirun or srun started: what they compare before anything runs, what
//! rank 0 reads for all, and what each has of the machine.

use relume_repl::{Output, Session, shared_text};
use relume_training::group::{Group, GroupError};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Error, Read};
use std::num::NonZero;
use std::path::Path;

/// What all processes must have alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Program {
    version: String,
    /// A hash of the program's file: builds of one version differ.
    build: String,
    arguments: Vec<String>,
}

impl Program {
    fn own() -> Result<Self, String> {
        let path = std::env::current_exe();
        let hash = path
            .and_then(File::open)
            .and_then(hash)
            .map_err(|error| format!("the program's own file cannot be read: {error}"))?;
        let arguments = std::env::args_os().skip(1);
        Ok(Program {
            version: env!("CARGO_PKG_VERSION").to_string(),
            build: format!("{hash:016x}"),
            arguments: arguments.map(|own| own.to_string_lossy().into_owned()).collect(),
        })
    }

    fn name(&self) -> String {
        format!("relume {} (build {})", self.version, self.build)
    }
}

/// Compares what the processes are, before anything runs.
///
/// # Errors
/// Processes of other versions, or with other arguments, on all; within, a rank that is gone.
pub fn compare_programs() -> Result<Result<(), String>, GroupError> {
    let all = Group::current().gather("the versions of the program", Program::own())?;
    let mut programs = Vec::with_capacity(all.len());
    for (rank, own) in all.into_iter().enumerate() {
        match own {
            Ok(own) => programs.push(own),
            Err(problem) => return Ok(Err(format!("rank {rank}: {problem}"))),
        }
    }
    Ok(difference(&programs).map_or(Ok(()), Err))
}

/// How the first program that differs from rank 0's does.
fn difference(programs: &[Program]) -> Option<String> {
    let first = programs.first()?;
    let (rank, other) = programs.iter().enumerate().find(|(_, own)| *own != first)?;
    if (&first.version, &first.build) != (&other.version, &other.build) {
        return Some(format!(
            "rank 0 is {}, rank {rank} is {}: start the same file of the program on all machines",
            first.name(),
            other.name()
        ));
    }
    let shown = |own: &Program| format!("relume {}", own.arguments.join(" "));
    Some(format!(
        "rank 0 was started as `{}`, rank {rank} as `{}`: give all the same arguments",
        shown(first),
        shown(other)
    ))
}

/// A hash of what is read: as FNV-1a with 64 bits, but over words of 8 bytes whose result is rotated, with the length.
fn hash(mut source: impl Read) -> std::io::Result<u64> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes)?;
    let add = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3);
    let mut hash = add(0xcbf2_9ce4_8422_2325, bytes.len() as u64);
    for word in bytes.chunks(8) {
        let mut padded = [0; 8];
        padded[..word.len()].copy_from_slice(word);
        hash = add(hash, u64::from_le_bytes(padded)).rotate_left(5);
    }
    Ok(hash)
}

/// The text of a file that the command line names, as rank 0 reads it. Where other ranks have the file, it must be the
/// same there: else their data are probably others, too.
///
/// # Errors
/// What cannot be read; another file on another rank; a rank that is gone.
pub fn file_text(
    path: &str,
    read: impl FnOnce() -> std::io::Result<String>,
) -> std::io::Result<String> {
    let text = shared_text(read)?;
    let group = Group::current();
    if group.is_several() {
        let all = group.gather("a comparison of the files", own_hash(Path::new(path)));
        let all = all.map_err(Error::other)?;
        let is_other = |own: &Option<u64>| own.is_some() && all[0].is_some() && *own != all[0];
        if let Some(rank) = all.iter().position(is_other) {
            let problem = format!(
                "rank {rank} has another file of this name than rank 0: bring all machines to the same state"
            );
            return Err(Error::other(problem));
        }
    }
    Ok(text)
}

/// The hash of a file; none of a pipe, which is read once, and of a file that is not there.
fn own_hash(path: &Path) -> Option<u64> {
    path.is_file().then(|| File::open(path).and_then(hash).ok())?
}

/// Whether something holds on rank 0, on all.
///
/// # Errors
/// A rank that is gone.
pub fn as_first<T>(what: &str, own: impl FnOnce() -> T) -> Result<T, GroupError>
where
    T: Serialize + serde::de::DeserializeOwned,
{
    let group = Group::current();
    let own = group.is_first().then(own);
    group.broadcast(what, own)
}

/// A failure of any rank, on all.
///
/// # Errors
/// A rank that is gone; within, the failure with its rank.
pub fn all_or_none(what: &str, own: Result<(), String>) -> Result<Result<(), String>, GroupError> {
    let group = Group::current();
    if !group.is_several() {
        return Ok(own);
    }
    let all = group.gather(what, own.err())?;
    let failed = all.into_iter().enumerate().find_map(|(rank, own)| Some((rank, own?)));
    Ok(failed.map_or(Ok(()), |(rank, problem)| Err(format!("rank {rank}: {problem}"))))
}

/// The output of a rank beside rank 0: nowhere, or a log in a folder.
///
/// # Errors
/// A folder or a file that cannot be made.
pub fn output(logs: Option<&Path>) -> Result<Output, String> {
    let Some(folder) = logs else { return Ok(Output::nowhere()) };
    let path = folder.join(format!("rank-{}.log", Group::current().rank()));
    // Not by relume-files: this rank writes nowhere but here, into the folder that the command line names.
    let made = std::fs::create_dir_all(folder).and_then(|()| File::create(&path));
    let file = made.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Output::log(file))
}

/// Threads for this process, where several on one machine would otherwise have all of its cores each: their share of
/// the cores, and no more than those that the launcher leaves it. `None` where it is alone.
pub fn threads() -> Option<usize> {
    const SIZES: [&str; 3] =
        ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"];
    // A script that a launcher runs sees the same variables.
    if !Group::is_current_several() {
        return None;
    }
    let number = |name: &str| std::env::var(name).ok()?.parse::<usize>().ok();
    let processes = SIZES.iter().find_map(|name| number(name)).filter(|&count| count > 1)?;
    let own = std::thread::available_parallelism().map_or(1, NonZero::get);
    Some(share(own, cores().unwrap_or(own), processes))
}

fn share(own: usize, cores: usize, processes: usize) -> usize {
    own.min(cores / processes).max(1)
}

/// The cores of the machine, also those that this process may not use. Only Linux tells.
fn cores() -> Option<usize> {
    count(std::fs::read_to_string("/sys/devices/system/cpu/online").ok()?.trim())
}

/// How many a list such as `0-3,8` has.
fn count(list: &str) -> Option<usize> {
    let part = |part: &str| match part.split_once('-') {
        Some((first, last)) => {
            last.parse::<usize>().ok()?.checked_sub(first.parse().ok()?).map(|count| count + 1)
        }
        None => part.parse::<usize>().ok().map(|_| 1),
    };
    list.split(',').map(part).sum()
}

/// Why this process cannot go on with the others, if it cannot.
pub fn apart(session: &Session) -> Option<String> {
    session.apart().map(|problem| format!("rank {}: {problem}", Group::current().rank()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(version: &str, build: &str, argument: &str) -> Program {
        Program {
            version: version.to_string(),
            build: build.to_string(),
            arguments: vec![argument.to_string()],
        }
    }

    #[test]
    fn programs_that_differ_are_named_with_their_ranks() {
        let own = program("0.1.0", "aa", "a.relume");
        assert_eq!(difference(&[own.clone(), own.clone()]), None);
        let text = difference(&[own.clone(), own.clone(), program("0.2.0", "bb", "a.relume")]);
        let text = text.expect("they differ");
        assert!(
            text.starts_with(
                "rank 0 is relume 0.1.0 (build aa), rank 2 is relume 0.2.0 (build bb): "
            )
        );
        let text =
            difference(&[own.clone(), program("0.1.0", "aa", "b.relume")]).expect("they differ");
        assert!(
            text.starts_with(
                "rank 0 was started as `relume a.relume`, rank 1 as `relume b.relume`: "
            )
        );
    }

    #[test]
    fn each_byte_and_the_length_count_in_the_hash() {
        let hashes: Vec<u64> = [&b""[..], b"\0", b"\0\0", b"12345678", b"123456781", b"223456781"]
            .iter()
            .map(|bytes| hash(*bytes).expect("bytes"))
            .collect();
        for (i, own) in hashes.iter().enumerate() {
            assert!(!hashes[..i].contains(own), "{hashes:x?}");
        }
    }

    #[test]
    fn processes_of_a_machine_share_its_cores() {
        assert_eq!(share(16, 16, 4), 4);
        // The launcher binds each to a core, or to a socket.
        assert_eq!(share(1, 16, 2), 1);
        assert_eq!(share(8, 16, 4), 4);
        assert_eq!(share(2, 2, 4), 1);
        assert_eq!(count("0-3,8"), Some(5));
        assert_eq!(count("0"), Some(1));
        assert_eq!(count("x"), None);
    }
}
