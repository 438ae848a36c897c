//! Files of pictures as pixels.

#[cfg(feature = "picture-codecs")]
mod bmp;
mod exif;
#[cfg(feature = "picture-codecs")]
mod gif;
mod mask;
#[cfg(feature = "picture-codecs")]
mod tiff;
#[cfg(feature = "picture-codecs")]
mod webp;

pub use mask::{masks_beside, read_mask};

use crate::files::memory;
use exif::orientation;
use relume_datasets::pixels::{Pictures, gray, resize};
use relume_datasets::{Channels, DataError};
use std::path::{Path, PathBuf};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

/// A picture of more pixels than this is refused: a few bytes can claim a picture that fills the memory.
const MOST_PIXELS: usize = 1 << 27;
/// So many pixels are read of a file of any size.
#[cfg(feature = "picture-codecs")]
const SMALL_PIXELS: usize = 1 << 24;
/// More pixels than these are refused if the file has fewer bytes than one for so many: only a picture of one colour
/// could be packed further.
#[cfg(feature = "picture-codecs")]
const PIXELS_OF_A_BYTE: usize = 1 << 10;

/// A decoded picture.
#[derive(Debug)]
pub(crate) struct Picture {
    pub height: usize,
    pub width: usize,
    /// Numbers of a pixel: 1 (gray), 2 (gray and alpha), 3 (red, green, blue) or 4 (with alpha).
    step: usize,
    /// Pixel after pixel, row after row.
    pixels: Vec<u8>,
}

impl Picture {
    /// Decodes the bytes of a file. Its content decides the format, not its name.
    ///
    /// 16-bit values keep their upper eight bits, palettes become colours, and a picture is turned upright by the
    /// orientation that its camera noted. Of an animation, the first picture is read.
    ///
    /// # Errors
    /// A sentence that continues after the file's name.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => decode_png(bytes),
            [0xFF, 0xD8, ..] => decode_jpeg(bytes),
            [] => Err("is empty".to_string()),
            _ => decode_other(bytes),
        }
    }

    /// The pixels plane by plane, `[channels, height, width]`. Alpha is dropped, and gray is computed from colours as
    /// in PIL's `convert`: (19595 R + 38470 G + 7471 B) / 65536, rounded.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn planes(&self, channels: Channels) -> Result<Vec<u8>, String> {
        let pixels = || self.pixels.chunks_exact(self.step);
        let colours = self.step >= 3;
        let mut planes = memory::reserved(channels.count() * self.height * self.width)?;
        match channels {
            Channels::Rgb => {
                for colour in 0..3 {
                    let at = if colours { colour } else { 0 };
                    planes.extend(pixels().map(|pixel| pixel[at]));
                }
            }
            Channels::Gray if colours => {
                planes.extend(pixels().map(|pixel| gray(pixel[0], pixel[1], pixel[2])))
            }
            Channels::Gray => planes.extend(pixels().map(|pixel| pixel[0])),
        }
        Ok(planes)
    }
}

/// Decodes the bytes of a file that is neither PNG nor JPEG.
fn decode_other(bytes: &[u8]) -> Result<Picture, String> {
    match bytes {
        #[cfg(feature = "picture-codecs")]
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp::decode(bytes),
        #[cfg(feature = "picture-codecs")]
        [b'G', b'I', b'F', b'8', ..] => gif::decode(bytes),
        #[cfg(feature = "picture-codecs")]
        [b'B', b'M', ..] => bmp::decode(bytes),
        #[cfg(feature = "picture-codecs")]
        [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => tiff::decode(bytes),
        _ if cfg!(feature = "picture-codecs") => {
            Err("is not a JPEG, PNG, WebP, GIF, BMP or TIFF file".to_string())
        }
        _ => Err("is neither a JPEG nor a PNG file, and this program was compiled without the feature picture-codecs"
            .to_string()),
    }
}

fn undecodable(error: impl std::fmt::Display) -> String {
    format!("cannot be decoded: {}", error.to_string().trim_end())
}

/// The size that a file claims.
#[derive(Clone, Copy, Debug)]
struct Size {
    width: usize,
    height: usize,
}

impl Size {
    /// Refuses a size for which no memory should be taken: more pixels than are read of any file, or more than a file
    /// of so many bytes can hold.
    #[cfg(feature = "picture-codecs")]
    fn check(self, bytes: usize) -> Result<(), String> {
        self.check_pixels(SMALL_PIXELS.max(bytes.saturating_mul(PIXELS_OF_A_BYTE)))
    }

    /// Refuses a size of more pixels than the file can hold.
    fn check_pixels(self, most: usize) -> Result<(), String> {
        let Size { width, height } = self;
        match width.checked_mul(height) {
            // Three bytes as they are decoded, and three in planes.
            Some(count @ 1..=MOST_PIXELS) if count <= most => {
                memory::check(count.saturating_mul(6))
                    .map_err(|lack| format!("is of {width} x {height} pixels, {lack}"))
            }
            Some(1..=MOST_PIXELS) => Err(format!(
                "claims to be {width} x {height} pixels, which is more than it can hold"
            )),
            _ => Err(format!("claims to be {width} x {height} pixels, which is more than is read")),
        }
    }
}

fn decode_png(bytes: &[u8]) -> Result<Picture, String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(undecodable)?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    let size = Size { width, height };
    // A byte of deflated data stands for at most 1,032 others. RFC 1951: 258 bytes in two bits.
    let rows = info.raw_row_length().saturating_mul(height);
    let most = if rows / 1032 > bytes.len() { 0 } else { MOST_PIXELS };
    size.check_pixels(most)?;
    let orientation = info.exif_metadata.as_ref().map_or(1, |exif| orientation(exif));
    let size = reader.output_buffer_size().ok_or("is too large")?;
    let mut pixels = memory::zeros(size)?;
    let frame = reader.next_frame(&mut pixels).map_err(undecodable)?;
    pixels.truncate(frame.buffer_size());
    let step = frame.color_type.samples();
    Picture { height, width, step, pixels }.upright(orientation)
}

/// Decodes strictly, so that a file that ends too early is found. Irregular files that are complete are read
/// nevertheless, as libjpeg does: without strictness, half a file would pass for a whole one.
///
/// Decoders round differently, and spread subsampled colours differently at a picture's right edge. Of the values of
/// 1,000 CIFAR-10 files (whose colours are subsampled) 78 % equal those of libjpeg-turbo in PIL, 99.94 % differ by at
/// most 2 of 255, and the worst by 5.
fn decode_jpeg(bytes: &[u8]) -> Result<Picture, String> {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    match decode_jpeg_with(bytes, true) {
        Err(JpegProblem::Decoding(_)) if bytes[..end].ends_with(&[0xFF, 0xD9]) => {
            decode_jpeg_with(bytes, false).map_err(JpegProblem::text)
        }
        Err(JpegProblem::Decoding(DecodeErrors::ExhaustedData)) => {
            Err("ends before its picture does".to_string())
        }
        result => result.map_err(JpegProblem::text),
    }
}

enum JpegProblem {
    Decoding(DecodeErrors),
    Other(String),
}

impl JpegProblem {
    fn text(self) -> String {
        match self {
            JpegProblem::Decoding(error) => undecodable(error),
            JpegProblem::Other(text) => text,
        }
    }
}

fn decode_jpeg_with(bytes: &[u8], strict: bool) -> Result<Picture, JpegProblem> {
    let options = DecoderOptions::default().set_strict_mode(strict);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(JpegProblem::Decoding)?;
    let (width, height) = decoder
        .dimensions()
        .ok_or_else(|| JpegProblem::Other("does not say how large it is".to_string()))?;
    // A block of 64 pixels takes one bit at least.
    let most = bytes.len().saturating_mul(512);
    Size { width, height }.check_pixels(most).map_err(JpegProblem::Other)?;
    let gray = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let (step, colours) = if gray { (1, ColorSpace::Luma) } else { (3, ColorSpace::RGB) };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    let pixels = decoder.decode().map_err(JpegProblem::Decoding)?;
    let orientation = decoder.exif().map_or(1, |exif| orientation(exif));
    match pixels.len() == width * height * step {
        true => {
            let picture = Picture { height, width, step, pixels };
            picture.upright(orientation).map_err(JpegProblem::Other)
        }
        false => Err(JpegProblem::Other("holds another number of pixels than it says".to_string())),
    }
}

/// How files become images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub channels: Channels,
    /// The height and width to which each picture is resized, if they may differ.
    pub size: Option<[usize; 2]>,
}

impl Reading {
    /// A file's planes, with their height and width.
    pub fn planes(&self, path: &Path) -> Result<(Vec<u8>, [usize; 2]), DataError> {
        let bytes = relume_files::read(path)
            .map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
        let help = "repair or remove it, or leave broken files out with skip_broken=true";
        let refused = |problem| DataError::File {
            path: path.to_path_buf(),
            problem,
            help: Some(help.to_string()),
        };
        let picture = Picture::decode(&bytes).map_err(refused)?;
        let own = [picture.height, picture.width];
        let planes = picture.planes(self.channels).map_err(refused)?;
        Ok(match self.size {
            Some(size) if size != own => (resize(&planes, own, size), size),
            _ => (planes, own),
        })
    }

    /// A file's planes, which must be of this height and width.
    pub fn planes_of_size(&self, path: &Path, size: [usize; 2]) -> Result<Vec<u8>, DataError> {
        match self.planes(path)? {
            (planes, own) if own == size => Ok(planes),
            (_, own) => Err(DataError::ImageSize { path: path.to_path_buf(), own, wanted: size }),
        }
    }
}

/// Pictures that stay in their files until they are needed.
#[derive(Debug)]
pub(crate) struct PictureFiles {
    pub paths: Vec<PathBuf>,
    /// The height and width that all have, unless `resizes`.
    pub size: [usize; 2],
    /// Whether pictures of other sizes are resized to this one.
    pub resizes: bool,
}

impl Pictures for PictureFiles {
    fn len(&self) -> usize {
        self.paths.len()
    }

    fn read(
        &self,
        index: usize,
        channels: Channels,
        size: [usize; 2],
    ) -> Result<Vec<u8>, DataError> {
        let path = &self.paths[index];
        let wanted = (self.resizes || size != self.size).then_some(size);
        Reading { channels, size: wanted }.planes_of_size(path, size)
    }
}
