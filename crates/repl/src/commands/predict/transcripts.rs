//! What a network that was trained with ctc has heard, spelled.

use crate::{Session, show};
use relume_datasets::Raw;
use relume_losses::LossSpec;
use relume_tensor::Tensor;
use relume_training::Model;
use relume_training::metrics::best_path;
use serde_json::json;

/// The transcript of each sample; none where the network was not trained with ctc.
///
/// The labels' names come with the data set. Letters stand one beside the other, longer names and digits with spaces between
/// them; labels without a name are numbers.
pub(super) fn transcripts(outputs: &Tensor, model: &Model) -> Option<Vec<String>> {
    let (LossSpec::Ctc(ctc), &[_, time, classes]) =
        (&model.run().plan.as_ref()?.loss, outputs.dims())
    else {
        return None;
    };
    let names: &[String] = match model.preparation()?.raw.as_ref() {
        Some(Raw::Sound(sound)) => &sound.labels,
        _ => &[],
    };
    // Labels are counted from 1.
    let name = |label: usize| match label.checked_sub(1).and_then(|place| names.get(place)) {
        Some(name) => name.clone(),
        None => label.to_string(),
    };
    let are_letters = !names.is_empty() && names.iter().all(|name| name.chars().count() == 1);
    let are_digits = names.iter().all(|name| name.chars().all(|c| c.is_ascii_digit()));
    let between = if are_letters && !are_digits { "" } else { " " };
    let spelled = |steps: &[f32]| {
        let labels = best_path(steps, classes, ctc.blank).into_iter().map(name);
        labels.collect::<Vec<_>>().join(between)
    };
    Some(outputs.data().chunks_exact((time * classes).max(1)).map(spelled).collect())
}

/// A single transcript as it is, or a table of several.
pub(super) fn show(session: &mut Session, transcripts: &[String]) {
    let text = match transcripts {
        [one] => one.clone(),
        several => {
            let rows = several.iter().enumerate();
            show::table(
                &["sample", "transcript"],
                rows.map(|(i, text)| vec![i.to_string(), text.clone()]),
            )
        }
    };
    let results: Vec<_> = transcripts.iter().map(|text| json!({ "transcript": text })).collect();
    session.output.result(&text, || json!({ "predictions": results }));
}
