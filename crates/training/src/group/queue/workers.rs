//! The threads of a rank that do its runs.

use super::Given;
use super::failure::Failure;
use super::messages::{End, Event, Task};
use crate::compare::side_by_side;
use crate::group::{Group, GroupError};
use crate::{Interrupt, TrainError};
use relume_tensor::interrupt::cancellable;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

/// What the threads tell the one that carries messages.
pub(super) enum News {
    Event(Event),
    /// A run panicked, with this text.
    Panicked(String),
}

/// Does a run, whose result it gives as bytes.
type Work<'a> = &'a (dyn Fn(usize, Vec<u8>) -> Result<Option<Given<Vec<u8>>>, TrainError> + Sync);

/// Those who do a rank's runs.
pub(super) struct Workers<'a> {
    interrupt: &'a Interrupt,
    work: Work<'a>,
    /// The errors of the runs that failed here.
    errors: Mutex<BTreeMap<usize, TrainError>>,
}

impl<'a> Workers<'a> {
    pub fn new(interrupt: &'a Interrupt, work: Work<'a>) -> Self {
        Workers { interrupt, work, errors: Mutex::default() }
    }

    /// The error of a run that failed here.
    pub fn error(&self, number: usize) -> Option<TrainError> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).remove(&number)
    }

    /// Calls `carry` while so many threads do the runs that it gives them. Once it has failed, runs that go on are
    /// interrupted.
    pub fn during(
        &self,
        at_once: usize,
        rank: usize,
        carry: impl FnOnce(Sender<Task>, &Receiver<News>) -> Result<End, GroupError>,
    ) -> Result<End, GroupError> {
        let (tasks, taken) = channel();
        let (tell, news) = channel();
        let (taken, tell) = (&Mutex::new(taken), &tell);
        std::thread::scope(move |scope| {
            let work = move || {
                let free = vec![(); at_once.max(1)];
                side_by_side(free, at_once, |()| {
                    self.work(taken, tell);
                    Ok(Some(()))
                })
            };
            let thread = std::thread::Builder::new().name("relume-runs".to_string());
            let thread = thread.spawn_scoped(scope, work).map_err(|error| {
                let text = format!("no thread for its runs: {error}");
                GroupError::Failed { rank, text }
            })?;
            let end = carry(tasks, &news);
            let was_set = self.interrupt.is_set();
            if end.is_err() {
                self.interrupt.set();
            }
            let joined = thread.join();
            if end.is_err() && !was_set {
                self.interrupt.take();
            }
            match joined {
                // A panic of a run goes on here.
                Err(panic) => resume_unwind(panic),
                Ok(_) => end,
            }
        })
    }

    /// Does one run after the other, until no more can come.
    fn work(&self, tasks: &Mutex<Receiver<Task>>, tell: &Sender<News>) {
        let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
        while tell.send(News::Event(Event::Free)).is_ok()
            && let Some(task) = next()
        {
            let done = catch_unwind(AssertUnwindSafe(|| self.done(task)));
            let (news, panic) = match done {
                Ok(event) => (News::Event(event), None),
                Err(panic) => (News::Panicked(text(&*panic)), Some(panic)),
            };
            // If the receiver is gone, the next run is not waited for.
            let _ = tell.send(news);
            if let Some(panic) = panic {
                resume_unwind(panic);
            }
        }
    }

    /// Does a run, whose trainings are whole.
    fn done(&self, Task { number, carried }: Task) -> Event {
        let work = || cancellable(self.interrupt, || (self.work)(number, carried))?;
        match Group::default().within(work) {
            Ok(Some(Given { result, carried })) => Event::Done { number, result, carried },
            Ok(None) | Err(TrainError::Interrupted) => Event::Skipped,
            Err(error) => {
                let failure = Failure::of(&error);
                let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
                errors.insert(number, error);
                Event::Failed { number, failure }
            }
        }
    }
}

/// What a panic says.
fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.map_or_else(|| "a run panicked".to_string(), |text| format!("a run panicked: {text}"))
}
