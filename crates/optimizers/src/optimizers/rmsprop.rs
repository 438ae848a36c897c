//! RMSprop: steps divided by the size of recent gradients.

use super::{Rule, epsilon, learning_rate, weight_decay};
use crate::fused::update;
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// RMSprop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rmsprop {
    /// The learning rate.
    pub lr: f64,
    /// How much of the mean of squares is kept.
    pub alpha: f64,
    /// Added to the divisor.
    pub eps: f64,
    /// How strongly weights are pulled towards 0.
    pub weight_decay: f64,
    /// How much of the last step is kept.
    pub momentum: f64,
    /// Whether the mean is taken off the mean of squares.
    pub centered: bool,
}

impl Described for Rmsprop {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "rmsprop",
        aliases: &[],
        summary: "divides steps by the root mean square of recent gradients",
        details: "v = alpha v + (1 - alpha) g^2; w = w - lr g / (sqrt(v) + eps). Centered, the square of the mean gradient is taken off v. Tieleman and Hinton, lecture 6.5 of \"Neural networks for machine learning\", 2012.",
        arguments: &[
            learning_rate(0.01),
            Argument::new("alpha", Type::FRACTION, "how much of the mean of squares is kept")
                .or_number(0.99),
            epsilon(1e-8),
            weight_decay(0.0),
            Argument::new("momentum", Type::NON_NEGATIVE, "how much of the last step is kept")
                .or_number(0.0),
            Argument::new(
                "centered",
                Type::Boolean,
                "whether the mean is taken off the mean of squares",
            )
            .or_boolean(false),
        ],
        example: "train net on digits epochs=1 optimizer=rmsprop(lr=0.001)",
    };
}

impl Rule for Rmsprop {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn slots(&self) -> Vec<&'static str> {
        let mut names = vec!["square_avg"];
        if self.momentum > 0.0 {
            names.push("momentum_buffer");
        }
        if self.centered {
            names.push("grad_avg");
        }
        names
    }

    fn update(&self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor], _: u64, lr: f64) {
        let [lr, alpha, entering, eps, decay, momentum] =
            [lr, self.alpha, 1.0 - self.alpha, self.eps, self.weight_decay, self.momentum]
                .map(|x| x as f32);
        let square = |v: &mut f32, g: f32| *v = alpha * *v + entering * (g * g);
        let centre = |v: f32, m: &mut f32, g: f32| {
            *m += entering * (g - *m);
            v - *m * *m
        };
        match (self.momentum > 0.0, self.centered) {
            (false, false) => update::<2>(value, gradient, slots, |g, [w, v]| {
                let g = g + decay * *w;
                square(v, g);
                *w -= lr * (g / (v.sqrt() + eps));
            }),
            (false, true) => update::<3>(value, gradient, slots, |g, [w, v, m]| {
                let g = g + decay * *w;
                square(v, g);
                *w -= lr * (g / (centre(*v, m, g).sqrt() + eps));
            }),
            (true, false) => update::<3>(value, gradient, slots, |g, [w, v, b]| {
                let g = g + decay * *w;
                square(v, g);
                *b = momentum * *b + g / (v.sqrt() + eps);
                *w -= lr * *b;
            }),
            (true, true) => update::<4>(value, gradient, slots, |g, [w, v, b, m]| {
                let g = g + decay * *w;
                square(v, g);
                *b = momentum * *b + g / (centre(*v, m, g).sqrt() + eps);
                *w -= lr * *b;
            }),
        }
    }
}
