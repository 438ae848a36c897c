//! Signals to the program: trainings with `checkpoint=` are killed and go on to the same bits, and Ctrl-C stops
//! whatever runs.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The longest wait for anything: a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program that runs.
struct Running(Child);

impl Running {
    fn start(folder: &Path, threads: &str, statements: &str) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_relume"))
            .args(["--threads", threads, "-c", statements])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Running(child.expect("the program starts"))
    }

    fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits until a line of its results is this one.
    fn read_until(&mut self, line: &str) {
        let out = self.0.stdout.take().expect("an output");
        let mut out = BufReader::new(out);
        let mut found = String::new();
        while !found.contains(line) {
            found.clear();
            assert!(out.read_line(&mut found).expect("a line") > 0, "{line} never came");
        }
        self.0.stdout = Some(out.into_inner());
    }

    /// Its end, with what it wrote to standard error.
    fn end(mut self) -> (ExitStatus, String) {
        let mut told = String::new();
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().expect("a status") {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "the program does not end");
            std::thread::sleep(Duration::from_millis(2));
        };
        let mut errors = self.0.stderr.take().expect("an output");
        errors.read_to_string(&mut told).expect("text");
        (status, told)
    }
}

/// Runs statements to their end.
fn run(folder: &Path, statements: &str) -> String {
    let (status, told) = Running::start(folder, "2", statements).end();
    assert!(status.success(), "{told}");
    told
}

fn bytes(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Waits until a file is another one than before.
fn wait_for_change(path: &Path, before: &Option<Vec<u8>>, running: &mut Running) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if std::fs::read(path).ok() != *before {
            return true;
        }
        if running.0.try_wait().expect("a status").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("nothing is written to {}", path.display());
}

/// Networks of all kinds, optimizers, schedules, choices and augmentations, as statements before the file and the end.
const RUNS: [(&str, &str); 8] = [
    (
        "a dense network with sgd, momentum and a schedule",
        "d = digits(); net = dense(32) -> relu -> dropout(0.2) -> dense(10); train net on d epochs=4 batch=16 \
         optimizer=sgd(lr=0.05, momentum=0.9) schedule=cosine",
    ),
    (
        "a convolution with batch norm, dropout and augmented images",
        "d = digits(image=true) -> randomcrop(8, padding=1); net = conv2d(4, 3) -> batchnorm -> relu -> flatten -> \
         dropout(0.3) -> dense(10); train net on d epochs=3 batch=64 schedule=onecycle",
    ),
    (
        "an lstm with the best weights",
        "d = digits(); net = reshape([8, 8]) -> lstm(8, output=\"last\") -> dense(10); train net on d epochs=3 \
         batch=64 keep=\"best\" metrics=[f1]",
    ),
    (
        "a transformer with adamw and clipping",
        "d = digits(); net = reshape([8, 8]) -> transformer_encoder(2, dim_feedforward=16) -> flatten -> dense(10); \
         train net on d epochs=2 batch=64 optimizer=adamw(lr=0.002) clip=1",
    ),
    (
        "lbfgs on the whole set",
        "d = iris(); net = dense(8) -> tanh -> dense(3); train net on d epochs=12 batch=200 optimizer=lbfgs",
    ),
    (
        "early stopping",
        "d = iris(); net = dense(16) -> relu -> dense(3); train net on d epochs=60 batch=8 lr=0.03 early_stop=3 \
         monitor=\"validation_loss\"",
    ),
    (
        "gradients of several batches, drawn evenly",
        "d = digits(); net = dense(16) -> layernorm -> gelu -> dense(10); train net on d epochs=3 batch=8 accumulate=3 \
         sampler=\"balanced\" last=\"drop\" loss=cross_entropy(weight=\"balanced\")",
    ),
    (
        "averaged weights and a plateau",
        "d = digits(); net = dense(16, init=orthogonal) -> relu -> dense(10); train net on d epochs=4 batch=32 \
         optimizer=adam(ema=0.9) schedule=plateau(patience=1)",
    ),
];

#[test]
fn killed_runs_go_on_to_the_bits_of_the_run_that_was_not_stopped() {
    for (what, training) in RUNS {
        let folder = folder();
        let folder = folder.path();
        run(folder, &format!("{training}; save net to \"whole.rlm\""));
        let file = folder.join("net.rlm");
        let statements = format!(
            "{training} checkpoint=\"net.rlm\" every=\"7 steps\" resume=true; save net to \"resumed.rlm\""
        );
        let signals = ["KILL", "TERM", "KILL", "INT", "HUP"];
        for (at, signal) in signals.into_iter().enumerate() {
            let before = std::fs::read(&file).ok();
            let mut running = Running::start(folder, ["1", "2"][at % 2], &statements);
            if !wait_for_change(&file, &before, &mut running) {
                break;
            }
            std::thread::sleep(Duration::from_millis(11 * at as u64));
            running.signal(signal);
            let (status, told) = running.end();
            let code = status.code();
            let wanted = [Some(143), Some(130), Some(129), Some(0), None];
            assert!(wanted.contains(&code), "{what}, {signal}: {status} {told}");
        }
        run(folder, &statements);
        assert!(bytes(folder, "whole.rlm") == bytes(folder, "resumed.rlm"), "{what}");
        // Started once more, it has nothing left to do.
        let told = run(folder, &statements);
        assert!(told.contains("nothing is left to do"), "{what}: {told}");
        assert!(bytes(folder, "whole.rlm") == bytes(folder, "resumed.rlm"), "{what}");
    }
}

const LONG: &str = "d = digits(); net = dense(128) -> relu -> dense(10); print \"ready\"; \
    train net on d epochs=100000 batch=8 keep=\"best\" checkpoint=\"net.rlm\" resume=true";

#[test]
fn signals_write_the_run_and_end_the_program_with_their_codes() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let folder = folder();
        let mut running = Running::start(folder.path(), "2", LONG);
        wait_for_change(&folder.path().join("net.best.rlm"), &None, &mut running);
        let before = bytes(folder.path(), "net.rlm");
        std::thread::sleep(Duration::from_millis(50));
        running.signal(signal);
        let (status, told) = running.end();
        assert_eq!(status.code(), Some(code), "{told}");
        let wanted = "this state is in net.rlm: the same command with resume=true goes on";
        assert!(told.contains(wanted), "{told}");
        assert!(bytes(folder.path(), "net.rlm") != before, "{signal}");
        let text =
            "net = load(\"net.best.rlm\"); d = digits(); assert evaluate(net, d).accuracy > 0.5";
        run(folder.path(), text);
    }
}

#[test]
fn a_script_without_a_file_says_that_the_weights_are_lost() {
    let folder = folder();
    let text = LONG.replace(" checkpoint=\"net.rlm\" resume=true", "");
    let mut running = Running::start(folder.path(), "2", &text);
    running.read_until("ready");
    std::thread::sleep(Duration::from_millis(300));
    running.signal("INT");
    let (status, told) = running.end();
    assert_eq!(status.code(), Some(130), "{told}");
    assert!(told.contains("the weights are lost with the end of the program"), "{told}");
}

#[test]
fn another_run_than_that_of_the_file_is_refused_by_what_differs() {
    let folder = folder();
    let folder = folder.path();
    let text = "d = iris(); net = dense(8) -> relu -> dense(3); train net on d epochs=4 lr=0.001 max_steps=7 \
        checkpoint=\"net.rlm\" resume=true";
    run(folder, text);
    let before = bytes(folder, "net.rlm");
    for (was, is, told) in [
        ("lr=0.001", "lr=0.01", "lr was 0.001 and is 0.01"),
        ("epochs=4", "epochs=5", "epochs was 4 and is 5"),
        ("dense(8)", "dense(9)", "stage 0 of the network was dense(8) and is dense(9)"),
        ("-> relu ", "-> relu -> relu ", "the network was dense(8) -> relu -> dense(3) and is"),
        ("lr=0.001", "optimizer=sgd(lr=0.002)", "the optimizer was adam and is sgd(0.002)"),
        ("iris()", "iris(test=0.5)", "the number of train samples was 120 and is 75"),
        ("d = iris()", "set seed=1; d = iris()", "the seed was 0 and is 1"),
        ("lr=0.001", "lr=0.001 clip=1", "clip was not given and is 1.0"),
        ("; train", "; train net on d epochs=1 lr=0.001; train", "the network has other weights"),
    ] {
        let other = text.replace(was, is);
        assert!(other != text, "{was}");
        let (status, found) = Running::start(folder, "2", &other).end();
        assert!(found.contains(told), "{told}: {found}");
        assert_eq!(status.code(), Some(1));
        assert!(bytes(folder, "net.rlm") == before, "{told}");
    }
    // Without resume=true a run begins anew, and the unfinished one is kept.
    let told = run(folder, &text.replace(" resume=true", ""));
    assert!(told.contains("net.before.rlm"), "{told}");
    assert!(bytes(folder, "net.before.rlm") == before);
    // A file that is no network is not replaced, and a network that was saved by itself is kept.
    std::fs::write(folder.join("table.csv"), "x,y\n1,2\n").unwrap();
    let other = text.replace("net.rlm", "table.csv").replace(" resume=true", "");
    let (status, told) = Running::start(folder, "2", &other).end();
    assert!(status.code() == Some(1) && told.contains("a file that is not a network"), "{told}");
    assert_eq!(bytes(folder, "table.csv"), b"x,y\n1,2\n");
    run(folder, "net = input(4) -> dense(3); save net to \"saved.rlm\"");
    let saved = bytes(folder, "saved.rlm");
    run(folder, &text.replace("net.rlm", "saved.rlm").replace(" resume=true", ""));
    assert!(bytes(folder, "saved.before.rlm") == saved);
    let (status, told) = Running::start(
        folder,
        "2",
        "d = iris(); net = dense(3); crossvalidate net on d checkpoint=\"a.rlm\"",
    )
    .end();
    assert!(!status.success() && told.contains("checkpoint"), "{told}");
}

/// What takes minutes, each with its preparation.
const OPERATIONS: [(&str, &str); 21] = [
    ("", "a = randn(9000, 9000); a = a @ a"),
    ("", "a = randn(40, 1500, 1500); for i in 1..100 { b = einsum(\"bij,bjk->bik\", a, a) }"),
    ("a = randn(2500, 2500)", "svd(a)"),
    ("a = randn(4000, 4000)", "inv(a)"),
    ("a = randn(3000, 3000)", "eigh(a)"),
    ("", "d = moons(); net = dense(5000) -> dense(5000, init=orthogonal); train net on d"),
    ("a = randn(10000000)", "for i in 1..100 { b = sort(a) }"),
    (
        "d = moons(samples=400000); net = dense(2048) -> relu -> dense(2048) -> relu -> dense(2)",
        "train net on d epochs=2 batch=400000",
    ),
    (
        "d = moons(samples=100000); net = dense(1024) -> tanh -> dense(1024) -> tanh -> dense(2)",
        "train net on d epochs=2 batch=100000 optimizer=lbfgs",
    ),
    (
        "d = moons(samples=100000); net = dense(2048, init=lsuv) -> relu -> dense(2048, init=lsuv) -> dense(2)",
        "train net on d epochs=2 batch=100000",
    ),
    (
        "d = moons(samples=400000, test=0.9); net = dense(2000) -> relu -> dense(2000) -> dense(2); \
         train net on d epochs=1 max_steps=1",
        "evaluate net on d",
    ),
    (
        "d = moons(samples=400000, test=0.9); net = dense(2000) -> relu -> dense(2000) -> dense(2); \
         train net on d epochs=1 max_steps=1",
        "p = predict(net, d)",
    ),
    (
        "d = moons(samples=400000, test=0.9); net = dense(2000) -> relu -> dense(2000) -> dense(2); \
         train net on d epochs=1 max_steps=1",
        "for i in 1..40 { inspect net on d }",
    ),
    (
        "d = moons(samples=400000, test=0.9); net = dense(2000) -> relu -> dense(2000) -> dense(2); \
         train net on d epochs=1 max_steps=1",
        "for i in 1..40 { report net on d to=\"page.html\" samples=400000 }",
    ),
    (
        "d = digits(); net = dense(400) -> relu -> dense(400) -> dense(10)",
        "for i in 1..100 { gradcheck net on d }",
    ),
    (
        "d = digits(); net = dense(1024) -> relu -> dense(1024) -> dense(10)",
        "crossvalidate net on d epochs=1000",
    ),
    (
        "d = digits(); net = dense(2048) -> relu -> dense(2048) -> dense(10)",
        "lrfind net on d steps=10000 to=0.001",
    ),
    (
        "d = digits(); net = dense(1024) -> relu -> dense(1024) -> dense(10)",
        "compare net on d lr=[0.001, 0.01] epochs=1000",
    ),
    (
        "d = digits(); net = dense(1024) -> relu -> dense(1024) -> dense(10)",
        "search net on d lr=loguniform(0.001, 0.1) epochs=1000 method=\"halving\"",
    ),
    ("", "for i in 1..100 { d = moons(samples=10000000) }"),
    ("", "x = 0; while true { x += 1 }"),
];

#[test]
fn ctrl_c_stops_whatever_runs() {
    let folder = folder();
    for (before, operation) in OPERATIONS {
        let text = match before {
            "" => format!("print \"ready\"; {operation}"),
            before => format!("{before}; print \"ready\"; {operation}"),
        };
        let mut running = Running::start(folder.path(), "2", &text);
        running.read_until("ready");
        std::thread::sleep(Duration::from_millis(700));
        running.signal("INT");
        let asked = Instant::now();
        let (status, told) = running.end();
        println!("{:>6} ms  {operation}", asked.elapsed().as_millis());
        assert_eq!(status.code(), Some(130), "{operation}: {told}");
        // A second on a machine of its own.
        assert!(asked.elapsed() < Duration::from_secs(15), "{operation}: {:?}", asked.elapsed());
    }
}

#[test]
fn a_second_ctrl_c_ends_what_cannot_be_stopped() {
    let folder = folder();
    // Standard input stays open: reading it does not end.
    let mut running =
        Running::start(folder.path(), "2", "print \"ready\"; d = csv(\"-\", target=\"y\")");
    running.read_until("ready");
    std::thread::sleep(Duration::from_millis(300));
    running.signal("INT");
    std::thread::sleep(Duration::from_millis(300));
    running.signal("INT");
    let (status, told) = running.end();
    assert_eq!(status.code(), Some(130), "{told}");
}
