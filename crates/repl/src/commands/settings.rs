//! What stands around the work: names, settings, freezing, beginning anew, leaving.

use super::{Command, Given, command};
use crate::syntax::{ExprKind, Word};
use crate::{Failure, Session, Value, show};
use relume_catalog::{Argument, Type, count_text, nearest};
use relume_layers::{Parameter, Role};
use relume_tensor::threads;
use serde_json::json;

pub const SET: Command = command(
    "set",
    "sets the seed or the number of threads; alone, shows both",
    "The seed is that of networks that are defined from now on. Results do not depend on the number of threads.",
    &[
        Argument::new("seed", Type::NATURAL, "seed of all random numbers").optional(),
        Argument::new("threads", Type::Integer { min: 1, max: 1024 }, "threads to work with")
            .optional(),
    ],
    "set seed=42 threads=2",
    |session, given| {
        let options = given.checked(session)?;
        if let Some(seed) = options.get("seed").and_then(|seed| seed.as_u64()) {
            session.settings.seed = seed;
        }
        if let Some(count) = options.get("threads").and_then(|count| count.as_u64()) {
            threads::set_threads(count as usize).map_err(|error| {
                Failure::at(given.span, format!("no {count} threads are to be had: {error}"))
            })?;
        }
        if given.words.is_empty() {
            let (seed, count) = (session.settings.seed, threads::threads());
            session.output.result(
                &format!("seed={seed} threads={count}"),
                || json!({ "seed": seed, "threads": count }),
            );
        }
        Ok(())
    },
);

pub const VARS: Command =
    command("vars", "lists the names that are defined", "", &[], "vars", |session, given| {
        given.checked(session)?;
        let rows = session.names.iter().map(|(name, value)| {
            let text = match value {
                Value::Network(model) => show::network(model),
                other => show::show(other),
            };
            let first = text.lines().next().unwrap_or_default();
            let cut: String = first.chars().take(72).collect();
            let more = if cut.len() < text.trim_end().len() { " ..." } else { "" };
            vec![name.clone(), value.kind().to_string(), cut + more]
        });
        let text = match session.names.is_empty() {
            true => "no names are defined yet".to_string(),
            false => show::table(&["name", "is", "value"], rows),
        };
        let names: Vec<_> = session.names.keys().cloned().collect();
        session.output.result(&text, || json!({ "names": names }));
        Ok(())
    });

pub const DELETE: Command = command(
    "delete",
    "forgets names",
    "",
    &[Argument::new("name", Type::Anything, "the name")],
    "delete theta",
    |session, given| {
        // All names are looked at first: either all are forgotten, or none.
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
    },
);

pub const RESET: Command = command(
    "reset",
    "gives a network fresh weights and forgets its training",
    "",
    &[Argument::new("network", Type::Anything, "the network")],
    "reset mlp",
    |session, given| {
        given.checked(session)?;
        let (name, mut model) = given.named_network(session, "network")?;
        let seed = session.settings.seed;
        model
            .reset(seed)
            .map_err(|error| Failure::training(&error, given.span, Some(model.spec())))?;
        session.names.insert(name, Value::Network(model));
        Ok(())
    },
);

const FREEZING: &[Argument] = &[
    Argument::new("network", Type::Anything, "the network"),
    Argument::new(
        "layers",
        Type::OneOf(&[Type::NATURAL, Type::List(&Type::NATURAL)]),
        "indices of stages, as `summary` counts them; all if not given",
    )
    .optional(),
];

pub const FREEZE: Command = command(
    "freeze",
    "keeps the weights of stages as they are while training",
    "",
    FREEZING,
    "freeze mlp layers=[0, 2]",
    |session, given| set_frozen(session, given, true),
);

pub const UNFREEZE: Command = command(
    "unfreeze",
    "lets the weights of stages be trained again",
    "",
    FREEZING,
    "unfreeze mlp layers=[0, 2]",
    |session, given| set_frozen(session, given, false),
);

fn set_frozen(session: &mut Session, given: &Given<'_>, frozen: bool) -> Result<(), Failure> {
    let options = given.checked(session)?;
    let (name, mut model) = given.named_network(session, "network")?;
    let count = model.spec().layers.len();
    let span = given.expr("layers").map_or(given.span, |expr| expr.span);
    if model.network().is_none() && !model.has_given_weights() {
        return Err(Failure::at(given.required("network")?.span, "the network has no weights yet")
            .help("train it first, or begin it with input(...)"));
    }
    let index = |value: &relume_catalog::Value| value.as_u64().map(|index| index as usize);
    let stages: Vec<usize> = match options.get("layers") {
        Some(relume_catalog::Value::Array(items)) => items.iter().filter_map(index).collect(),
        Some(value) if !value.is_null() => index(value).into_iter().collect(),
        _ => (0..count).collect(),
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
    let text = format!(
        "{name}: {} of {} parameters are trained",
        count_text(trained),
        count_text(count(|parameter| parameter.role == Role::Trained))
    );
    session.names.insert(name, Value::Network(model));
    session.output.result(&text, || json!({ "trained_parameters": trained }));
    Ok(())
}

pub const HISTORY: Command = command(
    "history",
    "lists what was typed in this session",
    "",
    &[],
    "history",
    |session, given| {
        given.checked(session)?;
        let lines = session.typed.clone();
        session.output.result(&lines.join("\n"), || json!({ "typed": lines }));
        Ok(())
    },
);

pub const QUIT: Command =
    command("quit", "leaves", "Ctrl-D does the same.", &[], "quit", |session, given| {
        given.checked(session)?;
        session.quit = true;
        Ok(())
    });
