//! Gradients beside the slopes of the loss, as text.

use crate::aligned::table;
use crate::lines::folded;
use relume_catalog::count_text;
use relume_inspection::{ALLOWED, Gradcheck, GradcheckRow};

/// A row for each parameter, and how much was compared.
pub fn text(checked: &Gradcheck) -> String {
    let heads = ["parameter", "numbers", "checked", "bends", "small", "differ", "worst", "at"];
    table(&heads, checked.rows.iter().map(row)) + &summary(checked)
}

/// How much was compared, and what could not be.
fn summary(checked: &Gradcheck) -> String {
    let sum = |of: fn(&GradcheckRow) -> usize| count_text(checked.rows.iter().map(of).sum());
    let mut text = format!(
        "{} of {} numbers compared; {} at bends, {} too small\n",
        sum(GradcheckRow::compared),
        sum(|row| row.checked),
        sum(|row| row.bends),
        sum(|row| row.small)
    );
    let none: Vec<&str> = (checked.rows.iter())
        .filter(|row| row.compared() == 0)
        .map(|row| row.name.as_str())
        .collect();
    if !none.is_empty() {
        text += &folded("", 2, &format!("nothing could be compared in {}", none.join(", ")));
    }
    if checked.passed {
        text += &format!("passed: none of them differs by more than {} %\n", 100.0 * ALLOWED);
    }
    text
}

fn row(own: &GradcheckRow) -> Vec<String> {
    let numbers = [own.numbers, own.checked, own.bends, own.small, own.differ].map(count_text);
    let worst =
        own.worst.map_or_else(|| "-".to_string(), |worst| format!("{:.2} %", 100.0 * worst));
    let at = own.worst.map_or_else(String::new, |_| at(own));
    [own.name.clone()].into_iter().chain(numbers).chain([worst, at]).collect()
}

fn at(own: &GradcheckRow) -> String {
    let index: Vec<String> = own.index.iter().map(usize::to_string).collect();
    format!("[{}]", index.join(", "))
}

/// What the worst difference of a parameter is.
pub fn told(own: &GradcheckRow) -> String {
    format!(
        "gradients differ from the slopes of the loss: {}{} is {:.4e} by the backward rules and {:.4e} by differences",
        own.name,
        at(own),
        own.tape,
        own.difference
    )
}
