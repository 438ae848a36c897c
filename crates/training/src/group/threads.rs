//! Threads of one process as a group.

use super::{GroupError, Tag, Transport, Wait};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Carries messages between threads, each of which is a rank: for tests, and for trying what many processes would do.
/// Ranks wait for each other: each is to work alone ([`relume_tensor::threads::run_alone`]), not on workers that they
/// share.
#[derive(Clone, Debug)]
pub struct ThreadTransport {
    rank: usize,
    boxes: Arc<[Mutex<Mailbox>]>,
}

/// The messages to one rank, by sender, in the order in which they were sent.
type Mailbox = HashMap<usize, VecDeque<(Tag, Vec<u8>)>>;

impl ThreadTransport {
    /// The transports of so many ranks, by rank.
    pub fn ranks(size: usize) -> Vec<Self> {
        let boxes: Arc<[_]> = (0..size).map(|_| Mutex::default()).collect();
        (0..size).map(|rank| ThreadTransport { rank, boxes: boxes.clone() }).collect()
    }

    fn put(&self, to: usize, tag: Tag, bytes: Vec<u8>) -> Result<(), GroupError> {
        let lost = || GroupError::Lost { rank: to, problem: "there is no such rank".to_string() };
        let mailbox = self.boxes.get(to).ok_or_else(lost)?;
        let mut mailbox = mailbox.lock().unwrap_or_else(PoisonError::into_inner);
        mailbox.entry(self.rank).or_default().push_back((tag, bytes));
        Ok(())
    }
}

impl Transport for ThreadTransport {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.boxes.len()
    }

    fn send(&self, to: usize, tag: Tag, bytes: &[u8]) -> Result<(), GroupError> {
        self.put(to, tag, bytes.to_vec())
    }

    fn take(&self, from: Option<usize>, tag: Tag) -> Result<Option<(usize, Vec<u8>)>, GroupError> {
        let mut own = self.boxes[self.rank].lock().unwrap_or_else(PoisonError::into_inner);
        let ranks = from.map_or(0..self.size(), |from| from..from + 1);
        for rank in ranks {
            let Some(messages) = own.get_mut(&rank) else { continue };
            let place = messages.iter().position(|(own, _)| *own == tag);
            if let Some((_, bytes)) = place.and_then(|place| messages.remove(place)) {
                return Ok(Some((rank, bytes)));
            }
        }
        Ok(None)
    }

    fn take_next(&self, from: usize) -> Result<Option<(Tag, Vec<u8>)>, GroupError> {
        let mut own = self.boxes[self.rank].lock().unwrap_or_else(PoisonError::into_inner);
        Ok(own.get_mut(&from).and_then(VecDeque::pop_front))
    }

    fn swap(
        &self,
        send: Option<(usize, &[f32])>,
        receive: Option<(usize, &mut [f32])>,
        wait: Wait<'_>,
    ) -> Result<(), GroupError> {
        if let Some((to, numbers)) = send {
            self.put(to, Tag::Numbers, numbers.iter().flat_map(|x| x.to_le_bytes()).collect())?;
        }
        let Some((from, out)) = receive else { return Ok(()) };
        let bytes = loop {
            match self.take(Some(from), Tag::Numbers)? {
                Some((_, bytes)) => break bytes,
                None => wait()?,
            }
        };
        let numbers = bytes.chunks_exact(4).map(|x| f32::from_le_bytes([x[0], x[1], x[2], x[3]]));
        if numbers.len() != out.len() {
            let text = format!("{} numbers instead of {}", numbers.len(), out.len());
            return Err(GroupError::Message(text));
        }
        out.iter_mut().zip(numbers).for_each(|(out, x)| *out = x);
        Ok(())
    }
}
