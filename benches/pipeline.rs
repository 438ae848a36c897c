//! The cost of data in training: `cargo bench --bench pipeline -- FOLDER [--threads N] [--batches N] [--batch N]`.
//!
//! FOLDER has images in `train/CLASS` and `test/CLASS`, such as CIFAR-10's. An epoch (or its first batches) of the
//! `cnn` workload runs on batches from the images, alternating with as many steps on one batch that is kept; the result
//! is how much longer the former takes. It prints one JSON line for each way to get the batches.

use relume_datasets::augmentations::{PaddingMode, RandomCrop, RandomFlip};
use relume_datasets::{Batch, Batches, Dataset, Loader};
use relume_layers::{Mode, Network, Workspace};
use relume_losses::LossSpec;
use relume_optimizers::{Optimizer, OptimizerSpec};
use relume_repl::{Output, Session, Value};
use relume_tensor::{flush_denormals, threads};
use std::time::Instant;

const CNN: &str = "conv2d(32, 3, padding=1) -> relu -> maxpool2d(2) -> conv2d(64, 3, padding=1) -> relu -> \
    maxpool2d(2) \
                   -> flatten -> dense(120) -> relu -> dense(84) -> relu -> dense(10)";
/// Rounds of each kind. The smallest time counts, since disturbances only add to it.
const TURNS: usize = 3;

struct Trainer {
    network: Network,
    workspace: Workspace,
    optimizer: Optimizer,
    loss: LossSpec,
}

impl Trainer {
    fn step(&mut self, batch: &Batch) {
        let workspace = &mut self.workspace;
        let x = workspace.tape.constant(batch.inputs.clone());
        let y = self.network.forward(workspace, x, Mode::Training).expect("a forward pass");
        let tape = &mut workspace.tape;
        let target = tape.constant(batch.targets.clone());
        let loss = self.loss.apply(tape, y, target).expect("a loss");
        tape.backward(loss).expect("a backward pass");
        let ids: Vec<_> = self.network.parameters().iter().map(|(id, _)| id).collect();
        let gradients: Vec<_> = ids.iter().map(|&id| workspace.take_gradient(id)).collect();
        workspace.clear();
        for ((id, parameter), gradient) in self.network.parameters_mut().iter_mut().zip(&gradients)
        {
            if let Some(gradient) = gradient {
                let value = &mut parameter.value;
                self.optimizer.update(id.index(), value, gradient, 1.0).expect("an update");
            }
        }
    }

    /// The seconds for the first batches of an epoch from a loader.
    fn epoch(&mut self, batches: usize, loader: impl FnOnce() -> Loader) -> f64 {
        let start = Instant::now();
        let mut loader = loader();
        for _ in 0..batches {
            let batch = loader.next().expect("enough batches").expect("a batch");
            self.step(&batch);
            loader.recycle(batch);
        }
        start.elapsed().as_secs_f64()
    }
}

fn session_value(text: &str) -> Value {
    Session::new(Output::standard(false)).value(text).unwrap_or_else(|f| panic!("{text}: {f:?}"))
}

fn data(text: &str) -> Dataset {
    match session_value(text) {
        Value::Data(data) => data,
        other => panic!("{text} is {}", other.kind()),
    }
}

/// The value of an option on the command line, as a number.
fn option(name: &str) -> Option<usize> {
    let text = std::env::args().skip_while(|argument| argument != name).nth(1)?;
    Some(text.parse().expect("a number"))
}

fn main() {
    let folder = std::env::args().nth(1).filter(|folder| !folder.starts_with('-'));
    let Some(folder) = folder else {
        eprintln!("a folder of images is wanted: cargo bench --bench pipeline -- FOLDER");
        return;
    };
    threads::set_threads(option("--threads").unwrap_or(2)).expect("threads");
    let size = option("--batch").unwrap_or(64);
    let start = Instant::now();
    let plain = data(&format!("images({folder:?})"));
    println!("{{\"load_s\": {:.2}, \"samples\": {}}}", start.elapsed().as_secs_f64(), plain.len());
    let crop = RandomCrop {
        size: [32, 32],
        padding: [4, 4],
        fill: 0,
        padding_mode: PaddingMode::Constant,
    };
    let augment = |data: Dataset| {
        let cropped = data.augmented(crop.clone().into()).expect("images of 32 x 32");
        cropped.augmented(RandomFlip { p: 0.5 }.into()).expect("images")
    };
    let varied = augment(plain.clone());
    let files = augment(data(&format!("images({folder:?}, memory=0)")));
    let batches = option("--batches").unwrap_or(100).min(plain.train().len() / size);
    let Value::Network(model) = session_value(CNN) else { panic!("a network") };
    threads::run(|| {
        flush_denormals(|| {
            let adam = OptimizerSpec::from_arguments("adam", vec![], vec![]).expect("adam");
            let mut trainer = Trainer {
                network: Network::build(model.spec(), plain.sample_shape(), 0).expect("a network"),
                workspace: Workspace::recording(),
                optimizer: Optimizer::new(adam),
                loss: LossSpec::from_arguments("cross_entropy", vec![], vec![]).expect("a loss"),
            };
            let of = |data: &Dataset| Batches::for_training(data.train(), size, 0, 0);
            let kept = of(&plain).next().expect("a batch").expect("a batch");
            (0..10).for_each(|_| trainer.step(&kept));
            type Way = fn(Batches) -> Loader;
            let ways: [(&str, &Dataset, Way); 5] = [
                ("plain, direct", &plain, Loader::direct),
                ("plain, ahead", &plain, Loader::ahead),
                ("augmented, direct", &varied, Loader::direct),
                ("augmented, ahead", &varied, Loader::ahead),
                ("augmented, from files, ahead", &files, Loader::ahead),
            ];
            // The batches alone, without a step.
            for (name, data, _) in ways.iter().step_by(2) {
                let start = Instant::now();
                let taken = of(data).take(batches);
                let count = taken
                    .inspect(|batch| assert!(batch.is_ok(), "a batch"))
                    .fold(0, |count, _| count + 1);
                let micros = start.elapsed().as_secs_f64() * 1e6 / count as f64;
                println!("{{\"batch_alone\": {name:?}, \"us\": {micros:.1}}}");
            }
            let mut least = [[f64::INFINITY; 2]; 5];
            for _ in 0..TURNS {
                for ((_, data, way), least) in ways.iter().zip(&mut least) {
                    let start = Instant::now();
                    (0..batches).for_each(|_| trainer.step(&kept));
                    least[0] = least[0].min(start.elapsed().as_secs_f64());
                    least[1] = least[1].min(trainer.epoch(batches, || way(of(data))));
                }
            }
            let kept = least.iter().map(|pair| pair[0]).fold(f64::INFINITY, f64::min);
            for ((name, ..), least) in ways.iter().zip(least) {
                println!(
                    "{{\"way\": {name:?}, \"ms_per_step\": {:.3}, \"kept_ms\": {:.3}, \"more\": \"{:+.1} %\"}}",
                    least[1] * 1e3 / batches as f64,
                    kept * 1e3 / batches as f64,
                    (least[1] / kept - 1.0) * 100.0
                );
            }
        })
    });
}
