//! Numbers, brackets, commas, names and remarks as they are written elsewhere.

use crate::habits::rule::{Rule, inside, line, part, start};

const POINT: &str = "numbers have a point, and no commas";

pub(super) const RULES: &[Rule] = &[
    // Remarks.
    start("/* $*a */", &["# $*a"]).says("a remark begins with `#`"),
    start("/* $*a", &["# $*a"]).says("a remark begins with `#`"),
    start("// $*a", &["# $*a"]).says("a remark begins with `#`"),
    start("--$*a", &["# $*a"]).says("a remark begins with `#`"),
    // Numbers.
    part("$N:hex", &["$N~hex"]).says("numbers are decimal here"),
    part("$N:openexponent", &["$N~open"]).says("the exponent is missing, as in 1e-3"),
    start("$N:glued=$*e", &["$N~moved = $*e"]).says("a name cannot begin with a digit"),
    part("$N:glued", &["$N~times"])
        .says("a name cannot begin with a digit")
        .note("if it is a name, move the digits to its end"),
    part("$N:thousands", &["$N~joined", "[$N~spaced]"]).says(POINT),
    part("$N:comma", &["$N~point", "[$N~spaced]"]).says(POINT),
    part("$N:several", &["[$N~list]"]).says("several values are a list, in square brackets"),
    line("$W=$a:plain,$*b", &["$W = [$a, $*b]"]).note("several values are a list"),
    part("$N1 $N2", &["$N1, $N2"]).says("a comma is missing between these"),
    // Names and assignments.
    start("$W1-$W2-$W3=$*e", &["$W1_$W2_$W3 = $*e"])
        .says("a name has letters, digits and `_`; `-` is minus"),
    start("$W1-$W2=$*e", &["$W1_$W2 = $*e"])
        .says("a name has letters, digits and `_`; `-` is minus"),
    start("$V = = $*e", &["$V = $*e"]),
    start("let $W=$*e", &["$W = $*e"]),
    start("var $W=$*e", &["$W = $*e"]),
    start("const $W=$*e", &["$W = $*e"]),
    start("$W:=$*e", &["$W = $*e"]).says("a name is given a value by `=`"),
    start("$W <- $*e", &["$W = $*e"]).says("a name is given a value by `=`"),
    line("$N=$W", &["$W = $N", "$W == $N"]),
    line("$V1==$V2=$V3", &["$V1 == $V2 and $V2 == $V3"]).says("this cannot be given a value"),
    // A rate that is to be found stands beside the optimizer.
    inside("optimizer=$W(lr=\"find\")", &["optimizer=$W lr=\"find\""]),
    inside("optimizer=$W(lr=\"find\", $*r)", &["optimizer=$W($*r) lr=\"find\""]),
    inside("optimizer=$W($*a, lr=\"find\")", &["optimizer=$W($*a) lr=\"find\""]),
    // Operators.
    part("&&", &["and"]).says("`&&` is written `and`"),
    part("||", &["or"]).says("`||` is written `or`"),
    inside("!$V", &["not $V"]).says("`!` is written `not`"),
    part("<>", &["!="]).says("`<>` is written `!=`"),
    part("!==", &["!="]).says("`!==` is written `!=`"),
    line("$V++", &["$V += 1"]).says("the language has no `++`"),
    line("++$V", &["$V += 1"]).says("the language has no `++`"),
    line("$V--", &["$V -= 1"]).says("the language has no `--`"),
    part("$V1 // $V2", &["floor($V1 / $V2)"]).says("the language has no `//`"),
    part("$V1 ? $V2 : $V3", &["where($V1, $V2, $V3)"]).says("the language has no `? :`"),
    part("] [", &["], ["]).says("a comma is missing between these"),
    part(";)", &[")"]).says("`;` stands between statements, not in brackets"),
    line("..", &[])
        .note("a range has both ends: 0..3; in square brackets one may be left out: x[..3]"),
    part(",, ", &[", "]).says("a value is missing between the commas"),
];
