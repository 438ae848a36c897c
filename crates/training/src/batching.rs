//! How many samples pass through a network at once, outside training.

use crate::TrainError;
use relume_layers::{Mode, Network, Workspace};
use relume_tensor::{Array, peak_numbers};

/// The most samples that pass at once, and the most numbers (128 MiB) that their pass holds.
const SAMPLES: usize = 256;
const NUMBERS: usize = 32 << 20;

/// Heads of attention and buffers of a layer that are assumed where nothing was measured.
const HEADS: usize = 16;
const BUFFERS: usize = 8;

/// How many of `count` samples pass at once: fewer if a pass of 256 would hold more than 128 MiB. If the shapes do not
/// rule that out, a few samples are passed first, which `first` gives by their number, and what they hold is measured.
pub(crate) fn samples_at_once(
    network: &mut Network,
    count: usize,
    first: impl Fn(usize) -> Result<Array, TrainError>,
) -> Result<usize, TrainError> {
    let most = count.clamp(1, SAMPLES);
    if most.saturating_mul(bound(network)) <= NUMBERS {
        return Ok(SAMPLES);
    }
    // What a pass holds whatever the number of samples, such as packed weights, is in both.
    let few = most.min(3);
    let [one, some] = [1, few].map(|samples| peak(network, first(samples)?));
    let each = some?.saturating_sub(one?) / (few - 1).max(1);
    Ok((NUMBERS / each.max(1)).clamp(1, SAMPLES))
}

/// More numbers than a pass of one sample holds: what stages give, what layers within them may give at each position,
/// whose width is that of a parameter, and the scores of attention.
fn bound(network: &Network) -> usize {
    let sizes = network.parameters().iter().flat_map(|(_, own)| own.value.dims().to_vec());
    let widest = sizes.max().unwrap_or(1);
    let product = |sizes: &[usize]| sizes.iter().fold(1, |n: usize, &size| n.saturating_mul(size));
    let numbers = network.shapes().iter().map(|shape| {
        let (positions, scores) = match shape[..] {
            [] | [_] => (1, 0),
            [steps, _] => (steps, steps.saturating_mul(steps).saturating_mul(HEADS)),
            [_, ref positions @ ..] => (product(positions), 0),
        };
        let given = shape.count().saturating_add(positions.saturating_mul(widest));
        given.saturating_mul(BUFFERS).saturating_add(scores)
    });
    numbers.fold(1, usize::saturating_add)
}

/// The most numbers that a pass of these samples holds at once.
fn peak(network: &mut Network, samples: Array) -> Result<usize, TrainError> {
    let (result, numbers) = peak_numbers(|| {
        let mut workspace = Workspace::inference();
        let x = workspace.tape.constant(samples);
        network.forward(&mut workspace, x, Mode::Inference)
    });
    result?;
    Ok(numbers)
}
