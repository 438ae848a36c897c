//! Layers whose arguments have another order here, and how they are joined.

use crate::habits::rule::{Rule, inside, line, part};

const READINGS: &str = "PyTorch names the inputs first; here they follow from the layer before, and other arguments go \
     by name";
const INPUTS: &str =
    "what a layer takes follows from the layer before it, so that its size is not given";
const OPTIONS: &str = "an activation's options go by name; by place it takes what it is applied to";
const QUOTES: &str = "words with fixed values are in quotes";

pub(super) const RULES: &[Rule] = &[
    part("$K:optimizer", &["$K"]),
    part("$K", &["$K"]),
    part("$W:weights($u, $W2:activation$+r:named)", &["$W~own($u$+r) -> $W2~own"])
        .note("an activation is a layer of its own"),
    part(
        "linear($i, $o, $b$+r:named)",
        &["dense($o, inputs=$i, bias=$b$+r)", "dense($i, inputs=$o, bias=$b$+r)"],
    )
    .note(READINGS),
    part("linear($i, $o$+r:named)", &["dense($o, inputs=$i$+r)", "dense($i, inputs=$o$+r)"])
        .note(READINGS),
    part("dense($i, $o$+r:named)", &["dense($o, inputs=$i$+r)", "dense($i, inputs=$o$+r)"])
        .note(READINGS),
    part("$W:conv($i, $o, $k, $s, $p$+r:named)", &["$W($o, $k, stride=$s, padding=$p$+r)"])
        .note(READINGS),
    part(
        "$W:conv($i, $o, $k, $s$+r:named)",
        &["$W($o, $k, stride=$s$+r)", "$W($i, $o, stride=$k, padding=$s$+r)"],
    )
    .note(READINGS),
    part("$W:conv($i, $o, $k$+r:named)", &["$W($o, $k$+r)", "$W($i, $o, stride=$k$+r)"])
        .note(READINGS),
    part("$W:recurrent($i, $h, $l$+r:named)", &["$W($h, layers=$l$+r)"]).note(READINGS),
    part("$W:recurrent($i, $h$+r:named)", &["$W($h$+r)", "$W($i, layers=$h$+r)"]).note(READINGS),
    part("$W:featurenorm($n$+r:named)", &["$W($+r)"]).note(INPUTS),
    part("groupnorm($g, $c$+r:named)", &["groupnorm($g$+r)"]).note(INPUTS),
    part("group_norm($g, $c$+r:named)", &["groupnorm($g$+r)"]).note(INPUTS),
    part("multihead_attention($e, $h$+r:named)", &["multihead_attention($h$+r)"]).note(INPUTS),
    part("$W:transformer($e, $h, $f$+r:named)", &["$W($h, dim_feedforward=$f$+r)"]).note(INPUTS),
    part("$W:transformer($e, $h$+r:named)", &["$W($h$+r)", "$W($e, dim_feedforward=$h$+r)"])
        .note(READINGS),
    part("bilinear($i, $j, $o$+r:named)", &["bilinear($o$+r)"]).note(INPUTS),
    part("$W:featurenorm()", &["$W~own"]),
    part("maxout($N)", &["maxout(pieces=$N)"]).says(OPTIONS),
    part("leaky_relu($N)", &["leaky_relu(slope=$N)"]).says(OPTIONS),
    part("elu($N)", &["elu(alpha=$N)"]).says(OPTIONS),
    part("dropout($N:percent)", &["dropout($N~percent)"]).note("a probability is from 0 to 1"),
    part("$W:activation($*a dim=$x$+r:named)", &["$W($*a axis=$x$+r)"]),
    inside("$W1=$W2:choice", &["$W1=\"$W2~lower\""]).note(QUOTES).when("there is no `"),
    inside("$W1=$S:shouted", &["$W1=\"$S~lower\""])
        .note("words with fixed values are in small letters"),
    inside("loss=$S:foreign", &["loss=$S~own"]),
    inside("optimizer=$S:foreign", &["optimizer=$S~own"]),
    // How layers are joined.
    line("$W:stage $N", &["$W($N)"]),
    part("$W:stage $N ->", &["$W($N) ->"]),
    part("$V:stage.$W:stage()", &["$V -> $W"]).says("layers are joined with `->`"),
    part("$V:stage.$W:stage($*a)", &["$V -> $W($*a)"]).says("layers are joined with `->`"),
    part("$V1:stage | $V2:stage", &["$V1 -> $V2"]).says("layers are joined with `->`"),
    part("$V1:stage |> $V2:stage", &["$V1 -> $V2"]).says("layers are joined with `->`"),
    part("$V1:stage => $V2:stage", &["$V1 -> $V2"]).says("layers are joined with `->`"),
    part("$V1:stage >> $V2:stage", &["$V1 -> $V2"]).says("layers are joined with `->`"),
    part("$V1:stage > $V2:stage", &["$V1 -> $V2"]).says("layers are joined with `->`"),
    line("$W=$V1:stage, $*r", &["$W = $V1 -> $*r~chain"]).says("layers are joined with `->`"),
];
