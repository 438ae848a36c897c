//! The sum, mean or maximum of the vectors of a bag of indices.

use super::table::{EmbeddingOptions, EmbeddingTable, Table};
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
/// without the rows in between; the order of the indices does not matter, and padding_idx may be anywhere. A bag of
/// padding alone gives zeros. Parameter: `weight` `[num_embeddings, dim]`, initially from the standard normal
/// distribution, with the row of padding_idx 0.
///
/// ```relume
/// net = input(20) -> embedding_bag(1000, 16, padding_idx=0) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, positional = 2, check = Self::consistent)]
pub struct EmbeddingBag {
    /// Rows of the table: how many indices there are.
    #[spec(positive)]
    pub num_embeddings: usize,
    /// Features of a row.
    #[spec(positive)]
    pub dim: usize,
    /// How the rows are combined.
    #[spec(default = Pooling::Mean)]
    pub mode: Pooling,
    /// How the table is used and trained.
    #[spec(flatten = EmbeddingOptions)]
    pub table: EmbeddingTable,
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
        if self.mode == Pooling::Max && self.table.scale_grad_by_freq {
            return Err("scale_grad_by_freq does not go with mode=\"max\"".to_string());
        }
        self.table.fits(self.num_embeddings)
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
        let table = self.table.build(builder, [self.num_embeddings, self.dim]);
        let op = ops::EmbeddingBag {
            mode: self.mode.into(),
            padding: self.table.padding_idx,
            scale_by_frequency: self.table.scale_grad_by_freq,
        };
        Ok(Arc::new(EmbeddingBagLayer { op: Arc::new(op).into(), table }))
    }

    fn initializers(&self) -> Vec<&InitializerSpec> {
        vec![&self.table.init]
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
