//! Weights in half precision: stored in 16 bits, widened to f32 when they are used.

use crate::storage::Storage;
use crate::tensor::Numbers;
use crate::{Shape, Tensor, TensorError};
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use half::{bf16, f16};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// How the numbers of a tensor are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// 32 bits (IEEE 754 binary32).
    #[default]
    F32,
    /// 16 bits, 11 of them significant, up to 65504 (IEEE 754 binary16).
    F16,
    /// 16 bits, 8 of them significant, with the range of f32 (bfloat16).
    Bf16,
}

impl Precision {
    /// The bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Precision::F32 => 4,
            Precision::F16 | Precision::Bf16 => 2,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precision::F32 => "f32",
            Precision::F16 => "f16",
            Precision::Bf16 => "bf16",
        })
    }
}

/// The stored bits of numbers in half precision.
#[derive(Clone, Copy, Debug)]
pub struct Halves<'a> {
    precision: Precision,
    bits: &'a [u16],
}

impl<'a> Halves<'a> {
    /// Numbers of these bits.
    pub(crate) fn new(precision: Precision, bits: &'a [u16]) -> Self {
        Halves { precision, bits }
    }

    /// F16 or Bf16.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// The bits of each number, in memory order.
    pub fn bits(self) -> &'a [u16] {
        self.bits
    }

    /// Writes some of the numbers as f32, which holds them exactly.
    ///
    /// # Panics
    /// The range is not inside of the numbers, or `to` is of another length.
    pub fn widen(self, range: Range<usize>, to: &mut [f32]) {
        let bits = &self.bits[range];
        match self.precision {
            Precision::F16 => bits.reinterpret_cast::<f16>().convert_to_f32_slice(to),
            _ => bits.reinterpret_cast::<bf16>().convert_to_f32_slice(to),
        }
    }
}

/// Numbers in half precision, and the same widened once something has read them.
#[derive(Debug)]
pub(crate) struct Half {
    precision: Precision,
    bits: Arc<Vec<u16>>,
    wide: OnceLock<Storage>,
}

impl Clone for Half {
    /// Without the widened numbers, so that a tensor that is cloned for one pass frees them after it.
    fn clone(&self) -> Self {
        Half { precision: self.precision, bits: self.bits.clone(), wide: OnceLock::new() }
    }
}

impl Half {
    pub fn halves(&self) -> Halves<'_> {
        Halves { precision: self.precision, bits: &self.bits }
    }

    /// The numbers in f32.
    pub fn to_wide(&self) -> Storage {
        let mut wide = Storage::uninit(self.bits.len());
        self.halves().widen(0..self.bits.len(), wide.values_mut());
        wide
    }

    pub fn wide(&self) -> &[f32] {
        self.wide.get_or_init(|| self.to_wide()).values()
    }

    pub fn shares_with(&self, other: &Half) -> bool {
        Arc::ptr_eq(&self.bits, &other.bits)
    }
}

impl Tensor {
    /// A tensor of the given shape and numbers in half precision.
    ///
    /// # Errors
    /// The number of values is not the shape's, or the precision is f32.
    pub fn from_bits(
        shape: impl Into<Shape>,
        precision: Precision,
        bits: Vec<u16>,
    ) -> Result<Self, TensorError> {
        let shape = shape.into();
        if shape.count() != bits.len() || precision == Precision::F32 {
            return Err(TensorError::Count { shape, given: bits.len() });
        }
        let half = Half { precision, bits: Arc::new(bits), wide: OnceLock::new() };
        Ok(Tensor::of(shape, Numbers::Half(Box::new(half))))
    }

    /// How the numbers are stored.
    pub fn precision(&self) -> Precision {
        self.halves().map_or(Precision::F32, Halves::precision)
    }

    /// The bytes that the stored numbers take.
    pub fn bytes(&self) -> usize {
        self.count() * self.precision().bytes()
    }

    /// The same numbers stored in another precision, rounded to the nearest one (to even where two are as near).
    /// Numbers beyond the range of f16 become infinite.
    pub fn to_precision(&self, precision: Precision) -> Self {
        if precision == self.precision() {
            return self.clone();
        }
        // Of a clone, so that reading does not widen this one.
        let own = self.clone();
        let numbers = own.data();
        let mut bits = vec![0; numbers.len()];
        match precision {
            Precision::F32 => {
                let mut wide = Tensor::uninit(self.shape());
                wide.data_mut().copy_from_slice(numbers);
                return wide;
            }
            Precision::F16 => {
                bits.reinterpret_cast_mut::<f16>().convert_from_f32_slice(numbers);
            }
            Precision::Bf16 => {
                bits.reinterpret_cast_mut::<bf16>().convert_from_f32_slice(numbers);
            }
        }
        let half = Half { precision, bits: Arc::new(bits), wide: OnceLock::new() };
        Tensor::of(self.shape(), Numbers::Half(Box::new(half)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_the_nearest_ones_of_ieee_754() {
        // numpy.float16(x).view("u2"), and torch.tensor(x).bfloat16().view(torch.int16).
        let cases = [
            (0.1f32, 0x2E66, 0x3DCD),
            (-2.0, 0xC000, 0xC000),
            (65504.0, 0x7BFF, 0x4780),
            (65520.0, 0x7C00, 0x4780),
            (5.960_464_5e-8, 0x0001, 0x3380),
            (1.000_488_3, 0x3C00, 0x3F80),
            (f32::INFINITY, 0x7C00, 0x7F80),
        ];
        let tensor = Tensor::vector(&cases.map(|(x, ..)| x));
        let f16 = tensor.to_precision(Precision::F16);
        assert_eq!(f16.halves().unwrap().bits(), cases.map(|(_, bits, _)| bits));
        let bf16 = tensor.to_precision(Precision::Bf16);
        assert_eq!(bf16.halves().unwrap().bits(), cases.map(|(.., bits)| bits));
        assert_eq!((f16.bytes(), bf16.bytes(), tensor.bytes()), (14, 14, 28));
        assert_eq!(f16.data()[4], 5.960_464_5e-8);
        assert_eq!(bf16.data()[0], f32::from_bits(0x3DCD << 16));
    }

    #[test]
    fn what_is_written_to_becomes_f32_and_its_clones_stay() {
        let half = Tensor::vector(&[1.0, 0.1]).to_precision(Precision::Bf16);
        let mut written = half.clone();
        assert!(written.shares_with(&half));
        written.data_mut()[0] = 3.0;
        assert_eq!((written.precision(), half.precision()), (Precision::F32, Precision::Bf16));
        assert_eq!((written.data()[0], half.data()[0]), (3.0, 1.0));
        assert_eq!(written.data()[1], half.data()[1]);
        let bits = half.halves().unwrap().bits().to_vec();
        assert_eq!(Tensor::from_bits(2, Precision::Bf16, bits).unwrap(), half);
        assert!(Tensor::from_bits(3, Precision::F16, vec![0; 2]).is_err());
    }
}
