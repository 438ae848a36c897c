//! A range from which a number is drawn.

use relume_catalog::Choice;
use relume_tensor::Rng;

/// A range around a centre, or from one number to another.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Span {
    /// From the negative of this number to the number, around the centre.
    #[spec(non_negative)]
    Around(f64),
    /// From the first to the second.
    Between(Vec<f64>),
}

impl Span {
    /// The smallest and the largest number.
    pub fn ends(&self, centre: f64) -> [f64; 2] {
        match self {
            Span::Around(distance) => [centre - distance, centre + distance],
            Span::Between(ends) => {
                let first = ends.first().copied().unwrap_or(centre);
                [first, ends.get(1).copied().unwrap_or(first)]
            }
        }
    }

    /// Checks that it is two numbers, the smaller one first, or a single one.
    pub(super) fn consistent(&self, name: &str) -> Result<(), String> {
        match self {
            Span::Around(_) => Ok(()),
            Span::Between(ends) => match ends[..] {
                [least, most] if least <= most => Ok(()),
                [least, most] => {
                    Err(format!("{name} wants the smaller number first, not [{least}, {most}]"))
                }
                _ => Err(format!("{name} wants one number or two, not {}", ends.len())),
            },
        }
    }
}

/// A number between two, each equally likely.
pub(super) fn draw([least, most]: [f64; 2], rng: &mut Rng) -> f64 {
    least + (most - least) * f64::from(rng.uniform())
}
