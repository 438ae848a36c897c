//! `print`.

use crate::json::plain;
use crate::syntax::Expr;
use crate::{Failure, Session, show};
use serde_json::json;

impl Session {
    /// Prints values with blanks between them, strings without quotes.
    pub(super) fn print(&mut self, values: &[Expr]) -> Result<(), Failure> {
        let mut shown = Vec::new();
        for value in values {
            let value = self.evaluate(value)?;
            shown.push(self.concrete(value));
        }
        let style = self.settings.style;
        let text: Vec<String> = shown.iter().map(|value| show::styled(value, style)).collect();
        let text =
            text.iter().map(|text| text.trim_end_matches('\n')).collect::<Vec<_>>().join(" ");
        self.output.print(
            &text,
            || json!({ "print": text, "values": shown.iter().map(plain).collect::<Vec<_>>() }),
        );
        Ok(())
    }
}
