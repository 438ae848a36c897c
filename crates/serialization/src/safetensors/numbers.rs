//! The types of number in safetensors files, as 32-bit floats.

use ::safetensors::Dtype;

/// The little-endian bytes of the numbers.
pub(super) fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The numbers whose bytes these are; none for a type that 32-bit floats cannot stand for.
pub(super) fn from_bytes(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    Some(match dtype {
        Dtype::F32 => each(bytes, f32::from_le_bytes),
        Dtype::F64 => each(bytes, |b| f64::from_le_bytes(b) as f32),
        Dtype::F16 => each(bytes, |b| half(u16::from_le_bytes(b))),
        Dtype::BF16 => each(bytes, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)),
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

/// The value of a 16-bit float of IEEE 754: 1 bit sign, 5 bits exponent, 10 bits fraction.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (u32::from(bits >> 10) & 0x1F, u32::from(bits & 0x3FF));
    let magnitude = match exponent {
        // A denormal in 16 bits is a normal number in 32.
        0 => (fraction as f32 * f32::from_bits((127 - 24) << 23)).to_bits(),
        0x1F => 0xFF << 23 | fraction << 13,
        _ => (exponent + 127 - 15) << 23 | fraction << 13,
    };
    f32::from_bits(u32::from(bits & 0x8000) << 16 | magnitude)
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
        for (bits, value) in cases {
            assert_eq!(half(bits), value, "{bits:#06x}");
        }
        assert_eq!(half(0x8000).to_bits(), (-0.0_f32).to_bits());
        assert!(half(0x7E00).is_nan());
    }

    #[test]
    fn the_other_types_keep_their_values() {
        assert_eq!(from_bytes(Dtype::BF16, &[0x40, 0x40, 0x80, 0xBF]).unwrap(), [3.0, -1.0]);
        assert_eq!(from_bytes(Dtype::F64, &0.1_f64.to_le_bytes()).unwrap(), [0.1]);
        assert_eq!(from_bytes(Dtype::I64, &(-7_i64).to_le_bytes()).unwrap(), [-7.0]);
        assert_eq!(from_bytes(Dtype::I8, &[0xFF, 3]).unwrap(), [-1.0, 3.0]);
        assert_eq!(from_bytes(Dtype::U8, &[0xFF]).unwrap(), [255.0]);
        assert_eq!(from_bytes(Dtype::BOOL, &[0, 1]).unwrap(), [0.0, 1.0]);
        assert_eq!(from_bytes(Dtype::C64, &[0; 8]), None);
    }
}
