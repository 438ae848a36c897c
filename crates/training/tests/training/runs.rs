//! Runs that are kept: what their folders hold, whatever ends them, and how they are found again.

use crate::common::{Watch, bits, model, moons, plan, sgd};
use relume_training::runs::{
    RunDifferences, RunOptions, RunStatus, RunWriter, StoredRun, sort_runs, stored_runs,
};
use relume_training::{
    EarlyStop, Interrupt, Keep, Model, Moment, Observer, Observers, Outcome, Plan, Run, RunFile,
    RunStart, Silent, TrainError, fit, load,
};
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, Mutex};

fn options(folder: &Path, model: &Model, plan: &Plan) -> RunOptions {
    RunOptions {
        folder: folder.to_path_buf(),
        network: "net".to_string(),
        statement: Some("train net on moons".to_string()),
        start: RunStart::of(model, &moons(), plan).unwrap(),
    }
}

/// A writer that may not warn.
fn writer(folder: &Path, model: &Model, plan: &Plan) -> RunWriter {
    RunWriter::new(options(folder, model, plan), |text| panic!("{text}"))
}

/// Trains a model to the end of a plan, and keeps the run.
fn kept(folder: &Path, model: &mut Model, plan: &Plan) -> StoredRun {
    let mut writer = writer(folder, model, plan);
    fit(model, &moons(), plan, &mut writer, &Interrupt::default()).unwrap();
    writer.finish(RunStatus::Finished, None, model);
    StoredRun::read(writer.path().unwrap()).unwrap()
}

fn lines(run: &StoredRun, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(run.path.join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_run_leaves_its_record_its_figures_and_its_weights_and_changes_no_bit() {
    let folder = tempfile::tempdir().unwrap();
    for accumulate in [1, 3] {
        let plan = Plan { accumulate, clip: Some(0.3), ..plan(&moons(), 3) };
        let mut plain = model();
        fit(&mut plain, &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap();
        let mut own = model();
        let run = kept(folder.path(), &mut own, &plan);
        assert_eq!(bits(&own), bits(&plain));
        assert_eq!(own.run(), plain.run());
        assert_eq!(bits(&load(&run.path.join("last.rlm")).unwrap()), bits(&own));
        let record = &run.record;
        assert_eq!((record.status, record.schema), (RunStatus::Finished, 1));
        assert_eq!((record.network.as_str(), record.seed), ("net", 42));
        assert_eq!(record.spec, own.spec().to_string());
        assert_eq!(record.parameters, own.network().unwrap().parameters().count());
        assert_eq!(record.statement.as_deref(), Some("train net on moons"));
        assert_eq!(record.data.samples, [160, 0, 40]);
        assert_eq!(record.data.fingerprint, format!("{:016x}", moons().fingerprint().unwrap()));
        assert_eq!(record.plan, serde_json::to_value(&plan).unwrap());
        assert_eq!(record.reached.unwrap().step, own.run().step);
        assert_eq!(record.resumed, None);
        assert!(record.environment.threads >= 1 && record.seconds.unwrap() > 0.0);
        // The history is the model's, figure by figure.
        assert_eq!(run.history.metric, "accuracy");
        assert_eq!(run.history.epochs, own.run().history.epochs);
        // 160 train samples in batches of 16.
        let steps = lines(&run, "steps.jsonl");
        assert_eq!(steps.len(), 30);
        for (at, step) in steps.iter().enumerate() {
            assert_eq!(step["epoch"], at / 10 + 1);
            assert_eq!(step["batch"], at % 10 + 1);
            assert_eq!(step["lr"], 0.001);
            // Three batches give one step, and the last of an epoch one of its own.
            let gives_step = accumulate == 1 || [2, 5, 8, 9].contains(&(at % 10));
            assert_eq!(step["gradient_norm"].is_number(), gives_step, "{step}");
        }
        assert_eq!(steps.last().unwrap()["step"], own.run().step);
        // The data have no validation part, and the test part chooses nothing.
        assert!(!run.path.join("best.rlm").exists());
        assert_eq!(record.best, None);
    }
    assert_eq!(stored_runs(folder.path()).unwrap().runs.len(), 2);
}

#[test]
fn the_norm_of_the_gradients_is_that_of_the_step_which_plain_sgd_takes() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { optimizer: sgd(0.5), batch: 160, ..plan(&moons(), 1) };
    let mut own = model();
    own.build(2.into()).unwrap();
    let before = own.clone();
    let run = kept(folder.path(), &mut own, &plan);
    // w1 = w0 - lr * gradient: the norm of the change over the rate.
    let numbers = |model: &Model| -> Vec<f32> {
        let parameters = model.network().unwrap().parameters().iter();
        let trained = parameters.filter(|(_, own)| own.is_trained());
        trained.flat_map(|(_, own)| own.value.data().to_vec()).collect()
    };
    let change = numbers(&before).into_iter().zip(numbers(&own));
    let norm = change.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt() / 0.5;
    let told = lines(&run, "steps.jsonl")[0]["gradient_norm"].as_f64().unwrap();
    assert!((told / norm - 1.0).abs() < 1e-5, "{told} {norm}");
}

#[test]
fn the_best_weights_on_the_validation_part_are_in_their_file() {
    let folder = tempfile::tempdir().unwrap();
    for keep in [Keep::Best, Keep::Last] {
        let stop = Some(EarlyStop { patience: 2, min_delta: 0.0 });
        let plan = Plan { keep, early_stop: stop, optimizer: sgd(2.0), ..plan(&moons(), 30) };
        let mut own = model();
        let run = kept(folder.path(), &mut own, &plan);
        let best = run.best("validation_loss").unwrap();
        assert_eq!(run.record.best, Some(best));
        assert!(best.epoch < own.run().epoch, "it stopped after the best epoch");
        let file = load(&run.path.join("best.rlm")).unwrap();
        // As many epochs of the same plan lead to the same weights.
        let mut again = model();
        let mut stop = StopAfter { epoch: best.epoch, interrupt: Interrupt::default() };
        let interrupt = stop.interrupt.clone();
        fit(&mut again, &moons(), &plan, &mut stop, &interrupt).unwrap();
        assert_eq!(bits(&file), bits(&again), "{keep:?}");
        assert_eq!(bits(&file) == bits(&own), keep == Keep::Best);
    }
}

/// Stops a training after an epoch.
struct StopAfter {
    epoch: u64,
    interrupt: Interrupt,
}

impl Observer for StopAfter {
    fn wants_state(&self, moment: Moment, run: &Run) -> bool {
        moment == Moment::Epoch && run.epoch == self.epoch
    }

    fn state(&mut self, _: &Model, _: Moment) -> Result<(), TrainError> {
        self.interrupt.set();
        Ok(())
    }
}

#[test]
fn an_interrupted_run_goes_on_from_its_last_state_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&moons(), 4);
    let mut straight = model();
    fit(&mut straight, &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap();
    let mut own = model();
    let mut writer = writer(folder.path(), &own, &plan);
    let mut watch = Watch { stop_after: Some(23), ..Watch::default() };
    let interrupt = watch.interrupt.clone();
    let mut both = Observers(vec![&mut watch, &mut writer]);
    let outcome = fit(&mut own, &moons(), &plan, &mut both, &interrupt).unwrap();
    assert_eq!(outcome, Outcome::Interrupted);
    writer.finish(RunStatus::Interrupted, None, &own);
    let run = StoredRun::read(writer.path().unwrap()).unwrap();
    assert_eq!((run.record.status, run.history.epochs.len()), (RunStatus::Interrupted, 2));
    let file = RunFile::load(&run.path.join("last.rlm")).unwrap();
    assert!(file.start.is_some(), "resume=true goes on with it");
    let mut resumed = file.model;
    let run = kept(folder.path(), &mut resumed, &plan);
    assert_eq!(bits(&resumed), bits(&straight));
    // Its folder begins with the epochs that were done, and has the steps that were left.
    assert_eq!(run.history.epochs, straight.run().history.epochs);
    let place = run.record.resumed.unwrap();
    assert_eq!((place.epoch, place.batch, place.step), (2, 3, 23));
    let steps: Vec<u64> =
        lines(&run, "steps.jsonl").iter().map(|own| own["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, (24..=40).collect::<Vec<u64>>());
}

/// Looks at the run while it goes on.
struct Look<'a> {
    folder: &'a Path,
    seen: Vec<(RunStatus, usize)>,
}

impl Observer for Look<'_> {
    fn wants_state(&self, moment: Moment, _: &Run) -> bool {
        moment == Moment::Epoch
    }

    fn state(&mut self, _: &Model, _: Moment) -> Result<(), TrainError> {
        let runs = stored_runs(self.folder).unwrap().runs;
        self.seen.extend(runs.iter().map(|run| (run.record.status, run.history.epochs.len())));
        Ok(())
    }
}

#[test]
fn a_run_is_running_until_its_process_is_gone_and_every_epoch_can_be_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&moons(), 2);
    let mut own = model();
    let mut writer = writer(folder.path(), &own, &plan);
    let mut look = Look { folder: folder.path(), seen: Vec::new() };
    let mut both = Observers(vec![&mut writer, &mut look]);
    fit(&mut own, &moons(), &plan, &mut both, &Interrupt::default()).unwrap();
    assert_eq!(look.seen, [(RunStatus::Running, 1), (RunStatus::Running, 2)]);
    // As after a crash: the end was not written.
    let path = writer.path().unwrap().to_path_buf();
    drop(writer);
    let run = StoredRun::read(&path).unwrap();
    assert_eq!((run.record.status, run.history.epochs.len()), (RunStatus::Interrupted, 2));
    assert!(run.seconds.unwrap() > 0.0, "until its last epoch");
}

#[test]
fn a_diverged_run_says_so_and_has_the_last_state_before() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { optimizer: sgd(1e20), ..plan(&moons(), 3) };
    let mut own = model();
    let mut writer = writer(folder.path(), &own, &plan);
    let error = fit(&mut own, &moons(), &plan, &mut writer, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::Diverged(_)), "{error}");
    writer.finish(RunStatus::Diverged, Some(error.to_string()), &own);
    let run = StoredRun::read(writer.path().unwrap()).unwrap();
    assert_eq!(run.record.status, RunStatus::Diverged);
    assert_eq!(run.record.problem, Some(error.to_string()));
    assert!(load(&run.path.join("last.rlm")).is_ok());
}

/// Removes the folder of a run after its first epoch, as a disk that goes.
struct Remove<'a>(&'a Path);

impl Observer for Remove<'_> {
    fn wants_state(&self, moment: Moment, run: &Run) -> bool {
        moment == Moment::Epoch && run.epoch == 1
    }

    fn state(&mut self, _: &Model, _: Moment) -> Result<(), TrainError> {
        std::fs::remove_dir_all(self.0).unwrap();
        Ok(())
    }
}

#[test]
fn a_folder_that_cannot_be_written_any_more_is_told_once_and_the_training_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let plan = plan(&moons(), 3);
    let mut own = model();
    let told = Arc::new(Mutex::new(Vec::new()));
    let warnings = told.clone();
    let warn = move |text: &str| warnings.lock().unwrap().push(text.to_string());
    let mut writer = RunWriter::new(options(&runs, &own, &plan), warn);
    let mut remove = Remove(&runs);
    let mut both = Observers(vec![&mut writer, &mut remove]);
    let outcome = fit(&mut own, &moons(), &plan, &mut both, &Interrupt::default()).unwrap();
    assert_eq!(outcome, Outcome::Finished);
    writer.finish(RunStatus::Finished, None, &own);
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("training goes on, but"), "{told:?}");
    let mut plain = model();
    fit(&mut plain, &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap();
    assert_eq!(bits(&own), bits(&plain));
}

#[test]
fn a_folder_that_cannot_be_made_ends_the_training_before_its_first_step() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let plan = plan(&moons(), 1);
    let mut own = model();
    let mut writer = writer(&file.path().join("runs"), &own, &plan);
    let error = fit(&mut own, &moons(), &plan, &mut writer, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::Save(_)), "{error}");
    assert_eq!((own.run().step, writer.path()), (0, None));
}

#[test]
fn runs_are_sorted_by_their_figures_and_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let short = kept(folder.path(), &mut model(), &plan(&moons(), 1));
    let long = kept(folder.path(), &mut model(), &Plan { batch: 8, ..plan(&moons(), 12) });
    let mut runs = stored_runs(folder.path()).unwrap().runs;
    let names = |runs: &[StoredRun]| -> Vec<String> {
        runs.iter().map(|run| run.record.name.clone()).collect()
    };
    assert_eq!(names(&runs), [&short, &long].map(|run| run.record.name.clone()), "oldest first");
    let figures = [&short, &long].map(|run| run.figure("test_loss").unwrap());
    assert!(figures[1] < figures[0], "{figures:?}");
    for by in ["loss", "accuracy"] {
        sort_runs(&mut runs, by).unwrap();
        assert_eq!(names(&runs)[0], long.record.name, "the best first: {by}");
    }
    sort_runs(&mut runs, "epochs").unwrap();
    assert_eq!(names(&runs)[0], short.record.name);
    let known = sort_runs(&mut runs, "acuracy").unwrap_err();
    assert!(known.contains(&"accuracy".to_string()) && known.contains(&"seconds".to_string()));
    let found = RunDifferences::of(&short, &long);
    let what: Vec<&str> = found.settings.iter().map(|own| own.what.as_str()).collect();
    assert_eq!(what, ["plan.epochs", "plan.batch"]);
    assert_eq!((&found.settings[1].first, &found.settings[1].second), (&16.into(), &8.into()));
    let figure = found.figures.iter().find(|own| own.what == "epochs").unwrap();
    assert_eq!((&figure.first, &figure.second), (&1.into(), &12.into()));
    assert!(RunDifferences::of(&short, &short).settings.is_empty());
}

#[test]
fn a_note_stays_with_its_run_and_a_damaged_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = kept(folder.path(), &mut model(), &plan(&moons(), 1));
    assert_eq!(run.note, None);
    run.set_note("smaller batches\n").unwrap();
    let again = StoredRun::read(&run.path).unwrap();
    assert_eq!(again.note.as_deref(), Some("smaller batches"));
    run.set_note("").unwrap();
    assert_eq!(StoredRun::read(&run.path).unwrap().note, None);
    let damaged = folder.path().join("damaged");
    std::fs::create_dir(&damaged).unwrap();
    std::fs::write(damaged.join("run.json"), "{").unwrap();
    std::fs::create_dir(folder.path().join("something else")).unwrap();
    let found = stored_runs(folder.path()).unwrap();
    assert_eq!(found.runs.len(), 1);
    assert_eq!(found.unreadable.len(), 1);
    assert!(found.unreadable[0].contains("damaged"), "{:?}", found.unreadable);
    assert!(stored_runs(&folder.path().join("none")).unwrap().runs.is_empty());
}
