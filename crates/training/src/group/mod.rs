//! Processes that work together: who they are, and what they tell each other.
//!
//! A [`Transport`] carries messages between them; [`Group`] has what training needs of it. A group of one does nothing
//! and costs nothing.

mod agree;
mod alone;
mod error;
pub(crate) mod queue;
pub(crate) mod sent;
mod shards;
mod sum;
mod threads;
mod traffic;
mod transport;

pub use alone::Alone;
pub use error::GroupError;
pub use shards::Shards;
pub(crate) use sum::{Partial, Summed};
pub use threads::ThreadTransport;
pub use traffic::Traffic;
pub use transport::{Tag, Transport, Wait};

use relume_serialization::message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After so long a rank says what it waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a rank that is to end waits for another one.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// Processes that train one network together, seen from one of them.
///
/// Every rank runs the same program on the same data, and takes part in each call in the same order. Sums are taken in
/// a fixed order, so that they have the same bits on every rank. A rank that fails by itself, while others are in a call
/// or come to one, calls [`Group::alarm`]; all then come together again in [`Group::agree`].
#[derive(Clone, Debug)]
pub struct Group {
    transport: Arc<dyn Transport>,
    traffic: Arc<Traffic>,
    /// An alarm that came while something else was waited for, which came too: the next wait fails with it.
    alarm: Arc<Mutex<Option<GroupError>>>,
}

impl Default for Group {
    fn default() -> Self {
        Group::new(Alone)
    }
}

thread_local! {
    static CURRENT: RefCell<Group> = RefCell::new(Group::default());
}

impl Group {
    /// A group whose messages are carried by `transport`.
    pub fn new(transport: impl Transport + 'static) -> Self {
        Group { transport: Arc::new(transport), traffic: Arc::default(), alarm: Arc::default() }
    }

    /// The group that trainings of this thread are done in: that of [`Group::within`], or else a group of one.
    pub fn current() -> Self {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Whether [`Group::current`] has other processes.
    pub fn is_current_several() -> bool {
        CURRENT.with_borrow(Group::is_several)
    }

    /// Does work on this thread in this group.
    pub fn within<R>(&self, work: impl FnOnce() -> R) -> R {
        struct Restore(Group);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(std::mem::take(&mut self.0));
            }
        }
        let _restored_even_if_work_panics = Restore(CURRENT.replace(self.clone()));
        work()
    }

    /// The number of this process, from 0.
    pub fn rank(&self) -> usize {
        self.transport.rank()
    }

    /// How many processes there are.
    pub fn size(&self) -> usize {
        self.transport.size()
    }

    /// What it has summed so far.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Whether there are other processes.
    pub fn is_several(&self) -> bool {
        self.size() > 1
    }

    /// Whether it is one of processes that were started to work together, be it the only one.
    pub fn is_launched(&self) -> bool {
        self.transport.is_launched()
    }

    /// Whether this is the process that prints, draws and writes.
    pub fn is_first(&self) -> bool {
        self.rank() == 0
    }

    /// Every rank's value, by rank.
    ///
    /// # Errors
    /// A rank that is gone, or that failed.
    pub fn gather<T: Serialize + DeserializeOwned>(
        &self,
        what: &str,
        own: T,
    ) -> Result<Vec<T>, GroupError> {
        self.gather_among(what, own, 0..self.size())
    }

    /// The values of some ranks, of which this is one, in their order. The others take no part.
    ///
    /// # Errors
    /// A rank that is gone, or that failed.
    pub(crate) fn gather_among<T: Serialize + DeserializeOwned>(
        &self,
        what: &str,
        own: T,
        ranks: impl Iterator<Item = usize> + Clone,
    ) -> Result<Vec<T>, GroupError> {
        let mut others = ranks.clone().filter(|&rank| rank != self.rank()).peekable();
        if others.peek().is_none() {
            return Ok(vec![own]);
        }
        let bytes = encode(&own)?;
        others.try_for_each(|rank| self.transport.send(rank, Tag::Gather, &bytes))?;
        let mut own = Some(own);
        let value = |rank| match own.take_if(|_| rank == self.rank()) {
            Some(own) => Ok(own),
            None => decode(&self.receive(what, rank, Tag::Gather)?),
        };
        ranks.map(value).collect()
    }

    /// The value of rank 0, on all; the others give none.
    ///
    /// # Errors
    /// A rank that is gone, or that failed.
    pub fn broadcast<T: Serialize + DeserializeOwned>(
        &self,
        what: &str,
        own: Option<T>,
    ) -> Result<T, GroupError> {
        match own {
            Some(value) if self.is_first() => {
                if self.is_several() {
                    let bytes = encode(&value)?;
                    self.others()
                        .try_for_each(|rank| self.transport.send(rank, Tag::Broadcast, &bytes))?;
                }
                Ok(value)
            }
            _ => decode(&self.receive(what, 0, Tag::Broadcast)?),
        }
    }

    /// Waits until all ranks are here, as before a measurement.
    ///
    /// # Errors
    /// A rank that is gone, or that failed.
    pub fn barrier(&self, what: &str) -> Result<(), GroupError> {
        self.gather(what, ()).map(|_| ())
    }

    /// Tells all others that this rank cannot go on: what they wait for in a call of this group fails with this text.
    pub fn alarm(&self, text: &str) {
        // A rank that is gone need not be told.
        self.others().for_each(|rank| drop(self.transport.send(rank, Tag::Alarm, text.as_bytes())));
    }

    fn others(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let own = self.rank();
        (0..self.size()).filter(move |&rank| rank != own)
    }

    /// Fails if this process is to end and what it waits for does not come: a rank that was killed sends nothing more.
    fn give_up(&self, waited: Duration, what: &str, from: Option<usize>) -> Result<(), GroupError> {
        if waited < LAST_PATIENCE || !self.transport.is_ending() {
            return Ok(());
        }
        let problem = format!("no answer while this process is to end: {what}");
        Err(GroupError::Lost { rank: from.unwrap_or(0), problem })
    }

    /// The next message from a rank.
    fn receive(&self, what: &str, from: usize, tag: Tag) -> Result<Vec<u8>, GroupError> {
        let mut wait = self.waiting(what, Some(from));
        loop {
            if let Some((_, bytes)) = self.transport.take(Some(from), tag)? {
                return Ok(bytes);
            }
            if let Err(alarm) = wait() {
                // What the rank has sent before its alarm is still to be had.
                return match self.transport.take(Some(from), tag)? {
                    Some((_, bytes)) => {
                        self.kept_alarm().get_or_insert(alarm);
                        Ok(bytes)
                    }
                    None => Err(alarm),
                };
            }
        }
    }

    fn kept_alarm(&self) -> MutexGuard<'_, Option<GroupError>> {
        self.alarm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is done between two looks at whether something has come: a pause, and a failure if another rank told one.
    fn waiting<'a>(
        &'a self,
        what: &'a str,
        from: Option<usize>,
    ) -> impl FnMut() -> Result<(), GroupError> + 'a {
        let began = Instant::now();
        let mut looks = 0u32;
        let mut is_told = false;
        move || {
            looks += 1;
            // A message that is on its way comes within microseconds.
            if looks < 64 {
                std::thread::yield_now();
                return Ok(());
            }
            if let Some(alarm) = self.kept_alarm().take() {
                return Err(alarm);
            }
            if let Some((rank, text)) = self.transport.take(None, Tag::Alarm)? {
                let text = String::from_utf8_lossy(&text).into_owned();
                return Err(GroupError::Failed { rank, text });
            }
            let waited = began.elapsed();
            self.give_up(waited, what, from)?;
            if waited >= PATIENCE && !is_told {
                is_told = true;
                self.transport.say(&waits(self.rank(), what, from));
            }
            // The longer it takes, the less a longer pause adds.
            std::thread::sleep(
                (waited / 20).clamp(Duration::from_micros(20), Duration::from_millis(2)),
            );
            Ok(())
        }
    }
}

/// What a rank says that has waited for long.
fn waits(rank: usize, what: &str, from: Option<usize>) -> String {
    let from = from.map_or_else(|| "another rank".to_string(), |from| format!("rank {from}"));
    format!("rank {rank} has waited 30 seconds for {from}: {what}")
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, GroupError> {
    message::encode(value).map_err(GroupError::Message)
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, GroupError> {
    message::decode(bytes).map_err(GroupError::Message)
}
