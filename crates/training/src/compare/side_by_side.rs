//! Trainings side by side, each on a thread of its own.

use crate::TrainError;
use relume_tensor::{free_memory, threads};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How many of some trainings go on at a time, the largest of which takes so many bytes: one for each thread, as long
/// as they fit into the memory. Two trainings on a thread each are faster than one after the other on two threads,
/// whose work is never divided evenly; the bits are the same.
pub(crate) fn at_once(needs: u64, jobs: usize) -> usize {
    // Weights, and what steps hold for a moment, come on top.
    let each = needs.saturating_mul(3).max(1);
    let fitting =
        free_memory().map_or(usize::MAX, |free| usize::try_from(free / each).unwrap_or(usize::MAX));
    threads::threads().min(jobs).min(fitting).max(1)
}

/// Does jobs, so many at a time; one after the other with all threads for each if it is one at a time. Jobs that gave
/// `None`, or that were not begun because another one failed, have no result.
///
/// # Errors
/// That of the first job that failed.
pub(crate) fn side_by_side<J: Send, R: Send>(
    jobs: Vec<J>,
    at_once: usize,
    work: impl Fn(J) -> Result<Option<R>, TrainError> + Sync,
) -> Result<Vec<Option<R>>, TrainError> {
    let mut results: Vec<Option<R>> = jobs.iter().map(|_| None).collect();
    if at_once < 2 {
        for (result, job) in results.iter_mut().zip(jobs) {
            *result = work(job)?;
        }
        return Ok(results);
    }
    let waiting = Mutex::new(jobs.into_iter().enumerate().collect::<VecDeque<_>>());
    let done = Mutex::new((results, None::<(usize, TrainError)>));
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let worker = || {
        while let Some((place, job)) = next() {
            let result = work(job);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            match result {
                Ok(result) => done.0[place] = result,
                Err(error) => {
                    waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    if done.1.as_ref().is_none_or(|(first, _)| place < *first) {
                        done.1 = Some((place, error));
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..at_once).map(|_| scope.spawn(|| threads::run_alone(worker).is_ok())).collect();
        // A panic of a training goes on here.
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        let has_begun: Vec<bool> = joined
            .map(|own| own.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect();
        // Where the system gave no thread at all, the work is done here.
        if !has_begun.contains(&true) {
            worker();
        }
    });
    let (results, failed) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    match failed {
        Some((_, error)) => Err(error),
        None => Ok(results),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_their_jobs() {
        for at_once in [1, 2, 3] {
            let square = |x: u64| Ok((x != 3).then(|| x * x));
            let squares = side_by_side((0..6).collect(), at_once, square).unwrap();
            assert_eq!(squares, [Some(0), Some(1), Some(4), None, Some(16), Some(25)]);
        }
    }

    #[test]
    fn the_first_job_that_fails_is_told() {
        for at_once in [1, 2] {
            let work = |x: u64| match x {
                0 => Ok(Some(x)),
                other => Err(TrainError::Setting(other.to_string())),
            };
            let failed = side_by_side(vec![0, 1, 2], at_once, work).unwrap_err().to_string();
            assert!(failed == "1" || at_once == 2 && failed == "2", "{failed}");
        }
    }
}
