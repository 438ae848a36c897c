//! The sum, mean or largest numbers of the vectors that a bag of indices names.

use crate::embedding::lookup::{self, Table};
use crate::{Builder, InitializerSpec, Layer, LayerError, LayerKind, Pass, Refusal, Unfit, ops};
use relume_autograd::{OpRef, Var};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One row from all that a sample's indices name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingBag {
    /// Rows of the table.
    pub num_embeddings: usize,
    /// Features of a row.
    pub dim: usize,
    /// What becomes of the rows.
    pub mode: Pooling,
    /// The index that stands for nothing.
    pub padding_idx: Option<usize>,
    /// The largest norm that a row may have.
    pub max_norm: Option<f64>,
    /// Which norm that is.
    pub norm_type: f64,
    /// Whether a row's gradient is divided by how often it stands in the batch.
    pub scale_grad_by_freq: bool,
    /// Whether training leaves the table as it is.
    pub freeze: bool,
    /// How the table starts.
    pub init: InitializerSpec,
}

/// How several rows become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
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

impl Described for EmbeddingBag {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "embedding_bag",
        aliases: &[],
        summary: "one vector for a bag of indices: the mean, sum or maximum of their rows of a table",
        details: "Takes indices `[length]`, whole numbers counted from 0; gives `[dim]`. The same as embedding and pool_over_time, without the rows in between; the order of the indices does not matter, and padding_idx may stand anywhere. A bag of nothing but padding gives zeros. Parameter: `weight` [num_embeddings, dim], from the standard normal distribution at the start, the row of padding_idx 0.",
        arguments: &[
            lookup::NUM_EMBEDDINGS,
            lookup::DIM,
            Argument::new(
                "mode",
                Type::Choice(&["mean", "sum", "max"]),
                "what becomes of the rows",
            )
            .or_text("mean"),
            lookup::PADDING_IDX,
            lookup::MAX_NORM,
            lookup::NORM_TYPE,
            lookup::SCALE_GRAD_BY_FREQ,
            lookup::FREEZE,
            lookup::INIT,
        ],
        example: "net = input(20) -> embedding_bag(1000, 16, padding_idx=0) -> dense(2)",
    };

    fn validate(&self) -> Result<(), String> {
        if self.mode == Pooling::Max && self.scale_grad_by_freq {
            return Err("scale_grad_by_freq does not go with mode=\"max\"".to_string());
        }
        lookup::validate(self.num_embeddings, self.padding_idx)
    }
}

impl LayerKind for EmbeddingBag {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        match input.rank() {
            1 => Ok(self.dim.into()),
            _ => Err(Unfit::new("wants a bag of indices [length]").into()),
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
