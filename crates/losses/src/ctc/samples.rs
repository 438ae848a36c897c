//! The samples of a batch: their time, their classes, their labels.

use super::NAME;
use relume_autograd::AutogradError;
use relume_tensor::{Shape, Tensor};

/// How a batch is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `[time, batch, classes]` with labels and both lengths: PyTorch's.
    TimeFirst,
    /// `[batch, time, classes]` with rows of labels, filled up, and perhaps the lengths in time: a network's outputs and a data
    /// set's targets.
    BatchFirst,
}

/// A batch of samples.
pub(super) struct Samples<'a> {
    inputs: &'a [&'a Tensor],
    layout: Layout,
    pub blank: usize,
    pub time: usize,
    pub batch: usize,
    pub classes: usize,
    /// The shape of the losses.
    pub losses: Shape,
    /// The labels of the sample with the most.
    longest: usize,
}

/// States in front of the first, so that the recursion needs no special case there.
pub(super) const FRONT: usize = 2;

fn error<T>(problem: String) -> Result<T, AutogradError> {
    Err(AutogradError::Value { operation: NAME, problem })
}

/// Whether a label only fills up its row.
fn fills_up(label: f32, blank: usize) -> bool {
    label < 0.0 || label == blank as f32
}

/// Whether a number is a whole one from 0 to `most`.
fn is_whole(x: f32, most: usize) -> bool {
    x >= 0.0 && x.fract() == 0.0 && x <= most as f32
}

fn check_whole(what: &str, lengths: &Tensor, most: usize) -> Result<(), AutogradError> {
    match lengths.data().iter().position(|&n| !is_whole(n, most)) {
        Some(row) => {
            let n = lengths.data()[row];
            error(format!("row {row}: the {what} {n} is not a whole number from 0 to {most}"))
        }
        None => Ok(()),
    }
}

impl<'a> Samples<'a> {
    /// Looks at the shapes.
    pub fn new(
        inputs: &'a [&'a Tensor],
        layout: Layout,
        blank: usize,
    ) -> Result<Self, AutogradError> {
        let shape = inputs[0].shape();
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
                    "wants outputs [batch, time, classes], not {shape}: the network is to give a row of classes for each time step"
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
        let labels = inputs[1].shape();
        let fits = match labels.rank() {
            2 => labels[0] == batch,
            1 => layout == Layout::TimeFirst,
            _ => false,
        };
        if !fits {
            return error(format!(
                "labels of shape {labels} do not go with {batch} samples: [{batch}, longest] is wanted"
            ));
        }
        let lengths = inputs.iter().skip(2);
        for (what, lengths) in ["input_lengths", "label_lengths"].into_iter().zip(lengths) {
            if lengths.count() != batch {
                return error(format!(
                    "{what} of shape {}: one for each of {batch} samples is wanted",
                    lengths.shape()
                ));
            }
        }
        let longest = match layout {
            Layout::TimeFirst => {
                inputs[3].data().iter().fold(0.0f32, |most, &n| most.max(n)) as usize
            }
            Layout::BatchFirst => labels[1],
        };
        if longest > inputs[1].count() {
            let there = inputs[1].count();
            return error(format!("a label length is {longest}, but there are {there} labels"));
        }
        Ok(Samples { inputs, layout, blank, time, batch, classes, losses, longest })
    }

    /// Looks at lengths and labels.
    pub fn check(&self) -> Result<(), AutogradError> {
        if let Some(lengths) = self.inputs.get(2) {
            check_whole("input length", lengths, self.time)?;
        }
        if self.layout == Layout::TimeFirst {
            self.check_label_lengths()?;
        }
        for sample in 0..self.batch {
            let labels = self.labels(sample);
            let (last, blank) = (self.classes - 1, self.blank);
            let wrong = |label: &&f32| !is_whole(**label, last) || **label == blank as f32;
            if let Some(label) = labels.iter().find(wrong) {
                return error(format!(
                    "row {sample}: {label} is no label: they are the classes 0 to {last} without the blank, {blank}"
                ));
            }
            if self.layout == Layout::BatchFirst
                && !self.row(sample)[labels.len()..].iter().all(|&label| fills_up(label, blank))
            {
                return error(format!("row {sample}: a label stands behind what fills up the row"));
            }
        }
        Ok(())
    }

    fn check_label_lengths(&self) -> Result<(), AutogradError> {
        let there = self.inputs[1].count();
        let most = match self.inputs[1].dims() {
            [_, longest] => *longest,
            _ => there,
        };
        check_whole("label length", self.inputs[3], most)?;
        let total: f32 = self.inputs[3].data().iter().sum();
        match self.inputs[1].rank() == 1 && total != there as f32 {
            true => {
                error(format!("the label lengths add up to {total}, but there are {there} labels"))
            }
            false => Ok(()),
        }
    }

    fn row(&self, sample: usize) -> &'a [f32] {
        let width = self.inputs[1].dims().last().copied().unwrap_or(0);
        &self.inputs[1].data()[sample * width..][..width]
    }

    /// The labels of a sample.
    pub fn labels(&self, sample: usize) -> &'a [f32] {
        if self.layout == Layout::BatchFirst {
            let row = self.row(sample);
            let count = row.iter().position(|&label| fills_up(label, self.blank));
            return &row[..count.unwrap_or(row.len())];
        }
        let counts = self.inputs[3].data();
        let count = counts[sample] as usize;
        match self.inputs[1].rank() {
            1 => {
                let before: f32 = counts[..sample].iter().sum();
                &self.inputs[1].data()[before as usize..][..count]
            }
            _ => &self.row(sample)[..count],
        }
    }

    /// How many time steps of a sample count.
    pub fn length(&self, sample: usize) -> usize {
        self.inputs.get(2).map_or(self.time, |lengths| lengths.data()[sample] as usize)
    }

    /// The logarithms of the classes' probabilities at a time step.
    pub fn log_probs(&self, sample: usize, step: usize) -> &'a [f32] {
        let row = match self.layout {
            Layout::TimeFirst => step * self.batch + sample,
            Layout::BatchFirst => sample * self.time + step,
        };
        &self.inputs[0].data()[row * self.classes..][..self.classes]
    }

    /// The room that the states of one time step take: those of the most labels, and two in front that nothing reaches.
    pub fn states(&self) -> usize {
        2 * self.longest + 1 + FRONT
    }
}
