//! What a run does where its observers or its saver fail.

use crate::common::{bits, model, moons, plan};
use relume_training::{
    Interrupt, Model, Moment, Observer, Observers, Outcome, Run, Saver, Silent, TrainError, fit,
    fit_saving,
};

/// Fails at a moment, and keeps what it was shown and told.
struct Failing {
    at: Moment,
    says: &'static str,
    shown: Vec<Moment>,
    warnings: Vec<String>,
}

impl Failing {
    fn new(at: Moment, says: &'static str) -> Self {
        Failing { at, says, shown: Vec::new(), warnings: Vec::new() }
    }

    fn result(&mut self, moment: Moment) -> Result<(), TrainError> {
        self.shown.push(moment);
        if moment == self.at { Err(TrainError::Empty(self.says.to_string())) } else { Ok(()) }
    }
}

impl Observer for Failing {
    fn wants_state(&self, _: Moment, _: &Run) -> bool {
        true
    }

    fn state(&mut self, _: &Model, moment: Moment) -> Result<(), TrainError> {
        self.result(moment)
    }

    fn warning(&mut self, text: &str) {
        self.warnings.push(text.to_string());
    }
}

impl Saver for Failing {
    fn wants(&mut self, moment: Moment, _: &Run) -> bool {
        moment != Moment::Batch
    }

    fn save(&mut self, _: &Model, moment: Moment, _: &mut dyn Observer) -> Result<(), TrainError> {
        self.result(moment)
    }
}

/// The result of three epochs.
fn trained(
    model: &mut Model,
    observer: &mut Failing,
    saver: &mut Failing,
) -> Result<Outcome, TrainError> {
    fit_saving(model, &moons(), &plan(&moons(), 3), observer, &Interrupt::default(), saver)
}

fn error(result: Result<Outcome, TrainError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn an_observer_that_fails_at_the_end_leaves_the_saver_its_turn() {
    let mut observer = Failing::new(Moment::End, "the observer");
    let mut saver = Failing::new(Moment::Batch, "");
    let mut own = model();
    assert!(error(trained(&mut own, &mut observer, &mut saver)).contains("the observer"));
    assert_eq!(saver.shown, [Moment::Start, Moment::Epoch, Moment::Epoch, Moment::End]);
    let mut plain = model();
    fit(&mut plain, &moons(), &plan(&moons(), 3), &mut Silent, &Interrupt::default()).unwrap();
    assert_eq!(bits(&own), bits(&plain));
}

#[test]
fn a_failure_at_the_end_does_not_replace_the_error_of_the_run() {
    /// Fails at both moments.
    struct Twice(Failing);
    impl Observer for Twice {
        fn wants_state(&self, moment: Moment, _: &Run) -> bool {
            moment == Moment::End
        }
        fn state(&mut self, _: &Model, moment: Moment) -> Result<(), TrainError> {
            self.0.result(moment)
        }
        fn warning(&mut self, text: &str) {
            self.0.warning(text);
        }
    }
    let mut observer = Twice(Failing::new(Moment::End, "the end"));
    let mut saver = Failing::new(Moment::Epoch, "the epoch");
    let (data, plan, interrupt) = (moons(), plan(&moons(), 3), Interrupt::default());
    let result = fit_saving(&mut model(), &data, &plan, &mut observer, &interrupt, &mut saver);
    assert!(error(result).contains("the epoch"));
    assert_eq!(saver.shown, [Moment::Start, Moment::Epoch, Moment::End]);
    let [told] = &observer.0.warnings[..] else { panic!("{:?}", observer.0.warnings) };
    assert!(told.contains("the end"), "{told}");
}

#[test]
fn every_observer_is_shown_the_state_and_the_first_error_is_returned() {
    let mut first = Failing::new(Moment::Epoch, "the first");
    let mut second = Failing::new(Moment::Epoch, "the second");
    let mut both = Observers(vec![&mut first, &mut second]);
    let result = fit(&mut model(), &moons(), &plan(&moons(), 3), &mut both, &Interrupt::default());
    assert!(error(result).contains("the first"));
    assert_eq!(first.shown, [Moment::Start, Moment::Epoch, Moment::End]);
    assert_eq!(second.shown, first.shown);
    // A run that the first one cannot begin is not begun for the second one.
    let mut first = Failing::new(Moment::Start, "the first");
    let mut second = Failing::new(Moment::Batch, "");
    let mut both = Observers(vec![&mut first, &mut second]);
    let result = fit(&mut model(), &moons(), &plan(&moons(), 3), &mut both, &Interrupt::default());
    assert!(error(result).contains("the first"));
    assert!(!second.shown.contains(&Moment::Start));
}
