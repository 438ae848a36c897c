//! Trainings that are kept, from the statement to the files and back.

#[path = "common/run.rs"]
mod program;

use program::run;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What the program prints for a script that must succeed.
fn succeeds(script: &str, folder: &Path) -> String {
    let (text, code) = run(&[], script, folder);
    assert_eq!(code, 0, "{script}: {text}");
    text
}

/// The folders in a folder, in the order of their names.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// The runs in a folder, oldest first.
fn runs(folder: &Path) -> Vec<PathBuf> {
    let mut found = folders(&folder.join("kept"));
    found.sort_by_key(|run| record(run)["started"].to_string());
    found
}

fn record(run: &Path) -> Value {
    let text = fs::read_to_string(run.join("run.json")).expect("a record");
    serde_json::from_str(&text).expect("JSON")
}

const TWO: &str = "set runs=\"kept\" progress=\"off\"\n\
                   small = dense(3)\n\
                   train small on iris epochs=2\n\
                   large = dense(16) -> relu -> dense(3)\n\
                   train large on iris(validation=0.2) epochs=4 optimizer=sgd(lr=0.1)\n";

#[test]
fn every_training_leaves_a_folder_that_is_listed_drawn_compared_and_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = format!(
        "{TWO}runs\nruns network=\"relu\"\nplot runs[-2:] loss\ndiff runs[-2] runs[-1]\n\
         net = load(runs[-1].last)\nprint(net.layers[0].weight == large.layers[0].weight)\n\
         print(evaluate(load(runs[-1].best), iris.test).accuracy > 0)\n\
         print(runs[0].history.loss == small.history.loss, runs[-1].best == runs[1].best, runs[0].best)\n\
         runs[-1]"
    );
    let text = succeeds(&script, folder.path());
    let runs = runs(folder.path());
    assert_eq!(runs.len(), 2);
    let (small, large) = (record(&runs[0]), record(&runs[1]));
    assert_eq!([&small["network"], &large["network"]], ["small", "large"]);
    assert_eq!([&small["status"], &large["status"]], ["finished", "finished"]);
    assert_eq!(
        large["statement"],
        "train large on iris(validation=0.2) epochs=4 optimizer=sgd(lr=0.1)"
    );
    assert_eq!(large["spec"], "dense(16) -> relu -> dense(3)");
    assert_eq!((large["parameters"].as_u64(), large["seed"].as_u64()), (Some(131), Some(0)));
    assert_eq!(large["plan"]["epochs"], 4);
    assert_eq!(large["monitored"], "validation_loss");
    // The list, the plot, the difference and the run have its name.
    let name = large["name"].as_str().expect("a name");
    assert_eq!(text.matches(name).count(), 5, "{text}");
    let printed = text.split("net: ").nth(1).expect("what is printed of the loaded network");
    assert!(!printed.contains("false"), "{text}");
    assert!(text.contains("plan.optimizer"), "{text}");
    assert!(text.contains("nothing"), "the data of the first have no validation part: {text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn the_list_is_sorted_cut_filtered_and_noted_also_as_json() {
    let folder = tempfile::tempdir().expect("a folder");
    succeeds(TWO, folder.path());
    let json = |script: &str| -> Value {
        let (text, code) = run(&["--json"], &format!("set runs=\"kept\"\n{script}"), folder.path());
        assert_eq!(code, 0, "{script}: {text}");
        let line = text.lines().find(|line| line.contains("\"version\"")).expect("an object");
        serde_json::from_str(line).expect("JSON")
    };
    let networks = |script: &str| -> Vec<String> {
        let object = json(script);
        assert_eq!(object["type"], "runs");
        let runs = object["runs"].as_array().expect("runs").iter();
        runs.map(|run| run["network"].as_str().expect("a name").to_string()).collect()
    };
    assert_eq!(networks("runs"), ["small", "large"]);
    assert_eq!(networks("runs by=\"epochs\" limit=1"), ["small"]);
    assert_eq!(networks("runs limit=1"), ["large"], "the latest");
    assert_eq!(networks("runs by=\"network\""), ["large", "small"]);
    assert_eq!(networks("runs network=\"sm*l\""), ["small"]);
    assert_eq!(networks("runs data=\"digits\""), Vec::<String>::new());
    assert_eq!(networks("runs status=\"finished\" folder=\"kept\""), ["small", "large"]);
    let noted = json("runs name=\"large\" note=\"with relu\"");
    assert_eq!((&noted["type"], &noted["note"]), (&"noted".into(), &"with relu".into()));
    assert_eq!(json("runs[-1]")["value"]["note"], "with relu");
    assert!(succeeds("set runs=\"kept\"\nruns", folder.path()).contains("with relu"));
    let differences = json("diff runs[0] runs[1]");
    assert_eq!(differences["type"], "run_differences");
    let settings = differences["differences"]["settings"].as_array().expect("settings").iter();
    let what: Vec<&str> = settings.map(|own| own["what"].as_str().expect("a name")).collect();
    for own in ["network", "spec", "parameters", "plan.epochs", "data.samples"] {
        assert!(what.contains(&own), "{own}: {what:?}");
    }
}

#[test]
fn a_run_that_was_stopped_goes_on_from_its_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let net = "set runs=\"kept\" progress=\"off\"\nnet = dense(16) -> relu -> dense(3)\n";
    let stopped = format!("{net}train net on iris epochs=4 max_steps=10");
    succeeds(&stopped, folder.path());
    let first = runs(folder.path()).remove(0);
    assert_eq!(record(&first)["status"], "interrupted");
    let last = first.join("last.rlm");
    let again = format!(
        "{net}train net on iris epochs=4 checkpoint=\"{}\" resume=true\n\
         b = dense(16) -> relu -> dense(3)\ntrain b on iris epochs=4\n\
         print(net.layers[2].weight == b.layers[2].weight)\nprint(runs[1].loss == runs[2].loss)",
        last.display()
    );
    let text = succeeds(&again, folder.path());
    let printed = text.split("net: ").nth(1).expect("what is printed of the loaded network");
    assert!(!printed.contains("false"), "{text}");
    let second = record(&runs(folder.path())[1]);
    assert_eq!((&second["status"], &second["resumed"]["step"]), (&"finished".into(), &10.into()));
}

#[test]
fn a_training_that_diverges_leaves_its_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "set runs=\"kept\" progress=\"off\"\nnet = dense(8) -> dense(3)\n\
                  train net on iris epochs=4 optimizer=sgd(lr=1e30) tensorboard=\"tb\"";
    let (text, code) = run(&[], script, folder.path());
    assert_eq!(code, 3, "{text}");
    let run = record(&runs(folder.path())[0]);
    assert_eq!(run["status"], "diverged");
    assert!(run["problem"].as_str().is_some_and(|own| own.contains("diverged")), "{run}");
    assert_eq!(folders(&folder.path().join("tb")).len(), 1);
}

#[test]
fn nothing_is_kept_unless_it_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "net = dense(3)\ntrain net on iris epochs=1\n\
                  set runs=\"kept\" tensorboard=\"tb\"\nset runs=\"off\" tensorboard=\"off\"\n\
                  train net on iris epochs=1\nset runs=\"kept\"\ncompare net on iris lr=[0.1, 0.2] epochs=1\n\
                  crossvalidate net on iris epochs=1 folds=2";
    succeeds(script, folder.path());
    assert_eq!(folders(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn every_training_has_a_folder_of_events_where_that_is_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "set tensorboard=\"tb\" progress=\"off\"\nnet = dense(10)\n\
                  train net on digits epochs=1\nnet = dense(10)\ntrain net on digits epochs=1\n\
                  train net on digits epochs=1 tensorboard=\"own\"\n";
    let text = succeeds(script, folder.path());
    assert!(!text.contains("warning"), "{text}");
    let boards = folders(&folder.path().join("tb"));
    assert_eq!(boards.len(), 2);
    for folder in boards.iter().chain([&folder.path().join("own")]) {
        let files = folders(folder);
        assert_eq!(files.len(), 1, "{files:?}");
        let name = files[0].file_name().expect("a name").to_string_lossy().into_owned();
        assert!(name.starts_with("events.out.tfevents."), "{name}");
    }
}
