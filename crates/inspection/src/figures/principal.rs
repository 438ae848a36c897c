//! Principal components.

use relume_tensor::Tensor;
use relume_training::TrainError;

/// The mean of rows and the directions in which they vary most.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// The mean of all rows.
    pub mean: Vec<f64>,
    /// The directions, of length 1, the one with the largest variance first. As in scikit-learn their largest number is
    /// positive.
    pub directions: Vec<Vec<f64>>,
    /// The share of the variance along each.
    pub shares: Vec<f64>,
}

impl Principal {
    /// The first `count` components of rows of `width` numbers: `sklearn.decomposition.PCA`. Pearson, "On lines and
    /// planes of closest fit to systems of points in space", 1901.
    ///
    /// They are the eigenvectors of the covariance, or with fewer rows than columns those of the rows' products.
    ///
    /// # Errors
    /// Numbers that are not finite, or values that are not found.
    pub fn of(rows: &[f32], width: usize, count: usize) -> Result<Self, TrainError> {
        let width = width.max(1);
        let samples = rows.len() / width;
        let mut mean = vec![0.0; width];
        for row in rows.chunks_exact(width) {
            mean.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        mean.iter_mut().for_each(|sum| *sum /= samples.max(1) as f64);
        let centred =
            Tensor::from_fn([samples, width], |at| (f64::from(rows[at]) - mean[at % width]) as f32);
        let total = centred.data().iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let turned = centred.transpose()?;
        let (vectors, values) = match width <= samples {
            true => largest(&turned.matmul(&centred)?, count)?,
            false => {
                let (found, values) = largest(&centred.matmul(&turned)?, count)?;
                // From weights of the rows to a direction.
                let direction = |weights: Vec<f64>| {
                    let mut sum = vec![0.0; width];
                    for (row, weight) in centred.data().chunks_exact(width).zip(weights) {
                        sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += weight * f64::from(x));
                    }
                    let squares = sum.iter().map(|x| x * x).sum::<f64>();
                    let norm = squares.sqrt().max(f64::MIN_POSITIVE);
                    sum.iter().map(|x| x / norm).collect()
                };
                (found.into_iter().map(direction).collect(), values)
            }
        };
        let directions = vectors.into_iter().map(upright).collect();
        let share = |value: f64| if total > 0.0 { (value / total).max(0.0) } else { 0.0 };
        let shares = values.into_iter().map(share).collect();
        Ok(Principal { mean, directions, shares })
    }

    /// How far a row lies along each direction.
    pub fn place(&self, row: &[f32]) -> Vec<f64> {
        let along = |direction: &Vec<f64>| {
            let pairs = row.iter().zip(&self.mean).zip(direction);
            pairs.map(|((&x, mean), part)| (f64::from(x) - mean) * part).sum()
        };
        self.directions.iter().map(along).collect()
    }

    /// The row that lies so far along each direction.
    pub fn row(&self, place: &[f64]) -> Vec<f32> {
        let number = |(at, mean): (usize, &f64)| {
            let parts = self.directions.iter().zip(place);
            (mean + parts.map(|(direction, far)| direction[at] * far).sum::<f64>()) as f32
        };
        self.mean.iter().enumerate().map(number).collect()
    }
}

/// The direction whose largest number is positive.
fn upright(direction: Vec<f64>) -> Vec<f64> {
    let largest =
        direction.iter().fold(0.0_f64, |most, &x| if x.abs() > most.abs() { x } else { most });
    let sign = if largest < 0.0 { -1.0 } else { 1.0 };
    direction.into_iter().map(|x| x * sign).collect()
}

/// The eigenvectors of a symmetric matrix with the largest values, the largest first.
fn largest(matrix: &Tensor, count: usize) -> Result<(Vec<Vec<f64>>, Vec<f64>), TrainError> {
    let found = matrix.eigh()?;
    let (vectors, values) = (found.eigenvectors.data(), found.eigenvalues.data());
    let size = values.len();
    let order = || (0..size).rev().take(count);
    let vector = |column: usize| -> Vec<f64> {
        (0..size).map(|row| f64::from(vectors[row * size + column])).collect()
    };
    let value = |at: usize| f64::from(values[at]);
    Ok((order().map(vector).collect(), order().map(value).collect()))
}
