//! The machine that a run ran on.

use relume_tensor::threads;
use serde::{Deserialize, Serialize};
use std::env::{self, consts};

/// The machine that a run ran on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Its name, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its processor, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// The threads that work was spread over. Results do not depend on them.
    pub threads: usize,
    /// The system and the instruction set: `linux x86_64`.
    pub os: String,
}

impl Environment {
    /// This machine, with the threads as they are set now.
    pub fn here() -> Self {
        Environment {
            host: host(),
            cpu: cpu(),
            threads: threads::threads(),
            os: format!("{} {}", consts::OS, consts::ARCH),
        }
    }
}

fn host() -> Option<String> {
    let from_file = |path| relume_files::read_to_string(path).ok();
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"].into_iter().find_map(from_file);
    let named = || ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(|name| env::var(name).ok());
    let host = files.or_else(named)?.trim().to_string();
    Some(host).filter(|host| !host.is_empty())
}

/// The processor as Linux calls it, or as Windows does.
fn cpu() -> Option<String> {
    let listed = relume_files::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = listed.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map(|(_, model)| model.trim().to_string());
    model.or_else(|| env::var("PROCESSOR_IDENTIFIER").ok())
}
