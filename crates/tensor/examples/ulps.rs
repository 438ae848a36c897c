//! How accurate each elementary function is, over all 2^32 floats: `cargo run --release -p relume-tensor --example
//! ulps`, with names of functions to look at these alone. About a minute for each function.

#[path = "../tests/oracle/mod.rs"]
mod oracle;

use oracle::{Visitor, ulps, visit_all};
use relume_tensor::simd;
use std::process::ExitCode;

struct Exhaustive {
    names: Vec<String>,
    all_are_accurate: bool,
}

impl Visitor for Exhaustive {
    fn visit(
        &mut self,
        name: &str,
        most: f64,
        ours: impl Fn(f32) -> f32 + Copy,
        truth: fn(f64) -> f64,
    ) {
        const BLOCK: u32 = 1 << 14;
        if !self.names.is_empty() && !self.names.iter().any(|wanted| wanted == name) {
            return;
        }
        let (mut inputs, mut outputs) = ([0.0; BLOCK as usize], [0.0; BLOCK as usize]);
        let mut worst = (0.0, 0.0);
        let mut misrounded = 0u64;
        for block in 0..=u32::MAX / BLOCK {
            for (i, x) in inputs.iter_mut().enumerate() {
                *x = f32::from_bits(block * BLOCK + i as u32);
            }
            simd::map(&inputs, &mut outputs, ours);
            for (&x, &y) in inputs.iter().zip(&outputs) {
                let error = ulps(y, truth(f64::from(x)));
                misrounded += u64::from(error > 0.0);
                if error > worst.0 {
                    worst = (error, x);
                }
            }
        }
        let share = misrounded as f64 / 2f64.powi(32) * 100.0;
        let (error, x) = worst;
        println!("{name:16} {error:.3} units at {x:e}; {share:.2} % not the nearest float");
        self.all_are_accurate &= error <= most;
    }
}

fn main() -> ExitCode {
    let names = std::env::args().skip(1).collect();
    let mut exhaustive = Exhaustive { names, all_are_accurate: true };
    visit_all(&mut exhaustive);
    match exhaustive.all_are_accurate {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
