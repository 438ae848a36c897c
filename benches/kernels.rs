//! Each kernel by itself, at the shapes of the networks of benches/common: `cargo bench --bench kernels [-- FILTER]`.
//!
//! Two threads, or as many as `RELUME_THREADS` says.

mod common;

use common::step::network;
use common::timing::{on_threads, threads_wanted};
use common::workloads::{activations, optimizers};
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use relume_activations::{ActivationSpec, Softplus};
use relume_autograd::{Tape, Var, ops};
use relume_layers::{Mode, Network, NetworkSpec, Workspace};
use relume_optimizers::Optimizer;
use relume_tensor::{Matrix, Rng, Shape, Tensor, gemm};
use std::time::Duration;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn numbers(sizes: &[usize]) -> Tensor {
    Rng::new(1).normal_tensor(Shape::new(sizes).expect("a shape"), 0.0, 1.0)
}

/// Rows, terms and outputs of products.
const PRODUCTS: &[[usize; 3]] = &[
    // The first dense layers of cnn, text and mnistmlp.
    [64, 4096, 120],
    [64, 300, 120],
    [128, 784, 512],
    // A time step of the first and of a later LSTM layer.
    [64, 40, 480],
    [64, 120, 480],
    [1024, 1024, 1024],
];

/// The three products of a dense layer: x [rows, terms], its weight [outputs, terms], the gradient [rows, outputs].
fn products(group: &mut Group) {
    for &[rows, terms, outputs] in PRODUCTS {
        let [x, weight, gradient] =
            [[rows, terms], [outputs, terms], [rows, outputs]].map(|sizes| numbers(&sizes));
        let x = Matrix::new(x.data(), rows, terms).expect("a matrix");
        let weight = Matrix::new(weight.data(), outputs, terms).expect("a matrix");
        let gradient = Matrix::new(gradient.data(), rows, outputs).expect("a matrix");
        group.throughput(Throughput::Elements(2 * (rows * terms * outputs) as u64));
        for (name, a, b) in [
            ("forward", x, weight.t()),
            ("input_gradient", gradient, weight),
            ("weight_gradient", gradient.t(), x),
        ] {
            let mut c = vec![0.0; a.rows() * b.columns()];
            group.bench_function(format!("{rows}x{terms}x{outputs}/{name}"), |bencher| {
                bencher.iter(|| gemm(a, b, 0.0, &mut c).expect("sizes that fit"));
            });
        }
    }
}

/// Layers of cnn, vgg and lstm: a name, the layers, the input with its batch, and whether the input's gradient is
/// computed, as it is in all but a first layer.
#[rustfmt::skip]
const LAYERS: &[(&str, &str, &[usize], bool)] = &[
    ("cnn1", "conv2d(32, 3, padding=1)", &[64, 3, 32, 32], false),
    ("cnn1_relu_pool", "conv2d(32, 3, padding=1) -> relu -> maxpool2d(2)", &[64, 3, 32, 32], false),
    ("cnn2", "conv2d(64, 3, padding=1)", &[64, 32, 16, 16], true),
    ("cnn2_relu_pool", "conv2d(64, 3, padding=1) -> relu -> maxpool2d(2)", &[64, 32, 16, 16], true),
    ("vgg1", "conv2d(64, 3, padding=1)", &[32, 3, 32, 32], false),
    ("vgg2", "conv2d(128, 3, padding=1)", &[32, 64, 32, 32], true),
    ("vgg3", "conv2d(128, 3, padding=1)", &[32, 128, 16, 16], true),
    ("lstm1", "lstm(120)", &[64, 100, 40], false),
    ("lstm2", "lstm(120)", &[64, 100, 120], true),
    ("batchnorm", "batchnorm", &[32, 128, 32, 32], true),
    ("batchnorm_relu", "batchnorm -> relu", &[32, 128, 32, 32], true),
    ("maxpool", "maxpool2d(2)", &[64, 32, 32, 32], true),
    ("globalavgpool", "globalavgpool", &[64, 32, 32, 32], true),
];

/// A network with a recording workspace and an input.
struct Recorded {
    network: Network,
    workspace: Workspace,
    x: Tensor,
    wants_gradient: bool,
}

impl Recorded {
    fn forward(&mut self) -> Var {
        self.workspace.clear();
        let x = match self.wants_gradient {
            true => self.workspace.tape.variable(self.x.clone()),
            false => self.workspace.tape.constant(self.x.clone()),
        };
        self.network.forward(&mut self.workspace, x, Mode::Training).expect("a forward pass")
    }

    fn measure(&mut self, group: &mut Group, name: &str) {
        group.bench_function(format!("{name}/forward"), |bencher| {
            bencher.iter(|| self.forward());
        });
        let y = self.forward();
        let shape = self.workspace.tape.value(y).shape();
        let gradient = Rng::new(2).normal_tensor(shape, 0.0, 1.0);
        // A gradient of its own each time, as in training: a shared one would be copied before it is written to.
        let own = || {
            let mut own = gradient.clone();
            own.data_mut();
            own
        };
        group.bench_function(format!("{name}/backward"), |bencher| {
            let tape = &mut self.workspace.tape;
            let backward = |gradient| tape.backward_from(y, gradient).expect("a backward pass");
            bencher.iter_batched(own, backward, BatchSize::PerIteration);
        });
    }
}

fn layers(group: &mut Group) {
    for &(name, text, input, wants_gradient) in LAYERS {
        let (network, workspace) = (network(text, input), Workspace::recording());
        Recorded { network, workspace, x: numbers(input), wants_gradient }.measure(group, name);
    }
}

/// Every activation function over a million numbers.
fn every_activation(group: &mut Group) {
    let x = numbers(&[1024, 1024]);
    group.throughput(Throughput::Elements(x.count() as u64));
    for (name, spec) in activations() {
        let spec = NetworkSpec::new(vec![spec.into()]);
        let network = Network::build(&spec, x.shape().without_batch(), 0).expect("a network");
        let (workspace, x) = (Workspace::recording(), x.clone());
        Recorded { network, workspace, x, wants_gradient: true }.measure(group, name);
    }
}

/// Mish, built in and as a formula, and the same from operations of the tape that each make a tensor.
fn a_formula(group: &mut Group) {
    let x = numbers(&[1024, 1024]);
    group.throughput(Throughput::Elements(x.count() as u64));
    for name in ["mish", "formula(\"x * tanh(softplus(x))\")"] {
        let spec: NetworkSpec = name.parse().expect("a network");
        let network = Network::build(&spec, x.shape().without_batch(), 0).expect("a network");
        let (workspace, x) = (Workspace::recording(), x.clone());
        Recorded { network, workspace, x, wants_gradient: true }.measure(group, name);
    }
    let softplus = ActivationSpec::from(Softplus::new()).inner().op();
    let mut tape = Tape::new();
    let forward = |tape: &mut Tape| {
        tape.clear();
        let x = tape.variable(x.clone());
        let s = tape.apply(&softplus, &[x]).expect("a value");
        let t = ops::tanh(tape, s).expect("a value");
        ops::mul(tape, x, t).expect("a value")
    };
    group.bench_function("operations of the tape/forward", |bencher| {
        bencher.iter(|| forward(&mut tape));
    });
    let y = forward(&mut tape);
    group.bench_function("operations of the tape/backward", |bencher| {
        let gradient = || Tensor::ones(x.shape());
        let backward = |gradient| tape.backward_from(y, gradient).expect("a backward pass");
        bencher.iter_batched(gradient, backward, BatchSize::PerIteration);
    });
}

/// Every optimizer that updates by one gradient, on the largest weight of mnistmlp.
fn every_optimizer(group: &mut Group) {
    let gradient = numbers(&[512, 784]);
    group.throughput(Throughput::Elements(gradient.count() as u64));
    for (name, spec) in optimizers() {
        let mut optimizer = Optimizer::new(spec);
        let mut value = gradient.clone();
        if optimizer.update(0, &mut value, &gradient, 1.0).is_err() {
            continue;
        }
        group.bench_function(name, |bencher| {
            bencher.iter(|| optimizer.update(0, &mut value, &gradient, 1.0));
        });
    }
}

type Measure = fn(&mut Group);
const GROUPS: &[(&str, Measure)] = &[
    ("gemm", products),
    ("layer", layers),
    ("activation", every_activation),
    ("formula", a_formula),
    ("optimizer", every_optimizer),
];

fn main() {
    let threads = threads_wanted().unwrap_or(2);
    on_threads(threads, || {
        let mut criterion = Criterion::default()
            .sample_size(20)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1))
            .configure_from_args();
        for (name, measure) in GROUPS {
            let mut group = criterion.benchmark_group(*name);
            measure(&mut group);
            group.finish();
        }
    });
}
