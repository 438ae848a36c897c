//! Functions of networks.

use super::Function;
use super::call::Call;
use super::given::Given;
use super::operand::Item;
use crate::commands::{compare_call, evaluate_call};
use crate::eval::network::Joined;
use crate::{Failure, Session, Value};
use relume_catalog::{Choice, Spec};
use relume_tensor::Precision;
use std::path::Path;

/// A network from a file.
///
/// ```relume
/// net = input(4) -> dense(3)
/// save net to "net.rlm"
/// again = load("net.rlm")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Load {
    /// The file.
    pub path: String,
}

impl Function for Load {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let mut model = relume_training::load(Path::new(&self.path))
            .map_err(|error| Failure::training(&error, call.first, None))?;
        if let Some(newer) = model.take_newer() {
            call.session.output.remark(&format!("{} {newer}", self.path));
        }
        Ok(Value::Network(Box::new(model)))
    }
}

/// The layers of a network, or one of them, without the weights that it has.
///
/// ```relume
/// net = input(4) -> dense(3); other = fresh(net) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Fresh {
    /// A network, or a layer of one.
    pub network: Item,
}

impl Function for Fresh {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let (value, span) = call.item(self.network);
        match call.session.as_stage(value.clone(), span)? {
            Value::Network(model) => {
                let spec = model.spec().clone();
                let spans = vec![call.span; spec.layers.len()];
                call.session.network_value(Joined { spec, spans, ..Joined::default() })
            }
            other => Err(Failure::at(span, format!("fresh wants a network, not {}", other.kind()))),
        }
    }
}

/// A copy of a network whose weights are stored in another element type.
///
/// In f16 and bf16, weights take half of the memory, and half of the file. The outputs are those of a network in f32
/// with the rounded weights: f16 keeps 11 significant bits up to 65504, bf16 keeps 8 with the range of f32. Buffers,
/// such as running means, stay in f32. Products, recurrent layers and convolutions widen a weight block by block, and
/// an embedding the rows that it looks up; where a convolution uses Winograd's algorithm, its transformed weights are
/// in f32. The copy has no optimizer's state, and training makes the weights f32 again.
///
/// ```relume
/// net = input(4) -> dense(3); small = cast(net, "bf16")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Cast {
    /// A network that has weights.
    pub network: Item,
    /// The element type.
    pub dtype: Dtype,
}

/// How weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Dtype {
    /// 32 bits.
    F32,
    /// 16 bits, 11 of them significant.
    F16,
    /// 16 bits, 8 of them significant, with the range of f32.
    Bf16,
}

impl Function for Cast {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let precision = match self.dtype {
            Dtype::F32 => Precision::F32,
            Dtype::F16 => Precision::F16,
            Dtype::Bf16 => Precision::Bf16,
        };
        match call.item(self.network) {
            (Value::Network(model), span) => {
                let cast = model.to_precision(precision);
                let cast =
                    cast.map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
                Ok(Value::Network(Box::new(cast)))
            }
            (other, span) => {
                Err(Failure::at(span, format!("cast wants a network, not {}", other.kind())))
            }
        }
    }
}

/// Calls `evaluate`, which evaluates its arguments itself.
pub fn evaluate(session: &mut Session, given: &Given<'_>) -> Result<Value, Failure> {
    evaluate_call(session, given.arguments, given.span)
}

/// Calls `compare`, which evaluates its arguments itself.
pub fn compare(session: &mut Session, given: &Given<'_>) -> Result<Value, Failure> {
    compare_call(session, given.arguments, given.span)
}
