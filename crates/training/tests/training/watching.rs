//! Watched steps in the history of a run.

use crate::common::{model, moons, plan};
use relume_training::{
    Bins, Interrupt, Model, NextStep, Observer, Progress, StepNotes, StepView, WatchRecord,
    WatchedParameter, fit, load, save,
};

/// Watches each step, and stops after some of them.
#[derive(Default)]
struct Every {
    stop_after: Option<usize>,
    batches: usize,
    interrupt: Interrupt,
    remarks: Vec<String>,
}

impl Observer for Every {
    fn batch(&mut self, _: &Progress) {
        self.batches += 1;
        if Some(self.batches) == self.stop_after {
            self.interrupt.set();
        }
    }

    fn wants_step(&self, _: &NextStep) -> bool {
        true
    }

    fn step(&mut self, _: &NextStep, view: &StepView<'_>) -> StepNotes {
        let weights = Bins { low: 0.0, high: view.loss, counts: vec![view.step] };
        let name = "0.weight".to_string();
        let parameters = vec![WatchedParameter { name, weights, ..WatchedParameter::default() }];
        let (epoch, step) = (view.epoch, view.step);
        let record = WatchRecord { epoch, step, samples: 16, parameters, ..WatchRecord::default() };
        StepNotes { record: Some(record), warnings: Vec::new() }
    }

    fn remark(&mut self, text: &str) {
        self.remarks.push(text.to_string());
    }
}

/// Trains for 90 epochs of ten steps, or until it is stopped after so many steps.
fn trained(model: &mut Model, stop_after: Option<usize>) -> Vec<String> {
    let mut every = Every { stop_after, ..Every::default() };
    let interrupt = every.interrupt.clone();
    fit(model, &moons(), &plan(&moons(), 90), &mut every, &interrupt).unwrap();
    every.remarks
}

#[test]
fn a_history_keeps_the_same_400_steps_at_most_however_often_it_is_saved() {
    let mut straight = model();
    let remarks = trained(&mut straight, None);
    assert_eq!(
        remarks.iter().filter(|text| text.contains("400 that the history keeps")).count(),
        1,
        "{remarks:?}"
    );
    let steps = |model: &Model| -> Vec<u64> {
        model.run().history.watched.iter().map(|own| own.step).collect()
    };
    // 900 steps: each fourth one and the last.
    let wanted: Vec<u64> = (1..=900).step_by(4).chain([900]).collect();
    assert_eq!(steps(&straight), wanted);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.rlm");
    let mut own = model();
    // Before it is full, beside the steps at which it drops the half, and between.
    for more in [150, 250, 1, 1, 150, 248, 1, 33] {
        trained(&mut own, Some(more));
        save(&own, &path).unwrap();
        own = load(&path).unwrap();
    }
    trained(&mut own, None);
    assert_eq!(own.run(), straight.run());
}
