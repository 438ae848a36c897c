//! The image that augmentations work on.

/// An image `[channels, height, width]` of bytes, with a second buffer to work in. Neither is allocated again for each
/// image.
#[derive(Debug)]
pub struct Image<'a> {
    shape: [usize; 3],
    pixels: &'a mut Vec<u8>,
    spare: &'a mut Vec<u8>,
}

impl<'a> Image<'a> {
    /// An image over two buffers, the first of which holds its pixels.
    pub fn new(shape: [usize; 3], pixels: &'a mut Vec<u8>, spare: &'a mut Vec<u8>) -> Self {
        Image { shape, pixels, spare }
    }

    /// The shape: `[channels, height, width]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The pixels, plane by plane.
    pub fn pixels(&self) -> &[u8] {
        self.pixels
    }

    /// The pixels for writing.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        self.pixels
    }

    /// Replaces the image by one of another shape; `fill` gets the old pixels and the new ones, which hold arbitrary
    /// values.
    pub fn replace(&mut self, shape: [usize; 3], fill: impl FnOnce(&[u8], &mut [u8])) {
        self.spare.resize(shape.iter().product(), 0);
        fill(self.pixels, self.spare);
        std::mem::swap(self.pixels, self.spare);
        self.shape = shape;
    }
}
