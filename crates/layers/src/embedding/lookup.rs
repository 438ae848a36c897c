//! A table of vectors, looked up by index.

use crate::{
    Builder, InitializerSpec, InputMismatch, Layer, LayerError, LayerKind, ParameterId, Pass,
    Refusal, ops,
};
use relume_autograd::{OpRef, Var};
use relume_catalog::Spec;
use relume_tensor::{Array, Shape, Tensor};
use std::sync::Arc;

/// Looks each index up in a table of trained vectors.
///
/// Takes indices `[time]`, whole numbers counted from 0; gives `[time, dim]` (one more axis than comes in). With
/// padding_idx, samples may end in padding: layers behind (rnn, gru, lstm, attention, transformer blocks,
/// pool_over_time) are told how many steps each sample has, up to its last index that is not padding_idx. Parameter:
/// `weight` `[num_embeddings, dim]`, from the standard normal distribution at the start, the row of padding_idx 0. With
/// freeze=true the table stays as it starts, or as it is loaded. A CSV file of indices is read with standardize=false.
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

/// What both kinds of embeddings refuse.
pub(crate) fn validate(num_embeddings: usize, padding_idx: Option<usize>) -> Result<(), String> {
    if u32::try_from(num_embeddings).is_err() {
        return Err(format!(
            "num_embeddings is at most 4294967295 (2^32 - 1), not {num_embeddings}"
        ));
    }
    match padding_idx {
        Some(index) if index >= num_embeddings => Err(format!(
            "padding_idx is one of the {num_embeddings} indices from 0 to {}, not {index}",
            num_embeddings - 1
        )),
        _ => Ok(()),
    }
}

impl Embedding {
    fn consistent(&self) -> Result<(), String> {
        validate(self.num_embeddings, self.padding_idx)
    }
}

impl LayerKind for Embedding {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        // A batch's axis and that of the features come to these.
        if input.rank() == 0 || input.rank() + 2 > Shape::MAX_RANK {
            return Err(InputMismatch::new("wants indices [time]").into());
        }
        let mut sizes = [self.dim; Shape::MAX_RANK];
        sizes[..input.rank()].copy_from_slice(&input);
        Shape::new(&sizes[..=input.rank()])
            .map_err(|_| InputMismatch::new("wants indices of fewer axes").into())
    }

    fn build(&self, _: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let sizes = [self.num_embeddings, self.dim];
        let table = Table {
            weight: table(builder, sizes, &self.init, self.padding_idx, self.freeze),
            max_norm: self.max_norm.map(|most| [most, self.norm_type]),
            padding: self.padding_idx,
        };
        let op = ops::Embedding {
            padding: self.padding_idx,
            scale_by_frequency: self.scale_grad_by_freq,
        };
        Ok(Arc::new(EmbeddingLayer { op: Arc::new(op).into(), table }))
    }
}

/// A table's numbers.
pub(crate) fn table(
    builder: &mut Builder<'_>,
    sizes: [usize; 2],
    init: &InitializerSpec,
    padding: Option<usize>,
    freeze: bool,
) -> ParameterId {
    let id = builder.parameter("weight", sizes, init, sizes);
    let made = builder.made(id);
    made.frozen = freeze;
    if let Some(row) = padding {
        made.value.data_mut()[row * sizes[1]..][..sizes[1]].fill(0.0);
    }
    id
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
    /// The table on the tape, the rows that are asked for scaled down where they are too long: as in PyTorch, in the table
    /// itself, and no gradient knows of it.
    pub fn on_tape(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        if let Some([most, p]) = self.max_norm {
            let rows = pass.buffer(self.weight).dims()[0];
            let mut places = Tensor::zeros(rows);
            for &index in pass.tape.indices(x)?.data() {
                // Indices that are no rows are refused by the operation.
                if let Some(place) = places.data_mut().get_mut(index as usize) {
                    *place = 1.0;
                }
            }
            for row in (0..rows).filter(|&row| places.data()[row] == 1.0) {
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
        // Lengths that came with the data are better known than what padding tells.
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
