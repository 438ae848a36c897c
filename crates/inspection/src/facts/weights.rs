//! What trained parameters are like: their sizes, equal rows, and how many directions they have.

use super::pass::ParameterFacts;
use crate::statistics::{dot, rms, sum_of_squares};
use relume_layers::{Network, NetworkSpec, Parameter, Workspace};
use relume_tensor::Tensor;
use std::collections::HashMap;

/// Numbers by which most rows are told apart.
const BEGINNING: usize = 4;
/// Steps of the power method.
const STEPS: usize = 30;
/// Steps where it is asked only whether one singular value is far above the others.
const FEW_STEPS: usize = 4;
/// Steps over some rows.
const FIRST_STEPS: usize = 2;
/// Rows of each kind that are looked at first: the largest ones, and some spread over all.
const ROWS: usize = 16;
/// A stable rank of some rows above which all rows are not nearly multiples of one.
const HIGH: f32 = 2.0;

/// How exact a stable rank is to be.
#[derive(Clone, Copy)]
pub(super) enum Rank {
    /// By many steps over all rows.
    Exact,
    /// Exact enough where it is near 1. Where that of some rows is far above it, this one stands for it.
    NearOne,
}

/// The trained parameters, with the gradients that a pass has, which are those of the loss times a factor.
pub(super) fn parameters(
    network: &Network,
    workspace: &Workspace,
    rank: Rank,
    factor: f32,
) -> Vec<ParameterFacts> {
    let trained = network.parameters().iter().filter(|(_, parameter)| parameter.is_trained());
    trained
        .map(|(id, parameter)| {
            let gradient = workspace.variable(id).and_then(|own| workspace.tape.gradient(own));
            ParameterFacts {
                name: parameter.name.clone(),
                size: rms(&parameter.value),
                gradient: gradient.map(|own| rms(own) / factor),
                rows: parameter.value.dims().first().copied().unwrap_or(0),
                equal_rows: equal_rows(parameter, gradient),
                stable_rank: stable_rank(network.spec(), parameter, rank),
            }
        })
        .collect()
}

/// How many rows of a weight are equal to another, in their numbers and in their gradient.
fn equal_rows(parameter: &Parameter, gradient: Option<&Tensor>) -> usize {
    let rows = match parameter.value.rank() {
        0 | 1 => return 0,
        _ => parameter.value.dims()[0],
    };
    let width = parameter.value.shape().tail(1).count().max(1);
    let bits = |values: &Tensor, row: usize| -> Vec<u32> {
        let values = values.data().get(row * width..(row + 1) * width).unwrap_or_default();
        values.iter().map(|&x| (x + 0.0).to_bits()).collect()
    };
    // Rows are rarely equal: of most weights, no two rows begin with the same numbers.
    let values = parameter.value.data();
    let beginning = |row: &[f32]| {
        let mut own = [0; BEGINNING];
        own.iter_mut().zip(row).for_each(|(own, &x)| *own = (x + 0.0).to_bits());
        own
    };
    let mut beginnings: Vec<[u32; BEGINNING]> = values.chunks_exact(width).map(beginning).collect();
    beginnings.sort_unstable();
    if beginnings.windows(2).all(|pair| pair[0] != pair[1]) {
        return 0;
    }
    let mut times = HashMap::new();
    for row in 0..rows {
        let gradient = gradient.map(|own| bits(own, row));
        *times.entry((bits(&parameter.value, row), gradient)).or_insert(0) += 1;
    }
    times.values().filter(|&&times| times > 1).sum()
}

/// ||W||_F^2 / ||W||_2^2; `None` for what is no weight of a product.
fn stable_rank(spec: &NetworkSpec, parameter: &Parameter, rank: Rank) -> Option<f32> {
    let is_table = || {
        parameter.name.rsplit_once('.').is_some_and(|(path, _)| {
            let stage = spec.place(path).and_then(|place| spec.part(&place));
            stage.is_ok_and(|own| own.layers[0].entry().name.starts_with("embedding"))
        })
    };
    if parameter.value.rank() < 2 || !parameter.name.contains("weight") || is_table() {
        return None;
    }
    let width = parameter.value.shape().tail(1).count().max(1);
    let rows: Vec<&[f32]> = parameter.value.data().chunks_exact(width).collect();
    Some(match rank {
        Rank::Exact => of_rows(&rows, STEPS),
        Rank::NearOne => {
            let first = of_rows(&telling_rows(&rows), FIRST_STEPS);
            if first > HIGH { first } else { of_rows(&rows, FEW_STEPS) }
        }
    })
}

/// The rows that say most about all: the largest ones, since a single one may outweigh all others, and some spread over
/// all.
fn telling_rows<'a>(rows: &[&'a [f32]]) -> Vec<&'a [f32]> {
    if rows.len() <= 2 * ROWS {
        return rows.to_vec();
    }
    let mut sizes: Vec<(f64, usize)> =
        rows.iter().enumerate().map(|(at, row)| (sum_of_squares(row), at)).collect();
    sizes.select_nth_unstable_by(ROWS, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut places: Vec<usize> = sizes[..ROWS].iter().map(|&(_, at)| at).collect();
    places.extend((0..ROWS).map(|i| i * rows.len() / ROWS));
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(|at| rows[at]).collect()
}

/// ||W||_F^2 / ||W||_2^2 of the matrix of these rows, the norm by some steps of the power method.
fn of_rows(rows: &[&[f32]], steps: usize) -> f32 {
    let width = rows.first().map_or(0, |row| row.len());
    let square: f64 = rows.iter().map(|row| sum_of_squares(row)).sum();
    if square == 0.0 || !square.is_finite() {
        return 0.0;
    }
    let mut v: Vec<f64> = (0..width).map(|i| 1.0 + (i as f64 * 0.7).sin()).collect();
    let mut largest = 0.0;
    for _ in 0..steps {
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.iter_mut().for_each(|x| *x /= norm);
        let product: Vec<f64> = rows.iter().map(|row| dot(row, &v)).collect();
        largest = product.iter().map(|x| x * x).sum::<f64>();
        if largest == 0.0 {
            return 0.0;
        }
        v.fill(0.0);
        for (row, y) in rows.iter().zip(&product) {
            v.iter_mut().zip(*row).for_each(|(x, &w)| *x += f64::from(w) * y);
        }
    }
    (square / largest) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from -1 to 1 that look random.
    fn noise(i: usize) -> f32 {
        let x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f32 / (1u64 << 23) as f32
            - 1.0
    }

    fn near_one(numbers: &[f32], width: usize) -> f32 {
        let rows: Vec<&[f32]> = numbers.chunks_exact(width).collect();
        let first = of_rows(&telling_rows(&rows), FIRST_STEPS);
        if first > HIGH { first } else { of_rows(&rows, FEW_STEPS) }
    }

    #[test]
    fn rows_that_are_multiples_of_one_are_found_wherever_they_are() {
        let width = 40;
        let random: Vec<f32> = (0..200 * width).map(noise).collect();
        assert!(near_one(&random, width) > HIGH);
        // All of them; one alone that outweighs the others; one column that does.
        let all = |i: usize| noise(i / width) * noise(1_000_000 + i % width);
        let row = |i: usize| if i / width == 77 { 100.0 * noise(i) } else { 0.01 * noise(i) };
        let column = |i: usize| if i % width == 13 { noise(i) } else { 0.01 * noise(i) };
        let numbers =
            |of: &dyn Fn(usize) -> f32| -> Vec<f32> { (0..200 * width).map(of).collect() };
        for own in [numbers(&all), numbers(&row), numbers(&column)] {
            let rows: Vec<&[f32]> = own.chunks_exact(width).collect();
            let exact = of_rows(&rows, STEPS);
            assert!(exact < 1.1 && (near_one(&own, width) - exact).abs() < 1e-2, "{exact}");
        }
    }
}
