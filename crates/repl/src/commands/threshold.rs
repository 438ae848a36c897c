//! `threshold`.

use super::explain_class::Class;
use super::scored::{choosing_part, class_place, scored};
use super::{Command, Expression, Given};
use crate::aligned::table;
use crate::json::exact;
use crate::record::Record;
use crate::show::number;
use crate::{Failure, Session, Value};
use relume_catalog::{Spec, counted};
use relume_inspection::figures::{Aim, Costs, Scored, ThresholdChoice, Thresholds};
use serde_json::json;

/// Shows from which probability on a class is best predicted.
///
/// For the second of two classes, or for one of more classes or labels against the rest. Each row is the best threshold
/// for one aim: F1, Youden's J (true less false positive rate), accuracy, and as asked for a precision, a recall, or
/// the smallest cost of false alarms and misses; beside them one half. They are chosen by the validation part, or by
/// the samples that training held out; the test part is refused, which then judges the choice: evaluate net on d
/// threshold=0.3.
///
/// ```relume
/// d = moons(validation=0.2)
/// net = dense(1)
/// train net on d epochs=5 loss=bce_with_logits
/// threshold net on d costs=[1, 5]
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Threshold {
    /// The network.
    pub network: Expression,
    /// A data set (its validation part), or other samples than those of a test part.
    pub on: Expression,
    /// The class, by name or index; by default the second of two.
    pub class: Option<Class>,
    /// The least precision: of the thresholds that reach it, the one with the largest recall.
    #[spec(fraction)]
    pub precision: Option<f64>,
    /// The least recall: of the thresholds that reach it, the one with the largest precision.
    #[spec(fraction)]
    pub recall: Option<f64>,
    /// What a false alarm and what a miss costs, in any unit: [1, 5].
    pub costs: Option<Vec<f64>>,
}

impl Command for Threshold {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Threshold = given.checked(session)?;
        let aims = aims(&words, given)?;
        let (_, model) = given.network(session, "network")?;
        let part = choosing_part(session, given, &model)?;
        let span = given.required("on")?.span;
        let found = scored(session, &model, &part, span)?;
        if !found.are_probabilities {
            return Err(Failure::at(span, "the network gives no probabilities")
                .help("one that is trained with cross_entropy or bce_with_logits gives them"));
        }
        let class = match words.class {
            Some(class) => class_place(&found, class, given)?,
            None => second_of_two(&found, given)?,
        };
        let scored = &found.classes[class];
        let found = Thresholds::of(&found.data, scored, &aims).ok_or_else(|| {
            let message =
                format!("{} has no samples both of {:?} and of others", found.data, scored.name);
            Failure::at(span, message).help("a threshold tells them apart: give samples of both")
        })?;
        let shown = exact(&found);
        session.output.result(
            &text(&found),
            || json!({ "type": "threshold", "schema": 1, "threshold": shown }),
        );
        session.names.insert("_".to_string(), record(&found));
        Ok(())
    }
}

/// What thresholds are looked for, in the order of the rows.
fn aims(words: &Threshold, given: &Given<'_>) -> Result<Vec<Aim>, Failure> {
    let mut aims = vec![Aim::Half, Aim::F1, Aim::Youden, Aim::Accuracy];
    aims.extend(words.precision.map(Aim::Precision));
    aims.extend(words.recall.map(Aim::Recall));
    if let Some(costs) = &words.costs {
        let &[false_alarm, miss] = &costs[..] else {
            return Err(costs_failure(given));
        };
        let is_cost = |x: f64| x.is_finite() && x >= 0.0;
        if !is_cost(false_alarm) || !is_cost(miss) || false_alarm + miss == 0.0 {
            return Err(costs_failure(given));
        }
        aims.push(Aim::Costs(Costs { false_alarm, miss }));
    }
    Ok(aims)
}

fn costs_failure(given: &Given<'_>) -> Failure {
    let span = given.expr("costs").map_or(given.span, |expr| expr.span);
    Failure::at(span, "costs are two numbers of at least 0: of a false alarm and of a miss")
        .help("a miss that is five times as bad: costs=[1, 5]")
}

/// The place of the second of two classes.
fn second_of_two(found: &Scored, given: &Given<'_>) -> Result<usize, Failure> {
    if found.classes.len() == 2 && !found.are_labels() {
        return Ok(1);
    }
    let what = if found.are_labels() { "labels" } else { "classes" };
    let message = format!(
        "a threshold is of one class against the rest, and there are {} {what}",
        found.classes.len()
    );
    let first = found.classes.first().map_or("0", |class| class.name.as_str());
    Err(Failure::at(given.span, message).help(format!("say which: class={first:?}")))
}

fn aim_text(aim: Aim) -> String {
    match aim {
        Aim::Half => "one half".to_string(),
        Aim::F1 => "best F1".to_string(),
        Aim::Youden => "best Youden's J".to_string(),
        Aim::Accuracy => "best accuracy".to_string(),
        Aim::Precision(least) => format!("precision {} or more", number(least)),
        Aim::Recall(least) => format!("recall {} or more", number(least)),
        Aim::Costs(costs) => {
            format!("least cost ({}, {})", number(costs.false_alarm), number(costs.miss))
        }
    }
}

fn text(found: &Thresholds) -> String {
    let has_cost = found.choices.iter().any(|own| own.cost.is_some());
    let mut heads = vec!["", "threshold", "precision", "recall", "F1", "accuracy"];
    if has_cost {
        heads.push("cost");
    }
    let row = |own: &ThresholdChoice| {
        let shares = [own.precision, own.recall, own.f1, own.accuracy];
        let mut row = vec![aim_text(own.aim), number(own.threshold)];
        row.extend(shares.map(|x| format!("{x:.4}")));
        row.extend(own.cost.map(number));
        row
    };
    let mut text = table(&heads, found.choices.iter().map(row));
    for &aim in &found.unreached {
        text += &format!("no threshold reaches {}\n", aim_text(aim));
    }
    let samples = counted(found.samples, "sample");
    text + &format!("{:?} on {}: {} of {samples}\n", found.class, found.data, found.positives)
}

/// The thresholds by their aims.
fn record(found: &Thresholds) -> Value {
    let mut record = Record::new();
    for own in &found.choices {
        let name = match own.aim {
            Aim::Half => "half",
            Aim::F1 => "f1",
            Aim::Youden => "youden",
            Aim::Accuracy => "accuracy",
            Aim::Precision(_) => "precision",
            Aim::Recall(_) => "recall",
            Aim::Costs(_) => "costs",
        };
        record.set(name, Value::Number(own.threshold));
    }
    Value::Record(record)
}
