//! Muon: orthogonalised momentum.

use super::{Adamw, Common, CommonOptions, OptimizerSpec, Rule, UpdateKind, alike};
use crate::{OptimizerError, Step, fused::update};
use relume_catalog::{Choice, Spec};
use relume_tensor::{Matrix, Shape, Tensor, TensorError, gemm};

/// Orthogonalised momentum for weight matrices; all other parameters are updated by adamw.
///
/// m = m + (1 - momentum) (g - m); u = m, or g + momentum (m - g) with Nesterov's momentum; u is divided by its norm,
/// and u = a u + (b u u^T + c (u u^T)^2) u is repeated, which brings all singular values near to 1; w = w (1 - lr
/// weight_decay) - lr' u, where lr' is lr adjusted by adjust_lr_fn. As in PyTorch it takes only parameters with two
/// axes; biases, norms and convolutions are updated by `fallback`. Computed in single precision, whereas PyTorch rounds
/// the iteration to bfloat16. Jordan, "Muon: an optimizer for hidden layers in neural networks", 2024; Liu and others,
/// "Muon is scalable for LLM training", 2025.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=muon(lr=0.02, fallback=adamw(lr=0.001))
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::consistent)]
pub struct Muon {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// Strength of the weight decay.
    #[spec(default = 0.1, non_negative)]
    pub weight_decay: f64,
    /// The momentum.
    #[spec(default = 0.95, non_negative)]
    pub momentum: f64,
    /// Whether it is Nesterov's momentum.
    #[spec(default = true)]
    pub nesterov: bool,
    /// Coefficients of x, x^3 and x^5 in the iteration.
    #[spec(default = [3.4445, -4.775, 2.0315])]
    pub ns_coefficients: [f64; 3],
    /// Smallest norm to divide by.
    #[spec(default = 1e-7, positive)]
    pub eps: f64,
    /// Number of iterations.
    #[spec(default = 5, range = 0..=99)]
    pub ns_steps: usize,
    /// How the rate depends on the matrix: times sqrt(max(1, rows/columns)), 0.2 sqrt(max(rows, columns)), or
    /// sqrt(rows/columns).
    #[spec(default = AdjustLr::Original)]
    pub adjust_lr_fn: AdjustLr,
    /// The optimizer of all parameters that are not matrices; adamw by default.
    pub fallback: Option<Box<OptimizerSpec>>,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

/// How Muon's rate depends on the matrix, of so many rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum AdjustLr {
    /// Times sqrt(max(1, rows / columns)): Jordan's.
    Original,
    /// Times 0.2 sqrt(max(rows, columns)): steps as large as AdamW's.
    MatchRmsAdamw,
    /// Times sqrt(rows / columns): Bernstein's.
    SpectralUnclamped,
}

impl Muon {
    fn consistent(&self) -> Result<(), String> {
        if self.momentum > 1.0 {
            return Err("momentum must not be above 1".to_string());
        }
        if let Some(fallback) = &self.fallback {
            if let OptimizerSpec::Muon(_) = **fallback {
                return Err("muon cannot be its own fallback".to_string());
            }
            let common = match fallback.inner().update_kind() {
                UpdateKind::Each(rule) => rule.common(),
                UpdateKind::Together(_) => {
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
    /// The options of the fallback.
    fn takes(shape: Shape) -> bool {
        shape.rank() == 2 && shape.count() > 0
    }

    fn with_fallback<R>(&self, work: impl FnOnce(&dyn Rule) -> R) -> R {
        match self.fallback.as_ref().map(|fallback| fallback.inner().update_kind()) {
            Some(UpdateKind::Each(rule)) => work(rule),
            // `consistent` refuses others.
            _ => work(&Adamw::default()),
        }
    }

    /// The matrix of nearly the same directions whose singular values are all near to 1.
    fn orthogonal(&self, mut x: Tensor) -> Result<Tensor, TensorError> {
        let shape = x.shape();
        let (rows, columns) = (shape[0], shape[1]);
        x.scale(1.0 / x.norm().max(self.eps as f32));
        let [a, b, c] = self.ns_coefficients.map(|x| x as f32);
        // The products of rows with one another, or of columns if there are fewer.
        let short = rows.min(columns);
        let mut gram = Tensor::uninit([short, short]);
        let mut factor = Tensor::uninit([short, short]);
        let mut next = Tensor::uninit(shape);
        for _ in 0..self.ns_steps {
            let matrix = Matrix::new(x.data(), rows, columns)?;
            match rows > columns {
                true => gemm(matrix.t(), matrix, 0.0, gram.data_mut())?,
                false => gemm(matrix, matrix.t(), 0.0, gram.data_mut())?,
            }
            let squared = Matrix::new(gram.data(), short, short)?;
            gemm(squared, squared, 0.0, factor.data_mut())?;
            update::<1>(&mut factor, &gram, [], |gram, [square]| *square = b * gram + c * *square);
            let factor = Matrix::new(factor.data(), short, short)?;
            match rows > columns {
                true => gemm(matrix, factor, 0.0, next.data_mut())?,
                false => gemm(factor, matrix, 0.0, next.data_mut())?,
            }
            update::<1>(&mut next, &x, [], |x, [product]| *product += a * x);
            std::mem::swap(&mut x, &mut next);
        }
        Ok(x)
    }
}

impl Rule for Muon {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn fallback_optimizer(&self) -> Option<OptimizerSpec> {
        Some(self.fallback.as_deref().cloned().unwrap_or_else(|| Adamw::default().into()))
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        match Self::takes(shape) {
            true => alike(["momentum_buffer"], shape),
            false => self.with_fallback(|rule| rule.slots(shape)),
        }
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
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
        let direction = self.orthogonal(direction)?;
        let (rows, columns) = (shape[0] as f64, shape[1] as f64);
        let adjusted = match self.adjust_lr_fn {
            AdjustLr::Original => (rows / columns).max(1.0).sqrt(),
            AdjustLr::MatchRmsAdamw => 0.2 * rows.max(columns).sqrt(),
            AdjustLr::SpectralUnclamped => (rows / columns).sqrt(),
        };
        let lr = step.lr(self.lr);
        let [shrink, step_size] = [1.0 - lr * self.weight_decay, lr * adjusted].map(|x| x as f32);
        update::<1>(value, &direction, [], |u, [w]| *w = *w * shrink - step_size * u);
        Ok(())
    }
}
