//! `plot`.

use super::charts::{of_field, of_value, several, without_bounds};
use super::plotting::{self, Drawn, PlotOptions, PlotOptionsOptions, of_networks, of_several};
use super::replaced::check_replaced;
use super::run_charts::run_chart;
use super::strips::strips;
use super::{Command, Expression, Given};
use crate::syntax::{Expr, Span, Word};
use crate::{Failure, Session};
use relume_catalog::{Choice, Spec};
use relume_inspection::plot::is_own_picture;
use serde_json::json;
use std::path::Path;

/// Draws a history, a network on data, weights, data or functions in the terminal, or to a picture.
///
/// What is drawn follows from the value; `kind` chooses another picture of it. Of a network on data the confusion
/// matrix of classes, and predicted numbers over the true ones; also "roc", "pr", "calibration", "boundary" and
/// "embedding". Of several networks on the same data, plot a b on d, their ROC curves over each other, with the areas
/// in the legend; also "pr" and "calibration". Of a network on one sample what a stage makes of it; also "attention": a
/// matrix for each head, query steps down and key steps across, without padding, of one sample as `explain` takes it.
/// Of a network alone its history; also "histogram" and "spectrum" of its weights. Of a weight or another tensor a
/// matrix, filters or a line; also "histogram", "spectrum" and "picture". Of a sample the picture, the matrix of its
/// steps, or its numbers. Of data how many samples each class has, or how the numbers to predict are distributed; also
/// "columns", "samples" and "embedding". Of a schedule its learning rates.
///
/// A history, or one of its figures: plot mlp.history.loss shows the loss on all parts. A comparison: a line for each
/// setting. Several runs over each other, by their held-out figures: plot a b, plot a.history.accuracy
/// b.history.accuracy; runs that were kept: plot runs[-2:] loss accuracy. Any row of numbers: plot [1, 4, 9].
/// Activation functions, one or several, with their derivatives: plot mish relu from=-3 to=3; your own too.
/// `to "file.svg"` and `to "file.png"` write a picture.
///
/// After `train ... watch=`: plot mlp.history.update draws the update ratios of the weights as powers of ten, beside a
/// line at -3, which is usual (of few parameters also those of biases); mlp.history.gradient, dead, flat and signal are
/// drawn too. plot mlp.watch shows how the outputs of every stage were distributed over time, darker for more values;
/// mlp.watch.weights and mlp.watch.gradients show the parameters.
///
/// ```relume
/// mlp = dense(10)
/// train mlp on digits epochs=5
/// plot mlp.history.loss
/// plot mlp on digits
/// plot mlp on digits.test kind="roc" class="3"
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Plot {
    /// A history, a figure of one, what was watched, a comparison, a network, a tensor, data, a schedule, or activation
    /// functions.
    pub values: Expression,
    /// The data on which a network, or several, are drawn: a data set (its test part), a part of one, or a sample.
    pub on: Option<Expression>,
    /// What is drawn, and how.
    #[spec(flatten = PlotOptionsOptions)]
    pub options: PlotOptions,
    /// Where the curve of a function begins; -5 by default.
    pub from: Option<f64>,
    /// The picture to write, ending in .svg or .png; or where the curve of a function ends: by default as far above 0
    /// as it begins below, or at 5, or 10 after its beginning.
    pub to: Option<End>,
}

/// What stands after `to`.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum End {
    /// A picture.
    File(String),
    /// A number.
    At(f64),
}

impl Command for Plot {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let is_value = |word: &&Word| matches!(word, Word::Positional(_));
        let values: Vec<&Word> = given.words.iter().filter(is_value).collect();
        // Several functions may be given by place; the table knows one argument.
        let words =
            given.words.iter().filter(|word| !is_value(word)).chain(values.first().copied());
        let words: Vec<Word> = words.cloned().collect();
        let given = &Given { words: &words, ..*given };
        let Plot { options, from, to, .. } = given.checked(session)?;
        let (to, end) = match to {
            Some(End::File(path)) => (Some(path), None),
            Some(End::At(end)) => (None, Some(end)),
            None => (None, None),
        };
        let range = range(from, end);
        let bound = given.expr("from").or_else(|| given.expr("to").filter(|_| end.is_some()));
        let named = given.expr("values");
        let exprs = values.iter().filter_map(|word| match word {
            Word::Positional(expr) => Some(expr),
            Word::Named { .. } => None,
        });
        let exprs: Vec<&Expr> = exprs.chain(named.filter(|_| values.is_empty())).collect();
        let subject = Subject { exprs: &exprs, range, bound: bound.map(|bound| bound.span) };
        let drawn = subject.drawn(session, given, &options)?;
        let place =
            given.expr("to").or(exprs.first().copied()).map_or(given.span, |expr| expr.span);
        show(session, &drawn, to, place)
    }
}

/// From where to where the curve of a function goes, if both ends, one of them or none is given.
fn range(from: Option<f64>, to: Option<f64>) -> [f64; 2] {
    const USUAL: f64 = 5.0;
    match (from, to) {
        (None, None) => [-USUAL, USUAL],
        (Some(from), Some(to)) => [from, to],
        (Some(from), None) if from < 0.0 => [from, -from],
        (Some(from), None) if from < USUAL => [from, USUAL],
        (Some(from), None) => [from, from + 2.0 * USUAL],
        (None, Some(to)) if to > -USUAL => [-USUAL, to],
        (None, Some(to)) => [to - 2.0 * USUAL, to],
    }
}

/// What is to be drawn.
struct Subject<'a> {
    exprs: &'a [&'a Expr],
    /// The ends of the curve of a function.
    range: [f64; 2],
    /// Where one of them stands, if one was given.
    bound: Option<Span>,
}

impl Subject<'_> {
    fn drawn(
        &self,
        session: &mut Session,
        given: &Given<'_>,
        options: &PlotOptions,
    ) -> Result<Drawn, Failure> {
        if given.expr("on").is_none()
            && let Some(chart) = run_chart(session, self.exprs)?
        {
            options.check_absent(given)?;
            let chart = without_bounds(chart, self.bound)?;
            return Ok(Drawn::chart(&chart));
        }
        match (self.exprs, given.expr("on")) {
            ([], _) => Err(given.required("values").map_or_else(
                |failure| failure,
                |expr| Failure::at(expr.span, "there is nothing to draw"),
            )),
            (&[only], Some(on)) => {
                self.check_bounds()?;
                of_networks(session, given, (only, on), options)
            }
            (&[only], None) => self.single(session, given, only, options),
            (all, Some(on)) => {
                self.check_bounds()?;
                of_several(session, given, (all, on), options)
            }
            (all, None) => {
                options.check_absent(given)?;
                several(session, all, self.range).map(|chart| Drawn::chart(&chart))
            }
        }
    }

    fn single(
        &self,
        session: &mut Session,
        given: &Given<'_>,
        expr: &Expr,
        options: &PlotOptions,
    ) -> Result<Drawn, Failure> {
        if let Some(drawn) = strips(session, expr)? {
            options.check_absent(given)?;
            self.check_bounds()?;
            return Ok(drawn);
        }
        if options.kind.is_none()
            && let Some(chart) = of_field(session, expr)?
        {
            options.check_absent(given)?;
            let chart = without_bounds(chart, self.bound)?;
            return Ok(Drawn::chart(&chart));
        }
        let value = session.evaluate(expr)?;
        match plotting::of_value(session, given, (expr, value), options)? {
            Ok(drawn) => {
                self.check_bounds()?;
                Ok(drawn)
            }
            Err(value) => {
                let chart = of_value(session, value, expr, self.range, self.bound)?;
                Ok(Drawn::chart(&chart))
            }
        }
    }

    /// Refuses bounds of what is no curve of a function.
    fn check_bounds(&self) -> Result<(), Failure> {
        let empty = relume_inspection::plot::Chart::new("", "");
        without_bounds(empty, self.bound).map(drop)
    }
}

/// Prints a picture, or writes it to a file.
fn show(
    session: &mut Session,
    drawn: &Drawn,
    to: Option<String>,
    span: Span,
) -> Result<(), Failure> {
    if let Some(path) = to {
        check_replaced(&path, span, "picture that relume drew", is_own_picture)?;
        let saved = drawn.figure.save(Path::new(&path));
        saved.map_err(|error| Failure::at(span, error.to_string()))?;
        session.output.result(&format!("drawn to {path}"), || json!({ "drawn": path }));
        return Ok(());
    }
    let own = drawn.text.clone();
    let mut text = own.unwrap_or_else(|| drawn.figure.terminal(session.output.terminal()));
    if !drawn.note.is_empty() {
        text += &format!("{}\n", drawn.note);
    }
    session.output.result(&text, || drawn.json.clone());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn one_end_of_a_curve_says_where_the_other_is() {
        for (from, to, ends) in [
            (None, None, [-5.0, 5.0]),
            (Some(-3.0), None, [-3.0, 3.0]),
            (Some(0.0), None, [0.0, 5.0]),
            (Some(5.0), None, [5.0, 15.0]),
            (Some(70.0), None, [70.0, 80.0]),
            (None, Some(3.0), [-5.0, 3.0]),
            (None, Some(-5.0), [-15.0, -5.0]),
            (Some(1.0), Some(0.0), [1.0, 0.0]),
        ] {
            assert_eq!(range(from, to), ends, "{from:?} {to:?}");
        }
    }
}
