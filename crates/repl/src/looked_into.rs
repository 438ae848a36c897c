//! Inspections and findings as text of 80 columns.

use crate::aligned::table;
use crate::lines::{cut, facts, folded};
use crate::signs::signs;
use relume_catalog::{count_text, counted};
use relume_inspection::facts::{PlaceFacts, RecurrentFacts};
use relume_inspection::{Cure, Detail, Finding, Histogram, Inspection, Severity, UnitDetail};
use relume_training::Model;

/// The width of a place's name.
const PLACE: usize = 20;
/// Columns of a histogram.
const BARS: usize = 10;

/// The head and the table of places.
pub fn inspection(seen: &Inspection) -> String {
    let constant = seen.constant.as_ref();
    let constant =
        constant.map_or_else(String::new, |own| format!(" (a constant: {})", short(own.loss)));
    let mut text = facts(&format!(
        "{} of {} · loss {}{constant} · {}, batch {}",
        count_text(seen.samples),
        counted(seen.train, "sample"),
        short(seen.loss.into()),
        seen.optimizer,
        seen.batch
    ));
    text.push('\n');
    let heads =
        ["place               ", "output", "rms", "signal", "dead", "flat", "gradient", "update"];
    text += &table(&heads, seen.places.iter().map(|place| row(seen, place)));
    if seen.counted < seen.train && seen.places.iter().any(|place| place.units.is_some()) {
        text += &format!("dead and flat: over {}\n", counted(seen.counted, "sample"));
    }
    for layer in &seen.recurrent {
        text += &recurrent(layer);
    }
    if let Some(reason) = &seen.no_step {
        text += &wrapped("no step: ", reason);
    }
    text
}

/// One place as a row.
fn row(seen: &Inspection, place: &PlaceFacts) -> Vec<String> {
    let indent = "  ".repeat(place.depth().min(3));
    let path = if place.depth() == 0 { place.path.clone() } else { inner(&place.path) };
    let name = cut(&format!("{indent}{path}  {}", place.stage), PLACE);
    let units = place.units.as_ref();
    let dead = units
        .map_or_else(String::new, |own| percent(own.dead.len() as f64 / own.count.max(1) as f64));
    let own = seen.parameters.iter().filter(|own| own.pass.stage() == place.path);
    let update = own
        .filter_map(|own| own.update)
        .filter(|x| x.is_finite())
        .fold(None, |most: Option<f64>, x| Some(most.map_or(x, |most| most.max(x))));
    vec![
        // Of one width, so that no column of numbers is seen in it.
        format!("{name:<PLACE$}"),
        bars(&place.histogram),
        short(place.output.rms.into()),
        format!("{:.2}", place.output.signal),
        dead,
        units.map_or_else(String::new, |own| percent(own.saturated)),
        place.gradient.map_or_else(|| "-".to_string(), |x| short(x.into())),
        update.map_or_else(String::new, short),
    ]
}

/// The end of a path inside of a stage: `body.1` of `2.body.1`.
fn inner(path: &str) -> String {
    path.split_once('.').map_or(path, |(_, rest)| rest).to_string()
}

fn percent(share: f64) -> String {
    match share {
        0.0 => "-".to_string(),
        x if x < 0.01 => "<1 %".to_string(),
        x => format!("{:.0} %", x * 100.0),
    }
}

/// A number in three digits.
pub(crate) fn short(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_string(),
        size if !size.is_finite() => format!("{x}"),
        size if (0.01..1000.0).contains(&size) => {
            let digits = (2.0 - size.log10().floor()).clamp(0.0, 3.0) as usize;
            format!("{x:.digits$}")
        }
        _ => format!("{x:.1e}"),
    }
}

/// A histogram as a row of bars.
pub(crate) fn bars(histogram: &Histogram) -> String {
    let each = histogram.counts.len().div_ceil(BARS).max(1);
    let counts: Vec<u64> = histogram.counts.chunks(each).map(|own| own.iter().sum()).collect();
    line(&counts.iter().map(|&count| count as f64).collect::<Vec<_>>())
}

/// Numbers of at least 0 as a row of bars, the largest at full height.
fn line(values: &[f64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().fold(0.0, f64::max);
    let block =
        |&x: &f64| BLOCKS[if most > 0.0 { (x / most * 7.0).round() as usize } else { 0 }.min(7)];
    values.iter().map(block).collect()
}

/// A recurrent layer: its gradient over time, and its gates.
fn recurrent(layer: &RecurrentFacts) -> String {
    let steps = &layer.gradient_by_step;
    let mut text = String::new();
    if let (Some(first), Some(last)) = (steps.first(), steps.last()) {
        let each = steps.len().div_ceil(24).max(1);
        let means: Vec<f64> = steps
            .chunks(each)
            .map(|own| own.iter().map(|&x| f64::from(x)).sum::<f64>() / own.len() as f64)
            .collect();
        text += &format!(
            "{}  gradient by step: {} (0: {}, {}: {})\n",
            layer.path,
            line(&means),
            short((*first).into()),
            steps.len() - 1,
            short((*last).into())
        );
    }
    for gate in &layer.gates {
        text += &format!(
            "{}  {:<7} {} mean {}, {} at the lower end, {} at the upper\n",
            layer.path,
            gate.name,
            bars(&gate.histogram),
            short(gate.mean.into()),
            percent(gate.low).replace('-', "none"),
            percent(gate.high).replace('-', "none")
        );
    }
    text
}

/// Units that are listed; those that say least come first.
const UNITS: usize = 20;

/// A stage unit by unit, the least active first.
pub fn units(seen: &Detail) -> String {
    let mut order: Vec<&UnitDetail> = seen.units.iter().collect();
    order.sort_by(|a, b| a.active.total_cmp(&b.active));
    let some = |x: Option<f32>| x.map_or_else(|| "-".to_string(), |x| short(x.into()));
    let row = |own: &&UnitDetail| {
        vec![
            own.unit.to_string(),
            percent(own.active),
            short(own.mean.into()),
            short(own.max.into()),
            some(own.gradient),
            some(own.weight),
            some(own.bias),
            bars(&own.histogram),
        ]
    };
    let heads = ["unit", "active", "mean", "max", "gradient", "row norm", "bias", "histogram"];
    let mut text = format!(
        "{} · {} · {}\n",
        seen.path,
        counted(seen.units.len(), "unit"),
        counted(seen.samples, "sample")
    );
    text += &table(&heads, order.iter().take(UNITS).map(row));
    let more = order.len().saturating_sub(UNITS);
    if more > 0 {
        text +=
            &format!("... {} more, which are more active; unit=N shows one\n", count_text(more));
    }
    text
}

/// One unit: its figures, the samples for which it is largest, and its weights as a picture if they are one.
pub fn one_unit(seen: &Detail, own: &UnitDetail, model: &Model) -> String {
    let some = |x: Option<f32>| x.map_or_else(|| "-".to_string(), |x| short(x.into()));
    let top: Vec<String> =
        own.top.iter().map(|(sample, x)| format!("{sample} ({})", short((*x).into()))).collect();
    let mut text = format!(
        "{} unit {} · {}\nabove 0 in {} of the values, from {} to {}, mean {}\nbias {}, row norm {}, gradient \
         {}\n{}\nlargest for the samples {}\n",
        seen.path,
        own.unit,
        counted(seen.samples, "sample"),
        percent(own.active).replace('-', "none"),
        short(own.min.into()),
        short(own.max.into()),
        short(own.mean.into()),
        some(own.bias),
        some(own.weight),
        some(own.gradient),
        bars(&own.histogram),
        top.join(", ")
    );
    text += &picture(model, &seen.path, own.unit).unwrap_or_default();
    text
}

/// The weights of a unit of the first stage as a square of signs.
fn picture(model: &Model, path: &str, unit: usize) -> Option<String> {
    let parameters = model.network()?.parameters();
    let at = if path == "1" { "0" } else { path };
    let weight = &parameters.get(parameters.find(&format!("{at}.weight"))?).value;
    let row = weight.slice(0, unit, unit + 1).ok()?;
    let side = (row.count() as f64).sqrt() as usize;
    if at != "0" || side * side != row.count() || !(3..=40).contains(&side) {
        return None;
    }
    let picture = signs(row.data(), side);
    Some(format!("weights, # and + above 0, = and - below:\n{picture}"))
}

/// Findings with their causes and cures, and how many rules looked.
pub fn findings(found: &[Finding], rules: usize, places: usize) -> String {
    let mut text: String = found.iter().map(finding).collect();
    let of = |severity| found.iter().filter(|own| own.severity == severity).count();
    let all = [Severity::Error, Severity::Problem, Severity::Warning, Severity::Note];
    let counts: Vec<String> = all
        .into_iter()
        .map(|severity| (of(severity), severity.name()))
        .filter(|&(count, _)| count > 0)
        .map(|(count, name)| format!("{count} {name}{}", if count == 1 { "" } else { "s" }))
        .collect();
    let counts = if counts.is_empty() { "nothing found".to_string() } else { counts.join(", ") };
    let plural = if places == 1 { "place" } else { "places" };
    text += &format!("{rules} rules looked at {places} {plural}: {counts}\n");
    text
}

/// One finding.
pub(crate) fn finding(own: &Finding) -> String {
    let severity = match own.severity {
        Severity::Note => "note",
        Severity::Warning => "WARNING",
        Severity::Problem => "PROBLEM",
        Severity::Error => "ERROR",
    };
    let mut text = wrapped(&format!("{severity} {}{}: ", own.rule, places(own)), &own.text);
    if let Some(cause) = &own.cause {
        text += &wrapped("  cause: ", cause);
    }
    let (statements, words): (Vec<&Cure>, Vec<&Cure>) =
        own.cures.iter().partition(|cure| cure.statement.is_some());
    for cure in statements {
        text += &format!("  cure: {}\n", cure.statement.as_deref().unwrap_or_default());
        text += &wrapped("        ", &with_trial(cure));
    }
    for cure in words {
        text += &wrapped("  try: ", &with_trial(cure));
    }
    text
}

/// What a cure does, and what it brought.
fn with_trial(cure: &Cure) -> String {
    match &cure.tried {
        Some(tried) => format!(
            "{} (tried: loss after {} steps {} instead of {})",
            cure.text,
            tried.steps,
            short(tried.after.into()),
            short(tried.without.into())
        ),
        None => cure.text.clone(),
    }
}

/// The places of a finding: ` at 2.body.1 (relu)`, ` at 0, 2 and 5 more`.
fn places(own: &Finding) -> String {
    const MOST: usize = 4;
    match &own.places[..] {
        [] => String::new(),
        [only] => {
            let units = match only.units.len() {
                0 => String::new(),
                1..=3 => format!(", units {}", ranges(&only.units)),
                _ => format!(", units {}", cut(&ranges(&only.units), 24)),
            };
            let stage = if only.stage.is_empty() {
                String::new()
            } else {
                format!(" ({})", cut(&only.stage, 24))
            };
            format!(" at {}{stage}{units}", only.path)
        }
        all => {
            let named: Vec<&str> = all.iter().take(MOST).map(|own| own.path.as_str()).collect();
            let more = all.len().saturating_sub(MOST);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!(" at {}{more}", named.join(", "))
        }
    }
}

/// `0-15, 17`.
fn ranges(units: &[usize]) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for &unit in units {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == unit => *last = unit,
            _ => parts.push((unit, unit)),
        }
    }
    let part = |(first, last): (usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    parts.into_iter().map(part).collect::<Vec<_>>().join(", ")
}

/// Words in lines of at most 80 columns; those after the first are indented.
fn wrapped(head: &str, text: &str) -> String {
    folded(head, if head.trim().is_empty() { head.len() } else { 4 }, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let shown: Vec<String> = [0.0, 0.5, 12.345, 1234.5, 0.0012, f64::NAN].map(short).to_vec();
        assert_eq!(shown, ["0", "0.500", "12.3", "1.2e3", "1.2e-3", "NaN"]);
    }

    #[test]
    fn units_in_a_row_are_a_range() {
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), "0-2, 5, 7-8");
    }
}
