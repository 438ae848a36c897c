//! `set`.

use super::{Command, Given};
use crate::json::exact;
use crate::lines::beside;
use crate::sessions::{Color, Digits, KeptRuns, ProgressMode, Settings, memory_text, parse_memory};
use crate::{Failure, Session};
use relume_catalog::{Described, Spec, Value as Json, sentence, value_text};
use relume_tensor::{memory_limit, set_memory_limit, threads};

/// Changes settings; alone, shows all of them with what they mean.
///
/// When the prompt opens, it reads `set` statements from ~/.config/relume/config.relume (or from relume/config.relume
/// in $XDG_CONFIG_HOME). Files and pipes do not read it, so that they do the same for everyone: --config FILE asks for
/// it. Results do not depend on the number of threads.
///
/// ```relume
/// set seed=42 threads=2
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command, positional = 0)]
pub struct Set {
    /// Seed of random numbers, and of networks that are defined from now on.
    pub seed: Option<u64>,
    /// Threads to work with.
    #[spec(range = 1..=1024)]
    pub threads: Option<usize>,
    /// The most memory that the program takes, such as "8GB"; "all" for what the system allows.
    pub memory: Option<String>,
    /// Significant digits of the numbers that are shown: "all" for as many as tell a number from its neighbours.
    pub digits: Option<Digits>,
    /// Numbers along an axis that are shown; of longer axes the two ends are.
    #[spec(range = 2..)]
    pub items: Option<usize>,
    /// The progress of a training: "auto" redraws a line at a terminal and prints one for each epoch elsewhere.
    pub progress: Option<ProgressMode>,
    /// Colour of errors and warnings: "auto" is at a terminal, unless NO_COLOR is set.
    pub color: Option<Color>,
    /// Whether files and pipes go on after an error.
    pub keep_going: Option<bool>,
    /// Whether each result is an object of JSON in a line.
    pub json: Option<bool>,
    /// The folder in which every `train` leaves a folder of its own, such as "runs"; "off" for none.
    pub runs: Option<String>,
    /// The folder in which every `train` leaves events for TensorBoard, such as "tb"; "off" for none.
    pub tensorboard: Option<String>,
    /// Whether the prompt greets.
    pub greeting: Option<bool>,
}

impl Command for Set {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let set: Set = given.checked(session)?;
        match given.words.is_empty() {
            true => set_shown(session),
            false => set.apply(session, given)?,
        }
        Ok(())
    }
}

impl Set {
    /// All settings as they are.
    fn current(session: &Session) -> Self {
        let Settings { seed, greeting, style } = session.settings;
        Set {
            seed: Some(seed),
            threads: Some(threads::threads()),
            memory: Some(memory_text(memory_limit())),
            digits: Some(style.digits),
            items: Some(style.items),
            progress: Some(session.output.progress),
            color: Some(session.output.color),
            keep_going: Some(session.keep_going),
            json: Some(session.output.json.is_some()),
            runs: Some(KeptRuns::shown(session.kept_runs.runs.as_deref())),
            tensorboard: Some(KeptRuns::shown(session.kept_runs.tensorboard.as_deref())),
            greeting: Some(greeting),
        }
    }

    /// Takes over what is given.
    fn apply(self, session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        // Those that can fail go first: either all are changed, or none.
        let memory = self.memory.as_deref().map(parse_memory).transpose();
        let memory = memory.map_err(|problem| {
            Failure::at(given.expr("memory").map_or(given.span, |expr| expr.span), problem)
        })?;
        let mut kept = session.kept_runs.clone();
        let folders = [
            ("runs", &self.runs, &mut kept.runs),
            ("tensorboard", &self.tensorboard, &mut kept.tensorboard),
        ];
        for (name, given_folder, own) in folders {
            let Some(folder) = given_folder else { continue };
            *own = KeptRuns::folder(folder).map_err(|problem| {
                Failure::at(given.expr(name).map_or(given.span, |expr| expr.span), problem)
            })?;
        }
        if let Some(count) = self.threads {
            threads::set_threads(count).map_err(|error| {
                Failure::at(given.span, format!("no {count} threads can be started: {error}"))
            })?;
        }
        if let Some(limit) = memory {
            set_memory_limit(limit);
        }
        session.kept_runs = kept;
        if self.seed.is_some() {
            session.generator = None;
        }
        let Settings { seed, greeting, style } = &mut session.settings;
        replace(seed, self.seed);
        replace(greeting, self.greeting);
        replace(&mut style.digits, self.digits);
        replace(&mut style.items, self.items);
        replace(&mut session.output.progress, self.progress);
        replace(&mut session.output.color, self.color);
        replace(&mut session.keep_going, self.keep_going);
        if let Some(json) = self.json {
            session.output.json = json.then(|| session.output.json.unwrap_or_default());
        }
        Ok(())
    }
}

fn replace<T>(setting: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *setting = value;
    }
}

/// Every setting, its value and its explanation.
fn set_shown(session: &mut Session) {
    let current = Set::current(session);
    let values = current.arguments();
    let row = |name: &str, value: &str| format!("{name:<12}{value:<8}");
    let rows = Set::ENTRY.arguments.iter().map(|argument| {
        let value = values.get(argument.name).unwrap_or(&Json::Null);
        (row(argument.name, &value_text(value)), sentence(argument.help))
    });
    let rows: Vec<(String, String)> = rows.collect();
    let rows: Vec<(&str, String)> =
        rows.iter().map(|(own, help)| (&own[..], help.clone())).collect();
    let text = row("setting", "value").trim_end().to_string() + "\n" + &beside(0, &rows);
    session.output.result(&text, || {
        let mut object = serde_json::json!({ "type": "settings" });
        if let (Json::Object(object), Json::Object(settings)) = (&mut object, exact(&current)) {
            object.extend(settings);
        }
        object
    });
}
