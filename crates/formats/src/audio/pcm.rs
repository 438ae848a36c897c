//! Samples that are stored one by one: whole numbers, floating-point numbers, and the companded bytes of telephony.

/// How a sample is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// One byte, 128 is zero.
    Unsigned8,
    /// A signed whole number of this many bytes, from 1 to 4; what is smaller is at its upper end.
    Signed(usize),
    /// IEEE 754, 32 bits.
    Float,
    /// IEEE 754, 64 bits.
    Double,
    /// Companded by ITU-T G.711, A-law.
    ALaw,
    /// Companded by ITU-T G.711, mu-law.
    MuLaw,
}

/// The order of a sample's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The lowest byte first.
    Little,
    /// The highest byte first.
    Big,
}

impl Order {
    /// Two bytes as a number.
    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        }
    }

    /// Four bytes as a number.
    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }

    /// Eight bytes as a number.
    pub fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Order::Little => u64::from_le_bytes(bytes),
            Order::Big => u64::from_be_bytes(bytes),
        }
    }
}

/// Samples of one frame after the other, as they stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub encoding: Encoding,
    pub order: Order,
    /// Samples of a frame, at least 1.
    pub channels: usize,
}

impl Encoding {
    /// Bytes of a sample.
    pub fn width(self) -> usize {
        match self {
            Encoding::Unsigned8 | Encoding::ALaw | Encoding::MuLaw => 1,
            Encoding::Signed(bytes) => bytes,
            Encoding::Float => 4,
            Encoding::Double => 8,
        }
    }
}

impl Layout {
    /// Bytes of a frame.
    pub fn frame(self) -> usize {
        self.encoding.width() * self.channels
    }

    /// The mean over the channels of each whole frame, whole numbers as parts of the largest one.
    ///
    /// # Errors
    /// A floating-point sample that is not finite, as a sentence that continues after the file's name.
    pub fn mono(self, bytes: &[u8]) -> Result<Vec<f32>, String> {
        let order = self.order;
        // A whole number in the upper bytes of 32 bits: its value is the same part of 2^31 as of its own largest one.
        let whole = |x: u32| x as i32 as f32 / 2_147_483_648.0;
        let samples = match self.encoding {
            Encoding::Unsigned8 => self.each(bytes, |[x]: [u8; 1]| (f32::from(x) - 128.0) / 128.0),
            Encoding::ALaw => self.each(bytes, |[x]: [u8; 1]| f32::from(a_law(x)) / 32768.0),
            Encoding::MuLaw => self.each(bytes, |[x]: [u8; 1]| f32::from(mu_law(x)) / 32768.0),
            Encoding::Signed(1) => self.each(bytes, |[x]: [u8; 1]| f32::from(x as i8) / 128.0),
            Encoding::Signed(2) => {
                self.each(bytes, |x: [u8; 2]| f32::from(order.u16(x) as i16) / 32768.0)
            }
            Encoding::Signed(3) => {
                match order {
                    Order::Little => self
                        .each(bytes, |[a, b, c]: [u8; 3]| whole(u32::from_be_bytes([c, b, a, 0]))),
                    Order::Big => self
                        .each(bytes, |[a, b, c]: [u8; 3]| whole(u32::from_be_bytes([a, b, c, 0]))),
                }
            }
            Encoding::Signed(_) => self.each(bytes, |x: [u8; 4]| whole(order.u32(x))),
            Encoding::Float => self.each(bytes, |x: [u8; 4]| f32::from_bits(order.u32(x))),
            Encoding::Double => self.each(bytes, |x: [u8; 8]| f64::from_bits(order.u64(x)) as f32),
        };
        match samples.iter().all(|x| x.is_finite()) {
            true => Ok(samples),
            false => Err("holds a sample that is not a finite number".to_string()),
        }
    }

    fn each<const WIDTH: usize>(
        self,
        bytes: &[u8],
        sample: impl Fn([u8; WIDTH]) -> f32,
    ) -> Vec<f32> {
        let (samples, _) = bytes.as_chunks::<WIDTH>();
        match self.channels {
            1 => samples.iter().map(|x| sample(*x)).collect(),
            channels => {
                let mean = |frame: &[[u8; WIDTH]]| {
                    frame.iter().map(|x| sample(*x)).sum::<f32>() / channels as f32
                };
                samples.chunks_exact(channels).map(mean).collect()
            }
        }
    }
}

/// A byte of mu-law as 16 bits. ITU-T G.711, 1988.
fn mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let (segment, step) = (byte >> 4 & 7, i16::from(byte & 15));
    let size = (((step << 3) + 132) << segment) - 132;
    if byte & 128 == 0 { size } else { -size }
}

/// A byte of A-law as 16 bits. ITU-T G.711, 1988.
fn a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (segment, step) = (byte >> 4 & 7, i16::from(byte & 15));
    let size = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 264) << (segment - 1),
    };
    if byte & 128 == 0 { -size } else { size }
}
