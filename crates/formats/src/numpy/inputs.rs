//! The inputs from arrays: images as bytes, or numbers in their shape.

use super::array::Array;
use relume_datasets::{DataError, Pixels};
use relume_tensor::{Shape, Tensor};

/// The inputs of a network.
pub(super) enum Inputs {
    Images(Pixels),
    /// `[samples, ...]`, and all digits of the features for which f32 is not enough.
    Numbers(Tensor, Vec<(usize, Vec<f64>)>),
}

/// The images of one array.
struct Form {
    shape: [usize; 3],
    /// Whether the channels come last.
    last: bool,
}

/// The inputs of some arrays, one after the other. Whether they are images is found out if not given.
pub(super) fn inputs(arrays: Vec<Array>, image: Option<bool>) -> Result<Inputs, DataError> {
    let first = &arrays[0];
    for array in &arrays {
        if array.shape[1..] != first.shape[1..] {
            let problem = format!(
                "is {:?}, whose samples do not match {:?} of {}",
                array.shape, first.shape, first.origin
            );
            return Err(array.refused(&problem, None));
        }
    }
    let other = arrays.iter().find(|array| !array.dtype.is_byte());
    match (form(&first.shape), image, other) {
        (Some(form), None | Some(true), None) => images(arrays, form),
        (form, Some(true), other) => {
            let array = other.unwrap_or(first);
            let wanted = match (form, other) {
                (None, _) => "[n, height, width], or with 1 or 3 channels first or last",
                (Some(_), _) => "uint8",
            };
            let problem = format!("is {} {:?}, but images are {wanted}", array.dtype, array.shape);
            Err(array.refused(&problem, Some("leave image= out to take them as numbers")))
        }
        _ => numbers(&arrays),
    }
}

/// How images are laid out in an array of this shape; `None` if they cannot be. If channels may be first or last, they
/// are first.
fn form(shape: &[usize]) -> Option<Form> {
    match *shape {
        [_, h, w] => Some(Form { shape: [1, h, w], last: false }),
        [_, c @ (1 | 3), h, w] => Some(Form { shape: [c, h, w], last: false }),
        [_, h, w, c @ (1 | 3)] => Some(Form { shape: [c, h, w], last: true }),
        _ => None,
    }
}

fn images(arrays: Vec<Array>, form: Form) -> Result<Inputs, DataError> {
    let planes = form.last && form.shape[0] > 1;
    let mut all = Vec::new();
    for array in arrays {
        let bytes = array.into_bytes(planes)?;
        match all.is_empty() {
            true => all = bytes,
            false => all.extend(bytes),
        }
    }
    Ok(Inputs::Images(Pixels::new(form.shape, all)?))
}

fn numbers(arrays: &[Array]) -> Result<Inputs, DataError> {
    let first = &arrays[0];
    // One number per sample is a row of one.
    let mut shape = match first.shape[..] {
        [n] => vec![n, 1],
        _ => first.shape.clone(),
    };
    shape[0] = arrays.iter().map(Array::len).sum();
    let shape = Shape::new(&shape).map_err(|error| first.refused(&error.to_string(), None))?;
    let mut all = Vec::new();
    for array in arrays {
        let numbers = array.numbers()?;
        match all.is_empty() {
            true => all = numbers,
            false => all.extend(numbers),
        }
    }
    let exact = exact(arrays, shape.tail(1).count());
    Ok(Inputs::Numbers(Tensor::new(shape, all)?, exact))
}

/// Sums over a feature that decide whether f32 is enough for it.
#[derive(Clone, Copy, Default)]
struct Seen {
    first: f64,
    /// Sums of the differences to the first value, and of their squares.
    sums: [f64; 2],
    largest: f64,
    is_rounded: bool,
}

/// A feature of numbers this large keeps all its digits whatever its deviation is, such as seconds since 1970.
const LARGE: f64 = 1_048_576.0;

/// All digits of the features that f32 rounds to more than 1/1000 of their deviation, or that are large.
fn exact(arrays: &[Array], width: usize) -> Vec<(usize, Vec<f64>)> {
    if arrays[0].shape.len() > 2 || !arrays.iter().any(Array::is_wide) {
        return Vec::new();
    }
    let values = || arrays.iter().flat_map(Array::doubles);
    let mut seen = vec![Seen::default(); width];
    let mut count = 0;
    for (at, x) in values().enumerate() {
        let own = &mut seen[at % width];
        if at < width {
            own.first = x;
        }
        let off = x - own.first;
        own.sums = [own.sums[0] + off, own.sums[1] + off * off];
        own.largest = own.largest.max(x.abs());
        own.is_rounded |= f64::from(x as f32) != x;
        count = at / width + 1;
    }
    let is_exact = |own: &Seen| {
        let [mean, square] = own.sums.map(|sum| sum / count as f64);
        let deviation = (square - mean * mean).max(0.0).sqrt();
        let rounding = own.largest * f64::from(f32::EPSILON) / 2.0;
        own.is_rounded && (own.largest >= LARGE || rounding > deviation * 1e-3)
    };
    let features = (0..width).filter(|&feature| is_exact(&seen[feature]));
    features.map(|feature| (feature, values().skip(feature).step_by(width).collect())).collect()
}
