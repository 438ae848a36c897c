//! An entry: the description of a layer, loss, command, ...

use crate::{Argument, Default, Type};

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A command such as `train`.
    Command,
    /// A stage of a network such as `dense`.
    Layer,
    /// An activation function; also a stage of a network.
    Activation,
    /// A loss function.
    Loss,
    /// An optimizer.
    Optimizer,
    /// Options for some of the parameters.
    Group,
    /// A measure of predictions.
    Metric,
    /// A learning-rate schedule.
    Schedule,
    /// An initialiser of parameters.
    Initializer,
    /// A source of data.
    Data,
    /// A random change of samples in training.
    Augmentation,
    /// A function of tensors at the prompt.
    Function,
    /// Something that networks and data are looked at for.
    Rule,
    /// What a value that is searched for is drawn from.
    Distribution,
}

impl Kind {
    /// All kinds, in the order in which the reference lists them.
    pub const ALL: [Kind; 14] = [
        Kind::Command,
        Kind::Layer,
        Kind::Activation,
        Kind::Loss,
        Kind::Metric,
        Kind::Optimizer,
        Kind::Group,
        Kind::Schedule,
        Kind::Initializer,
        Kind::Data,
        Kind::Augmentation,
        Kind::Function,
        Kind::Rule,
        Kind::Distribution,
    ];

    /// The kind as a noun, `an optimizer` without its article.
    pub const fn noun(self) -> &'static str {
        match self {
            Kind::Command => "command",
            Kind::Layer => "layer",
            Kind::Activation => "activation",
            Kind::Loss => "loss",
            Kind::Metric => "metric",
            Kind::Optimizer => "optimizer",
            Kind::Group => "parameter group",
            Kind::Schedule => "schedule",
            Kind::Initializer => "initializer",
            Kind::Data => "data set",
            Kind::Augmentation => "augmentation",
            Kind::Function => "function",
            Kind::Rule => "rule",
            Kind::Distribution => "distribution",
        }
    }

    /// The heading of the kind's section in the reference.
    pub const fn heading(self) -> &'static str {
        match self {
            Kind::Command => "Commands",
            Kind::Layer => "Layers",
            Kind::Activation => "Activations",
            Kind::Loss => "Losses",
            Kind::Metric => "Metrics",
            Kind::Optimizer => "Optimizers",
            Kind::Group => "Parameter groups",
            Kind::Schedule => "Schedules",
            Kind::Initializer => "Initializers",
            Kind::Data => "Data",
            Kind::Augmentation => "Augmentations",
            Kind::Function => "Functions",
            Kind::Rule => "Rules",
            Kind::Distribution => "Distributions",
        }
    }
}

/// The description of one thing, read by checks, completion, help, reference and errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Its kind.
    pub kind: Kind,
    /// The name under which it is called.
    pub name: &'static str,
    /// Other names with the same meaning.
    pub aliases: &'static [&'static str],
    /// One line of help without a full stop; [`sentence`](crate::sentence) prints it.
    pub summary: &'static str,
    /// Further paragraphs in Markdown: formula, ranges, the paper it comes from; may be empty.
    pub details: &'static str,
    /// The arguments, in positional order.
    pub arguments: &'static [Argument],
    /// How many of them may be given by place; the others are given by name. It may exceed the number of arguments.
    pub positional: usize,
    /// Lines of the command language as an example; they run as a test.
    pub example: &'static str,
}

impl Entry {
    /// Whether `name` is this entry's name or one of its aliases.
    pub fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The line of the example that shows it: those before define what it uses.
    pub fn example_line(&self) -> &'static str {
        self.example.lines().next_back().unwrap_or_default()
    }

    /// Whether what is given by place is what it is applied to, so that options go by name: `relu(x)`. One that is made
    /// of a text takes that by place instead: `formula("x ^ 2")`.
    pub fn is_applied(&self) -> bool {
        let is_made_of_text = self.arguments.first().is_some_and(|first| {
            first.default == Default::Required && matches!(first.ty, Type::Text)
        });
        matches!(self.kind, Kind::Activation | Kind::Loss | Kind::Metric) && !is_made_of_text
    }

    /// The argument called `name`.
    pub fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }
}
