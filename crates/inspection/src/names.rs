//! What networks, data and plans are called in statements of the command language.

use crate::{Change, Cure};
use relume_datasets::{Dataset, Last, Sampler};
use relume_layers::NetworkSpec;
use relume_training::{Keep, Plan};

/// The names by which a person knows the network and the data; cures are statements about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The network's name.
    pub network: Option<String>,
    /// The data set's name, or the expression that it is.
    pub data: Option<String>,
    /// Further words of `train` that cures keep, such as `checkpoint="net.rlm"`.
    pub words: Vec<String>,
    /// The expression that the data set's name was defined by, with scaled targets, if its source can scale them and
    /// does not.
    pub scaled: Option<String>,
}

/// The longest period of stages that is written once with the number of times.
const LONGEST_PERIOD: usize = 12;

/// A number in one digit: `3e-7`, or `0`.
pub(crate) fn one_digit(x: f64) -> String {
    if x == 0.0 { "0".to_string() } else { format!("{x:.0e}") }
}

/// A network as text, with repeated stages written once: `(dense(64) -> relu) * 12 -> dense(10)`.
pub fn notation(spec: &NetworkSpec) -> String {
    let stages: Vec<String> = spec.layers.iter().map(ToString::to_string).collect();
    let mut parts = Vec::new();
    if let Some(input) = &spec.input {
        let sizes: Vec<String> = input.iter().map(usize::to_string).collect();
        parts.push(format!("input({})", sizes.join(", ")));
    }
    let mut at = 0;
    while at < stages.len() {
        let (period, times) = longest_repeat(&stages[at..]);
        match times {
            1 => parts.push(stages[at].clone()),
            _ => parts.push(format!("({}) * {times}", stages[at..at + period].join(" -> "))),
        }
        at += period * times;
    }
    parts.join(" -> ")
}

/// The period that repeats over the most stages from the first on, and how often.
fn longest_repeat(stages: &[String]) -> (usize, usize) {
    let times = |period: usize| {
        let same = |n: &usize| stages.get(n * period..(n + 1) * period) == stages.get(..period);
        (1..).take_while(same).count() + 1
    };
    (1..=LONGEST_PERIOD.min(stages.len()))
        .map(|period| (period, times(period)))
        .filter(|&(period, times)| times > 2 || times == 2 && period > 1)
        .max_by_key(|&(period, times)| (period * times, usize::MAX - period))
        .unwrap_or((1, 1))
}

/// The words of `train` that differ from its defaults.
pub fn train_words(plan: &Plan, data: &Dataset) -> String {
    let usual = Plan::for_data(data, plan.epochs);
    let mut words = vec![format!("epochs={}", plan.epochs)];
    if plan.batch != usual.batch {
        words.push(format!("batch={}", plan.batch));
    }
    words.push(format!("optimizer={}", plan.optimizer));
    if plan.loss != usual.loss {
        words.push(format!("loss={}", plan.loss));
    }
    if plan.schedule != usual.schedule {
        words.push(format!("schedule={}", plan.schedule));
    }
    words.extend(plan.clip.map(|clip| format!("clip={clip}")));
    words.extend(plan.clip_value.map(|clip| format!("clip_value={clip}")));
    words.extend(chosen_words(plan));
    if !plan.metrics.is_empty() {
        let all: Vec<String> = plan.metrics.iter().map(ToString::to_string).collect();
        words.push(format!("metrics=[{}]", all.join(", ")));
    }
    if plan.accumulate > 1 {
        words.push(format!("accumulate={}", plan.accumulate));
    }
    match plan.last {
        Last::Keep => {}
        Last::Drop => words.push("last=\"drop\"".to_string()),
        Last::Join => words.push("last=\"join\"".to_string()),
    }
    if plan.sampler == Sampler::Balanced {
        words.push("sampler=\"balanced\"".to_string());
    }
    words.join(" ")
}

/// The words of `train` that say what is chosen by the figures of the epochs.
fn chosen_words(plan: &Plan) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(stop) = plan.early_stop {
        words.push(format!("early_stop={}", stop.patience));
        if stop.min_delta != 0.0 {
            words.push(format!("min_delta={}", stop.min_delta));
        }
    }
    match (plan.early_stop, plan.keep) {
        // With early_stop the best weights are kept unless it is said otherwise.
        (Some(_), Keep::Best) | (None, Keep::Last) => {}
        (None, Keep::Best) => words.push("keep=\"best\"".to_string()),
        (Some(_), Keep::Last) => words.push("keep=\"last\"".to_string()),
    }
    let monitor = plan.monitor.as_ref().filter(|_| plan.chooses());
    words.extend(monitor.map(|figure| format!("monitor={figure:?}")));
    words
}

impl Names {
    /// A cure with the statement that makes a change.
    pub fn cure(&self, text: impl Into<String>, change: Change, data: &Dataset) -> Cure {
        let statement = self.statement(&change, data);
        Cure { text: text.into(), statement, tried: None, change: Some(change) }
    }

    fn statement(&self, change: &Change, data: &Dataset) -> Option<String> {
        let (network, on) = (self.network.as_ref()?, self.data.as_ref()?);
        let mut statements = Vec::new();
        match &change.network {
            Some(spec) => statements.push(format!("{network} = {}", notation(spec))),
            None if change.reset => statements.push(format!("reset {network}")),
            None => {}
        }
        if let Some(plan) = &change.plan {
            let words = std::iter::once(train_words(plan, data)).chain(self.words.iter().cloned());
            let words: Vec<String> = words.collect();
            statements.push(format!("train {network} on {on} {}", words.join(" ")));
        }
        (!statements.is_empty()).then(|| statements.join("; "))
    }
}
