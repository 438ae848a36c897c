//! Gauss and Legendre's rule for integrals.

/// Nodes between 0 and 1 and their weights, which add up to 1: exact for polynomials of degree 2 n - 1. The nodes are
/// the roots of Legendre's polynomial, found by Newton's method (Press and others, "Numerical recipes", section 4.6).
pub(super) fn nodes(n: usize) -> Vec<(f64, f64)> {
    (0..n).map(|i| node(i, n)).collect()
}

fn node(i: usize, n: usize) -> (f64, f64) {
    let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
    let mut slope = 1.0;
    for _ in 0..100 {
        // The recursion of Legendre's polynomials up to the n-th, and its derivative.
        let (mut before, mut value) = (0.0, 1.0);
        for k in 0..n {
            let k = k as f64;
            (before, value) = (value, ((2.0 * k + 1.0) * x * value - k * before) / (k + 1.0));
        }
        slope = n as f64 * (x * value - before) / (x * x - 1.0);
        let change = value / slope;
        x -= change;
        if change.abs() < 1e-15 {
            break;
        }
    }
    (0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope))
}

#[cfg(test)]
mod tests {
    use super::nodes;

    /// numpy.polynomial.legendre.leggauss(3), on 0 to 1.
    #[test]
    fn three_nodes_are_those_of_the_rule() {
        let expected = [
            (0.112_701_665_379_258_3, 5.0 / 18.0),
            (0.5, 8.0 / 18.0),
            (0.887_298_334_620_741_7, 5.0 / 18.0),
        ];
        for ((x, weight), (wanted, share)) in nodes(3).into_iter().zip(expected) {
            assert!((x - wanted).abs() < 1e-14 && (weight - share).abs() < 1e-14, "{x} {weight}");
        }
    }

    #[test]
    fn polynomials_are_integrated_exactly() {
        for n in [1, 2, 7, 64] {
            let sum: f64 =
                nodes(n).iter().map(|(x, weight)| weight * x.powi(2 * n as i32 - 1)).sum();
            assert!((sum - 1.0 / (2 * n) as f64).abs() < 1e-12, "{n}: {sum}");
        }
    }
}
