//! Habits of PyTorch and NumPy.

use super::PARTS;
use crate::habits::rule::{Rule, inside, line, part, start};

const STEPS: &str = "train does the steps of an epoch: forward, backward, update; grad(EXPRESSION, NAME) is a \
                     derivative";
const MODES: &str =
    "a network has no modes to switch: train trains it, evaluate and predict use it";
const DEVICE: &str = "there is no device to choose: all runs on the processor, in all its threads";
const IMPORT: &str = "nothing is imported: layers and functions are there by their names, such as dense(5) and \
                      zeros(2, 3)";
const TENSOR: &str = "a list of numbers is a tensor";
const FROM_INPUT: &str =
    "what a layer takes follows from the layer before it, so that its size need not be given";

pub(super) const RULES: &[Rule] = &[
    start("import $*r", &[]).says("the language has no `import`").note(IMPORT),
    start("from $*a import $*b", &[]).says("the language has no `import`").note(IMPORT),
    // Where things are.
    part("torch.nn.functional.$W", &["$W"]),
    part("nn.functional.$W", &["$W"]),
    part("F.$W", &["$W"]),
    part("torch.nn.$W", &["nn.$W"]),
    part("nn.init.$W", &["$W"]),
    part("$K:optimizer($V.parameters()$+r)", &["$K($+r)"])
        .note("an optimizer is a word of `train`: train net on data optimizer=adam(lr=0.001)"),
    part("torch.optim.$W", &["$W"]),
    part("optim.$W", &["$W"]),
    part("torch.linalg.$W:function", &["$W"]),
    part("np.linalg.$W:function", &["$W"]),
    // Steps of a training loop.
    line("$W = $V.backward($*a)", &["train ${net} on ${data}"]).note(STEPS),
    line("$V.backward($*a)", &["train ${net} on ${data}"]).note(STEPS),
    line("$V.step()", &["train ${net} on ${data}"]).note(STEPS),
    line("$V.zero_grad($*a)", &["train ${net} on ${data}"]).note(STEPS),
    line("$V.train()", &["train $V~net on ${data}"]).note(MODES),
    line("$V.eval()", &["evaluate $V~net on ${data}"]).note(MODES),
    line("$V.parameters()", &["$V.parameters", "summary $V~net"])
        .note("the weights of a layer: NET.layers[0].weight"),
    line("$V.named_parameters()", &["summary $V~net"])
        .note("the weights of a layer: NET.layers[0].weight"),
    line("$V.state_dict()", &["summary $V~net"])
        .note("`save` writes all of it: save NET to \"file.rlm\""),
    part("with torch.inference_mode() {$%b}", &["$%b"])
        .note("derivatives are computed inside of grad(...) and train alone"),
    part("with torch.no_grad() {$%b}", &["$%b"])
        .note("derivatives are computed inside of grad(...) and train alone"),
    part("torch.no_grad()", &[])
        .note("derivatives are computed inside of grad(...) and train alone"),
    // Files.
    line("torch.save($V.state_dict(), $S)", &["save $V~net to $S~rlm"]),
    line("torch.save($V, $S)", &["save $V~net to $S~rlm"]),
    line("$V.load_state_dict($*a)", &["$V = load(\"$V.rlm\")"])
        .note("weights are read from files that `save` wrote"),
    line("$W = torch.load($S$+r)", &["$W = load($S~rlm)"])
        .note("networks are read from files that `save` wrote"),
    line("torch.load($S$+r)", &["net = load($S~rlm)"])
        .note("networks are read from files that `save` wrote"),
    line("$W = torch.load", &["$W = load(\"net.rlm\")"])
        .note("networks are read from files that `save` wrote"),
    line("torch.load", &["net = load(\"net.rlm\")"])
        .note("networks are read from files that `save` wrote"),
    line("$W = np.load($S$+r)", &["$W = numpy($S)"]),
    part("np.load($S$+r)", &["numpy($S)"]),
    // Tensors.
    part("torch.tensor($x$+r)", &["$x"]).note(TENSOR),
    part("torch.Tensor($x$+r)", &["$x"]).note(TENSOR),
    part("torch.as_tensor($x$+r)", &["$x"]).note(TENSOR),
    part("torch.from_numpy($x)", &["$x"]).note(TENSOR),
    part("np.array($x$+r)", &["$x"]).note(TENSOR),
    part("np.asarray($x$+r)", &["$x"]).note(TENSOR),
    part("array($x)", &["$x"]).note(TENSOR),
    part("tensor($x)", &["$x"]).note(TENSOR),
    line("torch.manual_seed($x)", &["set seed=$x"]),
    line("np.random.seed($x)", &["set seed=$x"]),
    line("random.seed($x)", &["set seed=$x"]),
    part("np.random.$W:function", &["$W"]),
    part("torch.$W:function", &["$W"]),
    part("np.$W:function", &["$W"]),
    part("numpy.$W:function", &["$W"]),
    part("math.$W:function", &["$W"]),
    part("torch.$W:activation", &["$W"]),
    part("np.concatenate", &["concat"]),
    part("np.vstack", &["concat"]),
    part("np.log", &["ln"]),
    part("math.log", &["ln"]),
    part("torch.log", &["ln"]),
    part("torch.linalg.norm", &["norm"]),
    part("math.pi", &["3.141592653589793"]),
    part("np.pi", &["3.141592653589793"]),
    part("torch.device($*a)", &[]).note(DEVICE),
    part("torch.cuda.is_available()", &["false"]).note(DEVICE),
    part("$V.view($*a)", &["$V.reshape($*a)"]),
    part("$V.size($N)", &["$V.shape[$N]"]),
    part("$V.size()", &["$V.shape"]),
    part("$V.dim()", &["len($V.shape)"]),
    part("$V.numel()", &["$V.flatten().shape[0]"]),
    part("$V.to($*a)", &["$V"]).note(DEVICE),
    part("$V.cuda()", &["$V"]).note(DEVICE),
    part("$V.cpu()", &["$V"]).note(DEVICE),
    part("$V.numpy()", &["$V"]).note("a tensor is an array already"),
    part("$V.item()", &["$V"]).note("a tensor of one number is used as a number"),
    part("$V.detach()", &["$V"])
        .note("derivatives are computed inside of grad(...) and train alone"),
    part("$V.clone()", &["$V"]).note("a value is never changed by another name: no copy is needed"),
    part("$V.copy()", &["$V"]).note("a value is never changed by another name: no copy is needed"),
    part("$V.contiguous()", &["$V"]),
    part("$V.float()", &["$V"]),
    part("$V.tolist()", &["$V"]),
    part("$V.requires_grad_($*a)", &["$V"])
        .note("grad(EXPRESSION, NAME) is a derivative with respect to any name"),
    part(", requires_grad=$x", &[""])
        .note("grad(EXPRESSION, NAME) is a derivative with respect to any name"),
    part(", device=$x", &[""]).note(DEVICE),
    inside("device=$x", &[""]).note(DEVICE),
    part("device($*a)", &[]).note(DEVICE),
    part("$W:maker($*a, dtype=$x$+r)", &["$W($*a$+r)"]).note("tensors hold 32-bit numbers"),
    part(", inplace=$x", &[""]),
    inside("inplace=$x", &[""]),
    inside("batch_first=$x,", &[""]),
    part(", batch_first=$x", &[""]),
    inside("in_channels=$x, out_channels=$y", &["$y"]).note(FROM_INPUT),
    inside("in_features=$x, out_features=$y", &["$y"]).note(FROM_INPUT),
    inside("input_size=$x, hidden_size=$y", &["$y"]).note(FROM_INPUT),
    inside("kernel_size=$x", &["kernel=$x"]),
    inside("num_layers=$x", &["layers=$x"]),
    inside("hidden_size=$x", &["hidden=$x"]),
    // Networks.
    part("nn.ModuleList([$*a])", &["$*a~chain"]),
    part("nn.Sequential([$*a])", &["$*a~chain"]).note("layers are joined with `->`"),
    part("nn.Sequential($*a)", &["$*a~chain"]).note("layers are joined with `->`"),
    part("nn.Linear($i, $o$+r:named)", &["dense($o, inputs=$i$+r)"])
        .note("`inputs=` may be left out: it follows from the layer before"),
    part("nn.$W", &["$W"]),
    part("Linear($i, $o$+r:named)", &["dense($o, inputs=$i$+r)"])
        .note("`inputs=` may be left out: it follows from the layer before"),
    part("$K:torchconv($i, $o, $k, $s, $p$+r:named)", &["$K($o, $k, stride=$s, padding=$p$+r)"])
        .note(FROM_INPUT),
    part("$K:torchconv($i, $o, $k, $s$+r:named)", &["$K($o, $k, stride=$s$+r)"]).note(FROM_INPUT),
    part("$K:torchconv($i, $o, $k$+r:named)", &["$K($o, $k$+r)"]).note(FROM_INPUT),
    part("$K:torchconv($i, $o, kernel=$k$+r:named)", &["$K($o, $k$+r)"]).note(FROM_INPUT),
    part("$K:recurrent($i, $h, $l$+r:named)", &["$K($h, layers=$l$+r)"]).note(FROM_INPUT),
    part("$K:recurrent($i, $h$+r:named)", &["$K($h$+r)"]).note(FROM_INPUT),
    part("$K:featurenorm($n$+r:named)", &["$K($+r)"]).note(FROM_INPUT),
    part("GroupNorm($g, $c$+r)", &["groupnorm($g$+r)"]).note(FROM_INPUT),
    part("$K:transformer($e, $h, $f$+r:named)", &["$K($h, dim_feedforward=$f$+r)"])
        .note(FROM_INPUT),
    part("$K:transformer($e, $h$+r:named)", &["$K($h$+r)"]).note(FROM_INPUT),
    part("$K:activation(dim=$x)", &["$K(axis=$x)"]),
    line("TensorDataset($*a)", &[]).note(PARTS),
];
