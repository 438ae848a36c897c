//! The section of what makes the report again: version, seed, fingerprint and statements.

use crate::context::{Context, Written};
use crate::html::{Cell, Table, cut, escaped, note};
use relume_inspection::{notation, train_words};

/// Statements that are shown, and characters of one.
const STATEMENTS: usize = 40;
const LONGEST: usize = 2000;

/// The section.
pub(crate) fn statements(context: &Context<'_>) -> Written {
    let (report, run) = (context.report, context.model.run());
    let mut table = Table::new("Where it comes from", &["", ""]);
    let mut row = |name: &str, text: String| {
        table.row([Cell::Text(name.to_string()), Cell::Markup(text)]);
    };
    row("version", format!("relume {}", env!("CARGO_PKG_VERSION")));
    row("seed", report.model.seed().to_string());
    let fingerprint = match report.data.is_slow() {
        true => "not computed, because all files would be read; <code>fingerprint</code> does it"
            .to_string(),
        false => format!("<code>{:016x}</code>", report.data.fingerprint()?),
    };
    row(&format!("fingerprint of {}", cut(report.data.name(), 40)), fingerprint);
    row("optimizer", format!("<code>{}</code>", escaped(&context.plan.optimizer.to_string())));
    row("loss", format!("<code>{}</code>", escaped(&context.plan.loss.to_string())));
    row("schedule", format!("<code>{}</code>", escaped(&context.plan.schedule.to_string())));
    row("steps", format!("{} in {} epochs", run.step, run.epoch));
    let (text, remark) = match &report.statements {
        Some(own) if own.len() <= STATEMENTS => {
            (own.clone(), "The statements of the session that changed something.")
        }
        Some(own) => (
            own[own.len() - STATEMENTS..].to_vec(),
            "The last of the statements that changed something; `save session` writes all.",
        ),
        None => (made(context), "Put together from the network and its last plan."),
    };
    let lines: Vec<String> = text.iter().map(|own| escaped(&cut(own, LONGEST))).collect();
    Ok(table.html() + &note(remark) + &format!("<pre><code>{}</code></pre>\n", lines.join("\n")))
}

/// Statements that define the network and train it by its last plan.
fn made(context: &Context<'_>) -> Vec<String> {
    let names = &context.report.names;
    let network = names.network.as_deref().unwrap_or("net");
    let data = names.data.clone().unwrap_or_else(|| context.report.data.name().to_string());
    let mut all = vec![
        format!("set seed={}", context.report.model.seed()),
        format!("{network} = {}", notation(context.model.spec())),
    ];
    if let Some(plan) = &context.model.run().plan {
        all.push(format!("train {network} on {data} {}", train_words(plan, &context.data)));
    }
    all
}
