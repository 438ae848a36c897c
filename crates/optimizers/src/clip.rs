//! Gradient clipping.

use crate::OptimizerError;
use relume_tensor::Tensor;

/// Scales gradients so that the norm of all of them together is at most `most`; returns the norm they had.
///
/// As PyTorch's `clip_grad_norm_`: the factor is `most / (norm + 1e-6)`, and never above 1. If the norm is not a
/// number, the gradients are not changed.
///
/// # Errors
/// A limit below 0, or NaN.
pub fn clip_norm(gradients: &mut [Option<Tensor>], most: f64) -> Result<f64, OptimizerError> {
    check(most)?;
    let squares = gradients.iter().flatten().map(|gradient| f64::from(gradient.norm()).powi(2));
    let norm = squares.sum::<f64>().sqrt();
    let factor = most / (norm + 1e-6);
    if factor < 1.0 {
        gradients.iter_mut().flatten().for_each(|gradient| gradient.scale(factor as f32));
    }
    Ok(norm)
}

/// Clips every number of the gradients to `-most` and `most`, as PyTorch's `clip_grad_value_`; NaN stays NaN.
///
/// # Errors
/// A limit below 0, or NaN.
pub fn clip_value(gradients: &mut [Option<Tensor>], most: f64) -> Result<(), OptimizerError> {
    check(most)?;
    let most = most as f32;
    for gradient in gradients.iter_mut().flatten() {
        gradient.map_in_place(|g| {
            let g = if g > most { most } else { g };
            if g < -most { -most } else { g }
        });
    }
    Ok(())
}

fn check(most: f64) -> Result<(), OptimizerError> {
    if most >= 0.0 { Ok(()) } else { Err(OptimizerError::Limit(most)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_norm_of_all_gradients_together_is_kept_down() {
        let mut gradients = [Some(Tensor::vector(&[3.0])), None, Some(Tensor::vector(&[0.0, 4.0]))];
        assert_eq!(clip_norm(&mut gradients, 10.0), Ok(5.0));
        assert_eq!(gradients[0].as_ref().unwrap().data(), [3.0]);
        assert_eq!(clip_norm(&mut gradients, 1.0), Ok(5.0));
        // torch: clip_grad_norm_ with max_norm=1 on the same gradients.
        assert!((gradients[0].as_ref().unwrap().data()[0] - 0.6).abs() < 1e-6);
        assert!((gradients[2].as_ref().unwrap().data()[1] - 0.8).abs() < 1e-6);
    }

    #[test]
    fn single_numbers_are_cut_off() {
        let mut gradients = [Some(Tensor::vector(&[3.0, -0.1, -7.0]))];
        clip_value(&mut gradients, 0.5).unwrap();
        assert_eq!(gradients[0].as_ref().unwrap().data(), [0.5, -0.1, -0.5]);
    }
}
