//! The workloads of the comparison with PyTorch, one JSON line each: `cargo bench --bench workloads -- [--threads N] [--only a,b]`.
//!
//! A training step is what it is in training: forwards, loss, backwards, an Adam step. Each figure is the median of several
//! repetitions, in microseconds for each step, after a warm-up. benches/pytorch.py does the same with PyTorch, and
//! benches/compare.py runs both by turns.

use relume_layers::{Mode, Network, Workspace};
use relume_losses::LossSpec;
use relume_optimizers::{Optimizer, OptimizerSpec};
use relume_repl::{Output, Session, Value};
use relume_tensor::{Rng, Shape, Tensor, flush_denormals, threads};
use std::time::Instant;

const REPETITIONS: usize = 5;

const CNN: &str = "conv2d(32, 3, padding=1) -> relu -> maxpool2d(2) -> conv2d(64, 3, padding=1) -> relu -> maxpool2d(2) \
                   -> flatten -> dense(120) -> relu -> dense(84) -> relu -> dense(10)";
const VGG: &str = "conv2d(64, 3, padding=1) -> batchnorm -> relu -> conv2d(128, 3, padding=1) -> batchnorm -> relu \
                   -> maxpool2d(2) -> conv2d(128, 3, padding=1) -> batchnorm -> relu -> maxpool2d(2) -> flatten -> dense(10)";
const LSTM: &str = "lstm(120, layers=3) -> dense(2) -> relu";

struct Workload {
    name: &'static str,
    network: &'static str,
    /// `[batch, ...sample]`.
    input: &'static [usize],
    /// None for inference.
    loss: Option<&'static str>,
    /// Steps in a repetition.
    steps: usize,
}

#[rustfmt::skip]
const WORKLOADS: &[Workload] = &[
    Workload { name: "mlp", network: "dense(5) -> relu -> dense(2)", input: &[10, 10], loss: Some("mse"), steps: 5000 },
    Workload { name: "text", network: "dense(120) -> relu -> dense(84) -> relu -> dense(2) -> tanh", input: &[64, 300], loss: Some("cross_entropy"), steps: 500 },
    Workload { name: "mnistmlp", network: "dense(512) -> relu -> dense(512) -> relu -> dense(10)", input: &[128, 784], loss: Some("cross_entropy"), steps: 50 },
    Workload { name: "cnn", network: CNN, input: &[64, 3, 32, 32], loss: Some("cross_entropy"), steps: 20 },
    Workload { name: "cnn_infer64", network: CNN, input: &[64, 3, 32, 32], loss: None, steps: 30 },
    Workload { name: "cnn_infer1", network: CNN, input: &[1, 3, 32, 32], loss: None, steps: 200 },
    Workload { name: "vgg", network: VGG, input: &[32, 3, 32, 32], loss: Some("cross_entropy"), steps: 4 },
    Workload { name: "lstm", network: LSTM, input: &[64, 100, 40], loss: Some("cross_entropy"), steps: 5 },
    Workload { name: "lstm_infer", network: LSTM, input: &[64, 100, 40], loss: None, steps: 10 },
];

const ACTIVATIONS: &[&str] =
    &["relu", "leaky_relu", "tanh", "gelu", "sigmoid", "silu", "elu", "softplus", "mish"];
const GEMMS: &[usize] = &[64, 128, 256, 512, 1024, 2048];

fn value(text: &str) -> Value {
    Session::new(Output::standard(false)).value(text).unwrap_or_else(|f| panic!("{text}: {f:?}"))
}

/// A network in training, with all that a step needs.
struct Trainer {
    network: Network,
    workspace: Workspace,
    optimizer: Optimizer,
    loss: LossSpec,
    x: Tensor,
    target: Tensor,
    /// Whether the outputs of all time steps are averaged before the loss.
    averages_time: bool,
}

impl Trainer {
    fn new(network: Network, loss: &str, x: Tensor, rng: &mut Rng) -> Self {
        let output = network.output();
        let batch = x.dims()[0];
        let classes = output.last().copied().unwrap_or(1);
        let target = match loss {
            "mse" => rng.normal_tensor([batch, classes], 0.0, 1.0),
            _ => Tensor::from_fn(batch, |_| rng.below(classes) as f32),
        };
        let adam = OptimizerSpec::from_arguments("adam", vec![], vec![]).expect("adam");
        Trainer {
            averages_time: output.rank() == 2,
            network,
            workspace: Workspace::recording(),
            optimizer: Optimizer::new(adam),
            loss: LossSpec::from_arguments(loss, vec![], vec![]).expect("a loss"),
            x,
            target,
        }
    }

    fn step(&mut self) {
        let workspace = &mut self.workspace;
        let x = workspace.tape.constant(self.x.clone());
        let mut y = self.network.forward(workspace, x, Mode::Training).expect("a forward pass");
        let tape = &mut workspace.tape;
        if self.averages_time {
            y = relume_autograd::ops::mean_axis(tape, y, 1).expect("a mean");
        }
        let target = tape.constant(self.target.clone());
        let loss = self.loss.apply(tape, y, target).expect("a loss");
        tape.backward(loss).expect("a backward pass");
        let ids: Vec<_> = self.network.parameters().iter().map(|(id, _)| id).collect();
        let gradients: Vec<_> = ids.iter().map(|&id| workspace.take_gradient(id)).collect();
        // The tape shares the parameters' numbers: it lets go before they are written to.
        workspace.clear();
        for ((id, parameter), gradient) in self.network.parameters_mut().iter_mut().zip(&gradients)
        {
            if let Some(gradient) = gradient {
                self.optimizer
                    .update(id.index(), &mut parameter.value, gradient, 1.0)
                    .expect("an update");
            }
        }
    }
}

/// The median time of a step in microseconds.
fn median(steps: usize, mut step: impl FnMut()) -> f64 {
    (0..(steps / 5).max(3)).for_each(|_| step());
    let mut times: Vec<f64> = (0..REPETITIONS)
        .map(|_| {
            let start = Instant::now();
            (0..steps).for_each(|_| step());
            start.elapsed().as_secs_f64() / steps as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[REPETITIONS / 2] * 1e6
}

fn report(name: &str, microseconds: f64) {
    let threads = threads::threads();
    println!(
        "{{\"workload\": \"{name}\", \"us_per_step\": {microseconds:.2}, \"threads\": {threads}}}"
    );
}

fn run(workload: &Workload) {
    let mut rng = Rng::new(0);
    let Value::Network(model) = value(workload.network) else { panic!("{}", workload.network) };
    let x = rng.normal_tensor(Shape::new(workload.input).expect("a shape"), 0.0, 1.0);
    let network = Network::build(model.spec(), x.shape().without_batch(), 0).expect("a network");
    let microseconds = match workload.loss {
        Some(loss) => {
            let mut trainer = Trainer::new(network, loss, x, &mut rng);
            median(workload.steps, || trainer.step())
        }
        None => median(workload.steps, || drop(network.predict(&x).expect("a prediction"))),
    };
    report(workload.name, microseconds);
}

/// What follows an option on the command line.
fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

fn main() {
    let count = option("--threads").map_or(2, |count| count.parse().expect("a number of threads"));
    threads::set_threads(count).expect("threads");
    let only = option("--only");
    let is_wanted =
        |name: &str| only.as_ref().is_none_or(|only| only.split(',').any(|wanted| wanted == name));
    threads::run(|| {
        flush_denormals(|| {
            for workload in WORKLOADS.iter().filter(|workload| is_wanted(workload.name)) {
                run(workload);
            }
            let x = Rng::new(0).normal_tensor(1 << 22, 0.0, 1.0);
            for &name in
                ACTIVATIONS.iter().filter(|name| is_wanted(name) || is_wanted("activations"))
            {
                let Value::Network(model) = value(name) else { panic!("{name}") };
                let relume_layers::Stage::Activation(spec) = &model.spec().layers[0] else {
                    panic!("{name}")
                };
                let op = spec.inner().op();
                report(
                    name,
                    median(20, || {
                        let mut saved = relume_autograd::Saved::new(false);
                        drop(op.get().forward(&[&x], &mut saved).expect("a value"));
                    }),
                );
            }
            for &size in GEMMS.iter().filter(|_| is_wanted("gemm")) {
                let [p, q] =
                    [1, 2].map(|seed| Rng::new(seed).normal_tensor([size, size], 0.0, 1.0));
                let steps = (1_000_000_000 / size.pow(3)).clamp(3, 2000);
                report(
                    &format!("gemm{size}"),
                    median(steps, || drop(p.matmul(&q).expect("a product"))),
                );
            }
        })
    });
}
