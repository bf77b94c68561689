//! How much memory the process takes, where the system says so.

/// Bytes of the process that are in memory now.
///
/// `None` where there is no `/proc`, which is everywhere but on Linux.
pub(crate) fn resident() -> Option<u64> {
    bytes(&status()?, "VmRSS:")
}

/// The most bytes of the process that were in memory at one time.
pub(crate) fn peak() -> Option<u64> {
    bytes(&status()?, "VmHWM:")
}

fn status() -> Option<String> {
    std::fs::read_to_string("/proc/self/status").ok()
}

/// A size of `/proc/self/status`, which has them in units of 1024 bytes.
fn bytes(status: &str, name: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_system() {
        let status = "Name:\txtask\nVmPeak:\t  900000 kB\nVmHWM:\t   12345 kB\nVmRSS:\t   12000 kB\nThreads:\t3\n";
        assert_eq!([bytes(status, "VmHWM:"), bytes(status, "VmRSS:")], [Some(12_641_280), Some(12_288_000)]);
        for strange in ["", "VmHWM:\n", "VmHWM:\t12 pages\n", "VmHWM:\t-3 kB\n", "VmHWM:\t99999999999999999999 kB\n"] {
            assert_eq!(bytes(strange, "VmHWM:"), None, "{strange:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_peak_is_what_was_in_memory_once() {
        let before = resident().unwrap();
        let touched = vec![1_u8; 1 << 26];
        assert!(peak().unwrap() >= before.max(touched.len() as u64));
    }
}
