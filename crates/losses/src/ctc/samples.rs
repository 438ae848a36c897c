//! The samples of a batch: their time, their classes, their labels.

use super::NAME;
use crate::whole::Whole;
use relume_autograd::{AutogradError, Inputs};
use relume_tensor::{Shape, Tensor};
use std::ops::Range;

/// The layout of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `[time, batch, classes]` with labels and both lengths: PyTorch's.
    TimeFirst,
    /// `[batch, time, classes]` with padded rows of labels, and optionally the lengths in time: a network's outputs and
    /// a data set's targets.
    BatchFirst,
}

/// A batch of samples.
pub(super) struct Samples<'a> {
    log_probs: &'a Tensor,
    labels: Whole<'a>,
    /// Lengths in time; `None` if all samples have the whole time.
    lengths: Option<Whole<'a>>,
    /// How many labels each sample has; `None` for padded rows.
    counts: Option<Whole<'a>>,
    layout: Layout,
    pub blank: usize,
    pub time: usize,
    pub batch: usize,
    pub classes: usize,
    /// The shape of the losses.
    pub losses: Shape,
    /// The number of labels of the sample with the most.
    longest: usize,
}

/// States in front of the first, so that the recursion needs no special case there.
pub(super) const FRONT: usize = 2;

fn error<T>(problem: String) -> Result<T, AutogradError> {
    Err(AutogradError::Value { operation: NAME, problem })
}

/// Whether a label is padding.
fn fills_up(label: f64, blank: usize) -> bool {
    label < 0.0 || label == blank as f64
}

fn check_whole(what: &str, lengths: Whole<'_>, most: usize) -> Result<(), AutogradError> {
    match (0..lengths.count()).find(|&row| lengths.up_to(row, most).is_none()) {
        Some(row) => {
            let n = lengths.text(row);
            error(format!("row {row}: the {what} {n} is not a whole number from 0 to {most}"))
        }
        None => Ok(()),
    }
}

/// The sizes of log-probabilities.
struct Sizes {
    time: usize,
    batch: usize,
    classes: usize,
    /// The shape of the losses.
    losses: Shape,
}

impl Sizes {
    fn of(shape: Shape, layout: Layout, blank: usize) -> Result<Self, AutogradError> {
        let (time, batch, classes, losses) = match (layout, &*shape) {
            (Layout::TimeFirst, &[time, batch, classes]) => (time, batch, classes, batch.into()),
            (Layout::TimeFirst, &[time, classes]) => (time, 1, classes, Shape::SCALAR),
            (Layout::BatchFirst, &[batch, time, classes]) => (time, batch, classes, batch.into()),
            (Layout::TimeFirst, _) => {
                return error(format!(
                    "wants log-probabilities [time, batch, classes], not {shape}"
                ));
            }
            (Layout::BatchFirst, _) => {
                return error(format!(
                    "wants outputs [batch, time, classes], not {shape}: the network is to give a row of classes for \
                    each time step"
                ));
            }
        };
        if time * batch == 0 {
            return error(format!("there is nothing in log-probabilities of shape {shape}"));
        }
        if blank >= classes {
            let last = classes.max(1) - 1;
            return error(format!("blank {blank} is not one of the classes 0 to {last}"));
        }
        Ok(Sizes { time, batch, classes, losses })
    }
}

/// Steps of each sample and labels of each sample, where they are given.
type Lengths<'a> = (Option<Whole<'a>>, Option<Whole<'a>>);

fn lengths(inputs: Inputs<'_>, layout: Layout, batch: usize) -> Result<Lengths<'_>, AutogradError> {
    let given = |place| inputs.place(place).map(|_| Whole::of(NAME, inputs, place)).transpose();
    let (lengths, counts) = match layout {
        Layout::TimeFirst => (Some(Whole::of(NAME, inputs, 2)?), Some(Whole::of(NAME, inputs, 3)?)),
        Layout::BatchFirst => (given(2)?, None),
    };
    let both = [("input_lengths", lengths), ("label_lengths", counts)];
    for (what, lengths) in both.into_iter().filter_map(|(what, own)| Some((what, own?))) {
        if lengths.count() != batch {
            return error(format!(
                "{what} of shape {}: one for each of {batch} samples is wanted",
                lengths.shape()
            ));
        }
    }
    Ok((lengths, counts))
}

impl<'a> Samples<'a> {
    /// Checks the shapes.
    pub fn new(inputs: Inputs<'a>, layout: Layout, blank: usize) -> Result<Self, AutogradError> {
        let log_probs = inputs[0];
        let Sizes { time, batch, classes, losses } = Sizes::of(log_probs.shape(), layout, blank)?;
        let labels = Whole::of(NAME, inputs, 1)?;
        let fits = match labels.shape().rank() {
            2 => labels.shape()[0] == batch,
            1 => layout == Layout::TimeFirst,
            _ => false,
        };
        if !fits {
            return error(format!(
                "labels of shape {} do not go with {batch} samples: [{batch}, longest] is wanted",
                labels.shape()
            ));
        }
        let (lengths, counts) = lengths(inputs, layout, batch)?;
        let longest = match counts {
            Some(counts) => (0..batch).fold(0.0f64, |most, i| most.max(counts.at(i))) as usize,
            None => labels.shape()[1],
        };
        if longest > labels.count() {
            let there = labels.count();
            return error(format!("a label length is {longest}, but there are {there} labels"));
        }
        Ok(Samples {
            log_probs,
            labels,
            lengths,
            counts,
            layout,
            blank,
            time,
            batch,
            classes,
            losses,
            longest,
        })
    }

    /// Checks lengths and labels.
    pub fn check(&self) -> Result<(), AutogradError> {
        if let Some(lengths) = self.lengths {
            check_whole("input length", lengths, self.time)?;
        }
        if let Some(counts) = self.counts {
            self.check_label_lengths(counts)?;
        }
        for sample in 0..self.batch {
            let labels = self.labels(sample);
            let (last, blank) = (self.classes - 1, self.blank);
            let is_label =
                |&at: &usize| self.labels.up_to(at, last).is_some_and(|own| own != blank);
            if let Some(at) = labels.clone().find(|at| !is_label(at)) {
                return error(format!(
                    "row {sample}: {} is not a label: labels are the classes 0 to {last} without the blank, {blank}",
                    self.labels.text(at)
                ));
            }
            let mut rest = labels.end..self.row(sample).end;
            if self.layout == Layout::BatchFirst
                && !rest.all(|at| fills_up(self.labels.at(at), blank))
            {
                return error(format!("row {sample}: a label follows the padding of the row"));
            }
        }
        Ok(())
    }

    fn check_label_lengths(&self, counts: Whole<'_>) -> Result<(), AutogradError> {
        let there = self.labels.count();
        let most = match *self.labels.shape() {
            [_, longest] => longest,
            _ => there,
        };
        check_whole("label length", counts, most)?;
        let total: f64 = (0..self.batch).map(|i| counts.at(i)).sum();
        match self.labels.shape().rank() == 1 && total != there as f64 {
            true => {
                error(format!("the label lengths add up to {total}, but there are {there} labels"))
            }
            false => Ok(()),
        }
    }

    /// The position of the row of a sample's labels.
    fn row(&self, sample: usize) -> Range<usize> {
        let width = self.labels.shape().last().copied().unwrap_or(0);
        sample * width..(sample + 1) * width
    }

    /// The positions of a sample's labels.
    pub fn labels(&self, sample: usize) -> Range<usize> {
        let Some(counts) = self.counts else {
            let Range { start, end } = self.row(sample);
            let filled = (start..end).find(|&at| fills_up(self.labels.at(at), self.blank));
            return start..filled.unwrap_or(end);
        };
        let start = match self.labels.shape().rank() {
            1 => (0..sample).map(|i| counts.at(i) as usize).sum(),
            _ => self.row(sample).start,
        };
        start..start + counts.at(sample) as usize
    }

    /// The label at a position that has been checked.
    pub fn label(&self, position: usize) -> u32 {
        self.labels.at(position) as u32
    }

    /// How many time steps a sample has.
    pub fn length(&self, sample: usize) -> usize {
        self.lengths.map_or(self.time, |lengths| lengths.at(sample) as usize)
    }

    /// The logarithms of the classes' probabilities at a time step.
    pub fn log_probs(&self, sample: usize, step: usize) -> &'a [f32] {
        let row = match self.layout {
            Layout::TimeFirst => step * self.batch + sample,
            Layout::BatchFirst => sample * self.time + step,
        };
        &self.log_probs.data()[row * self.classes..][..self.classes]
    }

    /// How many numbers the states of one time step take: those of the most labels, and two in front that nothing
    /// reaches.
    pub fn states(&self) -> usize {
        2 * self.longest + 1 + FRONT
    }
}
