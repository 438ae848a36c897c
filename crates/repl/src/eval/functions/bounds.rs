//! The largest result that a function may make: sizes come from what was typed, and a slip must not take all memory.

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
