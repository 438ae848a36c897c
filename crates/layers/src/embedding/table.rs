//! The table of an embedding: its options, and its rows on the tape.

use crate::{Builder, InitializerSpec, LayerError, ParameterId, Pass, ops};
use relume_autograd::{OpRef, Var};
use relume_catalog::Spec;
use relume_tensor::{Array, Tensor};

/// How the table of an embedding is used and trained.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = EmbeddingOptions)]
pub struct EmbeddingTable {
    /// The index of padding: its row starts at 0 and is never trained.
    pub padding_idx: Option<usize>,
    /// Rows of a larger norm are scaled down to it when used.
    #[spec(positive)]
    pub max_norm: Option<f64>,
    /// p of the p-norm of max_norm.
    #[spec(default = 2.0, positive)]
    pub norm_type: f64,
    /// Whether a row's gradient is divided by how often its index occurs in the batch.
    #[spec(default = false)]
    pub scale_grad_by_freq: bool,
    /// Whether the table is frozen.
    #[spec(default = false)]
    pub freeze: bool,
    /// Initial values of the table.
    #[spec(default = crate::initializers::Normal)]
    pub init: InitializerSpec,
}

impl EmbeddingTable {
    /// Whether a table has so many rows, and the padding among them.
    pub(crate) fn fits(&self, num_embeddings: usize) -> Result<(), String> {
        if u32::try_from(num_embeddings).is_err() {
            return Err(format!(
                "num_embeddings is at most 4294967295 (2^32 - 1), not {num_embeddings}"
            ));
        }
        match self.padding_idx {
            Some(index) if index >= num_embeddings => Err(format!(
                "padding_idx is one of the {num_embeddings} indices from 0 to {}, not {index}",
                num_embeddings - 1
            )),
            _ => Ok(()),
        }
    }

    /// The table of these sizes, `[num_embeddings, dim]`; the row of the padding is 0.
    pub(crate) fn build(&self, builder: &mut Builder<'_>, sizes: [usize; 2]) -> Table {
        let weight = builder.parameter("weight", sizes, &self.init, sizes);
        if let Some(made) = builder.made(weight) {
            made.frozen = self.freeze;
            if let Some(row) = self.padding_idx {
                made.value.data_mut()[row * sizes[1]..][..sizes[1]].fill(0.0);
            }
        }
        let max_norm = self.max_norm.map(|most| [most, self.norm_type]);
        Table { weight, max_norm, padding: self.padding_idx }
    }
}

/// A table of an embedding.
#[derive(Debug)]
pub(crate) struct Table {
    pub weight: ParameterId,
    /// The largest norm, and which one.
    pub max_norm: Option<[f64; 2]>,
    pub padding: Option<usize>,
}

impl Table {
    /// The table on the tape, the rows that are asked for scaled down where they are too long: as in PyTorch, in the
    /// table itself, and no gradient knows of it.
    pub fn on_tape(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        if let Some([most, p]) = self.max_norm {
            let rows = pass.buffer(self.weight).dims()[0];
            let mut is_used = Tensor::zeros(rows);
            for &index in pass.tape.indices(x)?.data() {
                // Indices that are no rows are refused by the operation.
                if let Some(is_used) = is_used.data_mut().get_mut(index as usize) {
                    *is_used = 1.0;
                }
            }
            for row in (0..rows).filter(|&row| is_used.data()[row] == 1.0) {
                self.shorten(pass, row, most, p);
            }
        }
        Ok(pass.parameter(self.weight))
    }

    /// `x` as indices of the table's rows: as it is, or from numbers, which are checked.
    pub fn indices(&self, pass: &mut Pass<'_>, op: &OpRef, x: Var) -> Result<Var, LayerError> {
        let rows = pass.buffer(self.weight).dims()[0];
        match pass.tape.array(x)? {
            Array::Indices(_) => Ok(x),
            Array::Tensor(numbers) => {
                let indices = ops::rows_of(op.get().name(), numbers, rows)?;
                Ok(pass.tape.constant(indices))
            }
        }
    }

    /// Scales a row down to the largest norm if it is longer; the table is written to only then.
    fn shorten(&self, pass: &mut Pass<'_>, row: usize, most: f64, p: f64) {
        let width = pass.buffer(self.weight).dims()[1];
        let own = row * width..(row + 1) * width;
        let numbers = &pass.buffer(self.weight).data()[own.clone()];
        let sum: f64 = numbers.iter().map(|&x| f64::from(x).abs().powf(p)).sum();
        let norm = sum.powf(1.0 / p);
        if norm > most {
            let factor = (most / (norm + 1e-7)) as f32;
            let table = pass.buffer_mut(self.weight).data_mut();
            table[own].iter_mut().for_each(|x| *x *= factor);
        }
    }
}
