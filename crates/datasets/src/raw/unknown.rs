//! What a network was not trained on in a sample that is given by itself: words of a column, empty cells, words of a
//! text.

use super::{Cell, CellForm, Column, RawRow, RawText, place};
use crate::text::UNKNOWN;

/// How many known words are named.
const NAMED: usize = 5;
/// Longer words are cut.
const LONGEST: usize = 40;

impl RawRow {
    /// What is to be said of a row's cells, one for each column, a sentence each: words that no row of the training
    /// had, empty cells, and what each is taken for. Cells that cannot be converted at all are left to
    /// [`RawRow::sample`].
    pub fn remarks(&self, cells: &[String]) -> Vec<String> {
        let columns = self.columns.iter().zip(cells);
        columns.filter_map(|(column, cell)| column.remark(cell, &self.form)).collect()
    }
}

impl Column {
    fn remark(&self, cell: &str, form: &CellForm) -> Option<String> {
        let (name, is_empty) = (&self.name, form.is_missing(cell));
        let held = match is_empty {
            true => format!("the column \"{name}\" is empty"),
            false => format!(
                "the column \"{name}\" holds {:?}, which the network was not trained on",
                shortened(cell)
            ),
        };
        let taken_for = match &self.cell {
            Cell::OneHot(words) if place(words, cell).is_none() => {
                format!("taken for none of {}", listed(words))
            }
            Cell::Index(words) if place(words, cell).is_none() => {
                format!("it has the index 0, that of none of {}", listed(words))
            }
            Cell::Number { missing: Some(missing) } if is_empty => {
                format!("{missing} stands in its place, as in the training")
            }
            Cell::Date { missing: Some(_), .. } | Cell::DateParts { missing: Some(_), .. }
                if is_empty =>
            {
                "the date that stood in the place of empty cells in the training is taken"
                    .to_string()
            }
            _ => return None,
        };
        Some(format!("{held}: {taken_for}"))
    }
}

/// The first words, and how many there are besides.
fn listed(words: &[String]) -> String {
    let named: Vec<String> = words.iter().take(NAMED).map(|word| shortened(word)).collect();
    let more = match words.len().checked_sub(NAMED).filter(|&more| more > 0) {
        Some(more) => format!(" and {more} more"),
        None => String::new(),
    };
    format!("{}{more}", named.join(", "))
}

fn shortened(word: &str) -> String {
    match word.chars().count() > LONGEST {
        true => word.chars().take(LONGEST).collect::<String>() + "...",
        false => word.to_string(),
    }
}

impl RawText {
    /// What is to be said of a text of which the network knows no word, as a sentence.
    pub fn remark(&self, text: &str) -> Option<String> {
        let mut ids = Vec::new();
        self.vocabulary.encode(&self.tokenizer, text, &mut ids);
        if ids.iter().any(|&id| id != UNKNOWN) {
            return None;
        }
        let tokens = self.tokenizer.tokens(text);
        let mut named: Vec<String> = Vec::new();
        for token in tokens.iter().map(shortened) {
            if !named.contains(&token) {
                named.push(token);
            }
        }
        Some(match named.is_empty() {
            true => "the text has no words: all of it is padding".to_string(),
            false => format!("the network knows no word of the text: {}", listed(&named)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, cell: Cell) -> Column {
        Column { name: name.to_string(), cell }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_string()).collect()
    }

    fn row() -> RawRow {
        RawRow {
            columns: vec![
                column("age", Cell::Number { missing: Some(29.5) }),
                column("port", Cell::OneHot(words(&["Cork", "Lyon"]))),
                column("shop", Cell::Index(words(&["1", "2", "3", "4", "5", "6", "7"]))),
                column("fare", Cell::Number { missing: None }),
            ],
            separator: ',',
            form: CellForm::default(),
            window: None,
        }
    }

    #[test]
    fn cells_that_the_training_did_not_have_are_told_with_what_they_are_taken_for() {
        let told = row().remarks(&words(&["", "Paris", "8", "3"]));
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(
            told[0],
            "the column \"age\" is empty: 29.5 stands in its place, as in the training"
        );
        assert_eq!(
            told[1],
            "the column \"port\" holds \"Paris\", which the network was not trained on: taken for none of Cork, Lyon"
        );
        assert!(
            told[2].ends_with("the index 0, that of none of 1, 2, 3, 4, 5 and 2 more"),
            "{}",
            told[2]
        );
        let told = row().remarks(&words(&["4", "NA", "7", ""]));
        assert_eq!(told, ["the column \"port\" is empty: taken for none of Cork, Lyon"]);
        assert!(row().remarks(&words(&["4", "Lyon", "1", "5"])).is_empty());
    }

    #[test]
    fn an_empty_cell_that_is_a_word_of_the_training_is_known() {
        let known =
            RawRow { columns: vec![column("port", Cell::OneHot(words(&["", "Lyon"])))], ..row() };
        assert!(known.remarks(&words(&[""])).is_empty());
    }
}
