//! The section of what some answers come from.

use crate::context::{Context, Written, because, of_each_class};
use crate::hardest::caption;
use crate::html::{cut, escaped, name, note, short};
use crate::picture::{Picture, Planes};
use crate::samples::shown;
use relume_catalog::counted;
use relume_datasets::{Batches, Raw, Targets, picture_shape};
use relume_inspection::{Attribution, ExplainOptions, Method, explain};
use relume_tensor::Array;
use relume_training::task::Columns;
use relume_training::{Model, predict_part};

/// Bars, words and steps that are shown of a sample.
const BARS: usize = 8;
const WORDS: usize = 80;
const STEPS: usize = 120;
/// Steps of the integral to begin with.
const INTEGRAL: usize = 32;

/// The section.
pub(crate) fn explanations(context: &Context<'_>) -> Written {
    if let Some(reason) = no_sense(context) {
        return because(reason);
    }
    let chosen = of_each_class(&context.held_out, context.report.explained);
    if chosen.is_empty() {
        return because("No samples were asked for.");
    }
    let few = context.held_out.at(chosen.iter().copied())?;
    let predictions = predict_part(&context.model, &few)?;
    let columns = predictions.columns(false);
    let raw = shown(&context.raw(&chosen)?)?.unwrap_or_default();
    let mut out = String::new();
    let mut worst: f64 = 0.0;
    let mut method = None;
    for (at, &position) in chosen.iter().enumerate() {
        let batch = Batches::in_order(few.at([at])?, 1).next();
        let Some(batch) = batch else { break };
        let sample = batch?.inputs;
        let options = ExplainOptions { steps: INTEGRAL, ..ExplainOptions::default() };
        let found = explain(&context.model, &sample, &options)?;
        let found = for_the_answer(&context.model, found);
        worst = worst.max(found.gap.unwrap_or(0.0));
        method = Some(found.method);
        let place = context.positions[position];
        let original = raw.get(at).map(String::as_str);
        out += &one(
            context,
            &found,
            &sample,
            original,
            &caption_of(place, at, &columns, &found, context),
        );
    }
    let said = match method {
        Some(Method::Occlusion) => {
            "Each part is replaced by nothing: by how much the score of the answer falls."
                .to_string()
        }
        _ => format!(
            "Integrated gradients from zeros (after the preparation): what each part adds to the score of the answer. \
             They add up to the score but for {:.1} % at most.",
            100.0 * worst
        ),
    };
    let part = context.part;
    let how = format!("{} of the {part} part. {said}", counted(chosen.len(), "sample"));
    Ok(note(&how) + KEY + "<div class=\"explained\">\n" + &out + "</div>\n")
}

const KEY: &str = "<p class=\"note\"><span class=\"key for\"></span>for the answer \
                   <span class=\"key against\"></span>against it</p>\n";

/// Why there is nothing to explain.
fn no_sense(context: &Context<'_>) -> Option<String> {
    let targets = context.data.targets();
    if !context.is_trained() {
        return Some(
            "The network has not been trained yet: its answers come from chance.".to_string(),
        );
    }
    match targets {
        Targets::Places(_) => Some(
            "The network answers at each place of a sample, and explanations are for one answer: \
             `explain` shows that of an output."
                .to_string(),
        ),
        Targets::Sequences { .. } => Some(
            "The network answers with strings of labels, and explanations are for one answer."
                .to_string(),
        ),
        Targets::Classes { .. } | Targets::Values { .. } => None,
    }
}

/// Of one output that stands for two classes, what speaks for the class that is said.
fn for_the_answer(model: &Model, found: Attribution) -> Attribution {
    let is_single = model.network().is_some_and(|network| network.output().count() == 1);
    match is_single && model.classes().len() == 2 && found.score < 0.0 {
        true => found.negated(),
        false => found,
    }
}

/// Which sample it is, what is true and what is said; the output, where there are several numbers.
fn caption_of(
    place: usize,
    at: usize,
    columns: &Columns,
    found: &Attribution,
    context: &Context<'_>,
) -> String {
    let own = caption(place, at, columns);
    match context.model.numbers() {
        names if names.len() > 1 => match names.get(found.output) {
            Some(output) => format!("{own} {}", name(output)),
            None => own,
        },
        _ => own,
    }
}

/// One sample, explained.
fn one(
    context: &Context<'_>,
    found: &Attribution,
    sample: &Array,
    original: Option<&str>,
    caption: &str,
) -> String {
    let score = format!("score {}", short(found.score));
    let caption = format!("{caption} <span class=\"muted\">· {score}</span>");
    let body = match (sample, &found.shape[..]) {
        (Array::Indices(indices), _) if are_words(&context.model) => {
            words(&context.model, indices.data(), found)
        }
        (Array::Indices(_), _) => bars(context, &sample.numbers().collect::<Vec<_>>(), found),
        (_, sizes) if found.time_axis.is_none() && is_drawn(context, sizes, original) => {
            heat(sizes, found, original.unwrap_or_default())
        }
        (Array::Tensor(_), &[_, _]) => steps(found),
        (Array::Tensor(_), _) => bars(context, &sample.numbers().collect::<Vec<_>>(), found),
    };
    let class = if body.starts_with("<div class=\"pictures") { "small" } else { "large" };
    let caption = format!("<figcaption>{caption}</figcaption>");
    // Pictures have their captions below them, bars and words above.
    let content = if class == "small" { body + &caption } else { caption + &body };
    format!("<figure class=\"{class}\">{content}</figure>\n")
}

/// Whether a sample is a picture, and shown as one.
fn is_drawn(context: &Context<'_>, sizes: &[usize], original: Option<&str>) -> bool {
    let has_names = !context.report.data.features().is_empty();
    !has_names
        && picture_shape(sizes).is_some()
        && original.is_some_and(|own| own.starts_with("<img"))
}

/// The picture, and what its places add.
fn heat(sizes: &[usize], found: &Attribution, original: &str) -> String {
    let Some([_, height, width]) = picture_shape(sizes) else { return String::new() };
    let class = if width.max(height) <= 32 { "picture coarse" } else { "picture" };
    let sums = found.by_place(height * width);
    let planes = Planes { values: &sums, channels: 1, height, width };
    let words = "what each place adds to the answer: blue for it, orange against it";
    let heat = Picture::heat(planes).html(class, words);
    format!("<div class=\"pictures\">{original}{heat}</div>")
}

/// The largest parts, as bars to the right for the answer and to the left against it.
fn bars(context: &Context<'_>, sample: &[f64], found: &Attribution) -> String {
    let names = match context.model.preparation().and_then(|own| own.raw.as_ref()) {
        Some(Raw::Row(raw)) => raw.features(),
        _ => context.data.features().to_vec(),
    };
    let mut order: Vec<usize> = (0..found.values.len()).collect();
    order.sort_by(|&a, &b| found.values[b].abs().total_cmp(&found.values[a].abs()));
    let most = order.first().map_or(1.0, |&at| found.values[at].abs().max(f32::MIN_POSITIVE));
    let mut out = String::from(
        "<table class=\"adds\"><caption class=\"hidden\">What each input adds</caption><tbody>\n",
    );
    // What adds less than a thousandth of the largest is left out.
    let adds = |at: &&usize| found.values[**at].abs() > most / 1000.0;
    for &at in order.iter().filter(adds).take(BARS) {
        let x = found.values[at];
        let own = names.get(at).cloned().unwrap_or_else(|| format!("input {at}"));
        let value = sample.get(at).map_or_else(String::new, |x| short(*x));
        let width = (f64::from((x / most).abs()) * 500.0).round() / 10.0;
        let side = if x < 0.0 { "against" } else { "for" };
        out += &format!(
            "<tr><th scope=\"row\">{} <span class=\"muted\">{value}</span></th><td><span class=\"both\" \
             aria-hidden=\"true\"><i class=\"{side}\" style=\"width:{width}%\"></i></span></td>\
             <td class=\"n\">{}</td></tr>\n",
            name(&cut(&own, 24)),
            short(f64::from(x))
        );
    }
    out + "</tbody></table>"
}

/// Whether the indices of samples are words.
fn are_words(model: &Model) -> bool {
    matches!(model.preparation().and_then(|own| own.raw.as_ref()), Some(Raw::Text(_)))
}

/// Words, as dark as what they add.
fn words(model: &Model, indices: &[u32], found: &Attribution) -> String {
    let raw = match model.preparation().and_then(|own| own.raw.as_ref()) {
        Some(Raw::Text(raw)) => Some(raw),
        _ => None,
    };
    let most = found.values.iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let mut out = String::from("<p class=\"words\">");
    let real = indices.iter().zip(&found.values).filter(|(index, _)| **index != 0);
    let count = real.clone().count();
    for (&index, &x) in real.take(WORDS) {
        let word = raw.and_then(|raw| raw.vocabulary.word(index));
        let word = word.map_or_else(|| format!("({index})"), ToString::to_string);
        let dark = (f64::from((x / most).abs()) * 60.0).round();
        let side = if x < 0.0 { "against" } else { "for" };
        out += &format!(
            "<span class=\"{side}\" style=\"--v:{dark}%\" data-t=\"{} {}\">{}</span> ",
            escaped(&cut(&word, 40)),
            short(f64::from(x)),
            escaped(&cut(&word, 40))
        );
    }
    if count > WORDS {
        out += &format!("… {} more words", count - WORDS);
    }
    out + "</p>"
}

/// The steps of a sequence, what each adds.
fn steps(found: &Attribution) -> String {
    let sums = found.by_step();
    let each = sums.len().div_ceil(STEPS).max(1);
    let sums: Vec<f32> = sums.chunks(each).map(|own| own.iter().sum()).collect();
    let most = sums.iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let (wide, tall) = (340.0, 90.0);
    let mut svg = crate::svg::Svg::new(wide, tall);
    let one = wide / sums.len().max(1) as f64;
    for (at, x) in sums.iter().enumerate() {
        let height = f64::from((x / most).abs()) * (tall / 2.0 - 2.0);
        let (top, side) =
            if *x < 0.0 { (tall / 2.0, "against") } else { (tall / 2.0 - height, "for") };
        let size = [(one - 0.6).max(0.6), height];
        svg.rectangle([at as f64 * one, top], size, &format!("class=\"{side}\""));
    }
    svg.line([0.0, tall / 2.0], [wide, tall / 2.0], "axis");
    svg.html("chart", "what each step adds to the answer, over time")
}
