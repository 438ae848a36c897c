//! Dates and times in cells.

use serde::{Deserialize, Serialize};

const DAY: f64 = 86_400.0;

/// How dates are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateForm {
    /// A pattern as in C's strptime: `%d/%m/%Y %H:%M`. Without one, dates are written as ISO 8601 has them:
    /// `2026-11-30`, with `T` or a blank and `14:30` or `14:30:05.5` after it, and `Z` or `+01:00` at the end; `/` may
    /// stand for `-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// The parts of a time, as pandas counts them: the year, the month and the day from 1, the day of the week from 0 for
/// Monday, the hour, the minute and the second.
pub const DATE_PARTS: [&str; 7] = ["year", "month", "day", "weekday", "hour", "minute", "second"];

impl DateForm {
    /// The seconds from 1970-01-01 00:00 (UTC) on; `None` if a cell is not a date in this form.
    pub fn seconds(&self, cell: &str) -> Option<f64> {
        match &self.pattern {
            None => Fields::iso(cell)?.seconds(),
            Some(pattern) => Fields::by_pattern(cell, pattern)?.seconds(),
        }
    }

    /// Whether each letter after a `%` is known.
    ///
    /// # Errors
    /// A sentence that names the one that is not, or what is missing.
    pub fn check(&self) -> Result<(), String> {
        let Some(pattern) = &self.pattern else { return Ok(()) };
        let mut letters = pattern.split('%').skip(1);
        let known = |own: &str| own.starts_with(['Y', 'y', 'm', 'd', 'b', 'B', 'H', 'M', 'S', 'f']);
        match letters.find(|own| !known(own)) {
            Some(own) => {
                let letter: String = own.chars().take(1).collect();
                Err(format!(
                    "date_format has %{letter}: there are %Y, %y, %m, %b, %d, %H, %M, %S and %f"
                ))
            }
            None if !pattern.contains('%') => {
                Err(format!("date_format={pattern:?} has no parts such as %Y-%m-%d"))
            }
            None => Ok(()),
        }
    }
}

/// The parts of a time, in the order of [`DATE_PARTS`].
pub fn date_parts(seconds: f64) -> [f64; 7] {
    let days = (seconds / DAY).floor();
    let clock = seconds - days * DAY;
    let [year, month, day] = date(days as i64);
    let weekday = (days as i64 + 3).rem_euclid(7);
    let [hour, rest] = [(clock / 3600.0).floor(), clock.rem_euclid(3600.0)];
    let [minute, second] = [(rest / 60.0).floor(), rest.rem_euclid(60.0)];
    let [year, month, day, weekday] = [year, month, day, weekday].map(|x| x as f64);
    [year, month, day, weekday, hour, minute, second]
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Fields {
    date: [i64; 3],
    hour: f64,
    minute: f64,
    second: f64,
    /// How far the clock is ahead of UTC.
    zone: f64,
}

impl Fields {
    fn new(date: [i64; 3]) -> Self {
        Fields { date, hour: 0.0, minute: 0.0, second: 0.0, zone: 0.0 }
    }

    fn iso(cell: &str) -> Option<Self> {
        let (date, clock) = match cell.find(['T', ' ']) {
            Some(at) => (&cell[..at], cell[at + 1..].trim()),
            None => (cell, ""),
        };
        let separator = if date.contains('/') { '/' } else { '-' };
        let mut parts = date.split(separator);
        let mut next = |digits: std::ops::RangeInclusive<usize>| {
            let part = parts.next()?;
            (digits.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<i64>().ok())?
        };
        let mut fields = Fields::new([next(4..=4)?, next(1..=2)?, next(1..=2)?]);
        if parts.next().is_some() {
            return None;
        }
        if clock.is_empty() {
            return (!cell.ends_with(['T', ' '])).then_some(fields);
        }
        let (clock, zone) = match clock.find(['Z', '+', '-']) {
            Some(at) => clock.split_at(at),
            None => (clock, ""),
        };
        fields.zone = seconds_of_zone(zone)?;
        let mut parts = clock.trim_end().split(':');
        fields.hour = parts.next().and_then(whole)?;
        fields.minute = parts.next().and_then(whole)?;
        fields.second = parts.next().map_or(Some(0.0), decimal)?;
        parts.next().is_none().then_some(fields)
    }

    fn by_pattern(cell: &str, pattern: &str) -> Option<Self> {
        let mut fields = Fields::new([1970, 1, 1]);
        let (mut rest, mut pattern) = (cell, pattern.chars());
        while let Some(own) = pattern.next() {
            if own != '%' {
                rest = rest.strip_prefix(own)?;
                continue;
            }
            let letter = pattern.next()?;
            if let 'b' | 'B' = letter {
                let (month, behind) = month_name(rest)?;
                fields.date[1] = month;
                rest = behind;
                continue;
            }
            let most = match letter {
                'Y' => 4,
                'f' => 9,
                _ => 2,
            };
            let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
            let (digits, behind) = rest.split_at(count);
            rest = behind;
            let number: i64 = digits.parse().ok()?;
            match letter {
                'Y' => fields.date[0] = number,
                // As C has it: 69 to 99 are of the last century.
                'y' => fields.date[0] = if number < 69 { 2000 + number } else { 1900 + number },
                'm' => fields.date[1] = number,
                'd' => fields.date[2] = number,
                'H' => fields.hour = number as f64,
                'M' => fields.minute = number as f64,
                'S' => fields.second += number as f64,
                'f' => fields.second += decimal(&format!("0.{digits}"))?,
                _ => return None,
            }
        }
        rest.is_empty().then_some(fields)
    }

    fn seconds(self) -> Option<f64> {
        let [year, month, day] = self.date;
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let fits = (1..=12).contains(&month)
            && (1..=last).contains(&day)
            && self.hour < 24.0
            && self.minute < 60.0
            && self.second < 61.0;
        let clock = self.hour * 3600.0 + self.minute * 60.0 + self.second - self.zone;
        fits.then(|| days(self.date) as f64 * DAY + clock)
    }
}

/// A number of one or two digits.
fn whole(text: &str) -> Option<f64> {
    let is_whole = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_whole.then(|| text.parse().ok())?
}

fn decimal(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_number.then(|| text.parse().ok())?
}

/// `Z`, `+01:00`, `+0100` or `+01` in seconds; 0 for nothing.
fn seconds_of_zone(zone: &str) -> Option<f64> {
    let (sign, digits) = match zone.chars().next() {
        None => return Some(0.0),
        Some('Z') => return (zone == "Z").then_some(0.0),
        Some('-') => (-1.0, &zone[1..]),
        Some(_) => (1.0, &zone[1..]),
    };
    let digits = digits.replace(':', "");
    if !matches!(digits.len(), 2 | 4) || !digits.is_ascii() {
        return None;
    }
    let (hours, minutes) = digits.split_at(2);
    let minutes = if minutes.is_empty() { 0.0 } else { whole(minutes)? };
    Some(sign * (whole(hours)? * 3600.0 + minutes * 60.0))
}

/// The month whose English name, or its first three letters, begin a text, and what follows.
fn month_name(text: &str) -> Option<(i64, &str)> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (name, behind) = text.split_at(end);
    let name = name.to_lowercase();
    let is_own = |month: &str| name == month || name.len() == 3 && month.starts_with(&name);
    MONTHS.iter().position(|month| is_own(month)).map(|at| (at as i64 + 1, behind))
}

/// The days from 1970-01-01 on to a date of the Gregorian calendar. Years are counted from March on, so that the day of
/// a leap year is the last.
fn days([year, month, day]: [i64; 3]) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + of_year - 719_468
}

/// The year, the month and the day that are so many days after 1970-01-01.
fn date(days: i64) -> [i64; 3] {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    [year + era * 400 + i64::from(month <= 2), month, day]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `datetime.datetime(...).timestamp()` of Python, in UTC.
    #[test]
    fn dates_are_the_seconds_of_python() {
        let iso = DateForm::default();
        for (cell, seconds) in [
            ("1970-01-01", 0.0),
            ("2000-02-29", 951_782_400.0),
            ("2026-11-30 14:30:05", 1_796_049_005.0),
            ("2026/11/30T14:30Z", 1_796_049_000.0),
            ("2026-11-30T14:30:05.25+01:30", 1_796_043_605.25),
            ("1969-12-31", -86_400.0),
        ] {
            assert_eq!(iso.seconds(cell), Some(seconds), "{cell}");
        }
        let unlike =
            ["30.11.2026", "11/30/2026", "2026-13-01", "2026-02-29", "2026-11-30T", "soon"];
        assert_eq!(unlike.map(|cell| iso.seconds(cell)), [None; 6]);
        for (pattern, cell, seconds) in [
            ("%d/%m/%Y", "30/11/2026", Some(1_795_996_800.0)),
            ("%d.%m.%y %H:%M", "1.2.70 1:05", Some(2_682_300.0)),
            ("%b %d, %Y", "Nov 30, 2026", Some(1_795_996_800.0)),
            ("%Y%m%d%H%M%S.%f", "20261130143005.25", Some(1_796_049_005.25)),
            ("%d/%m/%Y", "11/30/2026", None),
            ("%d/%m/%Y", "30/11/2026 5", None),
        ] {
            let form = DateForm { pattern: Some(pattern.to_string()) };
            assert_eq!(form.check(), Ok(()));
            assert_eq!(form.seconds(cell), seconds, "{pattern} {cell}");
        }
        let unknown = DateForm { pattern: Some("%Y-%q".to_string()) };
        assert!(unknown.check().unwrap_err().contains("%q"));
    }

    /// `pandas.Timestamp(...)`: year, month, day, dayofweek, hour, minute, second.
    #[test]
    fn parts_of_dates_are_those_of_pandas() {
        for (cell, parts) in [
            ("2026-11-30 14:30:05", [2026., 11., 30., 0., 14., 30., 5.]),
            ("2000-02-29", [2000., 2., 29., 1., 0., 0., 0.]),
            ("1969-12-31 23:59:59", [1969., 12., 31., 2., 23., 59., 59.]),
        ] {
            let seconds = DateForm::default().seconds(cell).unwrap();
            assert_eq!(date_parts(seconds), parts, "{cell}");
        }
    }
}
