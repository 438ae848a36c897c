//! Words that begin statements of their own: part of the language itself, and described here.

use relume_catalog::Spec;

/// Runs a statement and tells how long it took.
///
/// ```relume
/// time train mlp on digits epochs=1
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Time {}

/// Stops if a condition does not hold.
///
/// ```relume
/// assert 1 + 1 == 2
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Assert {}

/// Runs statements for each item of a list or range.
///
/// ```relume
/// for i in 0..3 { i ^ 2 }
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct For {}

/// Says what something is: a command, a layer, a function ...
///
/// ```relume
/// help conv2d
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command, summary = "Says what something is: a command, a layer, a function ...")]
pub struct Help {}
