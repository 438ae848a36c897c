//! What names stand for: those of the session, and those of the functions that are running.

use crate::Value;
use crate::undo::{Entry, Kept, Step, Steps};
use std::collections::BTreeMap;

/// Names with their values.
#[derive(Debug, Default)]
struct Scope {
    values: BTreeMap<String, Value>,
    /// The paths of the parameters of networks that values were read from.
    paths: BTreeMap<String, String>,
}

/// The names of a session. While a function runs, its own names are found first, and new ones are its own.
#[derive(Debug, Default)]
pub(crate) struct Names {
    outer: Scope,
    /// A scope for each function that is running, the innermost last.
    calls: Vec<Scope>,
    /// What the session's names stood for before.
    steps: Steps,
}

impl Names {
    fn top(&mut self) -> &mut Scope {
        self.calls.last_mut().unwrap_or(&mut self.outer)
    }

    /// The scope that a name is found in: the running function's own, or the session's.
    fn scope(&self, name: &str) -> &Scope {
        let own = self.calls.last().filter(|scope| scope.values.contains_key(name));
        own.unwrap_or(&self.outer)
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.scope(name).values.get(name)
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Gives a name a value, in a function its own.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        if self.calls.is_empty() {
            self.keep(&name);
        }
        self.top().values.insert(name, value);
    }

    /// Keeps what a name of the session stands for, to be undone.
    fn keep(&mut self, name: &str) {
        if self.steps.wants(name) {
            let entry = self.outer.entry(name);
            self.steps.keep(name, entry);
        }
    }

    /// Changes what a name stands for, wherever it was defined. True if a function changed a name of the session.
    pub fn update(&mut self, name: impl Into<String>, value: Value) -> bool {
        let name = name.into();
        let is_own = self.calls.last().is_some_and(|scope| scope.values.contains_key(&name));
        let is_new = !is_own && !self.outer.values.contains_key(&name);
        let is_outer = !is_own && !is_new;
        if is_outer || self.calls.is_empty() {
            self.keep(&name);
        }
        let scope = if is_outer { &mut self.outer } else { self.top() };
        scope.values.insert(name, value);
        is_outer && !self.calls.is_empty()
    }

    /// Takes a name's value to change it; in a function, a copy of what an outer name stands for.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        if self.calls.is_empty() {
            self.keep(name);
        }
        let own = self.top().values.remove(name);
        own.or_else(|| self.outer.values.get(name).cloned())
    }

    /// A value that is the running function's own, or the session's where no function runs, to be changed in its place.
    pub fn own_mut(&mut self, name: &str) -> Option<&mut Value> {
        if self.calls.is_empty() {
            self.keep(name);
        }
        self.top().values.get_mut(name)
    }

    /// Forgets a name.
    pub fn remove(&mut self, name: &str) {
        let is_own = self.calls.last().is_some_and(|scope| scope.values.contains_key(name));
        if !is_own {
            self.keep(name);
        }
        let scope = if is_own { self.top() } else { &mut self.outer };
        scope.values.remove(name);
        scope.paths.remove(name);
    }

    /// Gives what a name of the session stands for another name.
    pub fn rename(&mut self, old: &str, new: &str) {
        let path = self.outer.paths.get(old).cloned();
        if let Some(value) = self.take(old) {
            self.remove(old);
            self.set_path(new, path);
            self.insert(new, value);
        }
    }

    /// The path of the parameter that a name's value was read from.
    pub fn path(&self, name: &str) -> Option<&String> {
        self.scope(name).paths.get(name)
    }

    /// Remembers the path of the parameter that a name's value was read from, or that it was not read from one.
    pub fn set_path(&mut self, name: &str, path: Option<String>) {
        if self.calls.is_empty() {
            self.keep(name);
        }
        let paths = &mut self.top().paths;
        match path {
            Some(path) => paths.insert(name.to_string(), path),
            None => paths.remove(name),
        };
    }

    /// All names that can be seen from here, with their values; the running function's own first.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        let own = self.calls.last();
        let hides = move |name: &String| own.is_some_and(|scope| scope.values.contains_key(name));
        let outer = self.outer.values.iter().filter(move |(name, _)| !hides(name));
        own.into_iter().flat_map(|scope| &scope.values).chain(outer)
    }

    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.iter().map(|(name, _)| name)
    }

    /// Begins a function with the values of its parameters.
    pub fn enter(&mut self) {
        self.calls.push(Scope::default());
    }

    /// Ends what [`Names::enter`] began: the function's own names are forgotten.
    pub fn leave(&mut self) {
        self.calls.pop();
    }

    /// How many functions are running.
    pub fn depth(&self) -> usize {
        self.calls.len()
    }
}

impl Scope {
    fn entry(&self, name: &str) -> Option<Entry> {
        let value = self.values.get(name)?.clone();
        Some(Entry { value, path: self.paths.get(name).cloned() })
    }

    /// Puts back what names stood for; what they stand for now takes its place in the step.
    fn exchange(&mut self, step: &mut Step) {
        for (name, other) in &mut step.changes {
            let own = self.entry(name);
            self.values.remove(name);
            self.paths.remove(name);
            if let Some(Entry { value, path }) = std::mem::replace(other, own) {
                self.values.insert(name.clone(), value);
                if let Some(path) = path {
                    self.paths.insert(name.clone(), path);
                }
            }
        }
    }
}

impl Names {
    /// Keeps what the session's names stand for from here on, so that the changes can be undone.
    pub fn open_step(&mut self) {
        self.steps.open();
    }

    /// Whether changes are being kept.
    pub fn is_step_open(&self) -> bool {
        self.steps.is_open()
    }

    /// Takes back what has changed since the step of a statement began, where one is open.
    pub fn take_back(&mut self) {
        if let Some(mut step) = self.steps.take_open() {
            self.outer.exchange(&mut step);
            self.steps.open();
        }
    }

    /// Ends the step of a statement. Returns a remark, once, if memory bounds the steps.
    pub fn close_step(&mut self, statement: Kept) -> Option<String> {
        self.steps.close(statement, &self.outer.values)
    }

    /// From now on no record says exactly what the kept steps did.
    pub fn lose_track(&mut self) {
        self.steps.lose_track();
    }

    /// Undoes the statements of the last line that changed something, and returns them in their order; none if there
    /// are none.
    pub fn undo(&mut self) -> Vec<Kept> {
        let mut undone: Vec<Kept> = Vec::new();
        while let Some(mut step) = self.steps.take_done(undone.last().map(|kept| kept.line)) {
            self.outer.exchange(&mut step);
            undone.push(step.statement.clone());
            self.steps.keep_undone(step);
        }
        undone.reverse();
        undone
    }

    /// Does the statements of the line again that was undone last, and returns them; none if there are none.
    pub fn redo(&mut self) -> Vec<Kept> {
        let mut done: Vec<Kept> = Vec::new();
        while let Some(mut step) = self.steps.take_undone(done.last().map(|kept| kept.line)) {
            self.outer.exchange(&mut step);
            done.push(step.statement.clone());
            self.steps.keep_done(step);
        }
        done
    }
}
