//! The types of number in safetensors files, and how each is converted.

use ::safetensors::Dtype;
use relume_tensor::{Precision, Tensor};

/// The type and the little-endian bytes of a tensor's numbers.
pub(super) fn to_bytes(tensor: &Tensor) -> (Dtype, Vec<u8>) {
    let halves = |bits: &[u16]| bits.iter().flat_map(|bits| bits.to_le_bytes()).collect();
    match (tensor.precision(), tensor.halves()) {
        (Precision::F16, Some(own)) => (Dtype::F16, halves(own.bits())),
        (Precision::Bf16, Some(own)) => (Dtype::BF16, halves(own.bits())),
        _ => (Dtype::F32, tensor.data().iter().flat_map(|value| value.to_le_bytes()).collect()),
    }
}

/// The precision of a type that Relume stores in 16 bits too.
pub(super) fn half(dtype: Dtype) -> Option<Precision> {
    match dtype {
        Dtype::F16 => Some(Precision::F16),
        Dtype::BF16 => Some(Precision::Bf16),
        _ => None,
    }
}

/// Numbers of 16 bits.
pub(super) fn bits(bytes: &[u8]) -> Vec<u16> {
    bytes.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect()
}

/// The numbers of these bytes; `None` for a type of 16-bit floats, or one that 32-bit floats cannot represent.
pub(super) fn from_bytes(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    Some(match dtype {
        Dtype::F32 => each(bytes, f32::from_le_bytes),
        Dtype::F64 => each(bytes, |b| f64::from_le_bytes(b) as f32),
        Dtype::I64 => each(bytes, |b| i64::from_le_bytes(b) as f32),
        Dtype::I32 => each(bytes, |b| i32::from_le_bytes(b) as f32),
        Dtype::I16 => each(bytes, |b| i16::from_le_bytes(b).into()),
        Dtype::I8 => each(bytes, |b| i8::from_le_bytes(b).into()),
        Dtype::U8 => each(bytes, |b| u8::from_le_bytes(b).into()),
        Dtype::BOOL => each(bytes, |[b]| if b == 0 { 0.0 } else { 1.0 }),
        _ => return None,
    })
}

fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| number(*bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bit_floats_have_the_values_of_ieee_754() {
        // numpy.float16 of the same bits.
        let cases = [
            (0x0000, 0.0),
            (0x0001, 5.960_464_5e-8),
            (0x03FF, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3555, 0.333_251_95),
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x7BFF, 65504.0),
            (0x7C00, f32::INFINITY),
            (0xFC00, f32::NEG_INFINITY),
        ];
        let value = |half: u16| {
            let bits = bits(&half.to_le_bytes());
            Tensor::from_bits(1, Precision::F16, bits).unwrap().data()[0]
        };
        for (bits, expected) in cases {
            assert_eq!(value(bits), expected, "{bits:#06x}");
        }
        assert_eq!(value(0x8000).to_bits(), (-0.0_f32).to_bits());
        assert!(value(0x7E00).is_nan());
    }

    #[test]
    fn the_other_types_keep_their_values() {
        let brain = bits(&[0x40, 0x40, 0x80, 0xBF]);
        let brain = Tensor::from_bits(2, Precision::Bf16, brain).unwrap();
        assert_eq!(brain.data(), [3.0, -1.0]);
        assert_eq!(from_bytes(Dtype::F64, &0.1_f64.to_le_bytes()).unwrap(), [0.1]);
        assert_eq!(from_bytes(Dtype::I64, &(-7_i64).to_le_bytes()).unwrap(), [-7.0]);
        assert_eq!(from_bytes(Dtype::I8, &[0xFF, 3]).unwrap(), [-1.0, 3.0]);
        assert_eq!(from_bytes(Dtype::U8, &[0xFF]).unwrap(), [255.0]);
        assert_eq!(from_bytes(Dtype::BOOL, &[0, 1]).unwrap(), [0.0, 1.0]);
        assert_eq!(from_bytes(Dtype::C64, &[0; 8]), None);
    }
}
