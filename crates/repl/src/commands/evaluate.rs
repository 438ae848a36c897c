//! `evaluate`, the command and the function.

use super::{Command, Expression, Given, words_of};
use crate::progress::Waiting;
use crate::syntax::{Argument as CallArgument, Span};
use crate::{Failure, Session, Value};
use relume_catalog::{Described, Spec, count_text, counted};
use relume_losses::LossSpec;
use relume_tensor::interrupt::cancellable;
use relume_training::{EvaluateOptions, MetricSpec, TrainError, evaluate_with};

/// Shows a network's loss and metric on data, and for classes the confusion matrix.
///
/// For a data set, the test part is used. Any data are prepared as those that the network was trained on, and classes
/// are matched by name. As a function, evaluate(net, data), it returns values for computations. With `variants`, the
/// first one is the unchanged sample, and the others are drawn by the data set's augmentations, which otherwise are
/// only for training.
///
/// ```relume
/// mlp = dense(10)
/// train mlp on digits epochs=1
/// evaluate mlp on digits.test metrics=[f1, top_k(k=3)]
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Evaluate {
    /// The network.
    pub network: Expression,
    /// A data set (its test part) or a part of one.
    pub on: Expression,
    /// What is measured.
    #[spec(flatten = MeasuringOptions)]
    pub measuring: Measuring,
}

/// A network's loss and metric on data, as values.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1
/// evaluate(net, digits.test, metrics=[f1]).f1
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function, name = "evaluate")]
pub struct EvaluateFunction {
    /// The network.
    pub network: Expression,
    /// A data set (its test part) or a part of one.
    pub on: Expression,
    /// What is measured.
    #[spec(flatten = MeasuringOptions)]
    pub measuring: Measuring,
}

/// What is measured, by the command and by the function.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = MeasuringOptions)]
pub struct Measuring {
    /// The loss; by default the one it was trained with.
    pub loss: Option<LossSpec>,
    /// Further metrics, such as [f1, roc_auc]: `help metrics` lists them.
    pub metrics: Option<Vec<MetricSpec>>,
    /// Test-time augmentation: average the outputs over so many variants of each sample.
    #[spec(default = 1, positive)]
    pub variants: usize,
    /// For two classes, from which probability on the second is predicted; the likelier one by default.
    #[spec(fraction)]
    pub threshold: Option<f64>,
}

impl Command for Evaluate {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let result = evaluated(session, given)?;
        session.show_value(result);
        Ok(())
    }
}

/// The command's figures as a value, for the arguments of a call.
pub(crate) fn evaluate_call(
    session: &mut Session,
    arguments: &[CallArgument],
    span: Span,
) -> Result<Value, Failure> {
    let words = words_of(arguments);
    evaluated(session, &Given { entry: &Evaluate::ENTRY, span, words: &words })
}

/// A network's figures on a data set's test part, or on a part.
fn evaluated(session: &mut Session, given: &Given<'_>) -> Result<Value, Failure> {
    let Evaluate { measuring: Measuring { loss, metrics, variants, threshold }, .. } =
        given.checked(session)?;
    let (_, model) = given.network(session, "network")?;
    let expr = given.required("on")?;
    let part = match session.evaluate(expr)? {
        Value::Data(data) => data.test(),
        Value::Part(part) => part,
        other => {
            return Err(Failure::at(expr.span, format!("data are wanted, not {}", other.kind())));
        }
    };
    let part = session.part_for(&model, &part, expr.span)?;
    let loss = loss.unwrap_or_else(|| model.loss_for(part.data()));
    let metrics = metrics.unwrap_or_default();
    let waiting = Waiting::new(&session.output, session.interrupt());
    let goes_on = |done: usize| {
        waiting.look(|| {
            format!("evaluating: {} of {}", count_text(done), counted(part.len(), "sample"))
        });
        !waiting.is_cancelled()
    };
    let options = EvaluateOptions { metrics: &metrics, variants, threshold, goes_on: &goes_on };
    let result =
        cancellable(&session.interrupt(), || evaluate_with(&model, &part, &loss, &options));
    let result = result.unwrap_or(Err(TrainError::Interrupted));
    drop(waiting);
    if matches!(result, Err(TrainError::Interrupted)) {
        session.acknowledge_interrupt("evaluation was interrupted");
    }
    let span = match &result {
        Err(TrainError::NoThreshold) => given.expr("threshold").map_or(expr.span, |expr| expr.span),
        _ => expr.span,
    };
    let result = result.map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
    Ok(Value::Evaluation(Box::new(result)))
}
