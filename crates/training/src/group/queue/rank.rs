//! The thread of a rank that carries its messages while others do its runs.

use super::list::List;
use super::messages::{Answer, End, Event, Task};
use super::workers::News;
use super::{Group, GroupError, Queue, decode, encode};
use crate::group::{PATIENCE, Tag, waits};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// How long it waits for the rank's own runs before it looks for messages.
const PAUSE: Duration = Duration::from_millis(1);

/// A rank in a queue.
pub(super) struct Rank<'a> {
    queue: &'a Queue<'a>,
    /// To the threads that do the runs, and from them.
    tasks: Sender<Task>,
    news: &'a Receiver<News>,
    /// How many runs go on here.
    working: usize,
    /// Since when none does.
    idle: Option<Instant>,
    /// Since when it is idle in a process that was told to end.
    ending: Option<Instant>,
    /// Whether it was told that none does for long.
    is_idleness_told: bool,
    /// Whether rank 0 knows of an interrupt.
    is_interrupt_told: bool,
}

impl<'a> Rank<'a> {
    pub fn new(queue: &'a Queue<'a>, tasks: Sender<Task>, news: &'a Receiver<News>) -> Self {
        Rank {
            queue,
            tasks,
            news,
            working: 0,
            idle: None,
            ending: None,
            is_idleness_told: false,
            is_interrupt_told: false,
        }
    }

    /// Rank 0: gives runs to all ranks until no more is to be done. `add` is called with each result.
    pub fn lead(
        mut self,
        mut list: List<'_>,
        mut add: impl FnMut(usize, &[u8]) -> Result<(), GroupError>,
    ) -> Result<End, GroupError> {
        while !list.is_done() {
            if self.queue.interrupt.is_set() {
                self.stop_all(&mut list)?;
            }
            let mut heard: Vec<(usize, Event)> = Vec::new();
            heard.extend(self.event()?.map(|event| (self.group().rank(), event)));
            while let Some((from, bytes)) = self.take()? {
                heard.push((from, decode(&bytes)?));
            }
            for (from, event) in heard {
                match event {
                    Event::Free => {
                        if let Some(task) = list.take(from == self.group().rank()) {
                            self.give(from, task)?;
                        }
                    }
                    Event::Done { number, result, carried } => {
                        add(number, &result)?;
                        list.done(number, result, carried);
                    }
                    Event::Skipped => {
                        list.skipped();
                        self.stop_all(&mut list)?;
                    }
                    Event::Failed { number, failure } => list.failed(number, failure),
                    Event::Interrupted => self.stop_all(&mut list)?,
                    Event::Left => {}
                }
            }
            self.look()?;
        }
        self.tell_others(&Answer::End)?;
        let end = self.group().broadcast(self.queue.what, Some(list.into_end()))?;
        // What a rank told before it had this is not for the next queue.
        let mut wait = self.group().waiting(self.queue.what, None);
        let mut left = self.group().others().count();
        while left > 0 {
            match self.take()? {
                Some((_, bytes)) => left -= usize::from(matches!(decode(&bytes)?, Event::Left)),
                None => wait()?,
            }
        }
        Ok(end)
    }

    /// Another rank: does the runs that rank 0 gives it.
    pub fn follow(mut self) -> Result<End, GroupError> {
        loop {
            if self.queue.interrupt.is_set() && !self.is_interrupt_told {
                self.is_interrupt_told = true;
                self.send(0, &Event::Interrupted)?;
            }
            if let Some(event) = self.event()? {
                self.send(0, &event)?;
            }
            while let Some((from, bytes)) = self.take()? {
                match decode(&bytes)? {
                    Answer::Task(task) => self.give(self.group().rank(), task)?,
                    Answer::Stop => {
                        self.is_interrupt_told = true;
                        self.queue.interrupt.set();
                    }
                    Answer::End => {
                        let end = self.group().broadcast(self.queue.what, None)?;
                        self.send(from, &Event::Left)?;
                        return Ok(end);
                    }
                }
            }
            self.look()?;
        }
    }

    fn group(&self) -> &'a Group {
        self.queue.group
    }

    fn send(&self, to: usize, message: &impl serde::Serialize) -> Result<(), GroupError> {
        self.group().transport.send(to, Tag::Work, &encode(message)?)
    }

    fn tell_others(&self, answer: &Answer) -> Result<(), GroupError> {
        self.group().others().try_for_each(|rank| self.send(rank, answer))
    }

    fn take(&self) -> Result<Option<(usize, Vec<u8>)>, GroupError> {
        self.group().transport.take(None, Tag::Work)
    }

    /// Stops all ranks, once.
    fn stop_all(&self, list: &mut List<'_>) -> Result<(), GroupError> {
        if list.stop() {
            self.queue.interrupt.set();
            self.tell_others(&Answer::Stop)?;
        }
        Ok(())
    }

    /// Gives a run to a rank, which may be this one.
    fn give(&mut self, to: usize, task: Task) -> Result<(), GroupError> {
        if to != self.group().rank() {
            return self.send(to, &Answer::Task(task));
        }
        self.working += 1;
        self.tasks.send(task).map_err(|_| self.lost("no thread is left for its runs"))
    }

    /// What the threads of this rank tell next, if they do so soon.
    fn event(&mut self) -> Result<Option<Event>, GroupError> {
        match self.news.recv_timeout(PAUSE) {
            Ok(News::Event(event)) => {
                if !matches!(event, Event::Free) {
                    self.working = self.working.saturating_sub(1);
                }
                Ok(Some(event))
            }
            Ok(News::Panicked(text)) => Err(self.lost(&text)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.lost("no thread is left for its runs")),
        }
    }

    fn lost(&self, text: &str) -> GroupError {
        GroupError::Failed { rank: self.group().rank(), text: text.to_string() }
    }

    /// Looks whether another rank failed, and says so if this one has had nothing to do for long.
    fn look(&mut self) -> Result<(), GroupError> {
        let group = self.group();
        if let Some((rank, text)) = group.transport.take(None, Tag::Alarm)? {
            let text = String::from_utf8_lossy(&text).into_owned();
            return Err(GroupError::Failed { rank, text });
        }
        if self.working > 0 {
            (self.idle, self.ending, self.is_idleness_told) = (None, None, false);
            return Ok(());
        }
        let from = (!group.is_first()).then_some(0);
        if group.transport.is_ending() {
            let since = *self.ending.get_or_insert_with(Instant::now);
            group.give_up(since.elapsed(), self.queue.what, from)?;
        }
        let since = *self.idle.get_or_insert_with(Instant::now);
        if since.elapsed() >= PATIENCE && !self.is_idleness_told {
            self.is_idleness_told = true;
            group.transport.say(&waits(group.rank(), self.queue.what, from));
        }
        Ok(())
    }
}
