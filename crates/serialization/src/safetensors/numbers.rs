//! The types of number in safetensors files, and how each is converted.

use ::safetensors::Dtype;
use relume_tensor::{Precision, Shape, Tensor, TensorError};

/// The type and the little-endian bytes of a tensor's numbers.
pub(super) fn to_bytes(tensor: &Tensor) -> (Dtype, Vec<u8>) {
    let halves = |bits: &[u16]| bits.iter().flat_map(|bits| bits.to_le_bytes()).collect();
    match (tensor.precision(), tensor.halves()) {
        (Precision::F16, Some(own)) => (Dtype::F16, halves(own.bits())),
        (Precision::Bf16, Some(own)) => (Dtype::BF16, halves(own.bits())),
        _ => (Dtype::F32, tensor.data().iter().flat_map(|value| value.to_le_bytes()).collect()),
    }
}

/// The tensor of these bytes, which are as many as the shape has numbers of this type; `None` for a type that 32-bit
/// floats cannot represent.
///
/// # Errors
/// It does not fit into memory.
pub(super) fn tensor(
    shape: Shape,
    dtype: Dtype,
    bytes: &[u8],
) -> Result<Option<Tensor>, TensorError> {
    let halves = |precision| {
        let mut bits = Vec::new();
        let is_there = bits.try_reserve_exact(shape.count()).is_ok();
        let wanted = bytes.len() as u64;
        is_there.then_some(()).ok_or(TensorError::TooLarge { shape, wanted, free: None })?;
        bits.extend(bytes.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes)));
        Tensor::from_bits(shape, precision, bits)
    };
    Ok(Some(match dtype {
        Dtype::F16 => halves(Precision::F16)?,
        Dtype::BF16 => halves(Precision::Bf16)?,
        Dtype::F32 => each(shape, bytes, f32::from_le_bytes)?,
        Dtype::F64 => each(shape, bytes, |b| f64::from_le_bytes(b) as f32)?,
        Dtype::I64 => each(shape, bytes, |b| i64::from_le_bytes(b) as f32)?,
        Dtype::I32 => each(shape, bytes, |b| i32::from_le_bytes(b) as f32)?,
        Dtype::I16 => each(shape, bytes, |b| i16::from_le_bytes(b).into())?,
        Dtype::I8 => each(shape, bytes, |b| i8::from_le_bytes(b).into())?,
        Dtype::U8 => each(shape, bytes, |b| u8::from_le_bytes(b).into())?,
        Dtype::BOOL => each(shape, bytes, |[b]| if b == 0 { 0.0 } else { 1.0 })?,
        _ => return Ok(None),
    }))
}

fn each<const N: usize>(
    shape: Shape,
    bytes: &[u8],
    number: impl Fn([u8; N]) -> f32,
) -> Result<Tensor, TensorError> {
    let mut tensor = Tensor::try_uninit(shape)?;
    for (value, bytes) in tensor.data_mut().iter_mut().zip(bytes.as_chunks().0) {
        *value = number(*bytes);
    }
    Ok(tensor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
        let shape = Shape::from(bytes.len() * 8 / dtype.bitsize());
        tensor(shape, dtype, bytes).unwrap().unwrap().data().to_vec()
    }

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
        let value = |half: u16| of(Dtype::F16, &half.to_le_bytes())[0];
        for (bits, expected) in cases {
            assert_eq!(value(bits), expected, "{bits:#06x}");
        }
        assert_eq!(value(0x8000).to_bits(), (-0.0_f32).to_bits());
        assert!(value(0x7E00).is_nan());
    }

    #[test]
    fn the_other_types_keep_their_values() {
        assert_eq!(of(Dtype::BF16, &[0x40, 0x40, 0x80, 0xBF]), [3.0, -1.0]);
        assert_eq!(of(Dtype::F64, &0.1_f64.to_le_bytes()), [0.1]);
        assert_eq!(of(Dtype::I64, &(-7_i64).to_le_bytes()), [-7.0]);
        assert_eq!(of(Dtype::I8, &[0xFF, 3]), [-1.0, 3.0]);
        assert_eq!(of(Dtype::U8, &[0xFF]), [255.0]);
        assert_eq!(of(Dtype::BOOL, &[0, 1]), [0.0, 1.0]);
        assert_eq!(tensor(Shape::from(1), Dtype::C64, &[0; 8]), Ok(None));
    }
}
