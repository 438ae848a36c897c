//! Habits of Keras and scikit-learn.

use super::PARTS;
use crate::habits::rule::{Rule, inside, line, part};

const COMPILE: &str = "nothing is compiled: optimizer and loss are words of `train`";

pub(super) const RULES: &[Rule] = &[
    part("tf.keras.layers.$W", &["$W"]),
    part("keras.layers.$W", &["$W"]),
    part("layers.$K", &["$K~raw"]),
    part("tf.keras.$W", &["$W"]),
    part("keras.$W", &["$W"]),
    part("models.$K", &["$K~raw"]),
    part("EarlyStopping($*a)", &[])
        .note("train NET on DATA early_stop=3 stops after three epochs without a lower validation loss"),
    part("Model(inputs=$*a)", &[])
        .note("layers are joined with `->`: net = input(64) -> dense(128) -> relu -> dense(10)"),
    line("$V.weights", &["summary $V~net"]).note("the weights of a layer: NET.layers[0].weight"),
    part("models.Sequential", &["Sequential"]),
    part("Sequential([$*a])", &["$*a~chain"]).note("layers are joined with `->`"),
    part("Sequential($*a)", &["$*a~chain"]).note("layers are joined with `->`"),
    part("Input(shape=($*s)$+r)", &["input($*s)"]),
    part("Input(($*s)$+r)", &["input($*s)"]),
    part("InputLayer(input_shape=($*s)$+r)", &["input($*s)"]),
    part(", verbose=$x", &[""]),
    part(", shuffle=$x", &[""]).note("batches are drawn anew in each epoch"),
    part(", callbacks=$x", &[""])
        .note("early_stop=3 stops after three epochs without a lower validation loss, and keeps the best weights"),
    part(", validation_data=$x", &[""]).note("a data set has its validation part: validation=0.1 where it is read"),
    part(", validation_split=$x", &[""]).note("a data set has its validation part: validation=0.1 where it is read"),
    // Models.
    line("$W = $V.fit($*a)", &["$V.fit($*a)"]).note("NET.history keeps the figures of each epoch"),
    line("$V.fit($x:data$+r)", &["train $V~net on $x $+r~words"]),
    line("$V.fit($x, $y$+r)", &["train $V~net on ${data} $+r~words"]).note(PARTS),
    line("$V.fit($x$+r)", &["train $V~net on $x $+r~words"]),
    line("$V.train($x$+r)", &["train $V~net on $x $+r~words"])
        .says("training is a command, not a method"),
    line("$V.compile($*a, metrics=$m$+r)", &["$V.compile($*a$+r)"])
        .note("evaluate NET on DATA metrics=[f1] measures more"),
    line("$V.compile($*a)", &["train $V~net on ${data} $*a~words"]).note(COMPILE),
    line("$W = $V.predict($x$+r)", &["$W = $V($x)"])
        .note("a network is applied to a tensor like a function"),
    line("$V.predict($x$+r)", &["predict $V~net on $x"]),
    line("$V.predict_classes($x$+r)", &["predict $V~net on $x"]),
    line("$V.transform($x)", &["$V($x)"]),
    line("$V.evaluate($x:data$+r)", &["evaluate $V~net on $x $+r~words"]),
    line("$V.evaluate($x, $y$+r)", &["evaluate $V~net on ${data} $+r~words"]).note(PARTS),
    line("$V.evaluate($x)", &["evaluate $V~net on $x"]),
    line("$V.score($*a)", &["evaluate $V~net on ${data}"]).note(PARTS),
    line("$V.evaluate()", &["evaluate $V~net on ${data}"]),
    line("$V.summary()", &["summary $V~net"]),
    line("$V.save($S)", &["save $V~net to $S~rlm"]),
    line("$V.save_weights($S)", &["save $V~net to $S~rlm"]),
    line("$V.load_weights($S)", &["$V = load($S~rlm)"]),
    line("$W = load_model($S)", &["$W = load($S~rlm)"]),
    line("$V.add($x)", &["$V = $V -> $x"]).note("layers are joined with `->`"),
    line("$V.get_weights()", &["summary $V~net"])
        .note("the weights of a layer: NET.layers[0].weight"),
    line("$V.plot()", &["plot $V~net"]),
    line("$V.history[$S]", &["$V.history.$S~bare"]),
    // Layers.
    part("$K($*a units=$x$+r)", &["$K($*a $x$+r)"]),
    inside("filters=$x, kernel_size=$k", &["$x, $k"]),
    inside("filters=$x", &["out_channels=$x"]),
    inside("pool_size=$x", &["kernel=$x"]),
    inside("strides=$x", &["stride=$x"]),
    inside("return_sequences=True", &["output=\"all\""]),
    inside("return_sequences=False", &["output=\"last\""]),
    part("$K:weights($*a input_shape=($*s)$+r)", &["input($*s) -> $K~raw($*a$+r)"]),
    part("$K:weights($*a input_dim=$n$+r)", &["input($n) -> $K~raw($*a$+r)"]),
    part("$W:weights($*a input_shape=($*s)$+r)", &["input($*s) -> $W($*a$+r)"]),
    part("$W:weights($*a input_shape=[$*s]$+r)", &["input($*s) -> $W($*a$+r)"]),
    part("$W:weights($*a input_dim=$n$+r)", &["input($n) -> $W($*a$+r)"]),
    inside("input_shape=($*s)", &[])
        .note("the size of the input stands before the layers: input(28, 28) -> flatten"),
    part("$K:weights($*a activation=$S:activation$+r)", &["$K~raw($*a$+r) -> $S~own"])
        .note("an activation is a layer of its own"),
    part("$W:weights($*a activation=$S:activation$+r)", &["$W($*a$+r) -> $S~own"])
        .note("an activation is a layer of its own"),
    part("$W:weights($*a activation=$W2:activation$+r)", &["$W($*a$+r) -> $W2~own"])
        .note("an activation is a layer of its own"),
    part("Activation($S:activation)", &["$S~own"]),
];
