//! What a stage makes of one sample.

use super::inside::Inside;
use super::pictures::{labelled, pictures};
use crate::plot::{Axis, Figure, Grid, Mark, Palette, Panel, Series};
use relume_datasets::Part;
use relume_training::{Model, TrainError};
use serde::Serialize;

/// The outputs of a stage for one sample.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureMaps {
    /// The sample's name.
    pub data: String,
    /// The stage.
    pub stage: String,
    /// The shape: `[channels, height, width]`, `[steps, features]` or `[features]`.
    pub shape: Vec<usize>,
    /// The values.
    pub values: Vec<f32>,
}

/// Numbers that are drawn at most.
const MOST: usize = 1 << 22;

impl FeatureMaps {
    /// The outputs of a stage for the first sample of a part; by default of the last stage whose outputs are maps
    /// `[channels, height, width]`, or of the last but one. `None` if there is no such stage.
    ///
    /// # Errors
    /// A model without parameters, or samples that do not match it.
    pub fn of(model: &Model, part: &Part, stage: Option<&str>) -> Result<Option<Self>, TrainError> {
        let data = part.name().to_string();
        let part = part.slice(0, part.len().min(1))?;
        let part = part.with_data(model.prepare_inputs(part.data())?.data)?;
        let chosen = match stage {
            Some(stage) => Some(stage.to_string()),
            None => {
                let all = Inside::stages(model, &part)?;
                let is_map =
                    |shape: &[usize]| matches!(shape, [_, height, width] if height * width > 1);
                all.into_iter().rfind(|(_, shape)| is_map(shape)).map(|(path, _)| path)
            }
        };
        let found = Inside::of(model, &part, chosen.as_deref(), MOST)?;
        Ok(found.map(|inside| FeatureMaps {
            data,
            stage: inside.stage,
            shape: inside.values.dims().get(1..).unwrap_or_default().to_vec(),
            values: inside.values.data().to_vec(),
        }))
    }

    /// A picture for each channel, a matrix of steps and features, or a line.
    pub fn figure(&self) -> Figure {
        let title = format!("{}: outputs of stage {}", self.data, self.stage);
        match self.shape[..] {
            [channels, height, width] => {
                let each = self.values.chunks_exact((height * width).max(1));
                let all = each.take(channels).map(|own| Grid::of_picture(own, [1, height, width]));
                pictures(&title, "channel", all, channels)
            }
            [steps, features] if steps > 1 && features > 1 => {
                matrix(&title, &self.values, steps, features)
            }
            _ => {
                let values = &self.values;
                let line = Mark::Line(Series::counted("output", values));
                Figure::of(Panel::new(title, Axis::new("unit"), Axis::new("output")).with(line))
            }
        }
    }
}

/// Steps across, features from below.
fn matrix(title: &str, values: &[f32], steps: usize, features: usize) -> Figure {
    let at = |row: usize, column: usize| values[column * features + features - 1 - row];
    let turned: Vec<f32> =
        (0..features * steps).map(|i| at(i / steps.max(1), i % steps.max(1))).collect();
    let grid = labelled(Grid::of_signed(&turned, steps), &turned, "output", Palette::Diverging);
    Figure::of(Panel::new(title, Axis::new("step"), Axis::new("feature")).with(Mark::Grid(grid)))
}
