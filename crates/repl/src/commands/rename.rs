//! `rename`.

use super::{Command, Expression, Given};
use crate::syntax::{Expr, ExprKind};
use crate::{Failure, Session};
use relume_catalog::Spec;

/// Gives what a name stands for another name.
///
/// A network keeps its weights, its optimizer's state and its history. Functions that use the old name do not find it
/// any more.
///
/// ```relume
/// mlp = input(64) -> dense(10)
/// rename mlp to small
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Rename {
    /// The name.
    pub name: Expression,
    /// The new name, which stands for nothing yet.
    pub to: Expression,
}

impl Command for Rename {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        super::refuse_in_functions(session, given)?;
        let (old, new) = (given.required("name")?, given.required("to")?);
        let (old_name, new_name) = (name(old)?, name(new)?);
        if !session.names.contains_key(old_name) {
            return Err(session.unknown(old_name, old.span));
        }
        if new_name == "_" {
            return Err(Failure::at(new.span, "`_` is the last value and cannot be defined"));
        }
        if session.names.contains_key(new_name) {
            return Err(Failure::at(new.span, format!("there is a `{new_name}` already"))
                .help(format!("choose another name, or forget it first: delete {new_name}")));
        }
        session.names.rename(old_name, new_name);
        Ok(())
    }
}

fn name(expr: &Expr) -> Result<&str, Failure> {
    match &expr.kind {
        ExprKind::Name(name) => Ok(name),
        _ => Err(Failure::at(expr.span, "a name is wanted here")
            .help("for example: rename mlp to small")),
    }
}
