//! The largest result that an operation may make: sizes come from what was typed, and a slip must not take all memory.

use crate::Failure;
use crate::syntax::Span;
use relume_tensor::Shape;

/// Numbers of the largest tensor that is made: 1 GiB.
const MOST: usize = 1 << 28;

/// The shape of a tensor to be made.
///
/// # Errors
/// Too many axes, or more numbers than one result may have.
pub fn shape(sizes: &[usize], span: Span) -> Result<Shape, Failure> {
    let shape = Shape::new(sizes).map_err(|error| Failure::tensor(&error, span))?;
    holds(shape, span)?;
    Ok(shape)
}

/// Refuses a result of more numbers than one may have, before it is made.
///
/// # Errors
/// It has more.
pub fn holds(shape: Shape, span: Span) -> Result<(), Failure> {
    match shape.count() {
        0..=MOST => Ok(()),
        count => {
            let gigabytes = count as f64 * size_of::<f32>() as f64 / f64::from(1 << 30);
            let text = format!(
                "a tensor of shape {shape} would take {gigabytes:.0} GiB; 1 GiB is the most that a result may take"
            );
            Err(Failure::at(span, text).help("use smaller sizes, or compute it piece by piece"))
        }
    }
}

/// Refuses two tensors whose result, number by number, would be too large. Shapes that do not go together are left to
/// the operation.
///
/// # Errors
/// It would be.
pub fn broadcast(a: Shape, b: Shape, span: Span) -> Result<(), Failure> {
    a.broadcast(&b, "").map_or(Ok(()), |shape| holds(shape, span))
}

/// Refuses two tensors whose matrix product would be too large.
///
/// # Errors
/// It would be.
pub fn product(a: Shape, b: Shape, span: Span) -> Result<(), Failure> {
    let from_end =
        |shape: Shape, back: usize| shape.rank().checked_sub(back).map(|axis| shape[axis]);
    let rows = from_end(a, 2).unwrap_or(1);
    let columns = from_end(b, 2).and(from_end(b, 1)).unwrap_or(1);
    let matrices = |shape: Shape| {
        shape.iter().rev().skip(2).fold(1usize, |count, &size| count.saturating_mul(size))
    };
    shape(&[matrices(a).max(matrices(b)), rows, columns], span).map(|_| ())
}
