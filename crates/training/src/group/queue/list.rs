//! The list of runs that rank 0 has.

use super::failure::Failure;
use super::messages::{End, Task};
use std::collections::VecDeque;

/// The runs: those that wait, those that go on, and how the others ended.
pub(super) struct List<'a> {
    /// The first one, until rank 0 takes it: what trainings say once for all of them, they say there.
    first: Option<usize>,
    waiting: VecDeque<usize>,
    /// How many go on, on any rank.
    running: usize,
    carried: &'a mut [Vec<u8>],
    end: End,
}

impl<'a> List<'a> {
    /// As many runs as there are bytes for.
    pub fn new(carried: &'a mut [Vec<u8>]) -> Self {
        let count = carried.len();
        let results = vec![None; count];
        List {
            first: (count > 0).then_some(0),
            waiting: (1..count).collect(),
            running: 0,
            carried,
            end: End { results, failure: None, is_stopped: false },
        }
    }

    /// The next run for a rank that is free.
    pub fn take(&mut self, is_first_rank: bool) -> Option<Task> {
        let first = if is_first_rank { self.first.take() } else { None };
        let number = first.or_else(|| self.waiting.pop_front())?;
        self.running += 1;
        let carried = self.carried.get_mut(number).map(std::mem::take).unwrap_or_default();
        Some(Task { number, carried })
    }

    /// A run was done.
    pub fn done(&mut self, number: usize, result: Vec<u8>, carried: Vec<u8>) {
        self.running = self.running.saturating_sub(1);
        if let Some(place) = self.end.results.get_mut(number) {
            *place = Some(result);
        }
        if let Some(place) = self.carried.get_mut(number) {
            *place = carried;
        }
    }

    /// A run was interrupted.
    pub fn skipped(&mut self) {
        self.running = self.running.saturating_sub(1);
    }

    /// A run failed: later ones are not begun.
    pub fn failed(&mut self, number: usize, failure: Failure) {
        self.running = self.running.saturating_sub(1);
        self.waiting.clear();
        if self.end.failure.as_ref().is_none_or(|(first, _)| number < *first) {
            self.end.failure = Some((number, failure));
        }
    }

    /// No run is begun any more; returns whether that is new.
    pub fn stop(&mut self) -> bool {
        self.first = None;
        self.waiting.clear();
        !std::mem::replace(&mut self.end.is_stopped, true)
    }

    /// Whether nothing waits and nothing goes on.
    pub fn is_done(&self) -> bool {
        self.first.is_none() && self.waiting.is_empty() && self.running == 0
    }

    /// How all ended.
    pub fn into_end(self) -> End {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(list: &mut List<'_>, ranks: &[bool]) -> Vec<Option<usize>> {
        ranks.iter().map(|&own| list.take(own).map(|task| task.number)).collect()
    }

    #[test]
    fn the_first_run_is_that_of_rank_0_and_the_others_are_of_those_who_ask() {
        let mut carried = vec![Vec::new(); 4];
        let mut list = List::new(&mut carried);
        let given = numbers(&mut list, &[false, true, false, true, true]);
        assert_eq!(given, [Some(1), Some(0), Some(2), Some(3), None]);
        assert!(!list.is_done());
        (0..4).for_each(|number| list.done(number, vec![], vec![7]));
        assert!(list.is_done());
        assert_eq!(carried, vec![vec![7]; 4]);
    }

    #[test]
    fn after_a_failure_only_runs_with_smaller_numbers_are_waited_for() {
        let mut carried = vec![Vec::new(); 4];
        let mut list = List::new(&mut carried);
        assert_eq!(numbers(&mut list, &[false, false]), [Some(1), Some(2)]);
        list.failed(2, Failure::Interrupted);
        assert_eq!(numbers(&mut list, &[false, true]), [None, Some(0)]);
        list.failed(1, Failure::Interrupted);
        list.done(0, vec![], vec![]);
        assert!(list.is_done());
        assert_eq!(list.into_end().failure.map(|(number, _)| number), Some(1));
    }

    #[test]
    fn nothing_is_begun_after_a_stop() {
        let mut carried = vec![Vec::new(); 3];
        let mut list = List::new(&mut carried);
        assert_eq!(numbers(&mut list, &[false]), [Some(1)]);
        assert!(list.stop() && !list.stop());
        assert_eq!(numbers(&mut list, &[true, false]), [None, None]);
        assert!(!list.is_done());
        list.skipped();
        assert!(list.is_done() && list.into_end().is_stopped);
    }
}
