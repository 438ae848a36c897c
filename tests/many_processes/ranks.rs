//! Runs the program on several processes, and ends it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest wait for anything: a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// How messages go between processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    SharedMemory,
    /// Over the loopback device.
    Tcp,
}

/// Processes that are to be started.
pub struct Ranks {
    count: usize,
    wire: Wire,
    /// A folder for each of two processes.
    folders: Option<[PathBuf; 2]>,
    second_program: PathBuf,
    second_argument: Option<String>,
}

/// How the program ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; none after a signal.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The processes while they run.
pub struct Running {
    mpirun: Child,
    readers: [std::thread::JoinHandle<String>; 2],
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_relume"))
}

/// Runs a script on one process, without mpirun.
pub fn alone(folder: &Path, script: &str) -> Ran {
    let mut command = Command::new(program());
    command.args(["--threads", "1", "-c", script]);
    start(command, folder, "").end()
}

fn start(mut command: Command, folder: &Path, input: &str) -> Running {
    command
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("XDG_STATE_HOME", folder)
        // mpirun refuses to run as root otherwise, as in a container.
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("mpirun starts: libopenmpi-dev and openmpi-bin");
    let all = |mut source: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            source.read_to_end(&mut bytes).expect("an output");
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = all(Box::new(child.stdout.take().expect("an output")));
    let err = all(Box::new(child.stderr.take().expect("an output")));
    // A program that has ended already does not read its input.
    drop(child.stdin.take().expect("an input").write_all(input.as_bytes()));
    Running { mpirun: child, readers: [out, err] }
}

impl Ranks {
    pub fn new(count: usize, wire: Wire) -> Self {
        Ranks { count, wire, folders: None, second_program: program(), second_argument: None }
    }

    /// Two processes, each in a folder of its own.
    pub fn in_folders(folders: [&Path; 2]) -> Self {
        Ranks { folders: Some(folders.map(Path::to_path_buf)), ..Self::new(2, Wire::SharedMemory) }
    }

    pub fn with_second_program(self, program: &Path) -> Self {
        Ranks { second_program: program.to_path_buf(), ..self }
    }

    pub fn with_second_argument(self, argument: &str) -> Self {
        Ranks { second_argument: Some(argument.to_string()), ..self }
    }

    /// Starts the processes with arguments.
    pub fn start(&self, folder: &Path, arguments: &[&str], input: &str) -> Running {
        let mut command = Command::new("mpirun");
        command.args(["--oversubscribe", "--bind-to", "none"]);
        if self.wire == Wire::Tcp {
            command.args(["--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "lo"]);
        }
        let threads = ["--threads", "1"];
        match &self.folders {
            None => {
                command
                    .args(["-n", &self.count.to_string()])
                    .arg(program())
                    .args(threads)
                    .args(arguments);
            }
            Some([first, second]) => {
                command
                    .args(["-n", "1", "-wdir"])
                    .arg(first)
                    .arg(program())
                    .args(threads)
                    .args(arguments);
                command.args([":", "-n", "1", "-wdir"]).arg(second).arg(&self.second_program);
                command.args(threads).args(arguments).args(&self.second_argument);
            }
        }
        start(command, folder, input)
    }

    /// Runs a script to its end.
    pub fn run(&self, folder: &Path, script: &str) -> Ran {
        self.start(folder, &["-c", script], "").end()
    }

    /// What a script prints, and the bytes of the file `net.rlm` that it writes. The script must succeed.
    pub fn trained(&self, script: &str) -> (String, Vec<u8>) {
        let folder = folder();
        let ran = self.run(folder.path(), script);
        assert_eq!(ran.code, Some(0), "{} {:?}: {}", self.count, self.wire, ran.err);
        (ran.out, std::fs::read(folder.path().join("net.rlm")).expect("net.rlm"))
    }
}

impl Running {
    /// Its end, with what it wrote.
    pub fn end(mut self) -> Ran {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.mpirun.try_wait().expect("a status") {
                break status;
            }
            if began.elapsed() > PATIENCE {
                self.mpirun.kill().expect("it is killed");
                panic!("it does not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let [out, err] = self.readers.map(|reader| reader.join().expect("text"));
        Ran { code: status.code(), out, err }
    }

    /// Sends a signal to mpirun.
    pub fn signal(&self, name: &str) {
        kill(self.mpirun.id(), name);
    }

    /// Sends a signal to a rank.
    pub fn signal_rank(&self, rank: usize, name: &str) {
        let ranks = self.ranks();
        let (_, process) = ranks.iter().find(|(own, _)| *own == rank).expect("the rank");
        kill(*process, name);
    }

    /// The ranks that have begun, with their processes.
    fn ranks(&self) -> Vec<(usize, u32)> {
        let path = format!("/proc/{0}/task/{0}/children", self.mpirun.id());
        let children = std::fs::read_to_string(path).expect("a system with /proc");
        let rank = |process: u32| -> Option<usize> {
            let variables = std::fs::read(format!("/proc/{process}/environ")).ok()?;
            let mut variables = variables.split(|&byte| byte == 0);
            let rank = variables.find_map(|own| own.strip_prefix(b"OMPI_COMM_WORLD_RANK="))?;
            std::str::from_utf8(rank).ok()?.parse().ok()
        };
        let processes = children.split_whitespace().filter_map(|own| own.parse().ok());
        processes.filter_map(|process| Some((rank(process)?, process))).collect()
    }

    /// Waits until so many ranks have begun.
    pub fn wait_for_ranks(&self, count: usize) {
        wait(|| self.ranks().len() == count);
    }

    /// Waits until there is a file.
    pub fn wait_for(&self, path: &Path) {
        wait(|| path.exists());
    }
}

fn wait(until: impl Fn() -> bool) {
    let began = Instant::now();
    while !until() {
        assert!(began.elapsed() < PATIENCE, "it does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn kill(process: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(sent.expect("kill").success());
}
