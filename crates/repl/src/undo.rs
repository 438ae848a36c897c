//! What names stood for before the last statements, for `undo` and `redo`.

use crate::Value;
use relume_datasets::Dataset;
use relume_tensor::Tensor;
use relume_training::Model;
use std::collections::{BTreeMap, HashSet, VecDeque};

/// Statements that can be undone.
const MOST_STEPS: usize = 20;

/// What a name stood for; its value shares all numbers with others of the same origin.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub value: Value,
    /// The path of the parameter that the value was read from.
    pub path: Option<String>,
}

/// Names with what they stood for before a change; none for those that were new.
type Changes = BTreeMap<String, Option<Entry>>;

/// A statement whose changes can be taken back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    /// Its text.
    pub text: String,
    /// The line that it belongs to: those of one line are undone together.
    pub line: usize,
    /// How many records of the session say what it did.
    pub records: usize,
    /// Of a `restore` that gave values to new names alone: these names. Its records are those of the session that it
    /// brought back.
    pub restored: Option<Vec<String>>,
}

/// What a statement changed.
#[derive(Debug)]
pub(crate) struct Step {
    pub statement: Kept,
    pub changes: Changes,
}

/// The last steps, and those that were undone.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// The step that is being made, where changes are kept.
    open: Option<Changes>,
    done: VecDeque<Step>,
    undone: Vec<Step>,
    /// Whether it was told that memory bounds the steps.
    is_told: bool,
}

impl Steps {
    /// Begins to keep changes.
    pub fn open(&mut self) {
        self.open.get_or_insert_default();
    }

    /// What has changed in the step that is open, which ends without being kept.
    pub fn take_open(&mut self) -> Option<Step> {
        let changes = self.open.take()?;
        Some(Step { statement: Kept::default(), changes })
    }

    /// Whether changes are being kept.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether the first change of a name in this step is still to be kept. `_` changes with every value that is shown.
    pub fn wants(&self, name: &str) -> bool {
        self.open.as_ref().is_some_and(|changes| name != "_" && !changes.contains_key(name))
    }

    /// Keeps what a name stood for before its first change.
    pub fn keep(&mut self, name: &str, before: Option<Entry>) {
        if let Some(changes) = &mut self.open {
            changes.insert(name.to_string(), before);
        }
    }

    /// Ends the step of a statement. Names that stand for the same as before are no change of it.
    ///
    /// Returns a remark, once, if memory bounds the steps.
    pub fn close(&mut self, statement: Kept, now: &BTreeMap<String, Value>) -> Option<String> {
        let mut changes = self.open.take()?;
        changes.retain(|name, before| match (before, now.get(name)) {
            (Some(before), Some(now)) => !is_same(&before.value, now),
            (before, now) => before.is_some() || now.is_some(),
        });
        if changes.is_empty() {
            return None;
        }
        let statement = Kept {
            restored: statement
                .restored
                .filter(|_| changes.values().all(Option::is_none))
                .map(|_| changes.keys().cloned().collect()),
            ..statement
        };
        self.undone.clear();
        self.done.push_back(Step { statement, changes });
        if self.done.len() > MOST_STEPS {
            self.done.pop_front();
        }
        self.bound(now, most_bytes())
    }

    /// Forgets the oldest steps while all of them together hold more bytes than `most` beside what the names stand for.
    fn bound(&mut self, now: &BTreeMap<String, Value>, most: usize) -> Option<String> {
        let mut held = Held::default();
        now.values().for_each(|value| held.add(value));
        let own = held.bytes;
        let mut kept = 0;
        for step in self.done.iter().rev() {
            step.changes.values().flatten().for_each(|entry| held.add(&entry.value));
            if held.bytes - own > most {
                break;
            }
            kept += 1;
        }
        let forgotten = self.done.len() - kept;
        self.done.drain(..forgotten);
        if forgotten == 0 || self.is_told {
            return None;
        }
        self.is_told = true;
        Some(format!(
            "`undo` keeps what takes a quarter of the memory at most: {kept} of the last steps can be undone"
        ))
    }

    /// The step that is undone next, if it belongs to this line.
    pub fn take_done(&mut self, line: Option<usize>) -> Option<Step> {
        let last = self.done.back()?;
        line.is_none_or(|line| last.statement.line == line).then(|| self.done.pop_back())?
    }

    /// The step that is done again next, if it belongs to this line.
    pub fn take_undone(&mut self, line: Option<usize>) -> Option<Step> {
        let last = self.undone.last()?;
        line.is_none_or(|line| last.statement.line == line).then(|| self.undone.pop())?
    }

    /// From now on no record says exactly what the steps did: others stand between them and what comes next.
    pub fn lose_track(&mut self) {
        let steps = self.done.iter_mut().chain(&mut self.undone);
        steps.for_each(|step| step.statement.records = 0);
    }

    /// Keeps a step that was undone, its changes those that do it again.
    pub fn keep_undone(&mut self, step: Step) {
        self.undone.push(step);
    }

    /// Keeps a step that was done again.
    pub fn keep_done(&mut self, step: Step) {
        self.done.push_back(step);
    }
}

/// Whether a value was not changed: all of its numbers are the same, bit by bit, or shared.
pub(crate) fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.to_bits() == b.to_bits(),
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Boolean(a), Value::Boolean(b)) => a == b,
        (Value::Range(a, b), Value::Range(c, d)) => (a, b) == (c, d),
        (Value::Tensor(a), Value::Tensor(b)) | (Value::Mask(a), Value::Mask(b)) => is_shared(a, b),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Record(a), Value::Record(b)) => {
            let is_same_field = |((a, own), (b, other)): ((&str, &Value), (&str, &Value))| {
                a == b && is_same(own, other)
            };
            a.len() == b.len() && a.iter().zip(b.iter()).all(is_same_field)
        }
        (Value::Spec(a), Value::Spec(b)) => a == b,
        (Value::Network(a), Value::Network(b)) => is_same_model(a, b),
        _ => false,
    }
}

fn is_shared(a: &Tensor, b: &Tensor) -> bool {
    a.shape() == b.shape() && a.shares_with(b)
}

fn is_same_model(a: &Model, b: &Model) -> bool {
    let (own, other) = (a.state(), b.state());
    a.spec() == b.spec()
        && a.run() == b.run()
        && own.len() == other.len()
        && own
            .iter()
            .zip(other.iter())
            .all(|(a, b)| a.name == b.name && a.frozen == b.frozen && is_shared(&a.value, &b.value))
}

/// Bytes that values hold, shared ones counted once.
#[derive(Default)]
struct Held {
    seen: HashSet<usize>,
    bytes: usize,
}

impl Held {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Tensor(tensor) | Value::Mask(tensor) | Value::Sample(tensor, _) => {
                self.add_tensor(tensor);
            }
            Value::List(items) => {
                self.bytes += size_of_val(items.as_slice());
                items.iter().for_each(|item| self.add(item));
            }
            Value::Record(record) => record.iter().for_each(|(_, value)| self.add(value)),
            Value::Text(text) => self.bytes += text.len(),
            Value::Network(model) | Value::Layer(model, _) => self.add_model(model),
            Value::Data(data) => self.add_data(data),
            Value::Part(part) => self.add_data(part.data()),
            _ => {}
        }
    }

    fn add_model(&mut self, model: &Model) {
        model.state().iter().for_each(|parameter| self.add_tensor(&parameter.value));
        if let Some(optimizer) = model.optimizer() {
            let state = optimizer.state();
            state.slots.iter().flat_map(|(_, slots)| slots).for_each(|slot| self.add_tensor(slot));
        }
    }

    fn add_data(&mut self, data: &Dataset) {
        data.buffers(&mut |place, bytes| {
            if self.seen.insert(place) {
                self.bytes += bytes;
            }
        });
    }

    fn add_tensor(&mut self, tensor: &Tensor) {
        let place = match tensor.halves() {
            Some(halves) => halves.bits().as_ptr().addr(),
            None => tensor.data().as_ptr().addr(),
        };
        if self.seen.insert(place) {
            self.bytes += tensor.bytes();
        }
    }
}

/// A quarter of the machine's memory; of 4 GiB where the system does not tell how much there is.
fn most_bytes() -> usize {
    const UNKNOWN: usize = 4 << 30;
    let total = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.split_whitespace().next()?.parse::<usize>().ok()?.checked_mul(1024)
    });
    total.unwrap_or(UNKNOWN) / 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_datasets::{Split, Targets};

    fn entry(value: Value) -> Option<Entry> {
        Some(Entry { value, path: None })
    }

    fn named(text: &str) -> Kept {
        Kept { text: text.to_string(), ..Kept::default() }
    }

    fn tensor(numbers: usize) -> Value {
        Value::Tensor(Tensor::zeros(numbers))
    }

    /// Steps that changed `x` from a tensor of its own to another one.
    fn journal(count: usize, before: impl Fn() -> Value) -> (Steps, BTreeMap<String, Value>) {
        let mut steps = Steps::default();
        let now = BTreeMap::from([("x".to_string(), tensor(10))]);
        for step in 0..count {
            steps.open();
            steps.keep("x", entry(before()));
            steps.close(named(&format!("step {step}")), &now);
        }
        (steps, now)
    }

    #[test]
    fn twenty_steps_are_kept_the_last_ones() {
        let (mut steps, _) = journal(25, || tensor(10));
        let texts: Vec<String> =
            std::iter::from_fn(|| steps.take_done(None)).map(|step| step.statement.text).collect();
        assert_eq!(texts.len(), 20);
        assert_eq!((texts[0].as_str(), texts[19].as_str()), ("step 24", "step 5"));
    }

    #[test]
    fn the_oldest_steps_go_where_memory_is_short_which_is_told_once() {
        let (mut steps, now) = journal(6, || tensor(100));
        // 400 bytes for each step, and none for what the names stand for.
        let told = steps.bound(&now, 1200).expect("it is told");
        assert!(told.contains("3 of the last steps"), "{told}");
        assert_eq!(steps.bound(&now, 800), None);
        assert_eq!(steps.done.len(), 2);
        assert_eq!(steps.done[0].statement.text, "step 4");
        let shared = tensor(1000);
        let (mut steps, now) = journal(6, || shared.clone());
        assert_eq!(steps.bound(&now, 4000), None);
        assert_eq!(steps.done.len(), 6);
    }

    /// Data of so many numbers and two labels, which takes 4 bytes for each number and 8 for each label.
    fn data(numbers: usize) -> Dataset {
        let targets = Targets::Classes { names: vec!["a".into(), "b".into()], labels: vec![0, 1] };
        let split = Split { train: vec![0], validation: vec![], test: vec![1] };
        Dataset::new("d", Tensor::zeros([2, numbers / 2]), targets, split).expect("data")
    }

    #[test]
    fn data_sets_count_once_for_all_steps_that_share_them() {
        let (mut steps, now) = journal(6, || Value::Data(data(96)));
        // 400 bytes for each step.
        assert!(steps.bound(&now, 1200).is_some());
        assert_eq!(steps.done.len(), 3);
        let shared = data(96);
        let (mut steps, now) = journal(6, || Value::Data(shared.clone()));
        assert_eq!(steps.bound(&now, 400), None);
        assert_eq!(steps.done.len(), 6);
        assert!(steps.bound(&now, 399).is_some());
    }

    #[test]
    fn what_is_the_same_as_before_is_no_step() {
        let mut steps = Steps::default();
        let value = tensor(3);
        let now = BTreeMap::from([("x".to_string(), value.clone())]);
        steps.open();
        steps.keep("x", entry(value));
        steps.keep("new", None);
        assert_eq!(steps.close(named("x"), &now), None);
        assert!(steps.take_done(None).is_none());
    }
}
