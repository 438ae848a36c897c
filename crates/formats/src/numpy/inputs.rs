//! What goes into a network, from arrays: images as bytes, or numbers in their shape.

use super::array::Array;
use relume_datasets::{DataError, Pixels};
use relume_tensor::{Shape, Tensor};

/// What goes into a network.
pub(super) enum Inputs {
    Images(Pixels),
    /// `[samples, ...]`.
    Numbers(Tensor),
}

/// The images of one array.
struct Form {
    shape: [usize; 3],
    /// Whether the channels come last.
    last: bool,
}

/// The inputs of some arrays, one behind the other; whether they are images is found out where nobody says.
pub(super) fn inputs(arrays: Vec<Array>, image: Option<bool>) -> Result<Inputs, DataError> {
    let first = &arrays[0];
    for array in &arrays {
        if array.shape[1..] != first.shape[1..] {
            let problem = format!(
                "is {:?}, whose samples do not go with {:?} of {}",
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

/// How images lie in an array of this shape; none where they cannot. Where channels may be first or last, they are first.
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
        let bytes = array.into_bytes(planes);
        match all.is_empty() {
            true => all = bytes,
            false => all.extend(bytes),
        }
    }
    Ok(Inputs::Images(Pixels::new(form.shape, all)?))
}

fn numbers(arrays: &[Array]) -> Result<Inputs, DataError> {
    let first = &arrays[0];
    // A number for each sample is a row of one.
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
    Ok(Inputs::Numbers(Tensor::new(shape, all)?))
}
