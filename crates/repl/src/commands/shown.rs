//! Pictures while training.

use super::Given;
use crate::{Failure, Output};
use relume_catalog::Choice;
use relume_datasets::{Dataset, Part};
use relume_inspection::figures::Boundary;
use relume_training::{Model, Moment, Observer, Run, TrainError};
use serde_json::json;

/// What is drawn while training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Shown {
    /// The answers over the plane of two inputs, or of the two main directions of more, after each epoch.
    Boundary,
}

/// The samples around which something is drawn while training, if that is wanted.
///
/// # Errors
/// Data of which it cannot be drawn.
pub(super) fn shown_part(
    shown: Option<Shown>,
    data: &Dataset,
    given: &Given<'_>,
) -> Result<Option<Part>, Failure> {
    match shown {
        Some(Shown::Boundary) if !Boundary::suits(data) => {
            let span = given.expr("show").map_or(given.span, |expr| expr.span);
            Err(Failure::at(
                span,
                "a boundary is of rows of at least two numbers, and of one class or one number",
            )
            .help("leave show out, and draw the history afterwards: plot net"))
        }
        Some(Shown::Boundary) => Ok(Some(data.train())),
        None => Ok(None),
    }
}

/// Draws after each epoch.
pub(super) struct Shower {
    output: Output,
    /// The samples around which it is drawn.
    part: Part,
    /// How many lines the picture before had.
    lines: usize,
    /// Whether it was said that a picture failed.
    has_failed: bool,
}

impl Shower {
    /// Draws around a part.
    pub fn new(output: &Output, part: &Part) -> Self {
        Shower { output: output.clone(), part: part.clone(), lines: 0, has_failed: false }
    }
}

impl Observer for Shower {
    /// What others say stands below the picture, which is then not drawn over.
    fn remark(&mut self, _: &str) {
        self.lines = 0;
    }

    fn warning(&mut self, _: &str) {
        self.lines = 0;
    }

    fn wants_state(&self, moment: Moment, _: &Run) -> bool {
        moment == Moment::Epoch
    }

    fn state(&mut self, model: &Model, _: Moment) -> Result<(), TrainError> {
        let found = match Boundary::of(model, &self.part) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(()),
            // A picture that fails ends no training.
            Err(error) => {
                if !std::mem::replace(&mut self.has_failed, true) {
                    self.output.warning(&format!("the boundary is not drawn: {error}"));
                }
                return Ok(());
            }
        };
        let epoch = model.run().epoch;
        let mut text = found.figure().terminal(self.output.terminal());
        text += &format!("after epoch {epoch}\n");
        let object = json!({ "type": "plot", "schema": 1, "kind": "boundary", "epoch": epoch,
            "plot": crate::json::exact(&found) });
        self.output.redraw_picture(&text, self.lines, || object);
        self.lines = text.lines().count();
        Ok(())
    }
}
