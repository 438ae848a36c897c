//! How a batch is cut into shards, which rank has which, and the tree along which they are summed.

use relume_datasets::shard;
use std::ops::Range;

/// The shards of each batch, and those of one rank.
///
/// Shard `i` of `count` takes the samples from `i * samples / count` on. Ranks take shards in the same way. Sums go
/// along one binary tree over all shards, in which a node of several shards has two halves: which rank has a shard
/// changes no sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shards {
    count: usize,
    rank: usize,
    ranks: usize,
}

impl Shards {
    /// The shards of the batches of a rank of so many.
    pub fn new(count: usize, rank: usize, ranks: usize) -> Self {
        Shards { count: count.max(1), rank, ranks: ranks.max(1) }
    }

    /// How many shards a batch has.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Those of this rank.
    pub fn own(&self) -> Range<usize> {
        self.of_rank(self.rank)
    }

    /// Those of a rank.
    pub fn of_rank(&self, rank: usize) -> Range<usize> {
        shard(self.count, self.ranks, rank)
    }

    /// The rank that has a shard.
    pub fn rank_of(&self, shard: usize) -> usize {
        // The first rank whose shards end after it.
        (0..self.ranks).find(|&rank| self.of_rank(rank).end > shard).unwrap_or(self.ranks - 1)
    }

    /// The samples of a shard of a batch of so many, by their places in the batch.
    pub fn samples(&self, index: usize, samples: usize) -> Range<usize> {
        shard(samples, self.count, index)
    }

    /// Whether a shard of a batch of so many samples has none.
    pub fn is_empty(&self, index: usize, samples: usize) -> bool {
        self.samples(index, samples).is_empty()
    }
}

/// A node of the tree: some shards in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub first: usize,
    pub end: usize,
}

impl Node {
    /// The node of all shards.
    pub fn root(shards: usize) -> Self {
        Node { first: 0, end: shards }
    }

    /// The node of one shard.
    pub fn leaf(shard: usize) -> Self {
        Node { first: shard, end: shard + 1 }
    }

    /// Its two halves, if it has several shards.
    pub fn halves(self) -> Option<[Node; 2]> {
        let Node { first, end } = self;
        let middle = first + (end - first).div_ceil(2);
        (end - first > 1).then_some([Node { first, end: middle }, Node { first: middle, end }])
    }

    /// The node above it in the tree of all shards, with its place among the halves.
    pub fn above(self, shards: usize) -> Option<(Node, usize)> {
        let mut node = Node::root(shards);
        loop {
            let halves = node.halves()?;
            if let Some(place) = halves.iter().position(|half| *half == self) {
                return Some((node, place));
            }
            node =
                halves.into_iter().find(|half| half.first <= self.first && self.end <= half.end)?;
        }
    }

    /// Whether all its shards are among these.
    pub fn is_within(self, shards: &Range<usize>) -> bool {
        shards.start <= self.first && self.end <= shards.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_one_shard_and_every_shard_on_one_rank() {
        for (count, ranks, samples) in [(8, 1, 32), (8, 3, 33), (8, 4, 5), (3, 4, 7), (1, 2, 1)] {
            let shards = Shards::new(count, 0, ranks);
            let all: Vec<usize> = (0..count).flat_map(|i| shards.samples(i, samples)).collect();
            assert_eq!(all, (0..samples).collect::<Vec<_>>());
            let all: Vec<usize> = (0..ranks).flat_map(|rank| shards.of_rank(rank)).collect();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
            for rank in 0..ranks {
                assert!(shards.of_rank(rank).all(|shard| shards.rank_of(shard) == rank));
            }
        }
    }

    #[test]
    fn nodes_are_the_halves_of_those_above() {
        for shards in 1..20 {
            let mut nodes = vec![Node::root(shards)];
            while let Some(node) = nodes.pop() {
                let Some(halves) = node.halves() else { continue };
                for (place, half) in halves.into_iter().enumerate() {
                    assert_eq!(half.above(shards), Some((node, place)));
                }
                nodes.extend(halves);
            }
            assert_eq!(Node::root(shards).above(shards), None);
        }
    }
}
