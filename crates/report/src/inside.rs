//! The section of what passes through each stage, and back.

use crate::charts::{Line, Lines, spark};
use crate::context::{Context, Written};
use crate::findings::findings;
use crate::html::{Cell, Table, cut, escaped, heading, note, percent, short, tables};
use relume_catalog::{count_text, counted};
use relume_inspection::facts::{PlaceFacts, RecurrentFacts};
use relume_inspection::{Inspection, inspect};

/// Stages, parameters and recurrent layers that are shown.
const PLACES: usize = 60;
const PARAMETERS: usize = 40;
const RECURRENT: usize = 4;

/// The section.
pub(crate) fn inside(context: &Context<'_>) -> Written {
    let seen = inspect(&context.model, &context.data.train(), &context.options())?;
    let mut out = note(&said(&seen));
    out += &tables(&(places(&seen) + &updates(&seen)));
    out += &recurrent(&seen.recurrent);
    out += &heading("Findings");
    Ok(out + &findings(&seen.findings, seen.rules))
}

fn said(seen: &Inspection) -> String {
    let constant = seen.constant.as_ref();
    let constant = constant
        .map_or_else(String::new, |own| format!(" (of the best constant: {})", short(own.loss)));
    let mut text = format!(
        "A batch of {} of {} passed forward and backward, as in training, and {} made one step on a clone. Loss \
         {}{constant}.",
        count_text(seen.samples),
        counted(seen.train, "train sample"),
        seen.optimizer,
        short(seen.loss.into())
    );
    if seen.places.iter().any(|place| place.units.is_some()) {
        text +=
            &format!(" Dead and flat units were counted over {}.", counted(seen.counted, "sample"));
    }
    text += " Signal is how much outputs differ between samples, as a share of their size (rms); flat values are \
             at the ends of a function's range; a change of 0.001 of a parameter is usual.";
    if let Some(reason) = &seen.no_step {
        text += &format!(" There was no step: {reason}.");
    }
    text
}

/// Every stage, at every depth.
fn places(seen: &Inspection) -> String {
    let heads = ["stage", "outputs", "rms", "signal", "dead", "flat", "gradient"];
    let mut table = Table::new("Outputs of the stages", &heads);
    seen.places.iter().take(PLACES).for_each(|place| table.row(row(place)));
    let more = seen.places.len().saturating_sub(PLACES);
    let more =
        if more > 0 { note(&format!("{} more stages.", count_text(more))) } else { String::new() };
    table.html() + &more
}

fn row(place: &PlaceFacts) -> Vec<Cell> {
    let units = place.units.as_ref();
    let share = |x: f64| if x == 0.0 { "-".to_string() } else { percent(x) };
    let dead = units.map(|own| own.dead.len() as f64 / own.count.max(1) as f64);
    let name = format!(
        "<span class=\"depth\" style=\"--d:{}\"><code>{}</code> {}</span>",
        place.depth().min(4),
        escaped(&place.path),
        escaped(&cut(&place.stage, 34))
    );
    vec![
        Cell::Markup(name),
        Cell::Markup(spark(&place.histogram)),
        Cell::Number(short(place.output.rms.into())),
        Cell::Number(format!("{:.2}", place.output.signal)),
        Cell::Number(dead.map_or_else(String::new, share)),
        Cell::Number(units.map_or_else(String::new, |own| share(own.saturated))),
        Cell::Number(place.gradient.map_or_else(|| "-".to_string(), |x| short(x.into()))),
    ]
}

/// By how much a step changes each parameter, on a logarithmic scale from 1e-6 to 1.
fn updates(seen: &Inspection) -> String {
    if seen.parameters.iter().all(|own| own.update.is_none()) {
        return String::new();
    }
    let caption = "Change of the parameters in one step, the line at 0.001";
    let mut table =
        Table::new(caption, &["parameter", "size", "gradient", "change", "from 1e-6 to 1"]);
    for own in seen.parameters.iter().take(PARAMETERS) {
        let share = own.update.map(|x| (x.max(f64::MIN_POSITIVE).log10() + 6.0) / 6.0);
        let scale = share.filter(|x| x.is_finite()).map_or_else(String::new, |x| {
            let place = (x.clamp(0.0, 1.0) * 1000.0).round() / 10.0;
            format!(
                "<span class=\"scale\" aria-hidden=\"true\"><i style=\"left:{place}%\"></i></span>"
            )
        });
        table.row([
            Cell::Markup(format!("<code>{}</code>", escaped(&cut(&own.pass.name, 40)))),
            Cell::Number(short(own.pass.size.into())),
            Cell::Number(own.pass.gradient.map_or_else(|| "-".to_string(), |x| short(x.into()))),
            Cell::Number(own.update.map_or_else(|| "-".to_string(), short)),
            Cell::Markup(scale),
        ]);
    }
    let more = seen.parameters.len().saturating_sub(PARAMETERS);
    let more = if more > 0 {
        note(&format!("{} more parameters.", count_text(more)))
    } else {
        String::new()
    };
    table.html() + &more
}

/// How far gradients reach back in time, and the gates.
fn recurrent(layers: &[RecurrentFacts]) -> String {
    let mut figures = String::new();
    let mut table = Table::new("Gates", &["gate", "values", "mean", "shut", "open"]);
    let mut has_gates = false;
    for layer in layers.iter().take(RECURRENT) {
        let points = layer.gradient_by_step.iter().enumerate();
        let points: Vec<(f64, f64)> =
            points.map(|(step, &x)| (step as f64, f64::from(x))).collect();
        let lines =
            vec![Line { name: format!("{}: gradient", layer.path), class: "first", points }];
        let text = |y: f64| short(y);
        let title = format!("{}: gradient by step", layer.path);
        let chart =
            Lines { title: &title, x_label: "step", lines, mark: None, gap: false, text: &text };
        figures += &chart.html().unwrap_or_default();
        for gate in &layer.gates {
            has_gates = true;
            table.row([
                Cell::Markup(format!(
                    "<code>{}</code> {}",
                    escaped(&layer.path),
                    escaped(gate.name)
                )),
                Cell::Markup(spark(&gate.histogram)),
                Cell::Number(short(gate.mean.into())),
                Cell::Number(percent(gate.low)),
                Cell::Number(percent(gate.high)),
            ]);
        }
    }
    let gates = if has_gates { table.html() } else { String::new() };
    if figures.is_empty() && gates.is_empty() {
        String::new()
    } else {
        heading("Over time") + &crate::html::beside(&figures) + &gates
    }
}
