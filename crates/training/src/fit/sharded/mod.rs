//! A step whose batch is cut into shards, on one process or several.
//!
//! Each shard passes forward and backward by itself, from the same running statistics and with random numbers of its
//! own. Gradients, each times what its shard weighs, are summed along one tree over all shards ([`Shards`]), and the
//! running statistics are averaged. So the same shards give the same bits, however many ranks they are on.

mod buckets;
mod feed;
mod reducer;
mod spread;
mod statistics;
mod stats;
mod together;

pub(super) use feed::{Fed, Sizes};
pub(super) use spread::Spread;

use super::batch::BatchFigures;
use super::watching::KeptPass;
use crate::closure_step::Evaluated;
use crate::group::{Group, GroupError, Partial, Shards, Summed};
use crate::step::ForwardPass;
use crate::{Interrupt, Task, TrainError};
use buckets::{Buckets, Filling};
use reducer::Reducer;
use relume_datasets::Batch;
use relume_layers::{Mode, Network, ParameterId, Workspace};
use relume_tensor::interrupt::cancellable;
use relume_tensor::{Rng, Stream, Tensor, threads};

use statistics::Statistics;
use stats::RankStats;
pub(super) use stats::ShardStats;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;
use together::Meeting;

/// Passes batches in shards.
#[derive(Debug)]
pub(super) struct Sharder {
    group: Group,
    shards: Shards,
    buckets: Buckets,
    reducer: Option<Reducer>,
    /// Whether shards wait for each other within a pass.
    is_together: bool,
    /// Whether a rank was asked to stop.
    pub stops: bool,
}

/// A batch that has passed in shards.
pub(super) struct Passed {
    /// The mean gradients of all parameters; none if a number is not finite.
    pub gradients: Vec<Option<Tensor>>,
    pub figures: BatchFigures,
    /// The first number that is not finite.
    pub broken: Option<Broken>,
}

/// A number that is not finite.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    /// The shard in which it is.
    pub shard: Option<usize>,
    /// The gradient, in words; none if it is the loss.
    pub gradient: Option<String>,
}

impl Broken {
    fn of(shard: usize, stats: &ShardStats) -> Option<Self> {
        let parameter = stats.broken.as_ref()?;
        let gradient = (!parameter.is_empty()).then(|| format!("the gradient of {parameter}"));
        Some(Broken { shard: Some(shard), gradient })
    }
}

impl Passed {
    /// The same for an optimizer that asks for the loss at several points.
    pub fn evaluated(self) -> Evaluated {
        match self.broken {
            Some(Broken { gradient: None, .. }) => Evaluated::not_finite_loss(),
            Some(Broken { gradient: Some(gradient), .. }) => Evaluated::NotFinite(gradient),
            None => Evaluated::Finite { loss: self.figures.loss, gradients: self.gradients },
        }
    }
}

/// What a pass works on.
pub(super) struct Operands<'a> {
    pub task: &'a Task,
    pub network: &'a mut Network,
    pub workspace: &'a mut Workspace,
    /// Keeps the pass of the first shard, if that is watched.
    pub kept: Option<&'a mut KeptPass>,
    /// The network's generator before the batch.
    pub rng: &'a Rng,
    pub interrupt: &'a Interrupt,
}

impl Sharder {
    /// What passes batches in these shards; `None` if they are not cut.
    ///
    /// # Errors
    /// The system gives no thread for sums over ranks.
    pub fn of(
        group: &Group,
        shards: &Shards,
        network: &Network,
    ) -> Result<Option<Self>, TrainError> {
        if shards.count() == 1 && !group.is_several() {
            return Ok(None);
        }
        let several = group.is_several();
        let begin = || Reducer::begin(group.clone(), shards.clone());
        let reducer = several.then(begin).transpose();
        let reducer = reducer.map_err(|error| TrainError::Setting(error.to_string()))?;
        let (group, shards) = (group.clone(), shards.clone());
        let is_together = network.spec().is_synchronised();
        let buckets = Buckets::of(network);
        Ok(Some(Sharder { group, shards, buckets, reducer, is_together, stops: false }))
    }

    /// The loss, the metric and the mean gradients of a batch, on every rank. The network's generator and running
    /// statistics are those after the batch then.
    ///
    /// # Errors
    /// On every rank: what failed on one of them. [`TrainError::Interrupted`] if there is one rank alone, which is then
    /// to go back to the place before; several ranks finish the batch, and [`Sharder::stops`] tells that one was asked.
    pub fn pass(&mut self, mut operands: Operands<'_>, fed: &Fed) -> Result<Passed, TrainError> {
        let mut after = operands.rng.clone();
        let key = after.next_u64();
        let mut statistics = Statistics::before(operands.network);
        let mut sums = vec![Partial::default(); self.buckets.count()];
        let mut own = RankStats::default();
        let mut failed = None;
        let mut passing = Passing { key, statistics: &mut statistics, sums: &mut sums };
        let passed = match self.is_together {
            true => self.side_by_side(&mut operands, fed, &mut passing),
            false => self.one_by_one(&mut operands, fed, &mut passing),
        };
        match passed {
            Ok(shards) => own.shards = shards,
            Err(error) if self.group.is_several() => failed = Some(error),
            Err(error) => return Err(error),
        }
        own.failed = failed.as_ref().map(ToString::to_string);
        own.stops = operands.interrupt.is_set();
        // What this rank has met is told before what others make of it.
        let mut first = |error: TrainError| failed.take().unwrap_or(error);
        let sums = self.summed(fed, sums).map_err(&mut first)?;
        if statistics.numbers() > 0 {
            let of = Summed {
                shards: &self.shards,
                samples: fed.samples,
                numbers: statistics.numbers(),
            };
            let changes = self.group.sum_shards(of, statistics.take());
            let changes = changes.map_err(|error| first(error.into()))?;
            statistics.put(operands.network, &changes, fed.samples);
        }
        operands.network.set_rng(after);
        let all = self.group.gather("the figures of a batch", own);
        let all = all.map_err(|error| first(error.into()))?;
        if let Some(error) = failed {
            return Err(error);
        }
        let told = all.iter().enumerate().find_map(|(rank, own)| Some((rank, own.failed.clone()?)));
        if let Some((rank, text)) = told {
            return Err(GroupError::Failed { rank, text }.into());
        }
        self.stops |= all.iter().any(|own| own.stops);
        let shards = all.iter().flat_map(|own| &own.shards);
        let numbers = (0..self.shards.count()).filter(|&i| !self.shards.is_empty(i, fed.samples));
        let broken = numbers.zip(shards.clone()).find_map(|(shard, own)| Broken::of(shard, own));
        let figures = BatchFigures::of(shards);
        let share = if figures.weight > 0.0 { (1.0 / figures.weight) as f32 } else { 0.0 };
        let gradients = match &broken {
            Some(_) => Vec::new(),
            None => self.buckets.unpacked(operands.network, &sums, share),
        };
        Ok(Passed { gradients, figures, broken })
    }

    /// Passes this rank's shards one after the other. What the last of them completes is handed on to be summed at
    /// once.
    fn one_by_one(
        &mut self,
        operands: &mut Operands<'_>,
        fed: &Fed,
        passing: &mut Passing<'_>,
    ) -> Result<Vec<ShardStats>, TrainError> {
        let Sharder { buckets, reducer, shards, group, .. } = self;
        let Passing { key, statistics, sums } = passing;
        let is_cancellable = !group.is_several();
        let mut passed = Vec::new();
        let mut next = shards.own().start;
        for (place, (shard, batch)) in fed.own.iter().enumerate() {
            skip(shards, next..*shard, sums, statistics);
            next = shard + 1;
            let is_last = place + 1 == fed.own.len();
            operands.network.set_rng(shard_rng(*key, *shard));
            statistics.restore(operands.network);
            let full = |bucket: usize, numbers: Vec<f32>| {
                let count = numbers.len();
                sums[bucket].push(shards, *shard, Some(numbers));
                if let (true, Some(reducer)) = (is_last, reducer.as_mut()) {
                    let sum = &mut sums[bucket];
                    (next..shards.own().end).for_each(|empty| sum.push(shards, empty, None));
                    reducer.put(fed.samples, count, std::mem::take(sum));
                }
            };
            let mut kept = operands.kept.take();
            let workspace =
                kept.as_mut().map_or(&mut *operands.workspace, |own| &mut own.workspace);
            let (task, network) = (operands.task, &mut *operands.network);
            let work = || pass_shard(task, network, workspace, batch, buckets, full);
            let stats = match is_cancellable {
                true => cancellable(operands.interrupt, work)??,
                false => work()?,
            };
            if let Some(kept) = kept {
                (kept.loss, kept.factor) = (stats.loss, stats.weight as f32);
            }
            statistics.add(operands.network, shards, *shard, batch.samples());
            passed.push(stats);
        }
        match reducer {
            // The sums are on their way, with the shards after the last one.
            Some(_) if !fed.own.is_empty() => {
                (next..shards.own().end).for_each(|shard| statistics.skip(shards, shard));
            }
            _ => skip(shards, next..shards.own().end, sums, statistics),
        }
        fed.checked().map(|()| passed)
    }

    /// Passes this rank's shards at the same time, each on a thread of its own, so that they can wait for each other.
    fn side_by_side(
        &self,
        operands: &mut Operands<'_>,
        fed: &Fed,
        passing: &mut Passing<'_>,
    ) -> Result<Vec<ShardStats>, TrainError> {
        let mut kept = operands.kept.take();
        let operands = &*operands;
        let Sharder { buckets, shards, group, .. } = self;
        let Passing { key, statistics, sums } = passing;
        let (key, is_cancellable) = (*key, !group.is_several());
        fed.checked().inspect_err(|error| group.alarm(&error.to_string()))?;
        let meeting = Meeting::new(group.clone(), shards, fed.samples);
        let pass = |shard: usize, batch: &Batch, mut workspace: Workspace| {
            let mut network = operands.network.clone();
            network.set_rng(shard_rng(key, shard));
            statistics.restore(&mut network);
            workspace.set_together(Some(Arc::new(meeting.seat(shard))));
            let mut filled = Vec::new();
            let full = |_, numbers| filled.push(numbers);
            let task = operands.task;
            let work = || pass_shard(task, &mut network, &mut workspace, batch, buckets, full);
            let result = match is_cancellable {
                true => cancellable(operands.interrupt, work).map_err(TrainError::from).flatten(),
                false => work(),
            };
            if let Err(error) = &result {
                meeting.leave(&error.to_string());
            }
            result.map(|stats| PassedShard { stats, filled, network, workspace })
        };
        let each = |shard: usize, batch: &Batch, workspace: Workspace| {
            threads::run_alone(|| pass(shard, batch, workspace)).unwrap_or_else(|error| {
                meeting.leave(&error.to_string());
                Err(TrainError::Setting(error.to_string()))
            })
        };
        let each = &each;
        let results: Vec<_> = std::thread::scope(|scope| {
            let begun = fed.own.iter().enumerate().map(|(place, (shard, batch))| {
                let is_kept = place == 0 && kept.is_some();
                let new = if is_kept { Workspace::watching_training } else { Workspace::recording };
                scope.spawn(move || each(*shard, batch, new()))
            });
            let begun: Vec<_> = begun.collect();
            let joined = begun.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined.map(|own| own.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        let mut passed = Vec::new();
        let mut next = shards.own().start;
        for ((shard, batch), result) in fed.own.iter().zip(results) {
            let PassedShard { stats, filled, network, workspace } =
                result.inspect_err(|error| group.alarm(&error.to_string()))?;
            if let Some(kept) = kept.take() {
                (kept.loss, kept.factor) = (stats.loss, stats.weight as f32);
                kept.workspace = workspace;
            }
            skip(shards, next..*shard, sums, statistics);
            next = shard + 1;
            // A shard whose loss is not finite has filled none.
            let mut filled = filled.into_iter();
            sums.iter_mut().for_each(|sum| sum.push(shards, *shard, filled.next()));
            statistics.add(&network, shards, *shard, batch.samples());
            passed.push(stats);
        }
        skip(shards, next..shards.own().end, sums, statistics);
        Ok(passed)
    }

    /// The sums of all buckets over all ranks: those that are not on their way are handed on now.
    fn summed(&mut self, fed: &Fed, sums: Vec<Partial>) -> Result<Vec<Vec<f32>>, TrainError> {
        let Sharder { group, shards, buckets, reducer, .. } = self;
        let Some(reducer) = reducer else {
            let sums = sums.into_iter().enumerate();
            let of =
                |bucket| Summed { shards, samples: fed.samples, numbers: buckets.numbers(bucket) };
            return sums.map(|(bucket, sum)| Ok(group.sum_shards(of(bucket), sum)?)).collect();
        };
        for (bucket, sum) in sums.into_iter().enumerate().skip(reducer.waiting()) {
            reducer.put(fed.samples, buckets.numbers(bucket), sum);
        }
        let began = Instant::now();
        let sums = reducer.take()?;
        group.traffic().count_wait(began.elapsed());
        Ok(sums)
    }
}

/// The generator of a shard of a batch whose shards have this key.
pub(super) fn shard_rng(key: u64, shard: usize) -> Rng {
    Rng::stream(key, Stream::Item(shard as u64))
}

/// A shard that has passed beside others.
struct PassedShard {
    stats: ShardStats,
    /// Its buckets.
    filled: Vec<Vec<f32>>,
    network: Network,
    workspace: Workspace,
}

/// What the shards of a batch add to.
struct Passing<'a> {
    /// What the random numbers of the shards come from.
    key: u64,
    statistics: &'a mut Statistics,
    sums: &'a mut [Partial],
}

/// Passes over shards without samples.
fn skip(shards: &Shards, empty: Range<usize>, sums: &mut [Partial], statistics: &mut Statistics) {
    for shard in empty {
        sums.iter_mut().for_each(|sum| sum.push(shards, shard, None));
        statistics.skip(shards, shard);
    }
}

/// Passes a shard forward and backward; `full` is given its buckets in their order, unless its loss is not finite. Its
/// gradients are those of the loss times what the shard weighs. The workspace is cleared then, unless it watches the
/// pass.
fn pass_shard(
    task: &Task,
    network: &mut Network,
    workspace: &mut Workspace,
    batch: &Batch,
    buckets: &Buckets,
    mut full: impl FnMut(usize, Vec<f32>),
) -> Result<ShardStats, TrainError> {
    let pass = ForwardPass::run(task, network, workspace, batch, Mode::Training)?;
    let mut stats = ShardStats {
        loss: pass.value,
        weight: pass.weight,
        metric: pass.metric_sum,
        counted: pass.counted as u64,
        broken: None,
    };
    if !pass.value.is_finite() {
        if let Some(error) = task.diagnose(workspace, &pass, batch) {
            return Err(error);
        }
        stats.broken = Some(String::new());
        // Shards that wait for each other go back together.
        if !workspace.is_together() {
            return Ok(stats);
        }
    }
    let mut filling = Filling::begin(buckets, workspace);
    let shape = workspace.tape.value(pass.loss).shape();
    let weight = Tensor::from_fn(shape, |_| pass.weight as f32);
    workspace.tape.backward_telling(pass.loss, weight, |variable, gradient| {
        filling.put(variable, gradient, &mut full);
    })?;
    if workspace.watch().is_none() {
        workspace.clear();
    }
    let name = |id: ParameterId| network.parameters().get(id).name.clone();
    if let Some(id) = filling.without_gradient() {
        return Err(TrainError::NoGradient(name(id)));
    }
    stats.broken = stats.broken.or_else(|| filling.broken().map(name));
    Ok(stats)
}
