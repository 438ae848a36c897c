//! Muon: momentum whose directions are all made equally long.

use super::shared::{EMA, GROUPS, L1, learning_rate, momentum, weight_decay};
use super::{Adamw, Common, OptimizerSpec, Rule, Way, alike};
use crate::{Step, fused::update};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Matrix, Shape, Tensor, gemm};
use serde::{Deserialize, Serialize};

/// Muon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Muon {
    /// The learning rate.
    pub lr: f64,
    /// How strongly weights are pulled towards 0, apart from the gradient.
    pub weight_decay: f64,
    /// How much of the mean of gradients is kept.
    pub momentum: f64,
    /// Whether the momentum is looked ahead.
    pub nesterov: bool,
    /// The coefficients of x, x^3 and x^5 in the iteration.
    pub ns_coefficients: [f64; 3],
    /// The least norm that is divided by.
    pub eps: f64,
    /// How many iterations there are.
    pub ns_steps: usize,
    /// How the rate depends on the matrix.
    pub adjust_lr_fn: AdjustLr,
    /// The optimizer of all parameters that are not matrices; AdamW with its defaults if none.
    pub fallback: Option<Box<OptimizerSpec>>,
    /// What all rules can do.
    #[serde(flatten)]
    pub common: Common,
}

/// How Muon's rate depends on the matrix, of so many rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustLr {
    /// Times sqrt(max(1, rows / columns)): Jordan's.
    Original,
    /// Times 0.2 sqrt(max(rows, columns)): steps as large as AdamW's.
    MatchRmsAdamw,
    /// Times sqrt(rows / columns): Bernstein's.
    SpectralUnclamped,
}

impl Described for Muon {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "muon",
        aliases: &[],
        summary: "momentum made orthogonal, for weight matrices; all other parameters learn by adamw",
        details: "m = m + (1 - momentum) (g - m); u = m, or g + momentum (m - g) with Nesterov's momentum; u is divided by its norm, and u = a u + (b u u^T + c (u u^T)^2) u is repeated, which brings all singular values near to 1; w = w (1 - lr weight_decay) - lr' u, where lr' is lr times what adjust_lr_fn says. As in PyTorch it takes parameters with two axes only; biases, norms and convolutions learn by `fallback`. Computed in single precision, where PyTorch rounds the iteration to bfloat16. Jordan, \"Muon: an optimizer for hidden layers in neural networks\", 2024; Liu and others, \"Muon is scalable for LLM training\", 2025.",
        arguments: &[
            learning_rate(1e-3),
            weight_decay(0.1),
            momentum(0.95),
            Argument::new("nesterov", Type::Boolean, "whether the momentum is looked ahead")
                .or_boolean(true),
            Argument::new(
                "ns_coefficients",
                Type::List(&Type::REAL),
                "coefficients of x, x^3 and x^5 in the iteration",
            )
            .or_numbers(&[3.4445, -4.775, 2.0315]),
            Argument::new("eps", Type::POSITIVE, "least norm that is divided by").or_number(1e-7),
            Argument::new("ns_steps", Type::Integer { min: 0, max: 99 }, "number of iterations")
                .or_integer(5),
            Argument::new(
                "adjust_lr_fn",
                Type::Choice(&["original", "match_rms_adamw", "spectral_unclamped"]),
                "how the rate depends on the matrix: times sqrt(max(1, rows/columns)), 0.2 sqrt(max(rows, columns)), or sqrt(rows/columns)",
            )
            .or_text("original"),
            Argument::new(
                "fallback",
                Type::Spec(Kind::Optimizer),
                "the optimizer of all parameters that are not matrices; adamw if not given",
            )
            .optional(),
            L1,
            EMA,
            GROUPS,
        ],
        example: "train net on digits epochs=1 optimizer=muon(lr=0.02, fallback=adamw(lr=0.001))",
    };

    fn validate(&self) -> Result<(), String> {
        if self.momentum > 1.0 {
            return Err("momentum must not be above 1".to_string());
        }
        if let Some(fallback) = &self.fallback {
            let common = match fallback.inner().way() {
                Way::Each(rule) => rule.common(),
                Way::Together(_) => {
                    return Err(format!(
                        "{fallback} cannot be the fallback: it wants all parameters"
                    ));
                }
            };
            if *common != Common::default() {
                return Err("l1, ema and groups are muon's own, not its fallback's".to_string());
            }
        }
        self.common.check(self)
    }
}

impl Muon {
    /// What is left to the fallback.
    fn takes(shape: Shape) -> bool {
        shape.rank() == 2 && shape.count() > 0
    }

    fn with_fallback<R>(&self, work: impl FnOnce(&dyn Rule) -> R) -> R {
        match self.fallback.as_ref().map(|fallback| fallback.inner().way()) {
            Some(Way::Each(rule)) => work(rule),
            // `validate` refuses others.
            _ => work(&Adamw::default()),
        }
    }

    /// The matrix of nearly the same directions whose singular values are all near to 1.
    fn orthogonal(&self, mut x: Tensor) -> Tensor {
        let shape = x.shape();
        let (rows, columns) = (shape[0], shape[1]);
        x.scale(1.0 / x.norm().max(self.eps as f32));
        let [a, b, c] = self.ns_coefficients.map(|x| x as f32);
        // The products of rows with one another, or of columns where there are fewer.
        let short = rows.min(columns);
        let mut gram = Tensor::uninit([short, short]);
        let mut factor = Tensor::uninit([short, short]);
        let mut next = Tensor::uninit(shape);
        for _ in 0..self.ns_steps {
            let matrix = Matrix::new(x.data(), rows, columns);
            match rows > columns {
                true => gemm(matrix.t(), matrix, 0.0, gram.data_mut()),
                false => gemm(matrix, matrix.t(), 0.0, gram.data_mut()),
            }
            let squared = Matrix::new(gram.data(), short, short);
            gemm(squared, squared, 0.0, factor.data_mut());
            update::<1>(&mut factor, &gram, [], |gram, [square]| *square = b * gram + c * *square);
            let factor = Matrix::new(factor.data(), short, short);
            match rows > columns {
                true => gemm(matrix, factor, 0.0, next.data_mut()),
                false => gemm(factor, matrix, 0.0, next.data_mut()),
            }
            update::<1>(&mut next, &x, [], |x, [product]| *product += a * x);
            std::mem::swap(&mut x, &mut next);
        }
        x
    }
}

impl Rule for Muon {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn fallback(&self) -> Option<OptimizerSpec> {
        Some(self.fallback.as_deref().cloned().unwrap_or_else(|| Adamw::default().into()))
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        match Self::takes(shape) {
            true => alike(["momentum_buffer"], shape),
            false => self.with_fallback(|rule| rule.slots(shape)),
        }
    }

    fn update(&self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor], step: &Step) {
        let shape = value.shape();
        if !Self::takes(shape) {
            return self.with_fallback(|rule| rule.update(value, gradient, slots, step));
        }
        let momentum = step.momentum(self.momentum);
        let [kept, entering] = [momentum, 1.0 - momentum].map(|x| x as f32);
        let nesterov = self.nesterov;
        let mut direction = Tensor::uninit(shape);
        let state = slots.iter_mut().chain([&mut direction]);
        update::<3>(value, gradient, state, |g, [_, m, u]| {
            *m += entering * (g - *m);
            *u = if nesterov { g + kept * (*m - g) } else { *m };
        });
        let direction = self.orthogonal(direction);
        let (rows, columns) = (shape[0] as f64, shape[1] as f64);
        let adjusted = match self.adjust_lr_fn {
            AdjustLr::Original => (rows / columns).max(1.0).sqrt(),
            AdjustLr::MatchRmsAdamw => 0.2 * rows.max(columns).sqrt(),
            AdjustLr::SpectralUnclamped => (rows / columns).sqrt(),
        };
        let lr = step.lr(self.lr);
        let [shrink, step_size] = [1.0 - lr * self.weight_decay, lr * adjusted].map(|x| x as f32);
        update::<1>(value, &direction, [], |u, [w]| *w = *w * shrink - step_size * u);
    }
}
