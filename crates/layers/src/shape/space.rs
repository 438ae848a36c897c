//! Shared by layers over one, two or three axes in space: sizes, windows, and their refusals.

use crate::InputMismatch;
use relume_catalog::Choice;
use relume_tensor::{PadMode, Shape, TensorError};

/// The names of one to three axes in space.
pub(crate) fn sides(axes: usize) -> &'static [&'static str] {
    match axes {
        1 => &["long"],
        2 => &["high", "wide"],
        _ => &["deep", "high", "wide"],
    }
}

/// The channels and the sizes in space of a sample `[channels, ...space]`.
pub(crate) fn space<const D: usize>(
    input: Shape,
    layer: &str,
) -> Result<(usize, [usize; D]), InputMismatch> {
    if let [channels, space @ ..] = &*input
        && let Ok(space) = space.try_into()
    {
        return Ok((*channels, space));
    }
    let mismatch = InputMismatch::new(match D {
        1 => "wants a line, [channels, length]",
        2 => "wants an image, [channels, height, width]",
        _ => "wants a volume, [channels, depth, height, width]",
    });
    Err(match input.rank() == D && D > 1 {
        true => {
            let sizes: Vec<String> = input.iter().map(usize::to_string).collect();
            mismatch.help(format!(
                "give it a channel axis: {{before}} -> reshape([1, {}]) -> {layer}",
                sizes.join(", ")
            ))
        }
        false => mismatch,
    })
}

/// A kernel that moves along one axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub size: usize,
    pub before: usize,
    pub after: usize,
    pub kernel: usize,
    pub stride: usize,
    pub dilation: usize,
}

impl Axis {
    /// How many positions the kernel has; refuses a kernel larger than the padded axis.
    pub fn output(&self, side: &str) -> Result<usize, InputMismatch> {
        let Some(reach) = reach(self.kernel, self.stride, self.dilation) else {
            return Err(InputMismatch::new(
                "needs a kernel, a stride and a dilation of at least 1",
            ));
        };
        let padded = self.size.saturating_add(self.before).saturating_add(self.after);
        match padded.checked_sub(reach) {
            Some(rest) => Ok(rest / self.stride + 1),
            None => {
                let most = padded.saturating_sub(1) / self.dilation + 1;
                let wanted = format!(
                    "does not fit (the kernel reaches over {reach} but the padded input is only {padded} {side})"
                );
                let more = (reach - padded).div_ceil(2).saturating_add(self.before);
                let help = format!(
                    "take a kernel of at most {most}, padding={more}, or less pooling and stride before it"
                );
                Err(InputMismatch::new(wanted).help(help))
            }
        }
    }
}

/// How many points of an axis a kernel lies over; none where it is none, or never moves.
pub(crate) fn reach(kernel: usize, stride: usize, dilation: usize) -> Option<usize> {
    match stride > 0 && dilation > 0 {
        true => Some(dilation.saturating_mul(kernel.checked_sub(1)?).saturating_add(1)),
        false => None,
    }
}

/// The numbers that divide a count of channels, as text: the small ones and itself.
pub(crate) fn divisors(channels: usize) -> String {
    const MOST: usize = 4096;
    let divisors = (1..=channels.min(MOST)).filter(|&n| channels.is_multiple_of(n));
    let itself = (channels > MOST).then_some(channels);
    divisors.chain(itself).map(|n| n.to_string()).collect::<Vec<_>>().join(", ")
}

/// A refused geometry as an error of the layer.
pub(crate) fn mismatch(error: TensorError) -> InputMismatch {
    match error {
        TensorError::Geometry { problem, .. } => {
            InputMismatch::new(format!("does not fit ({problem})"))
        }
        other => InputMismatch::new(format!("does not fit ({other})")),
    }
}

/// The last two of one to three numbers for the axes in space; a single one stands for the width.
pub(crate) fn last_two<const D: usize>(values: [usize; D], height: usize) -> [usize; 2] {
    match values[..] {
        [width] => [height, width],
        [.., height, width] => [height, width],
        [] => [height; 2],
    }
}

/// The values beyond the borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum PaddingMode {
    /// Zeros.
    Zeros,
    /// The input mirrored at its first and last numbers, which are not repeated.
    Reflect,
    /// The first and the last number, repeated.
    Replicate,
    /// The input, continued from its other end.
    Circular,
}

impl PaddingMode {
    pub(crate) fn mode(self) -> PadMode {
        match self {
            PaddingMode::Zeros => PadMode::Constant(0.0),
            PaddingMode::Reflect => PadMode::Reflect,
            PaddingMode::Replicate => PadMode::Replicate,
            PaddingMode::Circular => PadMode::Circular,
        }
    }
}

/// A number for all axes, or one for each.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Each<T> {
    /// One for all.
    All(T),
    /// One for each.
    Each(Vec<T>),
}

impl<T: Copy> Each<T> {
    /// The number of an axis; `None` if the list is not as long as there are axes.
    pub(crate) fn of(&self, axis: usize, axes: usize) -> Option<T> {
        match self {
            Each::All(one) => Some(*one),
            Each::Each(list) => list.get(axis).filter(|_| list.len() == axes).copied(),
        }
    }
}
