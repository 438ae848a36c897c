//! Pictures while training.

use super::Given;
use crate::{Failure, Output};
use relume_catalog::Choice;
use relume_datasets::{Dataset, Part};
use relume_inspection::figures::Boundary;
use relume_training::{Model, Moment, Observer, Run, Saver, TrainError};
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

/// Draws after each epoch, beside another saver.
pub(super) struct Shower<'a> {
    other: &'a mut dyn Saver,
    output: Output,
    /// The samples around which it is drawn.
    part: Option<Part>,
    /// Whether the other saver wants the moment too.
    is_others: bool,
    /// How many lines the picture before had.
    lines: usize,
}

impl<'a> Shower<'a> {
    /// Draws around a part, if there is one.
    pub fn new(other: &'a mut dyn Saver, output: &Output, part: Option<&Part>) -> Self {
        Shower { other, output: output.clone(), part: part.cloned(), is_others: false, lines: 0 }
    }
}

impl Saver for Shower<'_> {
    fn wants(&mut self, moment: Moment, run: &Run) -> bool {
        self.is_others = self.other.wants(moment, run);
        self.is_others || self.part.is_some() && matches!(moment, Moment::Epoch | Moment::End)
    }

    fn save(
        &mut self,
        model: &Model,
        moment: Moment,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        if matches!(moment, Moment::Epoch | Moment::End)
            && let Some(part) = &self.part
            && let Some(found) = Boundary::of(model, part)?
        {
            let epoch = model.run().epoch;
            let mut text = found.figure().terminal(self.output.terminal());
            text += &format!("after epoch {epoch}\n");
            let object = json!({ "type": "plot", "schema": 1, "kind": "boundary", "epoch": epoch,
                "plot": crate::json::exact(&found) });
            self.output.redraw_picture(&text, self.lines, || object);
            self.lines = text.lines().count();
        }
        match self.is_others {
            true => self.other.save(model, moment, observer),
            false => Ok(()),
        }
    }
}
