//! The files of a running training: whichever of them a killed process leaves, the run goes on to the same bits.

use crate::common::{Watch, bits, model, moons, plan, sgd};
use relume_training::{
    CheckpointWriter, EarlyStop, Every, Interrupt, Keep, Model, Moment, Observer, Plan, Run,
    RunFile, RunStart, Saver, Silent, TrainError, beside, fit, fit_saving, load,
};
use std::path::{Path, PathBuf};

/// A writer, and what is in its file after each time that it wrote.
struct Copies {
    writer: CheckpointWriter,
    path: PathBuf,
    files: Vec<Vec<u8>>,
}

impl Saver for Copies {
    fn wants(&mut self, moment: Moment, run: &Run) -> bool {
        self.writer.wants(moment, run)
    }

    fn save(
        &mut self,
        model: &Model,
        moment: Moment,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        self.writer.save(model, moment, observer)?;
        self.files.push(std::fs::read(&self.path).unwrap());
        Ok(())
    }
}

/// Trains a new model by a plan, written to a file.
fn written(plan: &Plan, path: &Path, every: Option<Every>) -> (Model, Vec<Vec<u8>>) {
    let mut model = model();
    let start = RunStart::of(&model, &moons(), plan).unwrap();
    let writer = CheckpointWriter::new(path, every, start);
    let mut copies = Copies { writer, path: path.to_path_buf(), files: Vec::new() };
    fit_saving(&mut model, &moons(), plan, &mut Silent, &Interrupt::default(), &mut copies)
        .unwrap();
    (model, copies.files)
}

/// Stops early, by a learning rate that is too large to get better for long.
fn stopping(data_epochs: u64) -> Plan {
    Plan {
        early_stop: Some(EarlyStop { patience: 2, min_delta: 0.0 }),
        keep: Keep::Best,
        optimizer: sgd(2.0),
        ..plan(&moons(), data_epochs)
    }
}

#[test]
fn each_file_of_a_run_leads_to_the_end_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.rlm");
    let best = Plan { keep: Keep::Best, ..plan(&moons(), 3) };
    for (what, plan) in [
        ("all epochs", plan(&moons(), 3)),
        ("the best of all epochs", best),
        ("early", stopping(60)),
    ] {
        let (whole, files) = written(&plan, &path, Some(Every::Steps(4)));
        assert_eq!(whole.run().epoch < plan.epochs, what == "early", "{:?}", whole.run());
        assert!(files.len() > 5, "{what}: {}", files.len());
        for (at, file) in files.iter().enumerate() {
            std::fs::write(&path, file).unwrap();
            let mut model = RunFile::load(&path).unwrap().model;
            assert_eq!(model.run().is_unfinished(), at + 1 < files.len(), "{what}, file {at}");
            if model.run().is_unfinished() {
                fit(&mut model, &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap();
            }
            assert_eq!(bits(&model), bits(&whole), "{what}, file {at}");
            assert_eq!(model.run(), whole.run(), "{what}, file {at}");
        }
    }
}

#[test]
fn the_best_weights_are_in_their_file_at_the_end_however_seldom_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.rlm");
    for every in [None, Some(Every::Epochs(u64::MAX)), Some(Every::Epochs(10))] {
        let (whole, _) = written(&stopping(60), &path, every);
        let best = load(&beside(&path, "best")).unwrap();
        assert_eq!(bits(&best), bits(&whole), "{every:?}");
    }
}

#[test]
fn a_file_that_is_to_be_kept_gets_a_free_name_when_the_run_begins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.rlm");
    let write = |text: &str| std::fs::write(&path, text).unwrap();
    let run = |plan: &Plan| {
        let mut model = model();
        let start = RunStart::of(&model, &moons(), plan).unwrap();
        let mut writer = CheckpointWriter::new(&path, None, start).keeping_file();
        let mut watch = Watch::default();
        let interrupt = Interrupt::default();
        let result = fit_saving(&mut model, &moons(), plan, &mut watch, &interrupt, &mut writer);
        result.map(|_| watch.remarks)
    };
    for (text, name) in
        [("first", "net.before.rlm"), ("second", "net.before-2.rlm"), ("third", "net.before-3.rlm")]
    {
        write(text);
        let remarks = run(&plan(&moons(), 1)).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join(name)).unwrap(), text);
        assert!(remarks.iter().any(|told| told.contains(name)), "{remarks:?}");
    }
    // A plan that is refused leaves the file where it is.
    write("fourth");
    let refused = Plan { monitor: Some("test_loss".to_string()), ..stopping(3) };
    assert!(matches!(run(&refused), Err(TrainError::Monitor { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "fourth");
}
