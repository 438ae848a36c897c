//! Values as text.

use crate::Value;
use crate::aligned::{self, table};
use crate::lines::{WIDTH, facts, folded, refolded};
use crate::sessions::{Digits, Style};
use relume_catalog::{count_text, counted, decimals, rounded};
use relume_inspection::Summary;
use relume_tensor::Tensor;
use relume_training::task::{Cell, Table};
use relume_training::{Evaluation, History, MetricValue, Model, format_metric};
use unicode_width::UnicodeWidthStr;

/// A value as text, with all digits.
pub fn show(value: &Value) -> String {
    styled(value, Style::default())
}

/// A value as text, in the style of the session.
pub fn styled(value: &Value, style: Style) -> String {
    match value {
        Value::Number(x) => number(style.rounded(*x)),
        Value::Text(text) => text.clone(),
        Value::Boolean(b) => b.to_string(),
        Value::List(items) => {
            let item = |item: &Value| match item {
                Value::Run(run) => run.record.name.clone(),
                item => styled(item, style),
            };
            let items: Vec<String> = items.iter().map(item).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Record(record) => {
            let field = |(name, value): (&str, &Value)| format!("{name}={}", inner(value, style));
            let fields: Vec<String> = record.iter().map(field).collect();
            format!("({})", fields.join(", "))
        }
        Value::Range(start, end) => format!("{start}..{end}"),
        Value::Mask(mask) => style.nested(mask.dims(), mask.data(), 0, &|x| (x != 0.0).to_string()),
        Value::Tensor(values) | Value::Sample(values, _) => style.tensor(values),
        Value::Tracked(_) => "a tensor on the tape".to_string(),
        Value::Network(model) => network(model) + &formulas(model),
        Value::Layer(model, index) => {
            model.spec().layers.get(*index).map_or_else(String::new, ToString::to_string)
        }
        Value::Data(data) => facts(&data.to_string()),
        Value::Part(part) => facts(&part.to_string()),
        Value::Spec(spec) => spec.to_string(),
        Value::History(history) => self::history(history),
        Value::Evaluation(result) => evaluation(result),
        Value::Comparison(comparison) => crate::compared::table(comparison, false),
        Value::Run(run) => crate::stored_run::text(run),
        Value::Function(function) => function.to_string(),
        Value::Nothing => "nothing".to_string(),
    }
}

/// A run as a table of its epochs.
fn history(history: &History) -> String {
    let names = history.columns();
    let columns: Vec<Vec<f32>> =
        names.iter().map(|name| history.series(name).unwrap_or_default()).collect();
    let heads: Vec<String> = names.iter().map(|name| name.replace('_', " ")).collect();
    let heads: Vec<&str> =
        ["epoch"].into_iter().chain(heads.iter().map(String::as_str)).chain(["lr"]).collect();
    table(
        &heads,
        history.epochs.iter().enumerate().map(|(row, epoch)| {
            let figure = |column: &Vec<f32>| match column.get(row) {
                Some(x) if !x.is_nan() => decimals((*x).into(), 4),
                _ => "-".to_string(),
            };
            let figures = columns.iter().map(figure);
            [epoch.epoch.to_string()].into_iter().chain(figures).chain([number(epoch.lr)]).collect()
        }),
    )
}

/// A value inside of a record: strings in quotes, as they are typed.
fn inner(value: &Value, style: Style) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        other => styled(other, style),
    }
}

/// A number without unnecessary digits.
pub fn number(x: f64) -> String {
    let plain = format!("{x}");
    let scientific = format!("{x:e}");
    if plain.len() > scientific.len() + 4 { scientific } else { plain }
}

impl Style {
    /// A number with the digits of the style.
    fn rounded(self, x: f64) -> f64 {
        match self.digits {
            Digits::AtMost(digits) if x.is_finite() => rounded(x, digits),
            _ => x,
        }
    }

    fn tensor(self, values: &Tensor) -> String {
        self.nested(values.dims(), values.data(), 0, &|x| match self.digits {
            Digits::All => number_f32(x),
            Digits::AtMost(_) => number_f32(self.rounded(f64::from(x)) as f32),
        })
    }

    /// Lists in lists; of a long axis the two ends.
    fn nested(
        self,
        dims: &[usize],
        data: &[f32],
        indent: usize,
        write: &dyn Fn(f32) -> String,
    ) -> String {
        let [size, rest @ ..] = dims else {
            return data.first().map_or_else(String::new, |x| write(*x));
        };
        let width: usize = rest.iter().product();
        let item =
            |i: usize| self.nested(rest, &data[i * width..(i + 1) * width], indent + 1, write);
        let (is_cut, half) = (*size > self.items + 1, self.items / 2);
        let mut items: Vec<String> = match is_cut {
            true => (0..half).chain(size - half..*size).map(item).collect(),
            false => (0..*size).map(item).collect(),
        };
        if is_cut {
            items.insert(half, "...".to_string());
        }
        let text = match rest.is_empty() {
            // After it stand a comma or the ends of the lists that it is in.
            true => refolded(&format!("[{}]", items.join(", ")), indent, indent.max(1)),
            false => format!("[{}]", items.join(&format!(",\n{}", " ".repeat(indent + 1)))),
        };
        if !(indent == 0 && is_cut) {
            return text;
        }
        let count = format!("  ({} numbers)", count_text(data.len()));
        let last = text.lines().next_back().unwrap_or_default();
        let gap = if last.width() + count.width() > WIDTH { "\n" } else { "" };
        text + gap + &count
    }
}

/// A number in single precision without unnecessary digits.
pub fn number_f32(x: f32) -> String {
    let plain = format!("{x}");
    let scientific = format!("{x:e}");
    if plain.len() > scientific.len() + 4 { scientific } else { plain }
}

/// A network as a line: its sizes once they are known.
pub fn network(model: &Model) -> String {
    match model.network() {
        Some(network) => {
            let sizes = std::iter::once(network.input()).chain(network.shapes().iter().copied());
            let sizes: Vec<String> =
                sizes.map(|shape| shape.to_string().replace(" x ", "x")).collect();
            let count = counted(network.parameters().count(), "parameter");
            let line = folded("", 2, &format!("{} · {count}", sizes.join(" -> ")));
            line.trim_end().to_string()
        }
        None => format!("{} · sizes follow from the data", model.spec()),
    }
}

/// The formulas of a network's own activation functions, a line for each, where its sizes stand in place of its stages.
fn formulas(model: &Model) -> String {
    let known = model.network().map(|_| model.spec().formulas()).unwrap_or_default();
    known.iter().map(|formula| format!("\n  {}", formula.text())).collect()
}

/// The least width of a stage in a table.
const LABEL: usize = 16;

/// A network's stages as a table.
pub fn summary(summary: &Summary) -> String {
    let sizes =
        |sizes: &[usize]| sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
    let first = vec![String::new(), "input".to_string(), sizes(&summary.input), String::new()];
    let rows = summary.rows.iter().map(|row| {
        let frozen = if row.frozen { " (frozen)" } else { "" };
        let parameters =
            if row.parameters == 0 { String::new() } else { count_text(row.parameters) };
        vec![row.index.to_string(), row.label.clone(), sizes(&row.output), parameters + frozen]
    });
    let rows = std::iter::once(first).chain(rows).collect();
    let mut out = aligned::cutting(&["", "layer", "output", "parameters"], rows, 1, LABEL);
    out += &counted(summary.parameters, "parameter");
    if summary.trained != summary.parameters {
        out += &format!(", {} of them trained", count_text(summary.trained));
    }
    let mut formulas: Vec<&String> = Vec::new();
    for row in summary.rows.iter().filter(|row| row.label != row.stage) {
        formulas.extend(row.formula.as_ref().filter(|formula| !formulas.contains(formula)));
    }
    for formula in formulas {
        out += &format!("\n  {formula}");
    }
    out + "\n"
}

fn evaluation(result: &Evaluation) -> String {
    let mut out = format!(
        "{}: loss {}, {} {} on {}{}\n",
        result.data,
        decimals(result.loss.into(), 4),
        result.metric,
        format_metric(result.metric, result.metric_value.into()),
        counted(result.samples, "sample"),
        match result.variants {
            1 => String::new(),
            variants => format!(", by the mean of {variants} variants of each"),
        } + &result.threshold.map_or_else(String::new, |x| format!(", threshold {}", number(x)))
    );
    if let Some(constant) = &result.constant {
        out += &format!(
            "a constant reaches: {} {}, loss {}\n",
            result.metric,
            format_metric(result.metric, constant.metric),
            decimals(constant.loss, 4)
        );
    }
    for measured in &result.metrics {
        let name = measured.metric.to_string();
        out += &metric(&name, &measured.value, &result.classes);
    }
    let classes = result.classes.len();
    let is_shown =
        result.metrics.iter().any(|measured| matches!(measured.value, MetricValue::Counts(_)));
    if (2..=20).contains(&classes) && !is_shown {
        out += &by_class(&result.confusion, &result.classes, |&n| count(n));
    }
    out
}

/// A metric's value: a line, or a table of classes.
fn metric(metric: &str, value: &MetricValue, classes: &[String]) -> String {
    match value {
        MetricValue::Number(x) => format!("{metric}: {}\n", format_metric(metric, *x)),
        MetricValue::PerClass(each) => {
            let rows =
                classes.iter().zip(each).map(|(class, x)| vec![class.clone(), decimals(*x, 4)]);
            table(&["class", metric], rows)
        }
        MetricValue::Counts(rows) => {
            format!("{metric}:\n{}", by_class(rows, classes, |&n| count(n)))
        }
        MetricValue::Shares(rows) => {
            format!("{metric}:\n{}", by_class(rows, classes, |x| format!("{x:.3}")))
        }
    }
}

fn count(n: usize) -> String {
    if n == 0 { "·".to_string() } else { n.to_string() }
}

/// A table of how often each class (row) was predicted as each (column).
fn by_class<T>(rows: &[Vec<T>], classes: &[String], cell: impl Fn(&T) -> String) -> String {
    let mut heads = vec!["true \\ predicted"];
    heads.extend(classes.iter().map(String::as_str));
    let rows = rows.iter().zip(classes);
    let rows = rows
        .map(|(row, class)| std::iter::once(class.clone()).chain(row.iter().map(&cell)).collect());
    table(&heads, rows)
}

/// Predictions as a table, or a single cell unchanged.
pub fn predictions(table: &Table) -> String {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(x) => number(*x),
        Cell::Score(x) => format!("{x:.3}"),
        Cell::Share(x) => format!("{:.1} %", x * 100.0),
    };
    let rows = table.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>());
    if table.heads.is_empty() {
        return rows.flatten().collect::<Vec<_>>().join("\n");
    }
    let heads: Vec<&str> = table.heads.iter().map(String::as_str).collect();
    aligned::table(&heads, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_they_need() {
        assert_eq!(
            Style::default().tensor(&Tensor::vector(&[0.0066480567, 5.0, 1e-20])),
            "[0.0066480567, 5, 1e-20]"
        );
        assert_eq!(number(0.001), "0.001");
        assert_eq!(count_text(1234567), "1,234,567");
    }

    #[test]
    fn long_tensors_show_their_ends() {
        let tensor = |values: &Tensor| Style::default().tensor(values);
        let text = tensor(&Tensor::from_fn(100, |i| i as f32));
        assert_eq!(text, "[0, 1, 2, 3, 4, 5, ..., 94, 95, 96, 97, 98, 99]  (100 numbers)");
        assert_eq!(tensor(&Tensor::from_fn([2, 2], |i| i as f32)), "[[0, 1],\n [2, 3]]");
    }

    #[test]
    fn the_style_says_how_many_digits_and_numbers_are_shown() {
        let style = |digits, items| Style { digits, items };
        let two = style(Digits::AtMost(2), 12);
        for (value, style, text) in [
            (Value::Number(2.0 / 3.0), style(Digits::AtMost(3), 12), "0.667"),
            (Value::Number(1234.5678), two, "1200"),
            (Value::Number(0.5), style(Digits::AtMost(7), 12), "0.5"),
            (Value::Tensor(Tensor::vector(&[0.1234567, 9.99])), two, "[0.12, 10]"),
            (
                Value::Tensor(Tensor::from_fn(9, |i| i as f32)),
                style(Digits::All, 4),
                "[0, 1, ..., 7, 8]  (9 numbers)",
            ),
        ] {
            assert_eq!(styled(&value, style), text);
        }
    }
}
