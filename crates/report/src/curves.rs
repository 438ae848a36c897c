//! The section of the training: loss and metrics over the epochs, the best one, and the learning rate.

use crate::charts::{Line, Lines};
use crate::context::{Context, Written, because};
use crate::html::{Cell, Table, beside, metric_text, note, short};
use relume_catalog::{count_text, counted};
use relume_training::{EpochRecord, History};

/// Epochs of the table.
const ROWS: usize = 14;
/// Further metrics that are drawn.
const FURTHER: usize = 4;

/// The section.
pub(crate) fn curves(context: &Context<'_>) -> Written {
    let run = context.model.run();
    let history = &run.history;
    if history.epochs.is_empty() {
        return because(match context.is_trained() {
            true => "The network's weights come from elsewhere: there are no epochs of a training.",
            false => "The network has not been trained yet: there are no curves.",
        });
    }
    let best = best(context);
    let mut figures = String::new();
    for figure in figures_of(history) {
        figures += &chart(history, &figure, best).unwrap_or_default();
    }
    figures += &rate(history).unwrap_or_default();
    let mut out = beside(&figures);
    out += &note(&said(context, best));
    Ok(out + &table(history, best))
}

/// The losses and metrics that have a chart: their names on the train part.
fn figures_of(history: &History) -> Vec<String> {
    let of_train = |own: &&String| !own.starts_with("validation_") && !own.starts_with("test_");
    let columns = history.columns();
    let mut names: Vec<String> = columns.iter().filter(of_train).cloned().collect();
    for own in &columns {
        let bare = own.trim_start_matches("validation_").trim_start_matches("test_");
        if !names.iter().any(|name| name == bare) {
            names.push(bare.to_string());
        }
    }
    names.truncate(2 + FURTHER);
    names
}

/// Epochs and values of a column; none if it has no finite value.
fn points(history: &History, column: &str) -> Option<Vec<(f64, f64)>> {
    let values = history.series(column)?;
    let epochs = history.epochs.iter().map(|epoch| epoch.epoch as f64);
    let all: Vec<(f64, f64)> = epochs.zip(values.iter().map(|&y| f64::from(y))).collect();
    all.iter().any(|(_, y)| y.is_finite()).then_some(all)
}

fn chart(history: &History, figure: &str, best: Option<Best>) -> Option<String> {
    let parts = [
        ("", "train", "first"),
        ("validation_", "validation", "second"),
        ("test_", "test", "third"),
    ];
    let lines = parts.into_iter().filter_map(|(prefix, part, class)| {
        let points = points(history, &format!("{prefix}{figure}"))?;
        Some(Line { name: part.to_string(), class, points })
    });
    let mut lines: Vec<Line> = lines.collect();
    // The accent is that of the part by which people judge.
    if let [_, second] = &mut lines[..] {
        second.class = "second";
    }
    let gap = lines.len() > 1;
    let text = |y: f64| metric_text(figure, y);
    let mark = best.map(|best| (best.epoch as f64, "best"));
    let title = figure.replace('_', " ");
    Lines { title: &title, x_label: "epoch", lines, mark, gap, text: &text }.html()
}

/// The learning rate, if it changed.
fn rate(history: &History) -> Option<String> {
    let points = points(history, "lr")?;
    let first = points.first()?.1;
    if points.iter().all(|(_, y)| *y == first) {
        return None;
    }
    let lines = vec![Line { name: "last step of the epoch".to_string(), class: "first", points }];
    let text = |y: f64| short(y);
    Lines { title: "learning rate", x_label: "epoch", lines, mark: None, gap: false, text: &text }
        .html()
}

/// The best epoch, and the figure that says so.
#[derive(Clone, Copy)]
struct Best {
    epoch: u64,
    is_kept: bool,
}

/// The best epoch: that of the plan if it keeps one, or that of the smallest loss of the held-out part.
fn best(context: &Context<'_>) -> Option<Best> {
    let run = context.model.run();
    if let Some(best) = run.best {
        return Some(Best { epoch: best.epoch, is_kept: true });
    }
    let loss = |epoch: &EpochRecord| epoch.validation_loss.or(epoch.test_loss);
    let losses = run.history.epochs.iter().filter_map(|epoch| Some((epoch.epoch, loss(epoch)?)));
    let finite = losses.filter(|(_, loss)| loss.is_finite());
    let best = finite.reduce(|best, own| if own.1 < best.1 { own } else { best })?;
    Some(Best { epoch: best.0, is_kept: false })
}

/// The run in a sentence: epochs, the best one, the gap at the end.
fn said(context: &Context<'_>, best: Option<Best>) -> String {
    let run = context.model.run();
    let mut text =
        format!("{} by {}", counted(run.history.epochs.len(), "epoch"), context.plan.optimizer);
    text += &format!(", {} samples in a batch", count_text(context.plan.batch));
    if let Some(Best { epoch, is_kept }) = best {
        let part = match run.history.epochs.iter().any(|own| own.validation_loss.is_some()) {
            true => "validation",
            false => "test",
        };
        text += &match is_kept {
            true => format!(". Epoch {epoch} was the best, and its weights are kept"),
            false => format!(". The {part} loss was smallest in epoch {epoch}"),
        };
    }
    let last = run.history.epochs.last();
    let held_out =
        last.and_then(|last| Some((last.loss, last.validation_loss.or(last.test_loss)?)));
    if let Some((train, other)) = held_out {
        text += &format!(
            ". In the last epoch the gap between the losses is {} ({} less {})",
            short(f64::from(other - train)),
            short(f64::from(other)),
            short(f64::from(train))
        );
    }
    text + "."
}

/// Some epochs: the first, the best, the last, and evenly spread ones.
fn table(history: &History, best: Option<Best>) -> String {
    let columns = history.columns();
    let columns: Vec<(String, Vec<f32>)> = columns
        .into_iter()
        .take(10)
        .filter_map(|own| history.series(&own).map(|values| (own, values)))
        .collect();
    let heads: Vec<String> = columns.iter().map(|(own, _)| own.replace('_', " ")).collect();
    let heads: Vec<&str> = ["epoch"].into_iter().chain(heads.iter().map(String::as_str)).collect();
    let count = history.epochs.len();
    let mut rows = crate::context::spread(count, ROWS);
    let at = |epoch: u64| history.epochs.iter().position(|own| own.epoch == epoch);
    rows.extend(best.and_then(|best| at(best.epoch)));
    rows.extend(count.checked_sub(1));
    rows.sort_unstable();
    rows.dedup();
    let caption = match rows.len() == count {
        true => "All epochs".to_string(),
        false => format!("{} of {} epochs", rows.len(), count_text(count)),
    };
    let mut table = Table::new(caption, &heads);
    for row in rows {
        let epoch = history.epochs[row].epoch;
        let mark = if best.is_some_and(|best| best.epoch == epoch) { " (best)" } else { "" };
        let value = |(own, values): &(String, Vec<f32>)| {
            let bare = own.trim_start_matches("validation_").trim_start_matches("test_");
            let x = values.get(row).copied().unwrap_or(f32::NAN);
            Cell::Number(if x.is_nan() { "-".to_string() } else { metric_text(bare, x.into()) })
        };
        let head = Cell::Number(format!("{epoch}{mark}"));
        table.row([head].into_iter().chain(columns.iter().map(value)));
    }
    table.html()
}
