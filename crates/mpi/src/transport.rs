//! Messages by MPI.

use crate::calls::{self, Sending, Swap, Turn};
use relume_training::group::{GroupError, Tag, Transport, Wait};
use std::ffi::c_int;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long what was sent last is waited for at the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the transport and the membership have together.
#[derive(Default)]
pub(crate) struct Shared {
    /// Held during each call of MPI: only one thread may make one at a time.
    state: Mutex<State>,
    is_ending: OnceLock<Box<dyn Fn() -> bool + Send + Sync>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("state", &self.state).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// What is on its way.
    sent: Vec<Sending>,
    /// Whether MPI has ended.
    is_closed: bool,
}

impl State {
    /// Frees what has left.
    fn collect(&mut self) -> Result<(), String> {
        let mut first_problem = Ok(());
        self.sent.retain_mut(|own| match own.is_done() {
            Ok(is_done) => !is_done,
            Err(problem) => {
                first_problem = Err(problem);
                false
            }
        });
        first_problem
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first one given counts.
    pub fn end_when(&self, is_ending: Box<dyn Fn() -> bool + Send + Sync>) {
        let _ = self.is_ending.set(is_ending);
    }

    /// No calls are made from now on. What was sent is on its way until others have taken it, which they do unless
    /// they, too, are about to end.
    pub fn close(&self) {
        let began = Instant::now();
        let mut state = self.lock();
        while state.collect().is_ok() && !state.sent.is_empty() && began.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
        state.is_closed = true;
    }
}

impl Turn for Shared {
    type Held<'a> = MutexGuard<'a, State>;

    fn take(&self) -> Self::Held<'_> {
        self.lock()
    }

    fn is_ending(&self) -> bool {
        self.is_ending.get().is_some_and(|own| own())
    }
}

/// Carries messages between the processes of MPI_COMM_WORLD.
#[derive(Debug)]
pub(crate) struct MpiTransport {
    rank: usize,
    size: usize,
    shared: Arc<Shared>,
}

impl MpiTransport {
    /// The transport of a rank of so many.
    pub fn new(rank: usize, size: usize, shared: Arc<Shared>) -> Self {
        MpiTransport { rank, size, shared }
    }

    /// Makes calls of MPI, for messages of or to a rank.
    fn call<T>(
        &self,
        rank: Option<usize>,
        call: impl FnOnce(&mut State) -> Result<T, String>,
    ) -> Result<T, GroupError> {
        let lost = |problem: String| GroupError::Lost { rank: rank.unwrap_or(self.rank), problem };
        let mut state = self.shared.lock();
        if state.is_closed {
            return Err(lost("MPI has ended".to_string()));
        }
        call(&mut state).map_err(lost)
    }
}

/// A tag as MPI has it.
fn number(tag: Tag) -> c_int {
    c_int::from(tag as u16)
}

impl Transport for MpiTransport {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn send(&self, to: usize, tag: Tag, bytes: &[u8]) -> Result<(), GroupError> {
        self.call(Some(to), |state| {
            state.collect()?;
            let mut sending = Sending::start(bytes.to_vec(), to, number(tag))?;
            if !sending.is_done()? {
                state.sent.push(sending);
            }
            Ok(())
        })
    }

    fn take(&self, from: Option<usize>, tag: Tag) -> Result<Option<(usize, Vec<u8>)>, GroupError> {
        self.call(from, |state| {
            state.collect()?;
            let taken = calls::take(from, Some(number(tag)))?;
            Ok(taken.map(|(from, _, bytes)| (from, bytes)))
        })
    }

    fn take_next(&self, from: usize) -> Result<Option<(Tag, Vec<u8>)>, GroupError> {
        let taken = self.call(Some(from), |state| {
            state.collect()?;
            calls::take(Some(from), None)
        })?;
        let Some((_, own, bytes)) = taken else { return Ok(None) };
        let tag = Tag::ALL.into_iter().find(|&tag| number(tag) == own);
        let unknown = || GroupError::Message(format!("it has the unknown tag {own}"));
        Ok(Some((tag.ok_or_else(unknown)?, bytes)))
    }

    fn swap(
        &self,
        send: Option<(usize, &[f32])>,
        receive: Option<(usize, &mut [f32])>,
        wait: Wait<'_>,
    ) -> Result<(), GroupError> {
        let to = send.map(|(to, _)| to);
        let other = receive.as_ref().map(|(from, _)| *from).or(to);
        self.call(other, State::collect)?;
        let lost = |problem: String| GroupError::Lost { rank: other.unwrap_or(self.rank), problem };
        let shared = &*self.shared;
        let mut swap = Swap::start(send, receive, number(Tag::Numbers), shared).map_err(lost)?;
        while !swap.is_done().map_err(lost)? {
            wait()?;
        }
        Ok(())
    }

    fn is_ending(&self) -> bool {
        self.shared.is_ending()
    }
}
