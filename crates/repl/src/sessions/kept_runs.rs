//! Where trainings are kept: what `set runs=` and `set tensorboard=` say.

/// Folders that every training leaves something in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeptRuns {
    /// The folder of runs, if they are kept.
    pub runs: Option<String>,
    /// The folder of the events for TensorBoard, if there are any.
    pub tensorboard: Option<String>,
}

/// The setting that keeps nothing.
const OFF: &str = "off";

impl KeptRuns {
    /// The folder of a setting.
    ///
    /// # Errors
    /// A folder without a name, or a sandbox.
    pub fn folder(given: &str) -> Result<Option<String>, String> {
        match given {
            OFF => Ok(None),
            "" => Err(format!("a folder is wanted here, or {OFF:?}")),
            folder => match relume_files::check_write() {
                Ok(()) => Ok(Some(folder.to_string())),
                Err(error) => Err(format!("{folder}: {error}")),
            },
        }
    }

    /// A setting as it is given.
    pub fn shown(folder: Option<&str>) -> String {
        folder.unwrap_or(OFF).to_string()
    }
}
