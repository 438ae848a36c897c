//! The options of sources whose test part is drawn at random.

use relume_catalog::Spec;

/// How samples are drawn for the test.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = RandomSplitOptions)]
pub struct RandomSplit {
    /// Fraction of the samples that is kept for the test.
    #[spec(default = 0.2, fraction)]
    pub test: f64,
    /// Seed of all random numbers.
    #[spec(default = 0)]
    pub seed: u64,
}
