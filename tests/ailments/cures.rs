//! Every cure that is printed runs as it stands.

use relume_repl::{Session, Source};

/// The statements of cures in a text, in their order.
pub fn cures(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.trim().strip_prefix("cure: "))
}

/// Runs every cure of a text, one after the other; a training is stopped after its first step. What failed, with the
/// reason.
pub fn failed_cures<'a>(
    session: &'a mut Session,
    text: &'a str,
) -> impl Iterator<Item = String> + 'a {
    cures(text).filter_map(|cure| {
        let short = match cure.contains("train ") {
            true => format!("{cure} max_steps=1"),
            false => cure.to_string(),
        };
        let failure = session.run(&short, &Source::Argument).err()?;
        Some(format!("{short}\n  {}", failure.diagnostic.message))
    })
}
