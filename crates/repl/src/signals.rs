//! Signals: Ctrl-C stops what runs, and a second one ends the program; SIGTERM and SIGHUP end it when what is to be
//! written is written.

use crate::Session;
use relume_training::Interrupt;
#[cfg(unix)]
use relume_training::group::Group;
use std::sync::Arc;
#[cfg(unix)]
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The exit codes after signals: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;
#[cfg(unix)]
const TERMINATED: u8 = 143;
#[cfg(unix)]
const ASKED_TO_END: u8 = 138;
const HUNG_UP: u8 = 129;

/// How long a training that writes its state has to get there before the program ends without it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked for the end of what runs.
const PAUSE: Duration = Duration::from_millis(5);

/// What signals ask of a session; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stops(Arc<State>);

#[derive(Debug, Default)]
struct State {
    interrupt: Interrupt,
    /// How many texts run, one inside of another.
    running: AtomicUsize,
    /// Trainings that write their state when they are stopped.
    writing: AtomicUsize,
    /// Whether a Ctrl-C was pressed for what runs.
    is_asked: AtomicBool,
    /// Whether lines come from the prompt, which reads Ctrl-C itself.
    is_prompt: AtomicBool,
    /// The exit code, once the program ends.
    code: AtomicU8,
    /// The terminal's settings before the prompt changed them.
    #[cfg(unix)]
    terminal: std::sync::Mutex<Option<nix::sys::termios::Termios>>,
}

/// Counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Stops, fn(&State) -> &AtomicUsize);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1(&self.0.0).fetch_sub(1, Ordering::SeqCst);
    }
}

impl Stops {
    /// The request to stop what runs.
    pub fn interrupt(&self) -> &Interrupt {
        &self.0.interrupt
    }

    /// The exit code, if the program is to end.
    pub fn code(&self) -> Option<u8> {
        Some(self.0.code.load(Ordering::SeqCst)).filter(|&code| code > 0)
    }

    /// A text runs, until what is returned is dropped.
    pub fn running(&self) -> Counted {
        if self.0.running.load(Ordering::SeqCst) == 0 {
            self.0.is_asked.store(false, Ordering::SeqCst);
        }
        self.counted(|state| &state.running)
    }

    /// A training runs that writes its state when it is stopped.
    pub fn writes(&self) -> Counted {
        self.counted(|state| &state.writing)
    }

    fn counted(&self, which: fn(&State) -> &AtomicUsize) -> Counted {
        which(&self.0).fetch_add(1, Ordering::SeqCst);
        Counted(self.clone(), which)
    }

    /// Lines come from the prompt from now on.
    pub fn at_prompt(&self) {
        self.0.is_prompt.store(true, Ordering::SeqCst);
    }

    /// The program ends with this code, as another process that runs the same statements does.
    pub fn end_with(&self, code: u8) {
        let _ = self.0.code.compare_exchange(0, code, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// The terminal is gone.
    pub fn hung_up(&self) {
        self.end_with(HUNG_UP);
    }

    fn is_running(&self) -> bool {
        self.0.running.load(Ordering::SeqCst) > 0
    }

    fn is_writing(&self) -> bool {
        self.0.writing.load(Ordering::SeqCst) > 0
    }

    /// Ctrl-C.
    fn ctrl_c(&self) {
        let State { interrupt, is_asked, is_prompt, code, .. } = &*self.0;
        if !self.is_running() {
            if !is_prompt.load(Ordering::SeqCst) {
                self.exit(INTERRUPTED);
            }
            return;
        }
        let is_second = is_asked.swap(true, Ordering::SeqCst) && interrupt.is_set();
        interrupt.set();
        if is_second {
            let is_third = code.swap(INTERRUPTED, Ordering::SeqCst) != 0;
            if is_third || !self.is_writing() {
                self.exit(INTERRUPTED);
            }
            self.exit_later(INTERRUPTED);
        }
    }

    /// A signal that ends the program with this code.
    #[cfg(unix)]
    fn end(&self, code: u8) {
        let is_second = self.0.code.swap(code, Ordering::SeqCst) != 0;
        self.0.interrupt.set();
        if is_second || !self.is_running() {
            self.exit(code);
        }
        self.exit_later(code);
    }

    /// Ends the program, if it does not end by itself in time.
    fn exit_later(&self, code: u8) {
        let own = self.clone();
        let wait = move || {
            let began = Instant::now();
            while own.is_running() && began.elapsed() < PATIENCE {
                std::thread::sleep(PAUSE);
            }
            // What is written is written to its end; another signal ends that, too.
            while own.is_running() && own.is_writing() {
                std::thread::sleep(PAUSE);
            }
            if !own.is_running() {
                // It is on its way out.
                std::thread::sleep(PATIENCE);
            }
            own.exit(code);
        };
        if std::thread::Builder::new().name("relume-end".to_string()).spawn(wait).is_err() {
            self.exit(code);
        }
    }

    /// Ends the program at once; the terminal is left as it was found.
    fn exit(&self, code: u8) -> ! {
        #[cfg(unix)]
        if let Some(terminal) = &*self.0.terminal.lock().unwrap_or_else(PoisonError::into_inner) {
            use nix::sys::termios::{SetArg, tcsetattr};
            // A terminal that was closed cannot be set any more.
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, terminal);
        }
        std::process::exit(code.into())
    }
}

/// Has signals stop what a session runs: Ctrl-C what runs, a second Ctrl-C, SIGTERM and SIGHUP the program, after a
/// training with `checkpoint=` has written its state. [`Session::ending`] is then the exit code.
///
/// Where mpirun or srun started the program, SIGUSR1 ends it as SIGTERM does: mpirun passes it on at once, and kills
/// nothing after it.
///
/// For programs with one session. It is called before other threads begin, since threads leave these signals to the
/// one that waits for them only if they begin later.
///
/// # Errors
/// A system that gives no thread, or does not let signals be waited for.
#[cfg(unix)]
pub fn handle_signals(session: &Session) -> std::io::Result<()> {
    use nix::sys::signal::{SigSet, Signal};
    use std::io::{Error, IsTerminal};

    let stops = session.stops.clone();
    if std::io::stdin().is_terminal() {
        let found = nix::sys::termios::tcgetattr(std::io::stdin()).map_err(Error::from)?;
        *stops.0.terminal.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    }
    let mut waited = SigSet::empty();
    waited.add(Signal::SIGINT);
    waited.add(Signal::SIGTERM);
    if Group::current().is_launched() {
        waited.add(Signal::SIGUSR1);
    }
    if !is_ignored(Signal::SIGHUP) {
        waited.add(Signal::SIGHUP);
    }
    waited.thread_block().map_err(Error::from)?;
    let wait = move || {
        while let Ok(signal) = waited.wait() {
            match signal {
                Signal::SIGTERM => stops.end(TERMINATED),
                Signal::SIGHUP => stops.end(HUNG_UP),
                Signal::SIGUSR1 => stops.end(ASKED_TO_END),
                _ => stops.ctrl_c(),
            }
        }
    };
    std::thread::Builder::new().name("relume-signals".to_string()).spawn(wait).inspect_err(
        |_| {
            let _ = waited.thread_unblock();
        },
    )?;
    Ok(())
}

/// Whether the program was started with a signal ignored, as `nohup` does. Only Linux tells; elsewhere it is no.
#[cfg(unix)]
fn is_ignored(signal: nix::sys::signal::Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    (mask >> (signal as i32 - 1)) & 1 == 1
}

/// Has Ctrl-C stop what a session runs, and a second one the program.
///
/// # Errors
/// A handler that stands already.
#[cfg(not(unix))]
pub fn handle_signals(session: &Session) -> std::io::Result<()> {
    let stops = session.stops.clone();
    ctrlc::set_handler(move || stops.ctrl_c()).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_ctrl_c_asks_what_runs_to_stop() {
        let stops = Stops::default();
        let running = stops.running();
        stops.ctrl_c();
        assert!(stops.interrupt().is_set());
        assert_eq!(stops.code(), None);
        drop(running);
        assert!(!stops.is_running());
    }

    #[test]
    fn a_closed_terminal_is_the_end() {
        let stops = Stops::default();
        stops.hung_up();
        assert_eq!(stops.code(), Some(129));
    }
}
