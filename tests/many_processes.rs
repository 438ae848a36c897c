//! The program on several processes, as `mpirun` starts them: on shared memory and on TCP, more of them than the
//! machine may have cores. `.ci/run` installs what it needs.
#![cfg(unix)]

#[path = "many_processes/ranks.rs"]
mod ranks;

use ranks::{Ranks, Wire, alone, folder};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Trains longer than any test waits, and writes its state.
const LONG: &str = "d = digits\nnet = dense(16) -> relu -> dense(10)\n\
                    train net on d epochs=100000 checkpoint=\"net.rlm\"\n";

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|own| own.expect("an entry").file_name().to_string_lossy().into()).collect();
    names.sort();
    names
}

#[test]
fn rank_0_alone_prints_and_writes_as_one_process_does() {
    let script = "transcript \"said.txt\"\nset seed=3\n1 + 1\nnet = input(4) -> dense(3)\nnet.layers[0].weight\n\
                  save net to \"net.rlm\"\nagain = load(\"net.rlm\")\n\
                  for i in [1, 2] { save again to \"again.rlm\"; again = load(\"again.rlm\") }\n\
                  plot relu to \"relu.svg\"\nprint \"the end\"\n";
    let one = folder();
    let expected = alone(one.path(), script);
    assert_eq!(expected.code, Some(0), "{}", expected.err);
    for (count, wire) in
        [(2, Wire::SharedMemory), (4, Wire::SharedMemory), (2, Wire::Tcp), (4, Wire::Tcp)]
    {
        let own = folder();
        let ran = Ranks::new(count, wire).run(own.path(), script);
        assert_eq!(ran.code, Some(0), "{count} {wire:?}: {}", ran.err);
        assert_eq!(ran.out, expected.out, "{count} {wire:?}");
        assert_eq!(names(own.path()), names(one.path()), "{count} {wire:?}");
        for file in ["again.rlm", "net.rlm", "relu.svg", "said.txt"] {
            let read = |folder: &Path| fs::read(folder.join(file)).expect(file);
            assert!(read(own.path()) == read(one.path()), "{count} {wire:?}: {file}");
        }
    }
}

#[test]
fn standard_input_is_read_once_for_all_and_is_no_data() {
    let own = folder();
    let ranks = Ranks::new(2, Wire::SharedMemory);
    let ran = ranks.start(own.path(), &[], "x = 20\nx + 1\n").end();
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "21\n"), "{}", ran.err);

    fs::write(own.path().join("read.relume"), "d = csv(\"-\", target=\"y\")\n").expect("a file");
    let ran = ranks.start(own.path(), &["read.relume"], "x,y\n1,2\n").end();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(
        ran.err.contains("of several processes only one has it: write it to a file"),
        "{}",
        ran.err
    );
    assert_eq!(ran.err.matches("error:").count(), 1, "{}", ran.err);
}

#[test]
fn what_one_rank_cannot_do_ends_all_with_its_reason() {
    let [first, second] = [folder(), folder()];
    let script =
        "x = 1\ntry { d = csv(\"own.csv\", target=\"b\") } else { x = 2 }\nprint \"never\"\n";
    for own in [&first, &second] {
        fs::write(own.path().join("own.relume"), script).expect("a file");
    }
    fs::write(first.path().join("own.csv"), "a,b\n1,2\n3,4\n5,6\n").expect("a file");
    let ran = Ranks::in_folders([first.path(), second.path()])
        .start(first.path(), &["own.relume"], "")
        .end();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("error: rank 1: own.csv"), "{}", ran.err);
    assert_eq!(ran.err.matches("error:").count(), 1, "{}", ran.err);
    // Rank 0 has read its file before it knows; no statement follows.
    assert!(!ran.out.contains("never"), "{}", ran.out);
}

#[test]
fn what_all_cannot_do_is_told_once() {
    let own = folder();
    let ran = Ranks::new(4, Wire::SharedMemory).run(own.path(), "nothere + 1\n");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(ran.err.matches("there is no `nothere`").count(), 1, "{}", ran.err);
    let ran = Ranks::new(2, Wire::SharedMemory).run(own.path(), "trian mlp on digits\n");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let ran = Ranks::new(2, Wire::SharedMemory).start(own.path(), &["--version"], "").end();
    assert_eq!(ran.out.matches("relume").count(), 1, "{}", ran.out);
    let ran = Ranks::new(2, Wire::SharedMemory).start(own.path(), &["--nothing"], "").end();
    assert_eq!((ran.code, ran.err.matches("error:").count()), (Some(2), 1), "{}", ran.err);
}

#[test]
fn other_files_programs_or_arguments_are_refused_on_all_before_anything_runs() {
    let [first, second] = [folder(), folder()];
    fs::write(first.path().join("own.relume"), "print 1\n").expect("a file");
    fs::write(second.path().join("own.relume"), "print 2\n").expect("a file");
    let folders = || Ranks::in_folders([first.path(), second.path()]);
    let ran = folders().start(first.path(), &["own.relume"], "").end();
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    let text = "error: own.relume: rank 1 has another file of this name than rank 0";
    assert_eq!(ran.err.matches(text).count(), 1, "{}", ran.err);

    // Another build: the same program with a byte more after its end.
    let other = second.path().join("relume");
    let mut bytes = fs::read(env!("CARGO_BIN_EXE_relume")).expect("the program");
    bytes.push(0);
    fs::write(&other, bytes).expect("a file");
    fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("permissions");
    let ran =
        folders().with_second_program(&other).start(first.path(), &["-c", "print 1"], "").end();
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    let version = env!("CARGO_PKG_VERSION");
    assert!(ran.err.contains(&format!("error: rank 0 is relume {version} (build ")), "{}", ran.err);
    assert!(ran.err.contains(&format!("rank 1 is relume {version} (build ")), "{}", ran.err);

    let ran = folders()
        .with_second_argument("--keep-going")
        .start(first.path(), &["-c", "print 1"], "")
        .end();
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    assert!(ran.err.contains("-c print 1 --keep-going`"), "{}", ran.err);
}

#[test]
fn ranks_keep_logs_where_these_are_asked_for() {
    let own = folder();
    let arguments = ["--rank-logs", "logs", "-c", "1 + 1; nothere"];
    let ran = Ranks::new(3, Wire::SharedMemory).start(own.path(), &arguments, "").end();
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), "2\n"), "{}", ran.err);
    assert_eq!(names(&own.path().join("logs")), ["rank-1.log", "rank-2.log"]);
    let log = fs::read_to_string(own.path().join("logs/rank-2.log")).expect("a log");
    assert!(log.starts_with("2\n") && log.contains("there is no `nothere`"), "{log}");
}

/// mpirun sees that a process is gone, ends the others and gives 128 and the number of its signal as its own code.
#[test]
fn a_rank_that_is_killed_ends_all_with_its_number() {
    let own = folder();
    let running = Ranks::new(2, Wire::SharedMemory).start(
        own.path(),
        &["-c", "while true { set seed=1 }"],
        "",
    );
    running.wait_for_ranks(2);
    std::thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    running.signal_rank(1, "KILL");
    let ran = running.end();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(ran.code, Some(137), "{}", ran.err);
    assert!(ran.err.contains("process rank 1 ") && ran.err.contains("signal 9"), "{}", ran.err);
}

/// Ctrl-C at a terminal is SIGINT to mpirun, which sends SIGTERM to the processes after a second, and SIGKILL after
/// another one. SIGUSR1 it passes on at once, and kills nothing.
#[test]
fn signals_to_mpirun_stop_training_and_keep_its_state() {
    for (signal, code) in [("INT", None), ("TERM", None), ("USR1", Some(138))] {
        let own = folder();
        fs::write(own.path().join("long.relume"), LONG).expect("a file");
        let running = Ranks::new(2, Wire::SharedMemory).start(own.path(), &["long.relume"], "");
        running.wait_for(&own.path().join("net.rlm"));
        std::thread::sleep(Duration::from_secs(1));
        running.signal(signal);
        let ran = running.end();
        assert!(ran.code.is_some_and(|code| code != 0), "{signal}: {:?}", ran.code);
        assert!(
            code.is_none_or(|code| ran.code == Some(code)),
            "{signal}: {:?} {}",
            ran.code,
            ran.err
        );
        assert!(ran.err.contains("this state is in net.rlm"), "{signal}: {}", ran.err);
        // It goes on from there, on another number of processes.
        let told = ran.err.lines().find_map(|line| line.split_once("interrupted in "));
        let (place, _) = told.and_then(|(_, rest)| rest.split_once("; ")).expect("the place");
        let script = LONG.replace("\"net.rlm\"", "\"net.rlm\" resume=true max_steps=1");
        let ran = Ranks::new(4, Wire::Tcp).run(own.path(), &script);
        assert_eq!(ran.code, Some(0), "{signal}: {}", ran.err);
        let text = format!("going on with the run in net.rlm, in {place}");
        assert!(ran.err.contains(&text), "{signal}: {text}: {}", ran.err);
    }
}

/// Networks of five kinds with what is hard about each, on data whose batches do not divide evenly.
const KINDS: [(&str, &str); 5] = [
    ("dense(24) -> relu -> dropout(0.3) -> dense(10)", "batch=50 optimizer=adam"),
    (
        "reshape([1, 8, 8]) -> conv2d(4, 3) -> batchnorm(sync=true) -> relu -> flatten -> dense(10)",
        "batch=61 optimizer=sgd(lr=0.05, momentum=0.9) clip=1",
    ),
    ("reshape([8, 8]) -> lstm(12, output=\"last\") -> dense(10)", "batch=64 spread=true"),
    (
        "reshape([8, 8]) -> transformer_encoder(2, dim_feedforward=16) -> flatten -> dense(10)",
        "batch=64 accumulate=2 optimizer=adamw(ema=0.9)",
    ),
    (
        "dense(24) -> batchnorm -> residual(dense(24) -> tanh) -> dense(10)",
        "batch=50 early_stop=1 schedule=plateau metrics=[f1]",
    ),
];

#[test]
fn every_number_of_processes_trains_to_the_same_bits() {
    for (network, words) in KINDS {
        let script = format!(
            "set seed=2\nd = digits\nnet = {network}\ntrain net on d epochs=1 shards=8 {words}\n\
             evaluate net on d\nsave net to \"net.rlm\"\n"
        );
        let one = folder();
        let expected = alone(one.path(), &script);
        assert_eq!(expected.code, Some(0), "{network}: {}", expected.err);
        let file = fs::read(one.path().join("net.rlm")).expect("net.rlm");
        for (count, wire) in
            [(1, Wire::SharedMemory), (2, Wire::SharedMemory), (4, Wire::Tcp), (3, Wire::Tcp)]
        {
            let (out, own) = Ranks::new(count, wire).trained(&script);
            assert_eq!(out, expected.out, "{network} on {count}");
            assert!(own == file, "{network} on {count}: other weights");
        }
    }
}

#[test]
fn fewer_samples_than_processes_are_trained_on() {
    let own = folder();
    let table = "a,b\n1,2.5\n3,4.25\n5,6.5\n2,3.75\n";
    fs::write(own.path().join("own.csv"), table).expect("a file");
    let script = "d = csv(\"own.csv\", target=\"b\", test=0.25)\nnet = dense(1)\n\
                  train net on d epochs=2 batch=2 shards=8\nnet.layers[0].weight\n";
    let expected = alone(own.path(), script);
    assert_eq!(expected.code, Some(0), "{}", expected.err);
    let ran = Ranks::new(4, Wire::SharedMemory).run(own.path(), script);
    assert_eq!((ran.code, &ran.out), (Some(0), &expected.out), "{}", ran.err);
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_same_bits_on_another_number_of_processes() {
    let script = |epochs: u64| {
        format!(
            "set seed=2\nd = digits\nnet = dense(16) -> batchnorm -> dropout(0.2) -> relu -> dense(10)\n\
             train net on d epochs={epochs} shards=8 checkpoint=\"net.rlm\" resume=true\n"
        )
    };
    let whole = folder();
    let expected = alone(whole.path(), &script(60));
    assert_eq!(expected.code, Some(0), "{}", expected.err);
    let own = folder();
    let arguments = ["-c", &script(60)];
    let running = Ranks::new(2, Wire::SharedMemory).start(own.path(), &arguments, "");
    running.wait_for(&own.path().join("net.rlm"));
    running.signal_rank(1, "KILL");
    let killed = running.end();
    assert_eq!(killed.code, Some(137), "{}", killed.err);
    let ran = Ranks::new(3, Wire::Tcp).run(own.path(), &script(60));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let read = |folder: &Path| fs::read(folder.join("net.rlm")).expect("net.rlm");
    assert!(read(own.path()) == read(whole.path()), "other weights");
}
