//! What the operations of layers refuse: another number of operands, indices where tensors are wanted, and shapes that
//! do not go together. None of them panics.

use relume_autograd::{AutogradError, Op, Tape, Var};
use relume_layers::ops;
use relume_tensor::{
    Array, AxisMap, AxisMaps, ConvGeometry, Convolution, Indices, PoolGeometry, Shape, Tensor,
};
use std::sync::Arc;

/// An operation with operands that it takes.
struct Case {
    op: Arc<dyn Op>,
    operands: Vec<Array>,
}

fn case(op: impl Op + 'static, operands: impl IntoIterator<Item = Array>) -> Case {
    Case { op: Arc::new(op), operands: operands.into_iter().collect() }
}

fn tensor(shape: impl Into<Shape>) -> Array {
    Tensor::from_fn(shape, |i| (i % 5) as f32 / 4.0).into()
}

fn indices(shape: impl Into<Shape>) -> Array {
    Indices::full(shape, 1).into()
}

fn convolution() -> Convolution {
    let geometry = ConvGeometry {
        channels: 2,
        input: [5, 4],
        out_channels: 4,
        kernel: [3, 2],
        stride: [1, 1],
        padding_before: [1, 0],
        padding_after: [1, 0],
        dilation: [1, 1],
        groups: 2,
    };
    Convolution::new(geometry).unwrap()
}

fn products() -> Vec<Case> {
    let (x, weight) = (tensor([3, 2, 5, 4]), tensor([4, 1, 3, 2]));
    vec![
        case(ops::Linear, [tensor([5, 3]), tensor([4, 3]), tensor(4)]),
        case(ops::Bilinear, [tensor([5, 2]), tensor([5, 3]), tensor([4, 2, 3]), tensor(4)]),
        case(ops::Conv2d(convolution()), [x.clone(), weight.clone(), tensor(4)]),
        case(ops::Conv2d(convolution().with_relu()), [x, weight.clone()]),
        case(ops::ConvTranspose2d(convolution()), [tensor([3, 4, 5, 3]), weight]),
        case(ops::Spline { low: -1.0, high: 2.0, grid: 4, order: 3 }, [tensor([3, 2])]),
        case(ops::ChannelBias, [tensor([2, 3, 4]), tensor(3)]),
    ]
}

fn recurrent() -> Vec<Case> {
    let of = |gates: usize| {
        let weights = [tensor([gates * 5, 4]), tensor([gates * 5, 5])];
        let all = [tensor([2, 3, 4])].into_iter().chain(weights);
        all.chain([tensor(gates * 5), tensor(gates * 5), tensor([2, 5])])
    };
    let (reverse, bias) = (true, true);
    vec![
        case(ops::Recurrent { cell: ops::Rnn::Tanh, reverse, bias }, of(1)),
        case(ops::Recurrent { cell: ops::Gru, reverse, bias }, of(3)),
        case(ops::Recurrent { cell: ops::Gru, reverse: false, bias: false }, of(3).take(3)),
        case(ops::Lstm { reverse, bias }, of(4).chain([tensor([2, 5])])),
        case(ops::Lstm { reverse: false, bias: false }, of(4).take(3)),
        case(ops::LastStates { forwards: 2 }, [tensor([2, 3, 4]), indices(2)]),
        case(ops::WithinLengths { reverse }, [tensor([2, 3, 4]), indices(2)]),
    ]
}

fn attention() -> Vec<Case> {
    let of = |bias: bool| {
        let op = ops::MultiheadAttention { heads: 2, bias, causal: false, rotation: None };
        let projections = [tensor([12, 4]), tensor([4, 4]), tensor([3, 5]), tensor(0)];
        let biases = bias.then(|| [tensor(12), tensor(4)]).into_iter().flatten();
        let values = [tensor([2, 3, 4]), tensor([2, 5, 4])].into_iter().chain(projections);
        case(op, values.chain(biases).chain([indices(2)]))
    };
    [false, true].map(of).into()
}

fn lookups() -> Vec<Case> {
    let (padding, scale_by_frequency) = (Some(0), true);
    let bag = |mode| ops::EmbeddingBag { mode, padding, scale_by_frequency: false };
    let operands = || [indices([2, 3]), tensor([7, 4]), indices(2)];
    vec![
        case(ops::Embedding { padding, scale_by_frequency }, operands().into_iter().take(2)),
        case(bag(ops::OverTime::Sum), operands()),
        case(bag(ops::OverTime::Max), operands()),
    ]
}

fn of_one_value() -> Vec<Case> {
    let pool = PoolGeometry {
        input: [4, 5],
        kernel: [2, 2],
        stride: [2, 1],
        padding: [0, 1],
        dilation: [1, 1],
        ceil_mode: false,
    };
    let plane = || [tensor([2, 3, 4, 5])];
    let frames = ops::Frames::single(2, 3);
    let map = AxisMap::adaptive_average(4, 2).unwrap();
    let row = |channels| ops::RowNorm {
        name: "layernorm",
        eps: 1e-5,
        centred: true,
        groups: 1,
        channels,
        run: 1,
    };
    let norm = |of_batch| ops::BatchNorm { eps: 1e-5, of_batch, relu: of_batch };
    let of_channels = || [tensor([2, 3, 4]), tensor(3), tensor(3), tensor(3), tensor(3)];
    vec![
        case(ops::MaxPool2d(pool), plane()),
        case(ops::AdaptiveMaxPool2d([2, 3]), plane()),
        case(ops::PlaneMean, plane()),
        case(ops::OverTime::Mean, [tensor([2, 3, 4]), indices(2)]),
        case(ops::OverTime::Max, [tensor([2, 3, 4]), indices(2)]),
        case(ops::Gather(frames), [tensor([2, 2, 3, 4, 5])]),
        case(ops::Scatter(frames), [tensor([6, 2, 4, 5])]),
        case(ops::AlongAxes { name: "pooling", maps: AxisMaps::new(vec![map]) }, [tensor([3, 4])]),
        case(ops::View::Sample([6].into()), [tensor([2, 3, 2])]),
        case(ops::View::Merge(1), [tensor([2, 3, 2])]),
        case(
            ops::LocalResponseNorm { size: 2, alpha: 0.1, beta: 0.75, k: 1.0 },
            [tensor([2, 3, 4])],
        ),
        case(row(4), [tensor([3, 4]), tensor(4), tensor(4)]),
        case(norm(true), of_channels()),
        case(norm(false), of_channels()),
    ]
}

fn cases() -> impl Iterator<Item = Case> {
    [products(), recurrent(), attention(), lookups(), of_one_value()].into_iter().flatten()
}

/// Applies an operation to operands whose tensors all want gradients, and goes back.
fn run(op: &Arc<dyn Op>, operands: &[Array]) -> Result<Tensor, AutogradError> {
    let mut tape = Tape::new();
    let put = |operand: &Array| match operand {
        Array::Tensor(tensor) => tape.variable(tensor.clone()),
        Array::Indices(indices) => tape.constant(indices),
    };
    let vars: Vec<Var> = operands.iter().map(put).collect();
    let y = tape.apply(Arc::clone(op), &vars)?;
    let value = tape.get(y)?.clone();
    tape.backward_from(y, Tensor::ones(value.shape()))?;
    Ok(value)
}

#[test]
fn every_operation_takes_its_operands() {
    for Case { op, operands } in cases() {
        if let Err(error) = run(&op, &operands) {
            panic!("{op:?}: {error}");
        }
    }
}

#[test]
fn another_number_of_operands_is_refused() {
    for Case { op, operands } in cases() {
        let takes = op.input_count();
        assert!(takes.contains(&operands.len()), "{op:?}");
        for count in (0..12).filter(|count| !takes.contains(count)) {
            let mut given = operands.clone();
            given.resize(count, tensor([2, 3]));
            let refused = run(&op, &given);
            assert!(matches!(refused, Err(AutogradError::InputCount { .. })), "{op:?}: {count}");
        }
    }
}

#[test]
fn indices_are_refused_where_a_tensor_is_wanted() {
    for Case { op, operands } in cases() {
        for place in (0..operands.len()).filter(|&place| !op.takes_indices(place)) {
            let mut given = operands.clone();
            given[place] = indices(operands[place].shape());
            let refused = run(&op, &given);
            assert!(
                matches!(refused, Err(AutogradError::TakesNoIndices { .. })),
                "{op:?}: {place}"
            );
        }
    }
}

#[test]
fn lengths_that_are_no_indices_are_refused() {
    for Case { op, operands } in cases() {
        for place in (0..operands.len()).filter(|&place| op.takes_indices(place)) {
            let mut given = operands.clone();
            given[place] = tensor(operands[place].shape());
            assert!(run(&op, &given).is_err(), "{op:?}: {place}");
        }
    }
}

/// Shapes that are empty, of every rank, and larger or smaller than what is wanted.
fn odd_shapes() -> Vec<Shape> {
    vec![
        Shape::SCALAR,
        0.into(),
        1.into(),
        7.into(),
        [0, 4].into(),
        [2, 0].into(),
        [3, 3].into(),
        [2, 0, 4].into(),
        [1, 3, 4].into(),
        [3, 7, 2].into(),
        [2, 2, 5, 0].into(),
        [1, 1, 1, 1].into(),
        [2, 2, 1, 1, 1].into(),
        [1; 6].into(),
    ]
}

/// Applies an operation, and names it if it panics.
fn panics(op: &Arc<dyn Op>, operands: &[Array]) -> Option<String> {
    let work = std::panic::AssertUnwindSafe(|| drop(run(op, operands)));
    let shapes: Vec<Shape> = operands.iter().map(Array::shape).collect();
    std::panic::catch_unwind(work).err().map(|_| format!("{op:?} of {shapes:?}"))
}

#[test]
fn no_operand_of_another_shape_panics() {
    let mut panicked = Vec::new();
    for Case { op, operands } in cases() {
        for place in 0..operands.len() {
            for shape in odd_shapes() {
                let mut given = operands.clone();
                given[place] = match operands[place] {
                    Array::Tensor(_) => tensor(shape),
                    Array::Indices(_) => indices(shape),
                };
                panicked.extend(panics(&op, &given));
            }
        }
        // The operands that are always there alone, and all of one shape.
        let least = *op.input_count().start();
        panicked.extend(panics(&op, &operands[..least]));
        for shape in odd_shapes() {
            panicked.extend(panics(&op, &vec![tensor(shape); least]));
        }
    }
    assert!(panicked.is_empty(), "{panicked:#?}");
}
