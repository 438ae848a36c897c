//! Sums over the shards of a batch, along one tree whatever rank has which shard.

use super::shards::Node;
use super::{Group, GroupError, Shards};
use std::ops::Range;

/// Numbers above which two ranks add a half each, instead of both adding all.
const HALVED: usize = 4096;

/// What a rank has summed of its own shards: the nodes of the tree whose shards are all its own, from the first one on.
/// A node without samples has no numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Partial {
    nodes: Vec<(Node, Option<Vec<f32>>)>,
}

impl Partial {
    /// Adds the numbers of the next shard, none if it has no samples.
    pub fn push(&mut self, shards: &Shards, shard: usize, numbers: Option<Vec<f32>>) {
        self.nodes.push((Node::leaf(shard), numbers));
        while let [.., (first, _), (second, _)] = self.nodes[..] {
            let above = first.above(shards.count()).map(|(node, _)| node);
            let is_whole = above.is_some_and(|node| node.halves() == Some([first, second]));
            let (Some(node), true) = (above, is_whole) else { return };
            let (second, first) = (self.nodes.pop(), self.nodes.pop());
            let [first, second] = [first, second].map(|own| own.and_then(|(_, numbers)| numbers));
            self.nodes.push((node, sum(first, second)));
        }
    }

    /// The place of the numbers of a node.
    fn find(&self, node: Node) -> Option<usize> {
        self.nodes.iter().position(|(own, _)| *own == node)
    }

    /// Takes the numbers of a node.
    fn take(&mut self, node: Node) -> Option<Vec<f32>> {
        self.find(node).and_then(|place| self.nodes.remove(place).1)
    }
}

fn sum(first: Option<Vec<f32>>, second: Option<Vec<f32>>) -> Option<Vec<f32>> {
    match (first, second) {
        (Some(mut first), Some(second)) => {
            add(&mut first, &second);
            Some(first)
        }
        (first, second) => first.or(second),
    }
}

fn add(to: &mut [f32], other: &[f32]) {
    to.iter_mut().zip(other).for_each(|(to, x)| *to += x);
}

/// A sum over the shards of a batch of so many samples, of so many numbers for each shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summed<'a> {
    pub shards: &'a Shards,
    pub samples: usize,
    pub numbers: usize,
}

impl Summed<'_> {
    /// Whether no shard of a node has samples.
    fn is_empty(&self, node: Node) -> bool {
        (node.first..node.end).all(|shard| self.shards.is_empty(shard, self.samples))
    }
}

impl Group {
    /// The sums of the numbers of all ranks, of which each has as many: neighbours are added first, then pairs of them,
    /// and so on, so that every rank has the same bits.
    ///
    /// # Errors
    /// A rank that is gone, that failed, or that has another number of numbers.
    pub fn sum(&self, numbers: Vec<f32>) -> Result<Vec<f32>, GroupError> {
        let shards = Shards::new(self.size(), self.rank(), self.size());
        let of = Summed { shards: &shards, samples: self.size(), numbers: numbers.len() };
        let mut own = Partial::default();
        own.push(&shards, self.rank(), Some(numbers));
        self.sum_shards(of, own)
    }

    /// The numbers of all shards together, on every rank, from what each rank has of its own.
    pub(crate) fn sum_shards(
        &self,
        of: Summed<'_>,
        mut own: Partial,
    ) -> Result<Vec<f32>, GroupError> {
        let root = Node::root(of.shards.count());
        if !self.is_several() {
            return Ok(own.take(root).unwrap_or_else(|| vec![0.0; of.numbers]));
        }
        match self.is_even(of) {
            true => {
                let mine = node_of(of.shards.own());
                let mut numbers = own.take(mine).unwrap_or_else(|| vec![0.0; of.numbers]);
                match of.numbers > HALVED {
                    true => self.sum_halving(&mut numbers)?,
                    false => self.sum_doubling(&mut numbers)?,
                }
                Ok(numbers)
            }
            false => {
                let holder = self.combine(of, root, &mut own)?;
                let numbers = own.take(root).unwrap_or_else(|| vec![0.0; of.numbers]);
                self.spread(holder.unwrap_or(0), numbers)
            }
        }
    }

    /// Whether every rank has one node of the tree with samples, so that ranks are summed in pairs, pairs of pairs and
    /// so on.
    fn is_even(&self, of: Summed<'_>) -> bool {
        let ranks = self.size();
        let is_even = ranks.is_power_of_two() && of.shards.count().is_multiple_of(ranks);
        is_even && (0..ranks).all(|rank| !of.is_empty(node_of(of.shards.of_rank(rank))))
    }

    /// Each rank adds all numbers of the other ones: of its neighbour, then of the next pair, and so on.
    fn sum_doubling(&self, numbers: &mut [f32]) -> Result<(), GroupError> {
        let mut other = vec![0.0; numbers.len()];
        let mut distance = 1;
        while distance < self.size() {
            let partner = self.rank() ^ distance;
            self.swap(Some((partner, numbers)), Some((partner, &mut other)))?;
            add(numbers, &other);
            distance *= 2;
        }
        Ok(())
    }

    /// The same sums, of which each rank adds a part alone, that it then gives to the others.
    fn sum_halving(&self, numbers: &mut [f32]) -> Result<(), GroupError> {
        let mut mine = 0..numbers.len();
        let mut halves = Vec::new();
        let mut received = vec![0.0; numbers.len().div_ceil(2)];
        let mut distance = 1;
        while distance < self.size() {
            let partner = self.rank() ^ distance;
            let middle = mine.start + (mine.end - mine.start) / 2;
            let (first, second) = (mine.start..middle, middle..mine.end);
            let (kept, given) =
                if self.rank() < partner { (first, second) } else { (second, first) };
            let received = &mut received[..kept.len()];
            self.swap(Some((partner, &numbers[given.clone()])), Some((partner, &mut *received)))?;
            add(&mut numbers[kept.clone()], received);
            halves.push((partner, kept.clone(), given));
            mine = kept;
            distance *= 2;
        }
        while let Some((partner, kept, given)) = halves.pop() {
            let (low, high) = numbers.split_at_mut(kept.start.max(given.start));
            let (kept, given) = match kept.start < given.start {
                true => (&mut low[kept], &mut high[..given.len()]),
                false => (&mut high[..kept.len()], &mut low[given]),
            };
            self.swap(Some((partner, kept)), Some((partner, given)))?;
        }
        Ok(())
    }

    /// Sums a node of the tree; returns the rank that has its numbers then, none if it has no samples.
    fn combine(
        &self,
        of: Summed<'_>,
        node: Node,
        own: &mut Partial,
    ) -> Result<Option<usize>, GroupError> {
        if of.is_empty(node) {
            return Ok(None);
        }
        let rank = of.shards.rank_of(node.first);
        let whole = node.is_within(&of.shards.of_rank(rank));
        let (false, Some(halves)) = (whole, node.halves()) else { return Ok(Some(rank)) };
        let [first, second] =
            [self.combine(of, halves[0], own)?, self.combine(of, halves[1], own)?];
        let holder = first.or(second);
        if let (Some(to), Some(from)) = (first, second)
            && to != from
        {
            if self.rank() == from {
                let none = || vec![0.0; of.numbers];
                let numbers = own.take(halves[1]).unwrap_or_else(none);
                self.swap(Some((to, &numbers)), None)?;
            } else if self.rank() == to {
                let mut numbers = vec![0.0; of.numbers];
                self.swap(None, Some((from, &mut numbers)))?;
                own.nodes.push((halves[1], Some(numbers)));
            }
        }
        if Some(self.rank()) == holder {
            let (first, second) = (own.take(halves[0]), own.take(halves[1]));
            own.nodes.push((node, sum(first, second)));
        }
        Ok(holder)
    }

    /// Gives the numbers of one rank to all.
    pub(crate) fn spread(
        &self,
        from: usize,
        mut numbers: Vec<f32>,
    ) -> Result<Vec<f32>, GroupError> {
        // Ranks are counted from the one that has them: each gives them to the one that is a power of two after it.
        let size = self.size();
        let (place, rank) = ((self.rank() + size - from) % size, |place| (place + from) % size);
        let mut distance = size.next_power_of_two() / 2;
        while distance > 0 {
            if place.is_multiple_of(2 * distance) && place + distance < size {
                self.swap(Some((rank(place + distance), &numbers)), None)?;
            } else if place % (2 * distance) == distance {
                self.swap(None, Some((rank(place - distance), &mut numbers)))?;
            }
            distance /= 2;
        }
        Ok(numbers)
    }

    fn swap(
        &self,
        send: Option<(usize, &[f32])>,
        receive: Option<(usize, &mut [f32])>,
    ) -> Result<(), GroupError> {
        let other = send.as_ref().map(|(to, _)| *to).or(receive.as_ref().map(|(from, _)| *from));
        let mut wait = self.waiting("sums of gradients", other);
        self.transport.swap(send, receive, &mut wait)
    }
}

fn node_of(shards: Range<usize>) -> Node {
    Node { first: shards.start, end: shards.end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::ThreadTransport;

    /// Numbers whose sum depends on the order.
    fn numbers(shard: usize, count: usize) -> Vec<f32> {
        (0..count)
            .map(|i| ((shard * 31 + i * 7) as f32 * 0.37).sin() * 3f32.powi(shard as i32))
            .collect()
    }

    /// The sum along the tree, by its definition.
    fn along_the_tree(
        node: Node,
        samples: usize,
        shards: &Shards,
        count: usize,
    ) -> Option<Vec<f32>> {
        match node.halves() {
            None => (!shards.is_empty(node.first, samples)).then(|| numbers(node.first, count)),
            Some([first, second]) => sum(
                along_the_tree(first, samples, shards, count),
                along_the_tree(second, samples, shards, count),
            ),
        }
    }

    #[test]
    fn every_number_of_ranks_gives_the_same_bits() {
        let bits = |numbers: Vec<f32>| numbers.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        for shards in [1, 2, 3, 6, 8] {
            for (samples, count) in [(64, 5), (64, HALVED + 3), (3, 5), (1, 1)] {
                let whole = Shards::new(shards, 0, 1);
                let wanted = along_the_tree(Node::root(shards), samples, &whole, count).map(bits);
                for ranks in 1..=9 {
                    let transports = ThreadTransport::ranks(ranks);
                    let sums: Vec<Vec<u32>> = std::thread::scope(|scope| {
                        let each = |transport: ThreadTransport| {
                            let group = Group::new(transport);
                            let own = Shards::new(shards, group.rank(), ranks);
                            let mut partial = Partial::default();
                            for shard in own.own() {
                                let is_empty = own.is_empty(shard, samples);
                                let numbers = (!is_empty).then(|| numbers(shard, count));
                                partial.push(&own, shard, numbers);
                            }
                            let of = Summed { shards: &own, samples, numbers: count };
                            bits(group.sum_shards(of, partial).unwrap())
                        };
                        let threads =
                            transports.into_iter().map(|own| scope.spawn(move || each(own)));
                        let threads: Vec<_> = threads.collect();
                        threads.into_iter().map(|own| own.join().unwrap()).collect()
                    });
                    for own in sums {
                        assert_eq!(Some(own), wanted, "{shards} shards on {ranks} ranks");
                    }
                }
            }
        }
    }
}
