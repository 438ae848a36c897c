//! How ranks end a statement together, also when some of them failed in the middle of it.

use super::{Group, GroupError, PATIENCE, Tag, decode, encode, waits};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};

/// Between two looks at whether a message has come.
const PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

impl Group {
    /// Every rank's value, by rank, once all are here. Messages that a rank sent before and that were not taken are
    /// dropped: of ranks that failed in different places, some wait for what never comes, and others have sent what is
    /// never taken. A rank that failed calls [`Group::alarm`] before this.
    ///
    /// # Errors
    /// A rank that is gone.
    pub fn agree<T: Serialize + DeserializeOwned>(
        &self,
        what: &str,
        own: T,
    ) -> Result<Vec<T>, GroupError> {
        if !self.is_several() {
            return Ok(vec![own]);
        }
        let bytes = encode(&own)?;
        let others = self.others();
        others.clone().try_for_each(|rank| self.transport.send(rank, Tag::Agree, &bytes))?;
        let mut all: Vec<Option<T>> = (0..self.size()).map(|_| None).collect();
        all[self.rank()] = Some(own);
        let mut missing: Vec<usize> = others.collect();
        let began = Instant::now();
        let mut is_told = false;
        loop {
            // All of them in turn: a rank may not go on before what it has sent is taken.
            let mut still = Vec::new();
            for rank in missing {
                match self.agreed(rank)? {
                    Some(bytes) => all[rank] = Some(decode(&bytes)?),
                    None => still.push(rank),
                }
            }
            missing = still;
            let Some(&first) = missing.first() else { break };
            let waited = began.elapsed();
            self.give_up(waited, what, Some(first))?;
            if waited >= PATIENCE && !is_told {
                is_told = true;
                self.transport.say(&waits(self.rank(), what, Some(first)));
            }
            std::thread::sleep((waited / 20).clamp(PAUSE, LONGEST_PAUSE));
        }
        self.kept_alarm().take();
        Ok(all.into_iter().flatten().collect())
    }

    /// What a rank gave, if it is here; what it sent before is dropped.
    fn agreed(&self, rank: usize) -> Result<Option<Vec<u8>>, GroupError> {
        while let Some((tag, bytes)) = self.transport.take_next(rank)? {
            if tag == Tag::Agree {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// The value of rank 0, which may take its time, as a person who types does; the others give none, and wait without
    /// telling. It stands between statements, where no rank fails.
    ///
    /// # Errors
    /// A rank that is gone.
    pub fn await_first<T: Serialize + DeserializeOwned>(
        &self,
        what: &str,
        own: Option<T>,
    ) -> Result<T, GroupError> {
        if self.is_first() {
            return self.broadcast(what, own);
        }
        let began = Instant::now();
        loop {
            if let Some((_, bytes)) = self.transport.take(Some(0), Tag::Broadcast)? {
                return decode(&bytes);
            }
            // An alarm is none of this: it is of the statement that the value begins, and stays until that waits.
            let waited = began.elapsed();
            self.give_up(waited, what, Some(0))?;
            std::thread::sleep((waited / 20).clamp(PAUSE, LONGEST_PAUSE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::ThreadTransport;

    /// Does work on so many ranks, each a thread, and returns what each gave, by rank.
    fn on_ranks<R: Send>(size: usize, work: impl Fn(Group) -> R + Sync) -> Vec<R> {
        let work = &work;
        std::thread::scope(|scope| {
            let threads: Vec<_> = ThreadTransport::ranks(size)
                .into_iter()
                .map(|own| scope.spawn(move || work(Group::new(own))))
                .collect();
            threads.into_iter().map(|own| own.join().expect("no panic")).collect()
        })
    }

    #[test]
    fn ranks_go_on_together_after_one_failed_where_others_wait() {
        let results = on_ranks(3, |group| {
            let first = match group.rank() {
                1 => {
                    group.alarm("the disk is full");
                    Err(GroupError::Message("own".to_string()))
                }
                _ => group.gather("first", group.rank()),
            };
            let agreed = group.agree("the end", first.is_ok()).unwrap();
            // What was sent for the first one is not taken for the second one.
            (first, agreed, group.gather("second", group.rank() + 10).unwrap())
        });
        for (rank, (first, agreed, second)) in results.into_iter().enumerate() {
            assert_eq!(agreed, [false, false, false]);
            assert_eq!(second, [10, 11, 12]);
            if rank != 1 {
                let text = "the disk is full".to_string();
                assert_eq!(first, Err(GroupError::Failed { rank: 1, text }));
            }
        }
    }

    #[test]
    fn all_get_the_lines_of_the_first() {
        let lines = on_ranks(2, |group| {
            let line = group.is_first().then(|| "a = 1".to_string());
            group.await_first("a line", line).unwrap()
        });
        assert_eq!(lines, ["a = 1", "a = 1"]);
    }
}
