//! How much memory there is: what the system, its control groups, limits of the process and a limit of the user leave.

use std::fs::read_to_string;
use std::sync::atomic::{AtomicU64, Ordering};

/// The limit of the user in bytes; 0 if there is none.
static LIMIT: AtomicU64 = AtomicU64::new(0);

/// Limits the memory of this process, in bytes; `None` takes the limit away.
///
/// Tensors that would take more are refused. It is held against all memory of the process, not of tensors alone.
pub fn set_memory_limit(bytes: Option<u64>) {
    LIMIT.store(bytes.unwrap_or(0), Ordering::Relaxed);
}

/// The limit of the user, if there is one.
pub fn memory_limit() -> Option<u64> {
    Some(LIMIT.load(Ordering::Relaxed)).filter(|&bytes| bytes > 0)
}

/// How many bytes can still be allocated; `None` where the system does not tell.
///
/// The least of: what Linux says is available, what is left of the control group (v1 or v2), of the address space and
/// the data segment that `ulimit` allows, and of the limit of [`set_memory_limit`].
pub fn free_memory() -> Option<u64> {
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let limits = read_to_string("/proc/self/limits").unwrap_or_default();
    let used = |name: &str| kilobytes(&status, name).unwrap_or(0);
    let left = |limit: Option<u64>, used: u64| Some(limit?.saturating_sub(used));
    let system = read_to_string("/proc/meminfo").ok();
    [
        system.and_then(|text| kilobytes(&text, "MemAvailable:")),
        group(),
        left(soft_limit(&limits, "Max address space"), used("VmSize:")),
        left(soft_limit(&limits, "Max data size"), used("VmData:")),
        left(memory_limit(), used("VmRSS:")),
    ]
    .into_iter()
    .flatten()
    .min()
}

/// A line such as `VmRSS:   1024 kB`, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The soft limit in a line such as `Max address space    unlimited    unlimited    bytes`.
fn soft_limit(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What is left of the control group of this process. Pages of files that the system can drop are not counted.
fn group() -> Option<u64> {
    let number = |path: &str| read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let left = |folder: &str, [limit, used, cached]: [&str; 3]| {
        let limit = number(&format!("{folder}/{limit}"))?;
        let used = number(&format!("{folder}/{used}"))?;
        let statistics = read_to_string(format!("{folder}/memory.stat")).unwrap_or_default();
        let cached =
            statistics.lines().find_map(|line| line.strip_prefix(cached)?.trim().parse().ok());
        Some(limit.saturating_sub(used.saturating_sub(cached.unwrap_or(0))))
    };
    let second = ["memory.max", "memory.current", "inactive_file "];
    let first = ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "];
    let own = read_to_string("/proc/self/cgroup").ok()?;
    let path =
        own.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("").trim_end_matches('/');
    [
        left(&format!("/sys/fs/cgroup{path}"), second),
        left("/sys/fs/cgroup", second),
        left("/sys/fs/cgroup/memory", first),
    ]
    .into_iter()
    .flatten()
    .min()
}

/// Bytes as people say them: `512 B`, `1.4 kB`, `12.3 MB`.
pub fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{size:.1} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_system_are_read() {
        let status = "VmPeak:\t  900 kB\nVmRSS:\t     512 kB\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(512 * 1024));
        let limits = "Max data size             1000000              unlimited            bytes\n\
                      Max address space         unlimited            unlimited            bytes\n";
        assert_eq!(soft_limit(limits, "Max data size"), Some(1_000_000));
        assert_eq!(soft_limit(limits, "Max address space"), None);
    }

    #[test]
    fn bytes_have_three_digits_and_a_unit() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1234, "1.2 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (4_000_000_000, "4.0 GB"),
        ] {
            assert_eq!(bytes_text(bytes), text);
        }
    }
}
