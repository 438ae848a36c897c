//! Words that begin statements of their own: they are part of the language itself, and described here.

use relume_catalog::Spec;

/// Runs a statement and reports how long it took.
///
/// ```relume
/// mlp = dense(10)
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

/// Runs statements if a condition holds, and others if it does not.
///
/// `else if` asks for a further condition. In a function, the value of the last statement of the block that is run is
/// the function's.
///
/// ```relume
/// x = 3; if x > 2 { print "large" } else { print "small" }
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct If {}

/// Runs statements as long as a condition holds.
///
/// ```relume
/// x = 1; while x < 100 { x *= 2 }; print x
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct While {}

/// Runs statements for each item of a list, range, tensor or record.
///
/// Results that are printed inside say what the names stand for. Several names take each item apart: of a record they
/// are a field's name and its value.
///
/// ```relume
/// for i in 0..3 { i ^ 2 }
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct For {}

/// Ends the innermost loop.
///
/// ```relume
/// for i in 0..10 { if i == 3 { break }; print i }
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Break {}

/// Goes on with the next round of the innermost loop.
///
/// ```relume
/// for i in 0..10 { if i % 2 == 1 { continue }; print i }
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Continue {}

/// Ends a function, which gives the value that follows.
///
/// A function is defined by `f(x, y=2) = x + y`, or with a block. Names that it defines are its own.
///
/// ```relume
/// sign(x) = { if x < 0 { return -1 }; 1 }; sign(-3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Return {}

/// Runs statements, and others if one of them fails.
///
/// A name after `else` holds the message. Ctrl-C and assertions are not caught.
///
/// ```relume
/// try { x = [1, 2] + [1, 2, 3] } else error { print "failed:" error }
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Try {}

/// Prints values, with blanks between them and strings without quotes.
///
/// ```relume
/// lr = 0.1; print "lr" lr; print f"lr is {lr:.2f}"
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Print {}

/// Describes a command, a layer, a function ...
///
/// ```relume
/// help conv2d
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command, summary = "Describes a command, a layer, a function ...")]
pub struct Help {}
