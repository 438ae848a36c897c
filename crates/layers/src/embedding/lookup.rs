//! Vectors of a table, looked up by index.

use super::table::{EmbeddingOptions, EmbeddingTable, Table};
use crate::{
    Builder, InitializerSpec, InputMismatch, Layer, LayerError, LayerKind, Pass, Refusal, ops,
};
use relume_autograd::{OpRef, Var};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Looks each index up in a table of trained vectors.
///
/// Takes indices `[time]`, whole numbers counted from 0; gives `[time, dim]` (one axis more than the input). With
/// padding_idx, samples may end in padding: the following layers (rnn, gru, lstm, attention, transformer blocks,
/// pool_over_time) know how many steps each sample has, up to its last index that is not padding_idx. Parameter:
/// `weight` `[num_embeddings, dim]`, initially from the standard normal distribution, with the row of padding_idx 0.
/// With freeze=true the table stays as it is initialised or loaded. A CSV file of indices is read with
/// standardize=false.
///
/// ```relume
/// net = input(20) -> embedding(1000, 16, padding_idx=0) -> lstm(16, output="last") -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, check = Self::consistent)]
pub struct Embedding {
    /// Rows of the table: how many indices there are.
    #[spec(positive)]
    pub num_embeddings: usize,
    /// Features of a row.
    #[spec(positive)]
    pub dim: usize,
    /// How the table is used and trained.
    #[spec(flatten = EmbeddingOptions)]
    pub table: EmbeddingTable,
}

impl Embedding {
    fn consistent(&self) -> Result<(), String> {
        self.table.fits(self.num_embeddings)
    }
}

impl LayerKind for Embedding {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        // The axes of the batch and of the features are added to these.
        if input.rank() == 0 || input.rank() + 2 > Shape::MAX_RANK {
            return Err(InputMismatch::new("wants indices [time]").into());
        }
        let mut sizes = [self.dim; Shape::MAX_RANK];
        sizes[..input.rank()].copy_from_slice(&input);
        Shape::new(&sizes[..=input.rank()])
            .map_err(|_| InputMismatch::new("wants indices of fewer axes").into())
    }

    fn build(&self, _: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let table = self.table.build(builder, [self.num_embeddings, self.dim]);
        let op = ops::Embedding {
            padding: self.table.padding_idx,
            scale_by_frequency: self.table.scale_grad_by_freq,
        };
        Ok(Arc::new(EmbeddingLayer { op: Arc::new(op).into(), table }))
    }

    fn initializers(&self) -> Vec<&InitializerSpec> {
        vec![&self.table.init]
    }
}

#[derive(Debug)]
struct EmbeddingLayer {
    op: OpRef,
    table: Table,
}

impl Layer for EmbeddingLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let x = self.table.indices(pass, &self.op, x)?;
        let weight = self.table.on_tape(pass, x)?;
        let indices = pass.tape.indices(x)?;
        // Lengths that came with the data are more exact than those from padding.
        if let (Some(padding), None, 2) = (self.table.padding, pass.lengths, indices.rank()) {
            let lengths = ops::lengths_by_padding(indices, padding);
            pass.set_lengths(lengths, x)?;
        }
        Ok(pass.tape.apply(&self.op, &[x, weight])?)
    }

    fn takes_indices(&self) -> bool {
        true
    }
}
