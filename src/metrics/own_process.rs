//! What the kernel says of this process.

use std::fs;

/// Memory in RAM, in bytes; none where there is no `/proc`.
pub(super) fn resident_memory() -> Option<u64> {
    let kibibytes = number("/proc/self/status", "VmRSS:")?;
    Some(kibibytes * 1024)
}

/// Open file descriptors.
pub(super) fn open_descriptors() -> Option<u64> {
    u64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}

/// So many may be open.
pub(super) fn descriptors_max() -> Option<u64> {
    number("/proc/self/limits", "Max open files")
}

/// The first number of the line that begins so.
fn number(file: &str, begins: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(begins))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_knows_memory_and_descriptors() {
        let resident = resident_memory().unwrap();
        assert!(
            (1 << 20..1 << 40).contains(&resident),
            "{resident} bytes: is that another unit?"
        );
        let before = open_descriptors().unwrap();
        let _more = fs::File::open("/proc/self/status").unwrap();
        assert_eq!(open_descriptors().unwrap(), before + 1);
        assert!(descriptors_max().unwrap() > before);
    }
}
