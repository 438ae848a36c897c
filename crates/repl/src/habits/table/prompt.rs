//! Habits of shells, editors, IPython and database prompts, and of the commands' words.

use crate::habits::rule::{Rule, inside, line, part, start};

const NO_SHELL: &str =
    "this is no shell: paths are written in quotes, from the folder that relume was started in";
const SEVERAL: &str = "several values are a list, in square brackets";
const NO_CLEAR: &str = "no command clears the screen";
const CLEAR: &str = "Ctrl-L does; `delete NAME` forgets a name, `undo` takes back what was changed";
const NOTHING: &str = "nothing is installed or imported here: all that there is stands in `help`";
const NO_COLON: &str = "commands have no colon before them";
const NAMES: &str = "it lists the names that are defined; the shell lists files";
const FOLDER: &str = "the folder stays the one that relume was started in";
const PATHS: &str = "paths are written in quotes, from there on: csv(\"data/table.csv\")";

pub(super) const RULES: &[Rule] = &[
    // Leaving.
    line(":wq", &["quit"]).says(NO_COLON),
    line(":x", &["quit"]).says(NO_COLON),
    line(":qa", &["quit"]).says(NO_COLON),
    line(":$W!", &["quit"]).says(NO_COLON),
    line("bye", &["quit"]),
    line("logout", &["quit"]),
    line(".quit", &["quit"]).says("commands have no point before them"),
    line(".exit", &["quit"]).says("commands have no point before them"),
    line("\\q", &["quit"]).says("commands have no backslash before them"),
    line("sys.exit($*a)", &["quit"]),
    line("exit($*a)", &["quit"]),
    line("quit($*a)", &["quit"]),
    // Help.
    line("--help", &["help"]).says("commands have no dashes before them"),
    line("-h", &["help"]).says("commands have no dashes before them"),
    line("--version", &[]).note("`relume --version` in the shell says which version it is"),
    line(".help", &["help"]).says("commands have no point before them"),
    line("\\h", &["help"]).says("commands have no backslash before them"),
    line(":help", &["help"]).says(NO_COLON),
    line(":help $W", &["help $W~own"]).says(NO_COLON),
    line(":h", &["help"]).says(NO_COLON),
    line(":?", &["help"]).says(NO_COLON),
    start(":$W $*r", &[]).says(NO_COLON).note("`help` lists the commands"),
    line("?", &["help"]).says("the language has no `?`"),
    line("?$W", &["help $W~own"]).says("the language has no `?`"),
    line("??$W", &["help $W~own"]).says("the language has no `?`"),
    line("$W:defined?", &["$W"]).says("the language has no `?`"),
    line("$W?", &["help $W~own"]).says("the language has no `?`"),
    line("$W??", &["help $W~own"]).says("the language has no `?`"),
    line("man $W", &["help $W~own"]),
    line("info $W", &["help $W~own"]),
    line("help($W.$W2)", &["help $W2~own"]),
    line("help($W.$W2.$W3)", &["help $W3~own"]),
    line("help $W.$W2", &["help $W2~own"]),
    line("dir($W)", &["$W"])
        .note("completion lists what a value has: its name, a point, and the Tab key"),
    // IPython.
    line("% time $*r", &["time $*r"]).says("the language has no magic commands"),
    line("%%$W", &[])
        .says("the language has no magic commands")
        .note("`time STATEMENT` reports how long it took"),
    line("%% time $*r", &["time $*r"]).says("the language has no magic commands"),
    line("% timeit $*r", &["time $*r"]).says("the language has no magic commands"),
    line("timeit $*r", &["time $*r"]),
    line("% run $*f", &["run $*f~relume"])
        .says("the language has no magic commands")
        .note("what is run is a file of this language; its name usually ends in .relume"),
    line("run $W.$W2", &["run \"$W.$W2\""]).note("a path is written in quotes"),
    line("source $*f", &["run $*f~relume"]),
    line("python $*f", &["run $*f~relume"])
        .note("what is run is a file of this language, not of Python"),
    line("% history", &["history"]).says("the language has no magic commands"),
    line("% who", &["vars"]).says("the language has no magic commands"),
    line("% whos", &["vars"]).says("the language has no magic commands"),
    line("% ls $*r", &["vars"]).says("the language has no magic commands").note(NAMES),
    start("% $W $*r", &[])
        .says("the language has no magic commands")
        .note("`help` lists the commands"),
    // Shells and databases.
    line("ls $*r", &["vars"]).note(NAMES),
    line("dir", &["vars"]).note(NAMES),
    line("!ls $*r", &["vars"]).says("no shell is called from here").note(NAMES),
    line("who", &["vars"]),
    line("whos", &["vars"]),
    line("env", &["vars"]),
    line("locals()", &["vars"]),
    line("globals()", &["vars"]),
    line(".tables", &["vars"]).says("commands have no point before them"),
    line("show tables", &["vars"]),
    line("SHOW TABLES", &["vars"]),
    line("!pip $*r", &[]).says("no shell is called from here").note(NOTHING),
    line("!$V", &["not $V"]).says("`!` is written `not`"),
    start("!$*r", &[]).says("no shell is called from here").note(NO_SHELL),
    line("pwd", &[]).says(FOLDER).note(PATHS),
    line("pwd()", &[]).says(FOLDER).note(PATHS),
    start("cd $*r", &[]).says(FOLDER).note(PATHS),
    start("chdir $*r", &[]).says(FOLDER).note(PATHS),
    line("clear", &[]).says(NO_CLEAR).note(CLEAR),
    line("clear()", &[]).says(NO_CLEAR).note(CLEAR),
    line("cls", &[]).says(NO_CLEAR).note(CLEAR),
    line("cat $W.$W2", &[]).says("no file is shown from here").note(PATHS),
    start("mkdir $*r", &[]).says("no folder is made from here").note("the shell makes folders"),
    start("pip $*r", &[]).note(NOTHING),
    start("conda $*r", &[]).note(NOTHING),
    line("del $W", &["delete $W"]),
    line("rm $W:defined", &["delete $W"]),
    line("unset $W", &["delete $W"]),
    line("set $N", &["set seed=$N"]).says("set takes its values by name"),
    start("set $W $N", &["set $W=$N"]),
    line("set $W = $N threads", &["set $W=$N"]),
    line("seed($N)", &["set seed=$N"]),
    line("echo $*r", &["print $*r"]),
    // Words of the commands.
    line("load $S", &["net = load($S)"]).note("a loaded network is a value: it gets a name"),
    line("load $W1.$W2", &["net = load(\"$W1.$W2\")"])
        .note("a loaded network is a value: it gets a name"),
    line("save $W to $W1.$W2", &["save $W to \"$W1.$W2\""]).note("a path is written in quotes"),
    line("save $W $W1.$W2", &["save $W to \"$W1.$W2\""]).note("a path is written in quotes"),
    line("save $W as $*f", &["save $W to $*f~quote"]),
    line("train $W on $d for $N epochs", &["train $W on $d epochs=$N"]),
    line("train $W on $d for $N epoch", &["train $W on $d epochs=$N"]),
    line("train $W on $d $N epochs", &["train $W on $d epochs=$N"]),
    line("train $W with $d epochs $N", &["train $W on $d epochs=$N"]),
    line("train $W with $d", &["train $W on $d"]),
    line("train $W, $d", &["train $W on $d"]).says("a command's words stand without commas"),
    inside("epochs:$N", &["epochs=$N"]).says("an option is given its value by `=`"),
    start("train $*a --$W $N$*b", &["train $*a $W=$N$*b"])
        .says("an option is given its value by `=`, without dashes"),
    line("train $W for $N epochs", &["train $W on ${data} epochs=$N"]),
    line("fit $*r", &["train $*r"]),
    line("learn $*r", &["train $*r"]),
    line("print $*a, $*b", &["print $*a $*b"]),
    line("evaluate($n)", &["evaluate $n on ${data}"]),
    line("test $W on $*d", &["evaluate $W on $*d"]),
    line("plot $W:figure", &["plot ${net}.history.$W"]),
    line("plot $W.$W2:figure", &["plot $W.history.$W2"]),
    line("plot history", &["plot ${net}.history"]),
    inside("epoch=$x", &["epochs=$x"]),
    inside("n_epochs=$x", &["epochs=$x"]),
    inside("num_epochs=$x", &["epochs=$x"]),
    inside("batch_size=$x", &["batch=$x"]).when("no argument"),
    inside("bs=$x", &["batch=$x"]),
    inside("learning_rate=$x", &["lr=$x"]).when("no argument"),
    inside("weight_decay=$N momentum=$N2", &[])
        .note("these are options of the optimizer: optimizer=sgd(momentum=0.9)"),
    // Several values without a list.
    start("compare $*a=$N:commas$*b", &["compare $*a=[$N~list] $*b"]).says(SEVERAL),
    start("search $*a=$N:commas$*b", &["search $*a=[$N~list] $*b"]).says(SEVERAL),
    start("train $*a=$N:several$*b", &["compare $*a=[$N~list] $*b"])
        .says("a training has one value of each; compare tries several"),
    start("compare $*a=[$*c], $V$*b", &["compare $*a=[$*c, $V] $*b"]).when("commas").says(SEVERAL),
    start("search $*a=[$*c], $V$*b", &["search $*a=[$*c, $V] $*b"]).when("commas").says(SEVERAL),
    start("compare $*a=$V1, $V2$*b", &["compare $*a=[$V1, $V2] $*b"]).when("commas").says(SEVERAL),
    start("search $*a=$V1, $V2$*b", &["search $*a=[$V1, $V2] $*b"]).when("commas").says(SEVERAL),
    // Data.
    part("mnist($*a)", &["digits()"]).note("MNIST itself is read from its files: idx(\"folder\")"),
    part("MNIST($*a)", &["digits()"]).note("MNIST itself is read from its files: idx(\"folder\")"),
    part("cifar10()", &["cifar(\"cifar-10-batches-bin\")"])
        .note("its files are read from a folder"),
    part("load_digits($*a)", &["digits()"]),
    part("load_iris($*a)", &["iris()"]),
    part("make_moons($*a)", &["moons()"]),
    part("pd.read_csv($*a)", &["csv($*a)"]).note("target=\"column\" says what is to be predicted"),
    part("pandas.read_csv($*a)", &["csv($*a)"])
        .note("target=\"column\" says what is to be predicted"),
    part("read_csv($*a)", &["csv($*a)"]).note("target=\"column\" says what is to be predicted"),
    part("csv($W:undefined.$W2$+r)", &["csv(\"$W.$W2\"$+r)"]).note("a path is written in quotes"),
    part("csv($S, $W:undefined$+r)", &["csv($S, target=\"$W\"$+r)"])
        .note("a column's name is written in quotes"),
    part("DataLoader($x$+r)", &["$x"]).note("train makes the batches: train net on data batch=32"),
];
