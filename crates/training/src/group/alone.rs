//! A process by itself.

use super::{GroupError, Tag, Transport, Wait};

/// The transport of a group of one: nothing is sent.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

impl Transport for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn is_launched(&self) -> bool {
        false
    }

    fn send(&self, to: usize, _: Tag, _: &[u8]) -> Result<(), GroupError> {
        Err(no_such_rank(to))
    }

    fn take(&self, _: Option<usize>, _: Tag) -> Result<Option<(usize, Vec<u8>)>, GroupError> {
        Ok(None)
    }

    fn take_next(&self, _: usize) -> Result<Option<(Tag, Vec<u8>)>, GroupError> {
        Ok(None)
    }

    fn swap(
        &self,
        send: Option<(usize, &[f32])>,
        receive: Option<(usize, &mut [f32])>,
        _: Wait<'_>,
    ) -> Result<(), GroupError> {
        match send.map(|(to, _)| to).or(receive.map(|(from, _)| from)) {
            Some(other) => Err(no_such_rank(other)),
            None => Ok(()),
        }
    }
}

fn no_such_rank(rank: usize) -> GroupError {
    GroupError::Lost { rank, problem: "there is one process".to_string() }
}
