//! The sample of numbers that augmentations work on.

use relume_tensor::Shape;

/// A sample's prepared numbers in their place in a batch; a sample `[time, features]` is a sequence of frames.
#[derive(Debug)]
pub struct Numbers<'a> {
    shape: Shape,
    values: &'a mut [f32],
}

impl<'a> Numbers<'a> {
    /// A sample of this shape, which has as many values.
    pub fn new(shape: Shape, values: &'a mut [f32]) -> Self {
        Numbers { shape, values }
    }

    /// The values without padding, and how many features a frame of them has.
    ///
    /// Frames of zeros at a sequence's end are padding, as for the layer `masking`. A sample that is not a sequence is
    /// one frame without padding.
    pub fn unpadded(&mut self) -> (&mut [f32], usize) {
        let (length, features) = match self.shape.rank() {
            2 => {
                let width = self.shape[1].max(1);
                let last = self.values.iter().rposition(|&x| x != 0.0);
                (last.map_or(0, |last| last / width + 1), width)
            }
            _ => (1, self.values.len()),
        };
        (&mut self.values[..length * features], features)
    }
}
