//! The section of the network: its drawing, and its stages as a table.

mod flow;
mod layout;

use crate::context::{Context, Written};
use crate::html::{Cell, Table, cut, escaped, note};
use flow::flow;
use relume_catalog::{count_text, counted};
use relume_inspection::{Summary, SummaryRow, summarise};

/// Stages of the table: the first and the last of more.
const FIRST: usize = 60;
const LAST: usize = 20;

/// The section.
pub(crate) fn network(context: &Context<'_>) -> Written {
    let network = context.network()?;
    let summary = summarise(network);
    let label = format!(
        "Drawing of the network: {}, from input {} to output {}",
        counted(summary.rows.len(), "stage"),
        network.input(),
        network.output()
    );
    let drawing = layout::drawn(&flow(network), &network.input().to_string()).html("flow", &label);
    Ok(format!(
        "<div class=\"network\">\n<div class=\"drawing\" role=\"region\" tabindex=\"0\" \
         aria-label=\"Drawing\">{drawing}</div>\n<div class=\"stages\">{}{}</div>\n</div>\n",
        table(&summary),
        formulas(&summary)
    ))
}

/// The stages.
fn table(summary: &Summary) -> String {
    let mut caption = format!("Stages: {} parameters", count_text(summary.parameters));
    if summary.trained != summary.parameters {
        caption += &format!(", of which {} are trained", count_text(summary.trained));
    }
    let mut table = Table::new(caption, &["", "stage", "output", "parameters"]);
    let count = summary.rows.len();
    let is_cut = count > FIRST + LAST;
    for (at, own) in summary.rows.iter().enumerate() {
        if !is_cut || at < FIRST || at >= count - LAST {
            table.row(row(own));
        } else if at == FIRST {
            let left = count_text(count - FIRST - LAST);
            table.row([
                Cell::Number(String::new()),
                Cell::Text(format!("{left} more stages")),
                empty(),
                empty(),
            ]);
        }
    }
    table.html()
}

fn empty() -> Cell {
    Cell::Number(String::new())
}

fn row(own: &SummaryRow) -> [Cell; 4] {
    let frozen = if own.frozen { " <span class=\"muted\">frozen</span>" } else { "" };
    let sizes: Vec<String> = own.output.iter().map(usize::to_string).collect();
    let parameters = if own.parameters == 0 { "-".to_string() } else { count_text(own.parameters) };
    [
        Cell::Number(own.index.to_string()),
        Cell::Markup(format!("<code>{}</code>{frozen}", escaped(&cut(&own.label, 90)))),
        Cell::Number(sizes.join(" × ")),
        Cell::Number(parameters),
    ]
}

/// The formulas of activation functions of one's own, each once.
fn formulas(summary: &Summary) -> String {
    let mut all: Vec<&String> =
        summary.rows.iter().filter_map(|own| own.formula.as_ref()).collect();
    all.dedup();
    all.iter().take(8).map(|own| note(&cut(own, 300))).collect()
}
