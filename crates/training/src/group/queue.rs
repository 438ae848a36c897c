//! Whole runs that are given to ranks as these become free.
//!
//! Every rank knows all runs by their numbers. Rank 0 gives the next number to the rank that asks, itself included. On
//! each rank one thread carries messages and others do the runs: rank 0 works as well, and an interrupt is seen while a
//! run goes on. In the end every rank has all results, in the order of their numbers.

mod agreed;
mod failure;
mod list;
mod messages;
mod rank;
mod workers;

pub(crate) use agreed::{agreed, mark};

use super::{Group, GroupError, decode, encode};
use crate::{Interrupt, TrainError};
use list::List;
use rank::Rank;
use serde::Serialize;
use serde::de::DeserializeOwned;
use workers::Workers;

/// How runs are done by the ranks of a group, each of which calls this alike.
#[derive(Clone, Copy)]
pub(crate) struct Queue<'a> {
    /// The ranks.
    pub group: &'a Group,
    /// What the runs are, for a rank that says what it waits for.
    pub what: &'a str,
    /// Set on one rank, it stops all of them, and is then set on all.
    pub interrupt: &'a Interrupt,
    /// How many runs go on at a time on this rank.
    pub at_once: usize,
}

/// Runs that were done.
#[derive(Debug)]
pub(crate) struct Done<R> {
    /// By number; none for a run that was interrupted, or that was not begun.
    pub results: Vec<Option<R>>,
    /// Whether a rank was interrupted before all were done: all ranks say the same.
    pub is_stopped: bool,
}

/// What a run gives: a result for all ranks, and bytes for the next queue, which takes the run further.
pub(crate) struct Given<R> {
    pub result: R,
    pub carried: Vec<u8>,
}

impl Queue<'_> {
    /// Does so many runs. `work` does the one with a number, alone on its rank: [`Group::current`] is a group of one
    /// there. It gives `None` if it was interrupted. The first run is done by rank 0. `tell` is called with the results
    /// in the order of their numbers: on rank 0 as soon as those before are there, on the others at the end.
    ///
    /// # Errors
    /// That of the run with the smallest number that failed, on all ranks; a rank that is gone or that failed.
    pub fn run<R: Serialize + DeserializeOwned>(
        &self,
        count: usize,
        work: impl Fn(usize) -> Result<Option<R>, TrainError> + Sync,
        tell: impl FnMut(usize, &R),
    ) -> Result<Done<R>, TrainError> {
        let work = |number, _| {
            let result = work(number)?;
            Ok(result.map(|result| Given { result, carried: Vec::new() }))
        };
        self.run_carrying(&mut vec![Vec::new(); count], work, tell)
    }

    /// As [`Queue::run`], for as many runs as there are in `carried`. There, rank 0 has bytes for each of them: a run is
    /// given its own, and those that it gives are there afterwards. The other ranks have none.
    ///
    /// # Errors
    /// Those of [`Queue::run`].
    pub fn run_carrying<R: Serialize + DeserializeOwned>(
        &self,
        carried: &mut [Vec<u8>],
        work: impl Fn(usize, Vec<u8>) -> Result<Option<Given<R>>, TrainError> + Sync,
        tell: impl FnMut(usize, &R),
    ) -> Result<Done<R>, TrainError> {
        let mut results = Results { all: carried.iter().map(|_| None).collect(), next: 0, tell };
        let work = |number, bytes| match work(number, bytes)? {
            Some(Given { result, carried }) => {
                Ok(Some(Given { result: encode(&result)?, carried }))
            }
            None => Ok(None),
        };
        let workers = Workers::new(self.interrupt, &work);
        let end = workers.during(self.at_once, self.group.rank(), |tasks, events| {
            let rank = Rank::new(self, tasks, events);
            let add = |number, bytes: &[u8]| {
                results.add(number, bytes)?;
                results.tell();
                Ok(())
            };
            let end = match self.group.is_first() {
                true => rank.lead(List::new(carried), add),
                false => rank.follow(),
            };
            end.inspect_err(|error| self.alarm(error))
        })?;
        for (number, bytes) in end.results.iter().enumerate() {
            bytes.iter().try_for_each(|bytes| results.add(number, bytes))?;
        }
        results.tell_all();
        match end.failure {
            Some((number, failure)) => {
                Err(workers.error(number).unwrap_or_else(|| failure.into_error()))
            }
            None => Ok(Done { results: results.all, is_stopped: end.is_stopped }),
        }
    }

    /// Tells the others what ends this rank, unless one of them told it.
    fn alarm(&self, error: &GroupError) {
        match error {
            GroupError::Failed { rank, .. } if *rank != self.group.rank() => {}
            GroupError::Failed { text, .. } => self.group.alarm(text),
            error => self.group.alarm(&error.to_string()),
        }
    }
}

/// The results that are there, and who is told of them.
struct Results<R, T> {
    all: Vec<Option<R>>,
    /// The number of the one that is told next.
    next: usize,
    tell: T,
}

impl<R: DeserializeOwned, T: FnMut(usize, &R)> Results<R, T> {
    /// Adds a result, if it is not there yet.
    fn add(&mut self, number: usize, bytes: &[u8]) -> Result<(), GroupError> {
        if let Some(place @ None) = self.all.get_mut(number) {
            *place = Some(decode(bytes)?);
        }
        Ok(())
    }

    /// Tells those before which all others are there.
    fn tell(&mut self) {
        while let Some(Some(result)) = self.all.get(self.next) {
            (self.tell)(self.next, result);
            self.next += 1;
        }
    }

    /// Tells the rest, once no more will come.
    fn tell_all(&mut self) {
        for (number, result) in self.all.iter().enumerate().skip(self.next) {
            if let Some(result) = result {
                (self.tell)(number, result);
            }
        }
        self.next = self.all.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::ThreadTransport;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread::{Result as Joined, ScopedJoinHandle, scope, sleep};
    use std::time::{Duration, Instant};

    /// What each rank of so many gives, or how it panicked.
    fn on_ranks<R: Send>(ranks: usize, work: impl Fn(&Group) -> R + Sync) -> Vec<Joined<R>> {
        let groups = ThreadTransport::ranks(ranks).into_iter().map(Group::new);
        scope(|scope| {
            let work = &work;
            let threads: Vec<ScopedJoinHandle<'_, R>> = groups
                .map(|group| scope.spawn(move || group.within(|| work(&Group::current()))))
                .collect();
            threads.into_iter().map(ScopedJoinHandle::join).collect()
        })
    }

    fn queue<'a>(group: &'a Group, interrupt: &'a Interrupt) -> Queue<'a> {
        Queue { group, what: "the runs of a test", interrupt, at_once: 1 + group.rank() % 2 }
    }

    /// Waits for an interrupt, as a training does between two batches.
    fn interrupted(interrupt: &Interrupt) -> Option<usize> {
        let began = Instant::now();
        while !interrupt.is_set() {
            assert!(began.elapsed() < Duration::from_secs(60), "nothing interrupts the run");
            sleep(Duration::from_millis(1));
        }
        None
    }

    #[test]
    fn all_ranks_have_all_results_in_their_order() {
        for (ranks, count) in [(1, 5), (2, 7), (3, 1), (4, 20), (3, 0)] {
            let done = AtomicUsize::new(0);
            let found = on_ranks(ranks, |group| {
                let interrupt = Interrupt::default();
                // The second queue gets no message of the first.
                [0, 100].map(|more| {
                    let mut told = Vec::new();
                    let work = |number: usize| {
                        assert!(!Group::current().is_several());
                        done.fetch_add(1, Ordering::SeqCst);
                        Ok(Some(number * number + more))
                    };
                    let own = queue(group, &interrupt).run(count, work, |number, result| {
                        told.push((number, *result));
                    });
                    let own = own.unwrap();
                    assert!(!own.is_stopped && !interrupt.is_set());
                    assert!(told.iter().map(|told| told.0).eq(0..count));
                    own.results
                })
            });
            assert_eq!(done.into_inner(), 2 * count);
            for own in found {
                let wanted =
                    [0, 100].map(|more| (0..count).map(|i| Some(i * i + more)).collect::<Vec<_>>());
                assert_eq!(own.unwrap(), wanted);
            }
        }
    }

    #[test]
    fn bytes_go_with_a_run_from_queue_to_queue() {
        let found = on_ranks(3, |group| {
            let interrupt = Interrupt::default();
            let queue = queue(group, &interrupt);
            let mut carried = vec![Vec::new(); 6];
            for _ in 0..3 {
                let work = |number: usize, mut carried: Vec<u8>| {
                    carried.push(number as u8);
                    Ok(Some(Given { result: (), carried }))
                };
                queue.run_carrying(&mut carried, work, |_, ()| {}).unwrap();
            }
            carried
        });
        let mut found = found.into_iter().map(Result::unwrap);
        assert_eq!(found.next().unwrap(), (0..6).map(|i| vec![i; 3]).collect::<Vec<_>>());
        assert!(found.all(|own| own.iter().all(Vec::is_empty)));
    }

    #[test]
    fn the_error_of_the_smallest_number_is_that_of_all_ranks() {
        let found = on_ranks(3, |group| {
            let interrupt = Interrupt::default();
            let work = |number: usize| match number {
                2 | 5 => {
                    // The later one fails first.
                    sleep(Duration::from_millis(if number == 2 { 50 } else { 0 }));
                    Err(TrainError::Empty(format!("run {number}")))
                }
                other => Ok(Some(other)),
            };
            let mut told = Vec::new();
            let own = queue(group, &interrupt).run(12, work, |number, _| told.push(number));
            assert!(told.starts_with(&[0, 1]) && told.is_sorted());
            assert!(!told.contains(&2) && !interrupt.is_set());
            (own.unwrap_err().to_string(), told)
        });
        let found: Vec<(String, Vec<usize>)> = found.into_iter().map(Result::unwrap).collect();
        assert_eq!(found[0].0, "run 2 has no samples");
        assert_eq!((&found[1], &found[2]), (&found[0], &found[0]));
    }

    #[test]
    fn an_interrupt_of_a_rank_without_work_stops_all() {
        let found = on_ranks(4, |group| {
            let interrupt = Interrupt::default();
            let ask = interrupt.clone();
            let is_last = group.rank() == 3;
            let asking = std::thread::spawn(move || {
                sleep(Duration::from_millis(50));
                is_last.then(|| ask.set());
            });
            // Two runs for four ranks: rank 0 has the first, and any other the second.
            let work = |_| Ok(interrupted(&interrupt));
            let own = queue(group, &interrupt).run(2, work, |_, _| {}).unwrap();
            asking.join().unwrap();
            (own.results, own.is_stopped, interrupt.is_set())
        });
        for own in found {
            assert_eq!(own.unwrap(), (vec![None, None], true, true));
        }
    }

    #[test]
    fn a_run_that_panics_ends_all_ranks() {
        let has_begun = Barrier::new(2);
        let found = on_ranks(3, |group| {
            let interrupt = Interrupt::default();
            let work = |number: usize| {
                if number < 2 {
                    has_begun.wait();
                }
                assert!(number != 1, "run 1 is broken");
                Ok(interrupted(&interrupt))
            };
            let queue = Queue { at_once: 1, ..queue(group, &interrupt) };
            let failed = queue.run(3, work, |_, _| {}).unwrap_err();
            assert!(!interrupt.is_set());
            failed.to_string()
        });
        assert_eq!(found.iter().filter(|own| own.is_err()).count(), 1);
        for own in found.into_iter().flatten() {
            assert!(own.ends_with("failed: a run panicked: run 1 is broken"), "{own}");
        }
    }

    #[test]
    fn ranks_that_do_not_have_the_same_are_told_so() {
        let marks = |marks: [u64; 3]| {
            let found = on_ranks(3, |group| {
                let own = group.rank();
                agreed(group, "a test", || match marks[own] {
                    0 => Err(TrainError::NotBuilt),
                    mark => Ok((own, mark)),
                })
                .map_err(|error| error.to_string())
            });
            found.into_iter().map(Result::unwrap).collect::<Vec<_>>()
        };
        assert_eq!(marks([5, 5, 5]), [Ok(0), Ok(1), Ok(2)]);
        let not_built = TrainError::NotBuilt.to_string();
        assert!(marks([5, 0, 5]).into_iter().all(|own| own == Err(not_built.clone())));
        for own in marks([5, 5, 6]) {
            let text = own.unwrap_err();
            assert!(
                text.starts_with("rank 2 does not have the data and settings of rank 0"),
                "{text}"
            );
        }
    }
}
