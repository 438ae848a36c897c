//! The first samples with their predictions.

use crate::{Captioned, Grid, Image};
use relume_datasets::{Dataset, Part, picture_shape};
use relume_training::task::Cell;
use relume_training::{Model, predict_part};

/// How many samples are shown.
const SAMPLES: usize = 16;

/// The first samples of the held-out part, or of the train part, if they are images.
pub(super) fn shown(data: &Dataset) -> Option<Part> {
    let parts = [data.validation(), data.test(), data.train()];
    let part = parts.into_iter().find(|part| !part.is_empty())?;
    let is_plain = data.features().is_empty() && data.texts().is_none();
    let is_drawn = is_plain && picture_shape(&data.sample_shape()).is_some();
    part.slice(0, part.len().min(SAMPLES)).ok().filter(|_| is_drawn)
}

/// The samples with what the model says of them, and a tag. None if they cannot be read or predicted: that is told
/// where it matters to the training.
pub(super) fn picture(model: &Model, part: &Part) -> Option<(String, Image)> {
    let predicted = predict_part(model, part).ok()?.columns(false);
    let column = |name: &str| predicted.names.iter().position(|own| own == name);
    let (said, truth) = (column("prediction"), column("truth"));
    // Raw numbers, as they were before the preparation, where that can be.
    let raw = part.data().prepared_as(None).ok().and_then(|own| part.with_data(own.data).ok());
    let inputs = raw.as_ref().unwrap_or(part).inputs().ok()?;
    let [channels, height, width] = picture_shape(inputs.dims().get(1..)?)?;
    let sample = |(pixels, row): (&[f32], &Vec<Cell>)| {
        let cell = |at: Option<usize>| Some(text(row.get(at?)?));
        let (said, truth) = (cell(said).unwrap_or_default(), cell(truth));
        let is_right = truth.as_ref().map(|truth| *truth == said);
        let caption = match truth.filter(|truth| *truth != said) {
            Some(truth) => format!("{said} ({truth})"),
            None => said,
        };
        Captioned { pixels: pixels.to_vec(), caption, is_right }
    };
    let pixels = inputs.data().chunks_exact(channels * height * width);
    let samples = pixels.zip(&predicted.rows).map(sample).collect();
    let image = Grid { channels, height, width, samples }.image()?;
    // The part's own name, of `digits.test[0..16]`.
    let name = part.name().split('[').next().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default();
    Some((format!("predictions/{name}"), image))
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(x) => format!("{x:.3}"),
        Cell::Score(x) => format!("{x:.3}"),
        Cell::Share(x) => format!("{:.0}%", x * 100.0),
    }
}
