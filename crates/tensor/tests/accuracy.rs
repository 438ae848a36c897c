//! The elementary functions against double precision, over the whole range of single precision. A result has the same
//! bits wherever its number stands in a slice, in every instruction set.

mod oracle;

use oracle::{Visitor, ulps, visit_all};
use relume_tensor::simd::{self, InstructionSet, Kernel, dispatch_on};

struct Accuracy;

impl Visitor for Accuracy {
    fn visit(
        &mut self,
        name: &str,
        most: f64,
        ours: impl Fn(f32) -> f32 + Copy,
        truth: fn(f64) -> f64,
    ) {
        let inputs = inputs::<1009>();
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
        let bits = x.to_bits();
        assert!(error <= most, "{name}: {error} units in the last place at {x:e} ({bits:#x})");
    }
}

/// Every so many of all bit patterns: with a prime, all exponents, signs and endings come up.
fn inputs<const STRIDE: u32>() -> Vec<f32> {
    (0..u32::MAX / STRIDE).map(|i| f32::from_bits(i * STRIDE)).collect()
}

/// All 2^32 inputs take minutes: `cargo run --release -p relume-tensor --example ulps`.
#[test]
fn every_function_is_accurate_to_units_in_the_last_place() {
    visit_all(&mut Accuracy);
}

/// A result's bits; of NaN only that it is one, since the sign of a NaN is up to the compiler.
fn bits(y: &f32) -> u32 {
    if y.is_nan() { f32::NAN.to_bits() } else { y.to_bits() }
}

struct Places;

impl Visitor for Places {
    fn visit(&mut self, name: &str, _: f64, ours: impl Fn(f32) -> f32 + Copy, _: fn(f64) -> f64) {
        let mut inputs: Vec<f32> = (0..140).map(|i| ((i * 37 % 140) as f32 - 70.0) / 6.0).collect();
        let extremes = [0.0, -0.0, 1e-45, -1e-40, 1e4, -1e4, f32::MAX, f32::INFINITY];
        for (i, extreme) in extremes.into_iter().chain([-f32::INFINITY, f32::NAN]).enumerate() {
            inputs[i * 13 + 5] = extreme;
        }
        // One by one, and compiled for the plain instruction set.
        let alone: Vec<u32> = inputs.iter().map(|&x| bits(&ours(x))).collect();
        let mut outputs = vec![0.0; inputs.len()];
        for length in 1..=70 {
            for offset in 0..=70 {
                let (from, to) = (&inputs[offset..][..length], &mut outputs[..length]);
                let expected = &alone[offset..][..length];
                simd::map(from, to, ours);
                assert!(
                    to.iter().map(bits).eq(expected.iter().copied()),
                    "{name} {length} {offset}"
                );
                to.copy_from_slice(from);
                simd::map_in_place(to, ours);
                assert!(
                    to.iter().map(bits).eq(expected.iter().copied()),
                    "{name} {length} {offset}"
                );
            }
        }
    }
}

#[test]
fn a_result_does_not_depend_on_its_place_in_the_vector_or_on_the_tail() {
    visit_all(&mut Places);
}

struct Sets;

struct Loop<'a, F>(&'a [f32], &'a mut [f32], F);

impl<F: Fn(f32) -> f32> Kernel for Loop<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.1.iter_mut().zip(self.0) {
            *y = (self.2)(x);
        }
    }
}

impl Visitor for Sets {
    fn visit(&mut self, name: &str, _: f64, ours: impl Fn(f32) -> f32 + Copy, _: fn(f64) -> f64) {
        let inputs = inputs::<100_003>();
        let results = InstructionSet::ALL.into_iter().filter_map(|instructions| {
            let mut outputs = vec![0.0; inputs.len()];
            dispatch_on(instructions, Loop(&inputs, &mut outputs, ours))?;
            Some((instructions, outputs))
        });
        let results: Vec<(InstructionSet, Vec<f32>)> = results.collect();
        let (widest, expected) = &results[0];
        for (instructions, found) in &results[1..] {
            for ((&x, a), b) in inputs.iter().zip(expected).zip(found) {
                assert_eq!(bits(a), bits(b), "{name}({x:e}) by {widest:?} and {instructions:?}");
            }
        }
    }
}

#[test]
fn every_instruction_set_that_is_here_gives_the_same_bits() {
    visit_all(&mut Sets);
}
