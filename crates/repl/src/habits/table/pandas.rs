//! Habits of pandas, scikit-learn, matplotlib and SQL.

use crate::habits::rule::{Rule, line, part, start};

const NO_QUERIES: &str = "data are not queried: a data set alone shows what it is, d.train.inputs[..5] its first \
    samples";
const STANDARDISED: &str =
    "a table is standardised when it is read, its test part by the figures of the train part";
const MISSING: &str = "missing cells are decided on where the table is read: csv(\"file.csv\", target=\"y\", \
                       missing=\"median\")";
const SPLIT: &str =
    "a data set has its train and its test part already: csv(\"file.csv\", target=\"y\", test=0.2)";
const PLOTS: &str = "plot draws at once: plot net.history.loss, or to a file: plot net.history.loss to \"loss.svg\"";
const TEMPLATE: &str = "an f-string fills values in: f\"loss {x:.3f}\"";

pub(super) const RULES: &[Rule] = &[
    // Tables.
    line("$V:data.head($*a)", &["$V.train.inputs[..5]"]),
    line("$V:data.tail($*a)", &["$V.train.inputs[-5..]"]),
    line("$V:data.sample($*a)", &["$V.train.inputs[..5]"]),
    line("$V:data.info()", &["$V"]),
    line("$V:data.describe()", &["$V"]),
    line("$V:data.columns", &["$V.features"]),
    line("$V:data.shape", &["$V.train.inputs.shape"]),
    part("$V.value_counts($*a)", &[]).note(NO_QUERIES),
    part("$V.groupby($*a)", &[]).note(NO_QUERIES),
    part("$V.drop($*a)", &[])
        .note("columns are left out where the table is read: csv(\"file.csv\", target=\"y\", ignore=[\"name\"])"),
    part("$V.dropna($*a)", &[]).note(MISSING),
    part("$V.fillna($*a)", &[]).note(MISSING),
    part("train_test_split($*a)", &[]).note(SPLIT),
    part("StandardScaler($*a)", &[]).note(STANDARDISED),
    part("MinMaxScaler($*a)", &[]).note(STANDARDISED),
    part("LogisticRegression($*a)", &["dense(10)"])
        .note("logistic regression is one dense layer, trained with cross_entropy"),
    part("LinearRegression($*a)", &["dense(1)"])
        .note("linear regression is one dense layer, trained with mse"),
    part("MLPClassifier($*a)", &["dense(100) -> relu -> dense(10)"]),
    part("OneHotEncoder($*a)", &[])
        .note("words become inputs where the table is read: csv(\"file.csv\", target=\"y\", one_hot=[\"port\"])"),
    part("LabelEncoder($*a)", &[]).note("words in the target column are classes already"),
    part("to_categorical($x, $n)", &["one_hot($x, $n)"]),
    // SQL.
    start("SELECT $*r", &[]).says("the language has no queries").note(NO_QUERIES),
    start("select $*r", &[]).says("the language has no queries").note(NO_QUERIES),
    start("COPY $*r", &[]).says("the language has no queries").note(NO_QUERIES),
    line(".schema $W", &["$W"]).says("commands have no point before them"),
    line(".read $*f", &["run $*f~relume"]).says("commands have no point before them"),
    line("describe $W", &["$W"]).note("a value alone shows what it is"),
    line("DESCRIBE $W", &["$W"]).note("a value alone shows what it is"),
    // Plots.
    line("plt.plot($x$+r)", &["plot $x"]).note(PLOTS),
    part("plt.$W($*a)", &[]).note(PLOTS),
    part("keras.utils.plot_model($V)", &["summary $V~net"]),
    // Formats.
    part("$S % $V", &[]).note(TEMPLATE),
    part("$S.format($*a)", &[]).note(TEMPLATE),
];
