//! `restore`.

use super::{Command, Given};
use crate::sessions::Lost;
use crate::{Failure, Session};
use relume_catalog::{Spec, count_text};
use serde_json::json;

/// Brings back the values of a session that a crash or a closed terminal has ended.
///
/// While the prompt is open, what its names stand for is kept on the disk after each line: networks with their weights,
/// optimizers and places in their runs, also while they are trained; tensors, numbers, functions; data sets as the
/// expression that reads them. When the prompt opens, it lists sessions that did not end by `quit` or Ctrl-D. The
/// folder is `relume/sessions` in `$XDG_STATE_HOME` or `~/.local/state`, or that of `RELUME_STATE`; with `RELUME_STATE`
/// empty, nothing is kept. Names that are defined already are replaced, which `undo` takes back.
///
/// ```relume
/// restore
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Restore {
    /// Which session of those that are listed, the newest first.
    #[spec(default = 1, positive)]
    pub session: usize,
    /// Whether to remove what was kept of it instead.
    #[spec(default = false)]
    pub discard: bool,
}

impl Command for Restore {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Restore { session: number, discard } = given.checked(session)?;
        super::refuse_in_functions(session, given)?;
        let folders = session.lost_folders();
        let count = folders.len();
        if count == 0 {
            session.output.remark("there is no session to restore");
            return Ok(());
        }
        let Some(folder) = folders.get(number - 1).cloned() else {
            let message = format!("there is no session {number}: {count} were listed");
            return Err(Failure::at(given.span, message));
        };
        if discard && count > 1 && given.expr("session").is_none() {
            let message = format!("{count} sessions were listed: which one is to be discarded?");
            return Err(
                Failure::at(given.span, message).help("for example: restore 2 discard=true")
            );
        }
        session.journal.leave_out();
        let lost = Lost::open(folder)
            .map_err(|why| Failure::at(given.span, format!("session {number} {why}")))?;
        if discard {
            let text = format!("discarded: {}", lost.text());
            lost.forget();
            session.output.result(&text, || json!({ "type": "restored", "discarded": 1 }));
            return Ok(());
        }
        let (restored, failed) = session.restore(lost);
        for why in &failed {
            session.output.warning(&format!("not restored: {why}"));
        }
        let text = match restored {
            1 => "1 value is restored".to_string(),
            _ => format!("{} values are restored", count_text(restored)),
        };
        session.output.result(
            &text,
            || json!({ "type": "restored", "restored": restored, "not_restored": failed }),
        );
        if !failed.is_empty() {
            let text = format!("what was kept stays until `restore {number} discard=true`");
            session.output.remark(&text);
        }
        Ok(())
    }
}
