//! Functions of tensors, networks and data: their table. Each is a documented struct, whose fields are its arguments.

mod arguments;
pub(super) mod bounds;
mod call;
mod data;
mod derivative;
mod draws;
mod elementwise;
mod given;
mod indexing;
mod joining;
mod layout;
mod linalg;
mod makers;
mod networks;
mod operand;
mod param;
mod prediction;
mod products;
mod reductions;
mod sorting;

pub(super) use given::Given;

use crate::syntax::{Argument, Expr, ExprKind, Span};
use crate::tables::{self, KINDS};
use crate::{Failure, Session, Value};
use call::Call;
use relume_catalog::{Default, Described, Entry, Kind, Type};

/// A function of the language.
trait Function: Described {
    /// The list whose items may also be given one by one, as `reshape(x, 2, 3)` gives its sizes: the last argument by
    /// place.
    const REST: Option<&'static str> = None;

    /// Whether a tensor alone is the only item of that list; otherwise its rows are the items.
    const TENSOR_IS_ITEM: bool = false;

    /// What it gives for its arguments.
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure>;
}

/// A function in the table.
struct Row {
    entry: Entry,
    call: fn(&mut Session, &Given<'_>) -> Result<Value, Failure>,
}

const fn function<F: Function>() -> Row {
    Row { entry: F::ENTRY, call: arguments::evaluated::<F> }
}

/// Every function.
static FUNCTIONS: &[Row] = &[
    Row { entry: derivative::Grad::ENTRY, call: super::gradient::grad },
    // Products.
    function::<products::Dot>(),
    function::<products::Matmul>(),
    function::<products::Outer>(),
    function::<products::Einsum>(),
    // Matrices.
    function::<linalg::Det>(),
    function::<linalg::Inv>(),
    function::<linalg::Solve>(),
    function::<linalg::Lstsq>(),
    function::<linalg::Pinv>(),
    function::<linalg::Trace>(),
    function::<linalg::Cholesky>(),
    function::<linalg::Svd>(),
    function::<linalg::Qr>(),
    function::<linalg::Eigh>(),
    // Each number for itself.
    function::<elementwise::Exp>(),
    function::<elementwise::Ln>(),
    function::<elementwise::Sqrt>(),
    function::<elementwise::Abs>(),
    function::<elementwise::Sign>(),
    function::<elementwise::Square>(),
    function::<elementwise::Reciprocal>(),
    function::<elementwise::Log2>(),
    function::<elementwise::Log10>(),
    function::<elementwise::Log1p>(),
    function::<elementwise::Expm1>(),
    function::<elementwise::Round>(),
    function::<elementwise::Floor>(),
    function::<elementwise::Ceil>(),
    function::<elementwise::Trunc>(),
    function::<elementwise::Cos>(),
    function::<elementwise::Tan>(),
    function::<elementwise::Asin>(),
    function::<elementwise::Acos>(),
    function::<elementwise::Atan>(),
    function::<elementwise::Sinh>(),
    function::<elementwise::Cosh>(),
    function::<elementwise::Erf>(),
    function::<elementwise::Minimum>(),
    function::<elementwise::Maximum>(),
    function::<elementwise::Clip>(),
    function::<elementwise::Isnan>(),
    function::<elementwise::Isfinite>(),
    function::<elementwise::Isinf>(),
    // Many numbers to one.
    function::<reductions::Sum>(),
    function::<reductions::Mean>(),
    function::<reductions::Prod>(),
    function::<reductions::Max>(),
    function::<reductions::Min>(),
    function::<reductions::Median>(),
    function::<reductions::Deviation>(),
    function::<reductions::Variance>(),
    function::<reductions::Norm>(),
    function::<reductions::Logsumexp>(),
    function::<reductions::Any>(),
    function::<reductions::All>(),
    function::<reductions::Argmax>(),
    function::<reductions::Argmin>(),
    function::<reductions::Cumsum>(),
    function::<reductions::Cumprod>(),
    // Order.
    function::<sorting::Sort>(),
    function::<sorting::Argsort>(),
    function::<sorting::Topk>(),
    function::<sorting::Unique>(),
    function::<sorting::Bincount>(),
    // Numbers by conditions and positions.
    function::<indexing::Where>(),
    function::<indexing::Gather>(),
    function::<indexing::Scatter>(),
    function::<indexing::OneHot>(),
    // The same numbers elsewhere.
    function::<layout::Transpose>(),
    function::<layout::Permute>(),
    function::<layout::Reshape>(),
    function::<layout::Flatten>(),
    function::<layout::Squeeze>(),
    function::<layout::Unsqueeze>(),
    function::<layout::Flip>(),
    function::<layout::Roll>(),
    function::<layout::Tile>(),
    function::<layout::RepeatInterleave>(),
    function::<layout::Pad>(),
    function::<layout::Diag>(),
    function::<layout::Tril>(),
    function::<layout::Triu>(),
    // Several tensors to one, and one to several.
    function::<joining::Concat>(),
    function::<joining::Stack>(),
    function::<joining::Split>(),
    function::<joining::Chunk>(),
    // What a tensor is.
    function::<data::Shape>(),
    function::<data::Len>(),
    // New tensors.
    function::<makers::Zeros>(),
    function::<makers::Ones>(),
    function::<makers::Full>(),
    function::<makers::ZerosLike>(),
    function::<makers::OnesLike>(),
    function::<makers::Eye>(),
    function::<makers::Arange>(),
    function::<makers::Linspace>(),
    function::<makers::Random>(),
    function::<draws::Rand>(),
    function::<draws::Randn>(),
    function::<draws::Randint>(),
    function::<draws::Randperm>(),
    // Networks.
    function::<networks::Load>(),
    function::<networks::Fresh>(),
    function::<networks::Cast>(),
    function::<param::Param>(),
    function::<prediction::Predict>(),
    Row { entry: crate::commands::EvaluateFunction::ENTRY, call: networks::evaluate },
    Row { entry: crate::commands::CompareFunction::ENTRY, call: networks::compare },
];

/// The descriptions of all functions.
pub const ENTRIES: &[&Entry] = {
    const fn entries<const N: usize>() -> [&'static Entry; N] {
        let mut all = [&FUNCTIONS[0].entry; N];
        let mut i = 0;
        while i < N {
            all[i] = &FUNCTIONS[i].entry;
            i += 1;
        }
        all
    }
    &entries::<{ FUNCTIONS.len() }>()
};

fn find(name: &str) -> Option<&'static Row> {
    FUNCTIONS.iter().find(|function| function.entry.answers_to(name))
}

/// The functions that can stand after the point of a tensor: `x.sum(axis=0)`.
pub(super) fn methods() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().filter(|function| is_method(&function.entry)).map(|row| row.entry.name)
}

fn is_method(entry: &Entry) -> bool {
    entry.arguments.first().is_some_and(|argument| argument.ty == Type::Tensor)
}

/// What became of a call whose name may be a function's.
pub(super) enum Answer {
    /// What the function gives.
    Value(Value),
    /// No function is meant. The first argument, if it had to be evaluated to see that.
    Other(Option<Value>),
}

impl Session {
    /// What a function gives, if a name is one's and the arguments are for it: `reshape([1, 8, 8])` is a layer,
    /// `reshape(x, [2, 2])` has a tensor to work on.
    pub(super) fn function(
        &mut self,
        name: &str,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Answer, Failure> {
        let Some(row) = find(name) else { return Ok(Answer::Other(None)) };
        let mut given = Given { entry: &row.entry, span, first: None, arguments };
        if KINDS.into_iter().any(|kind| tables::find(kind, name).is_some()) {
            if !has_required(&row.entry, arguments) {
                return Ok(Answer::Other(None));
            }
            if let Some((Argument { name: None, value }, rest)) = arguments.split_first()
                && !is_list_of_tensors(&row.entry, value)
            {
                let first = self.evaluate(value)?;
                if is_for_another_table(&row.entry, &first) {
                    return Ok(Answer::Other(Some(first)));
                }
                given = Given { first: Some((first, value.span)), arguments: rest, ..given };
            }
        }
        (row.call)(self, &given).map(Answer::Value)
    }

    /// What a function gives for the tensor before its point, if it is a tensor and there is such a function.
    pub(super) fn method(
        &mut self,
        base: &Expr,
        name: &str,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Option<Value>, Failure> {
        let Some(row) = find(name).filter(|row| is_method(&row.entry)) else {
            return self.activation(base, name, arguments, span);
        };
        let value = self.evaluate(base)?;
        if !operand::is_tensor(&value) {
            return Ok(None);
        }
        let first = Some((value, base.span));
        (row.call)(self, &Given { entry: &row.entry, span, first, arguments }).map(Some)
    }
}

/// Whether all arguments that must be given are: `flatten(end=-2)` has no tensor.
fn has_required(entry: &Entry, arguments: &[Argument]) -> bool {
    let by_place = arguments.iter().filter(|argument| argument.name.is_none()).count();
    let by_name = |name: &str| {
        arguments.iter().any(|argument| argument.name.as_ref().is_some_and(|(own, _)| own == name))
    };
    entry.arguments.iter().enumerate().all(|(place, argument)| {
        argument.default != Default::Required || place < by_place || by_name(argument.name)
    })
}

/// Whether a first argument is a list whose tensors may be of any sizes, so that it is none itself: `concat([[1, 2],
/// [3]])`.
fn is_list_of_tensors(entry: &Entry, first: &Expr) -> bool {
    let ty = entry.arguments.first().map(|argument| argument.ty);
    ty == Some(Type::List(&Type::Tensor)) && matches!(first.kind, ExprKind::List(_))
}

impl Session {
    /// An activation of the tensor before its point: `x.relu()`.
    fn activation(
        &mut self,
        base: &Expr,
        name: &str,
        options: &[Argument],
        span: Span,
    ) -> Result<Option<Value>, Failure> {
        let Some(entry) = tables::find(Kind::Activation, name) else { return Ok(None) };
        let value = self.evaluate(base)?;
        if !operand::is_tensor(&value) {
            return Ok(None);
        }
        let options: Vec<&Argument> = options.iter().collect();
        self.applied(Kind::Activation, entry, vec![value], &options, span).map(Some)
    }
}

/// Whether the first argument of a name that is also a layer's is the layer's: `flatten(2)`, `concat(dense(3),
/// dense(4))`.
fn is_for_another_table(entry: &Entry, first: &Value) -> bool {
    match first {
        Value::Network(_) | Value::Spec(_) => true,
        Value::Number(_) => is_method(entry),
        _ => false,
    }
}
