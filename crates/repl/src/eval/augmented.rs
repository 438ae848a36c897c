//! Data sets whose samples pass through augmentations: `images("FOLDER") -> randomcrop(32, padding=4) -> randomflip`.
//!
//! An arrow means "passes through", here as in a network. The augmentations belong to the data set, so that every
//! command that takes one has them (`evaluate` and `inspect` do not augment samples, but use the size to which a crop
//! brings them), and their order is visible; options of the source could not be shared by all sources of images.

use crate::syntax::Expr;
use crate::tables::Spec;
use crate::{Failure, Session, Value};
use relume_datasets::Dataset;

impl Session {
    /// A data set with the stages after it as its augmentations.
    pub(super) fn augmented(&mut self, data: Dataset, stages: &[Expr]) -> Result<Value, Failure> {
        let mut data = data;
        for stage in stages {
            data = match self.evaluate(stage)? {
                Value::Spec(Spec::Augmentation(spec)) => {
                    data.augmented(spec).map_err(|error| Failure::data(&error, stage.span))?
                }
                Value::Network(_) => {
                    return Err(Failure::at(
                        stage.span,
                        "an augmentation is expected after a data set, not a network",
                    )
                    .help("a network is trained on data: train NETWORK on DATA"));
                }
                other => {
                    return Err(Failure::at(
                        stage.span,
                        format!(
                            "an augmentation is expected after a data set, not {}",
                            other.kind()
                        ),
                    )
                    .help("`help augmentations` lists them"));
                }
            };
        }
        Ok(Value::Data(data))
    }
}
