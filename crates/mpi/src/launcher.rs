//! What started the process, by its environment.

/// Reads a variable of the environment.
type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Variables that hold the number of processes: of Open MPI, of Hydra (MPICH and others), and of a step of Slurm. Those
/// of Slurm that a batch script has as well say nothing: it may start the program once.
const SIZES: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];

/// Variables that only a launcher of MPI sets, whatever the number of processes.
const MARKS: [&str; 4] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK"];

/// Whether mpirun or srun started this process to work with others, be it the only one.
pub fn is_launched() -> bool {
    is_launched_by(&own)
}

/// How many processes were started, if the launcher says so.
pub(crate) fn started() -> Option<usize> {
    started_by(&own)
}

fn own(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn is_launched_by(variables: Variables<'_>) -> bool {
    MARKS.iter().any(|name| variables(name).is_some())
        || started_by(variables).is_some_and(|count| count > 1)
}

fn started_by(variables: Variables<'_>) -> Option<usize> {
    SIZES.iter().find_map(|name| variables(name)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen of an environment: whether it has a launcher, and how many processes that started.
    fn seen(environment: &[(&str, &str)]) -> (bool, Option<usize>) {
        let variables = |name: &str| {
            environment.iter().find(|(own, _)| *own == name).map(|(_, value)| value.to_string())
        };
        (is_launched_by(&variables), started_by(&variables))
    }

    #[test]
    fn launchers_are_known_by_their_variables() {
        assert_eq!(seen(&[]), (false, None));
        assert_eq!(seen(&[("OMPI_COMM_WORLD_SIZE", "4")]), (true, Some(4)));
        assert_eq!(seen(&[("OMPI_COMM_WORLD_SIZE", "1")]), (true, Some(1)));
        assert_eq!(seen(&[("PMI_RANK", "0"), ("PMI_SIZE", "2")]), (true, Some(2)));
        assert_eq!(seen(&[("PMIX_RANK", "1")]), (true, None));
        assert_eq!(seen(&[("SLURM_STEP_NUM_TASKS", "8")]), (true, Some(8)));
    }

    #[test]
    fn a_batch_script_that_starts_the_program_once_is_no_launcher() {
        let batch = [("SLURM_PROCID", "0"), ("SLURM_NTASKS", "4"), ("SLURM_JOB_ID", "7")];
        assert_eq!(seen(&batch), (false, None));
        assert_eq!(seen(&[("SLURM_STEP_NUM_TASKS", "1")]), (false, Some(1)));
    }
}
