//! The elementary functions against double precision, over the whole range of single precision.

use relume_tensor::simd;

/// Every so many of all bit patterns: a prime, so that all exponents, signs and endings come up.
const STRIDE: u32 = 1009;

/// How far `found` is from the true value, in units in the last place of single precision.
fn ulps(found: f32, truth: f64) -> f64 {
    let nearest = truth as f32;
    if found == nearest || found.is_nan() && nearest.is_nan() {
        return 0.0;
    }
    if !found.is_finite() || !nearest.is_finite() {
        return f64::INFINITY;
    }
    // The distance to the next number away from 0.
    let next = f32::from_bits(nearest.abs().to_bits() + 1);
    let unit = f64::from(next) - f64::from(nearest.abs());
    (f64::from(found) - truth).abs() / unit
}

fn check(name: &str, ours: impl Fn(f32) -> f32 + Copy, truth: impl Fn(f64) -> f64) {
    let inputs: Vec<f32> = (0..u32::MAX / STRIDE).map(|i| f32::from_bits(i * STRIDE)).collect();
    let mut outputs = vec![0.0; inputs.len()];
    simd::map(&inputs, &mut outputs, ours);
    let mut worst = (0.0, 0.0);
    for (&x, &y) in inputs.iter().zip(&outputs) {
        let error = ulps(y, truth(f64::from(x)));
        if error > worst.0 {
            worst = (error, x);
        }
    }
    let (error, x) = worst;
    println!("{name}: {error:.3} units at {x:e}");
    assert!(error <= 2.0, "{name}: {error} units in the last place at {x:e} ({:#x})", x.to_bits());
}

#[test]
fn every_function_is_within_two_units_in_the_last_place() {
    check("exp", simd::exp, f64::exp);
    check("exp_m1", simd::exp_m1, f64::exp_m1);
    check("ln", simd::ln, f64::ln);
    check("ln_1p", simd::ln_1p, f64::ln_1p);
    check("tanh", simd::tanh, f64::tanh);
    check("erf", simd::erf, libm::erf);
    check("sigmoid", simd::sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
    check("softplus", simd::softplus, |x| {
        x.max(0.0) + (-x.abs()).exp().ln_1p() + if x.is_nan() { x } else { 0.0 }
    });
}

/// In vectors of many lengths from many places, and one by one, compiled for the plain instruction set.
fn check_places(name: &str, function: impl Fn(f32) -> f32 + Copy) {
    let inputs: Vec<f32> = (0..4099).map(|i| ((i * 37 % 4099) as f32 - 2050.0) / 45.0).collect();
    for start in 0..19 {
        for length in [1, 7, 16, 33, 64, 100] {
            let part = &inputs[start * 151..][..length];
            let mut outputs = vec![0.0; length];
            simd::map(part, &mut outputs, function);
            for (&x, &y) in part.iter().zip(&outputs) {
                assert_eq!(y.to_bits(), function(x).to_bits(), "{name}({x})");
            }
        }
    }
}

#[test]
fn a_result_does_not_depend_on_its_place_in_the_vector_or_on_the_instruction_set() {
    check_places("exp", simd::exp);
    check_places("exp_m1", simd::exp_m1);
    check_places("ln", simd::ln);
    check_places("ln_1p", simd::ln_1p);
    check_places("tanh", simd::tanh);
    check_places("erf", simd::erf);
    check_places("sigmoid", simd::sigmoid);
    check_places("softplus", simd::softplus);
}
