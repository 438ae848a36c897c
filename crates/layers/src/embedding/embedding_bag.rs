//! The sum, mean or largest numbers of the vectors that a bag of indices names.

use crate::embedding::lookup::{self, Table};
use crate::{
    Builder, InitializerSpec, InputMismatch, Layer, LayerError, LayerKind, Pass, Refusal, ops,
};
use relume_autograd::{OpRef, Var};
use relume_catalog::{Choice, Spec};
use relume_tensor::Shape;
use std::sync::Arc;

/// One vector for a bag of indices: the mean, sum or maximum of their rows of a table.
///
/// Takes indices `[length]`, whole numbers counted from 0; gives `[dim]`. The same as embedding and pool_over_time,
/// without the rows in between; the order of the indices does not matter, and padding_idx may stand anywhere. A bag of
/// nothing but padding gives zeros. Parameter: `weight` `[num_embeddings, dim]`, from the standard normal distribution
/// at the start, the row of padding_idx 0.
///
/// ```relume
/// net = input(20) -> embedding_bag(1000, 16, padding_idx=0) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, check = Self::consistent)]
pub struct EmbeddingBag {
    /// Rows of the table: how many indices there are.
    #[spec(positive)]
    pub num_embeddings: usize,
    /// Features of a row.
    #[spec(positive)]
    pub dim: usize,
    /// What becomes of the rows.
    #[spec(default = Pooling::Mean)]
    pub mode: Pooling,
    /// The index that stands for nothing: its row starts at 0 and is never trained.
    pub padding_idx: Option<usize>,
    /// Rows of a larger norm are scaled down to it when used.
    #[spec(positive)]
    pub max_norm: Option<f64>,
    /// p of the p-norm of max_norm.
    #[spec(default = 2.0, positive)]
    pub norm_type: f64,
    /// Whether a row's gradient is divided by how often it stands in the batch.
    #[spec(default = false)]
    pub scale_grad_by_freq: bool,
    /// Whether training leaves the table as it is.
    #[spec(default = false)]
    pub freeze: bool,
    /// How the table starts.
    #[spec(default = crate::initializers::Normal)]
    pub init: InitializerSpec,
}

/// How several rows become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
    /// The largest number of each feature.
    Max,
}

impl From<Pooling> for ops::OverTime {
    fn from(mode: Pooling) -> Self {
        match mode {
            Pooling::Sum => ops::OverTime::Sum,
            Pooling::Mean => ops::OverTime::Mean,
            Pooling::Max => ops::OverTime::Max,
        }
    }
}

impl EmbeddingBag {
    fn consistent(&self) -> Result<(), String> {
        if self.mode == Pooling::Max && self.scale_grad_by_freq {
            return Err("scale_grad_by_freq does not go with mode=\"max\"".to_string());
        }
        lookup::validate(self.num_embeddings, self.padding_idx)
    }
}

impl LayerKind for EmbeddingBag {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        match input.rank() {
            1 => Ok(self.dim.into()),
            _ => Err(InputMismatch::new("wants a bag of indices [length]").into()),
        }
    }

    fn build(&self, _: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let sizes = [self.num_embeddings, self.dim];
        let weight = lookup::table(builder, sizes, &self.init, self.padding_idx, self.freeze);
        let max_norm = self.max_norm.map(|most| [most, self.norm_type]);
        let op = ops::EmbeddingBag {
            mode: self.mode.into(),
            padding: self.padding_idx,
            scale_by_frequency: self.scale_grad_by_freq,
        };
        let table = Table { weight, max_norm, padding: self.padding_idx };
        Ok(Arc::new(EmbeddingBagLayer { op: Arc::new(op).into(), table }))
    }
}

#[derive(Debug)]
struct EmbeddingBagLayer {
    op: OpRef,
    table: Table,
}

impl Layer for EmbeddingBagLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let x = self.table.indices(pass, &self.op, x)?;
        let weight = self.table.on_tape(pass, x)?;
        let lengths = pass.lengths.take();
        Ok(match lengths {
            Some(lengths) => pass.tape.apply(&self.op, &[x, weight, lengths.numbers()])?,
            None => pass.tape.apply(&self.op, &[x, weight])?,
        })
    }

    fn takes_indices(&self) -> bool {
        true
    }
}
