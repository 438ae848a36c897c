//! Moments as text, in UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment by the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    date: [u64; 3],
    time: [u64; 3],
    milliseconds: u32,
}

impl Moment {
    /// This moment.
    pub fn now() -> Self {
        Self::after_epoch(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// So long after the beginning of 1970.
    pub fn after_epoch(time: Duration) -> Self {
        let seconds = time.as_secs();
        Moment {
            date: date(seconds / 86_400),
            time: [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60],
            milliseconds: time.subsec_millis(),
        }
    }

    /// As ISO 8601 has it: `2026-11-30T16:20:03.250Z`.
    pub fn text(self) -> String {
        let ([year, month, day], [hour, minute, second]) = (self.date, self.time);
        let milliseconds = self.milliseconds;
        format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z"
        )
    }

    /// As the name of a file begins: `2026-11-30T16-20-03`.
    pub fn name(self) -> String {
        let ([year, month, day], [hour, minute, second]) = (self.date, self.time);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}-{minute:02}-{second:02}")
    }
}

/// Year, month and day so many days after the beginning of 1970, in the Gregorian calendar: years are counted from
/// March, so that the day which some of them have more is their last one.
fn date(days: u64) -> [u64; 3] {
    // 719,468 days lie between 1 March of the year 0 and 1970; 400 years have 146,097 days.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Five months from March on have 153 days, and so do the next five.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    [era * 400 + year + u64::from(month <= 2), month, day]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts are those of Python's `datetime.fromtimestamp(seconds, timezone.utc).isoformat()`.
    #[test]
    fn moments_have_the_dates_of_python() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (951_868_800, "2000-03-01T00:00:00.000Z"),
            (1_709_210_096, "2024-02-29T12:34:56.000Z"),
            (1_796_055_603, "2026-11-30T16:20:03.000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(Moment::after_epoch(Duration::from_secs(seconds)).text(), text);
        }
        let moment = Moment::after_epoch(Duration::from_millis(1_796_055_603_250));
        assert_eq!(moment.text(), "2026-11-30T16:20:03.250Z");
        assert_eq!(moment.name(), "2026-11-30T16-20-03");
    }
}
