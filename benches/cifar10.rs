//! A whole epoch over CIFAR-10's images, through the command language: `cargo bench --bench cifar10 -- --images DIR
//! [--threads N]`.
//!
//! DIR holds `train/CLASS/*.jpg`. Three JSON lines, in microseconds: reading and decoding all images, an epoch over
//! them, and an epoch that reads each image from its file when its batch comes. benches/cifar10.py does the same with
//! PyTorch.

mod common;

use common::timing::option;
use common::workloads::CNN;
use relume_repl::{Output, Session, Source, Value};
use std::time::Instant;

/// Runs a command and returns how long it took, in microseconds.
fn timed(session: &mut Session, command: &str) -> f64 {
    let start = Instant::now();
    let result = session.run(command, &Source::Argument);
    result.unwrap_or_else(|failure| panic!("{command}: {failure:?}"));
    start.elapsed().as_secs_f64() * 1e6
}

/// Trains the network for an epoch on a named data set, and returns how long it took.
fn epoch(session: &mut Session, data: &str) -> (f64, f32) {
    session.run(&format!("net = {CNN}"), &Source::Argument).expect("a network");
    let us = timed(session, &format!("train net on {data} epochs=1 batch=64 optimizer=adam"));
    let Ok(Value::Network(model)) = session.value("net") else { panic!("the network is gone") };
    (us, model.run().history.series("loss").expect("a loss")[0])
}

fn main() {
    let images = option("--images").expect("--images DIR, with DIR/train/CLASS/*.jpg");
    let threads = option("--threads").unwrap_or("2".to_string());
    let mut session = Session::new(Output::captured().0);
    timed(&mut session, &format!("set threads={threads} seed=0"));
    let report = |workload: &str, us: f64, loss: Option<f32>| {
        let loss = loss.map_or(String::new(), |loss| format!(", \"loss\": {loss:.4}"));
        println!("{{\"workload\": \"{workload}\", \"us\": {us:.0}, \"threads\": {threads}{loss}}}");
    };
    let loading = timed(&mut session, &format!("d = images(\"{images}/train\", test=0)"));
    let (training, loss) = epoch(&mut session, "d");
    report("cifar10_load", loading, None);
    report("cifar10_epoch", training, Some(loss));
    report("cifar10_load_and_epoch", loading + training, None);
    timed(&mut session, &format!("f = images(\"{images}/train\", test=0, memory=0)"));
    let (streaming, loss) = epoch(&mut session, "f");
    report("cifar10_epoch_from_files", streaming, Some(loss));
}
