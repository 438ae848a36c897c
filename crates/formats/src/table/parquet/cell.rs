//! The cells of a Parquet file as they would be written in a CSV file.

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::record::Field;
use parquet::schema::types::Type;

/// What the numbers of a column are, where the decoder does not say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What the decoder says.
    Plain,
    /// Nanoseconds since 1970.
    TimestampNanos,
    /// Nanoseconds since midnight.
    TimeNanos,
    /// Julian days with nanoseconds, of which the decoder leaves milliseconds.
    Int96,
}

impl Kind {
    pub fn of(column: &Type) -> Self {
        let info = column.get_basic_info();
        let is_single = column.is_primitive()
            && !(info.has_repetition() && info.repetition() == Repetition::REPEATED);
        if is_single && column.get_physical_type() == Physical::INT96 {
            return Kind::Int96;
        }
        match info.logical_type_ref() {
            Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS => {
                Kind::TimestampNanos
            }
            Some(LogicalType::Time(time)) if time.unit == TimeUnit::NANOS => Kind::TimeNanos,
            _ => Kind::Plain,
        }
    }

    /// The text of a cell.
    ///
    /// # Errors
    /// What the column holds, if it is not text or a single value.
    pub fn text(self, field: &Field) -> Result<String, &'static str> {
        Ok(match (field, self) {
            (Field::Null, _) => String::new(),
            (Field::Long(nanos), Kind::TimestampNanos) => since_1970(*nanos, 1_000_000_000),
            (Field::Long(nanos), Kind::TimeNanos) => number(*nanos as f64 / 1e9),
            (Field::Bool(true), _) => "True".to_string(),
            (Field::Bool(false), _) => "False".to_string(),
            (Field::Byte(x), _) => x.to_string(),
            (Field::Short(x), _) => x.to_string(),
            (Field::Int(x), _) => x.to_string(),
            (Field::Long(x), _) => x.to_string(),
            (Field::UByte(x), _) => x.to_string(),
            (Field::UShort(x), _) => x.to_string(),
            (Field::UInt(x), _) => x.to_string(),
            (Field::ULong(x), _) => x.to_string(),
            (Field::Float16(x), _) => number(f64::from(x.to_f32())),
            (Field::Float(x), _) if x.is_nan() => String::new(),
            (Field::Float(x), _) => x.to_string(),
            (Field::Double(x), _) => number(*x),
            (Field::Str(text), _) => text.clone(),
            (Field::Bytes(bytes), _) => match std::str::from_utf8(bytes.data()) {
                Ok(text) => text.to_string(),
                Err(_) => return Err("bytes that are no text in UTF-8"),
            },
            (Field::Date(days), _) => day(i64::from(*days)),
            (Field::TimestampMillis(millis), _) => since_1970(*millis, 1000),
            (Field::TimestampMicros(micros), _) => since_1970(*micros, 1_000_000),
            (Field::TimeMillis(millis), _) => number(f64::from(*millis) / 1e3),
            (Field::TimeMicros(micros), _) => number(*micros as f64 / 1e6),
            // One without decimal places ends with its point.
            (Field::Decimal(_), _) => field.to_string().trim_end_matches('.').to_string(),
            (Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_), _) => {
                return Err("lists or other values of several parts");
            }
        })
    }
}

/// Nothing for NaN, which is how pandas writes an empty cell.
fn number(x: f64) -> String {
    if x.is_nan() { String::new() } else { x.to_string() }
}

/// The seconds of a day.
const DAY: i64 = 86_400;

/// A time since 1970 in a unit of which a second has so many.
fn since_1970(time: i64, of_a_second: i64) -> String {
    let (seconds, rest) = (time.div_euclid(of_a_second), time.rem_euclid(of_a_second));
    let nanos = rest * (1_000_000_000 / of_a_second);
    date(seconds.div_euclid(DAY), seconds.rem_euclid(DAY), nanos)
}

/// Days since 1970, and the seconds and nanoseconds of the day, as `2026-11-30 14:30:00`, with as many digits of the
/// second as it has: 3, 6 or 9.
pub(super) fn date(days: i64, second: i64, nanos: i64) -> String {
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let text = format!("{} {hour:02}:{minute:02}:{second:02}", day(days));
    match nanos {
        0 => text,
        _ if nanos % 1_000_000 == 0 => format!("{text}.{:03}", nanos / 1_000_000),
        _ if nanos % 1000 == 0 => format!("{text}.{:06}", nanos / 1000),
        _ => format!("{text}.{nanos:09}"),
    }
}

/// A number of days since 1970 as `2026-11-30` (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn day(days: i64) -> String {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + i64::from(month <= 2))
}
