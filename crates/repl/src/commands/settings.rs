//! What stands around the work: forgetting names, freezing, beginning anew, leaving.

use super::{Command, Expression, Given};
use crate::syntax::{Expr, ExprKind, Subscript, Word};
use crate::{Failure, Session, Value};
use relume_catalog::{Choice, Spec, count_text, counted, nearest};
use relume_layers::{Parameter, Role};
use serde_json::json;

/// Forgets names.
///
/// ```relume
/// theta = [1, 2]
/// delete theta
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Delete {
    /// The name.
    pub name: Expression,
}

impl Command for Delete {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        // All names are checked first: either all are deleted, or none.
        let mut names = Vec::new();
        for word in given.words {
            match word {
                Word::Positional(expr) => match &expr.kind {
                    ExprKind::Name(name) if session.names.contains_key(name) => {
                        names.push(name.clone())
                    }
                    ExprKind::Name(name) => {
                        let failure = Failure::at(expr.span, format!("there is no `{name}`"));
                        return Err(
                            match nearest(name, session.names.keys().map(String::as_str)) {
                                Some(near) => failure.help(format!("did you mean `{near}`?")),
                                None => failure.help("`vars` lists the names"),
                            },
                        );
                    }
                    _ => return Err(Failure::at(expr.span, "a name is wanted here")),
                },
                Word::Named { name_span, .. } => {
                    return Err(Failure::at(*name_span, "a name is wanted here"));
                }
            }
        }
        if names.is_empty() {
            return Err(
                Failure::at(given.span, "delete needs a name").help("for example: delete theta")
            );
        }
        for name in names {
            session.names.remove(&name);
        }
        Ok(())
    }
}

/// Gives a network fresh weights and deletes its training history.
///
/// ```relume
/// mlp = input(64) -> dense(10)
/// reset mlp
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Reset {
    /// The network.
    pub network: Expression,
}

impl Command for Reset {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        let (name, mut model) = given.named_network(session, "network")?;
        let seed = session.settings.seed;
        model
            .reset(seed)
            .map_err(|error| Failure::training(&error, given.span, Some(model.spec())))?;
        session.update_network(&name, model);
        Ok(())
    }
}

/// Freezes stages: training does not change their weights.
///
/// The trained constants of an activation function of your own are held in the same way, by the number of its stage.
///
/// ```relume
/// mlp = input(64) -> dense(32) -> relu -> dense(10)
/// freeze mlp layers=[0, 2]
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Freeze {
    /// The network.
    pub network: Expression,
    /// Indices of stages, as `summary` counts them; all by default.
    pub layers: Option<Stages>,
}

impl Command for Freeze {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Freeze { layers, .. } = given.checked(session)?;
        set_frozen(session, given, layers, true)
    }
}

/// Unfreezes stages: training changes their weights again.
///
/// ```relume
/// mlp = input(64) -> dense(32) -> relu -> dense(10)
/// freeze mlp
/// unfreeze mlp layers=[0, 2]
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Unfreeze {
    /// The network.
    pub network: Expression,
    /// Indices of stages, as `summary` counts them; all by default.
    pub layers: Option<Stages>,
}

impl Command for Unfreeze {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Unfreeze { layers, .. } = given.checked(session)?;
        set_frozen(session, given, layers, false)
    }
}

/// Stages by their indices: one, or several.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Stages {
    /// One.
    One(usize),
    /// Several.
    Several(Vec<usize>),
}

/// Refuses `freeze net.layers[1]`, with what is written for it: a layer that is read is a copy.
fn refuse_layer(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
    let expr = given.required("network")?;
    let place = match &expr.kind {
        // `net[1]` and `net.layers[1]`; others are evaluated as networks.
        ExprKind::Index(base, subscripts) => match &subscripts[..] {
            [Subscript::Item(place)] if is_network_or_its_layers(session, base) => place,
            _ => return Ok(()),
        },
        ExprKind::Name(name) => match session.names.get(name) {
            Some(Value::Layer(_, index)) => {
                let index = *index;
                return Err(refused(given, expr, "NETWORK", &index.to_string()));
            }
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    let network = super::varied::text(session, network_of(expr).span);
    let place = match session.evaluate(place)? {
        Value::Number(at) if at >= 0.0 => at.to_string(),
        // From the end, which `layers` does not count from.
        Value::Number(at) => match session.evaluate(network_of(expr))? {
            Value::Network(model) => (model.spec().layers.len() as f64 + at).to_string(),
            _ => at.to_string(),
        },
        _ => return Ok(()),
    };
    Err(refused(given, expr, &network, &place))
}

/// Whether an expression is the name of a network, or its layers.
fn is_network_or_its_layers(session: &Session, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => matches!(session.names.get(name), Some(Value::Network(_))),
        ExprKind::Field(base, field, _) if field == "layers" => {
            is_network_or_its_layers(session, base)
        }
        _ => false,
    }
}

/// The network of `net[1]` or `net.layers[1]`.
fn network_of(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Index(base, _) | ExprKind::Field(base, ..) => network_of(base),
        _ => expr,
    }
}

fn refused(given: &Given<'_>, expr: &Expr, network: &str, place: &str) -> Failure {
    let verb = given.entry.name;
    Failure::at(expr.span, format!("{verb} names the network, and the stage by its number"))
        .help(format!("{verb} {network} layers=[{place}]"))
}

fn set_frozen(
    session: &mut Session,
    given: &Given<'_>,
    layers: Option<Stages>,
    frozen: bool,
) -> Result<(), Failure> {
    refuse_layer(session, given)?;
    let (name, mut model) = given.named_network(session, "network")?;
    let count = model.spec().layers.len();
    let span = given.expr("layers").map_or(given.span, |expr| expr.span);
    if model.network().is_none() && !model.has_given_weights() {
        return Err(Failure::at(given.required("network")?.span, "the network has no weights yet")
            .help("train it first, or begin it with input(...)"));
    }
    let stages = match layers {
        Some(Stages::One(stage)) => vec![stage],
        Some(Stages::Several(stages)) => stages,
        None => (0..count).collect(),
    };
    if let Some(outside) = stages.iter().find(|&&stage| stage >= count) {
        return Err(Failure::at(
            span,
            format!("there is no stage {outside}: there are {count}, counted from 0"),
        ));
    }
    for stage in stages {
        model.set_frozen(stage, frozen);
    }
    let state = model.state();
    let count = |counts: fn(&Parameter) -> bool| {
        state.iter().filter(|&p| counts(p)).map(|p| p.value.count()).sum::<usize>()
    };
    let trained = count(Parameter::is_trained);
    let all = count(|parameter| parameter.role == Role::Trained);
    let verb = if all == 1 { "is" } else { "are" };
    let text =
        format!("{name}: {} of {} {verb} trained", count_text(trained), counted(all, "parameter"));
    session.update_network(&name, model);
    session.output.result(&text, || json!({ "trained_parameters": trained }));
    Ok(())
}

/// Leaves.
///
/// Ctrl-D does the same; so do `exit`, `quit()`, `:q`, and `q` where no value has that name.
///
/// ```relume
/// quit
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command, aliases = ["exit", "q"])]
pub struct Quit {}

impl Command for Quit {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        session.quit = true;
        Ok(())
    }
}
