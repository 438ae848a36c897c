//! Functions that draw random numbers, each call going on where the one before ended.

use super::Function;
use super::call::Call;
use super::operand::Sizes;
use crate::{Failure, Session, Value};
use relume_catalog::Spec;
use relume_tensor::{Rng, Stream, Tensor};

impl Session {
    /// The generator of `rand`, `randn`, `randint` and `randperm`: it starts anew with `set seed=`.
    fn generator(&mut self) -> &mut Rng {
        let seed = self.settings.seed;
        self.generator.get_or_insert_with(|| Rng::stream(seed, Stream::Draws))
    }
}

/// Uniformly distributed numbers from 0 up to, but not including, 1.
///
/// Each call goes on with new numbers; `set seed=` starts the sequence again.
///
/// ```relume
/// rand(2, 3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Rand {
    /// The sizes.
    pub sizes: Sizes,
}

impl Function for Rand {
    const REST: Option<&'static str> = Some("sizes");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.new_shape(self.sizes.all())?;
        Ok(Value::Tensor(call.session.generator().uniform_tensor(shape, 0.0, 1.0)))
    }
}

/// Normally distributed numbers, with mean 0 and standard deviation 1.
///
/// Each call goes on with new numbers; `set seed=` starts the sequence again. `random` gives the same at each call.
///
/// ```relume
/// randn(2, 3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Randn {
    /// The sizes.
    pub sizes: Sizes,
}

impl Function for Randn {
    const REST: Option<&'static str> = Some("sizes");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.new_shape(self.sizes.all())?;
        Ok(Value::Tensor(call.session.generator().normal_tensor(shape, 0.0, 1.0)))
    }
}

/// Whole numbers from a lowest one up to, but not including, a highest one, each as likely as the others.
///
/// Each call goes on with new numbers; `set seed=` starts the sequence again.
///
/// ```relume
/// randint(0, 10, [2, 3])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function, check = Self::has_numbers)]
pub struct Randint {
    /// The lowest number.
    #[spec(range = -16777216..=16777216)]
    pub low: i64,
    /// One more than the highest.
    #[spec(range = -16777216..=16777216)]
    pub high: i64,
    /// The sizes.
    pub sizes: Sizes,
}

impl Randint {
    fn has_numbers(&self) -> Result<(), String> {
        match self.low < self.high {
            true => Ok(()),
            false => {
                Err(format!("there is no whole number from {} to below {}", self.low, self.high))
            }
        }
    }
}

impl Function for Randint {
    const REST: Option<&'static str> = Some("sizes");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.new_shape(self.sizes.all())?;
        let generator = call.session.generator();
        let range = (self.high - self.low) as usize;
        let number = |_| (self.low + generator.below(range) as i64) as f32;
        Ok(Value::Tensor(Tensor::from_fn(shape, number)))
    }
}

/// The whole numbers from 0 to n - 1 in random order.
///
/// Each call goes on with another order; `set seed=` starts the sequence again.
///
/// ```relume
/// randperm(5)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Randperm {
    /// How many.
    #[spec(range = 0..=16777216)]
    pub n: usize,
}

impl Function for Randperm {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.new_shape(&[self.n])?;
        let mut order = Tensor::from_fn(shape, |i| i as f32);
        call.session.generator().shuffle(order.data_mut());
        Ok(Value::Tensor(order))
    }
}
