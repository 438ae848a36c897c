//! What is wrong with a cell, and which option helps.

use relume_datasets::raw::{CellError, CellForm, DateForm};

/// A sentence on a cell that cannot be converted, with what to do.
pub(super) fn advice(error: &CellError, form: &CellForm) -> String {
    match error {
        CellError::Empty { .. } => format!(
            "{error}; missing=\"mean\" fills such cells in, missing=\"drop\" leaves their rows out"
        ),
        CellError::NoNumber { column, cell } => {
            let help = option(column, cell, form).unwrap_or_else(|| {
                format!("one_hot=[\"{column}\"] takes words, ignore=[\"{column}\"] leaves it out")
            });
            format!("{error}; {help}")
        }
        CellError::NoDate { .. } => {
            format!("{error}; date_format=\"%d/%m/%Y\" says how dates are written")
        }
    }
}

/// The same for a cell of the target, which words are no input of.
pub(super) fn target_advice(column: &str, cell: &str, form: &CellForm) -> String {
    let error = CellError::NoNumber { column: column.to_string(), cell: cell.to_string() };
    match option(column, cell, form) {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    }
}

/// The option that reads a cell as a number, if there is one.
fn option(column: &str, cell: &str, form: &CellForm) -> Option<String> {
    let thousands = |mark| CellForm { thousands: Some(mark), ..form.clone() };
    if form.thousands.is_none() && thousands(',').number(cell).is_some() && form.decimal != ',' {
        return Some("thousands=\",\" reads it".to_string());
    }
    let comma = CellForm { decimal: ',', ..form.clone() };
    if form.decimal == '.' && comma.number(cell).is_some() {
        return Some("decimal=\",\" reads it".to_string());
    }
    let both = CellForm { decimal: ',', thousands: Some('.'), ..form.clone() };
    if form.decimal == '.' && form.thousands.is_none() && both.number(cell).is_some() {
        return Some("decimal=\",\" with thousands=\".\" reads it".to_string());
    }
    if DateForm::default().seconds(cell).is_some() || is_like_date(cell) {
        return Some(format!(
            "dates=[\"{column}\"] reads it as seconds since 1970, date_parts=[\"{column}\"] as year, month, day and so \
             on{}",
            match is_like_date(cell) {
                true => ", with date_format=\"%d/%m/%Y\" (or as it is written)",
                false => "",
            }
        ));
    }
    if let Some(unit) = unit(cell, form) {
        return Some(format!("units=[\"{unit}\"] removes {unit:?}"));
    }
    let is_mark = cell.chars().all(|c| !c.is_alphanumeric());
    is_mark.then(|| {
        format!(
            "na_values=[\"{cell}\"] takes it as an empty cell, with missing=\"mean\" or missing=\"drop\""
        )
    })
}

/// Whether a cell is three numbers with the same mark between them.
fn is_like_date(cell: &str) -> bool {
    let date = cell.split([' ', 'T']).next().unwrap_or_default();
    ['/', '.', '-'].into_iter().any(|mark| {
        let parts: Vec<&str> = date.split(mark).collect();
        let is_part = |part: &&str| matches!(part.len(), 1 | 2 | 4) && part.parse::<u32>().is_ok();
        parts.len() == 3 && parts.iter().all(is_part) && DateForm::default().seconds(cell).is_none()
    })
}

/// What stands before or after the number of a cell.
fn unit(cell: &str, form: &CellForm) -> Option<String> {
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '\u{2212}');
    let first = cell.find(|c: char| c.is_ascii_digit())?;
    let last = cell.rfind(|c: char| c.is_ascii_digit())? + 1;
    let before = cell[..first].trim_matches(|c: char| is_of_number(c) || c.is_whitespace());
    let unit = match cell[last..].trim() {
        "" => before,
        after => after,
    };
    let with = CellForm { units: vec![unit.to_string()], ..form.clone() };
    let thousands = CellForm { thousands: Some(','), ..with.clone() };
    let fits = with.number(cell).is_some() || thousands.number(cell).is_some();
    (!unit.is_empty() && fits).then(|| unit.to_string())
}
