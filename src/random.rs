//! Random bytes from the operating system.

/// So many of them; the system's source cannot fail on the systems this runs on.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .expect("the operating system gives random bytes once it has booted");
    bytes
}

/// A number from 0 to 1, for spreading things out.
pub fn fraction() -> f64 {
    f64::from(u32::from_be_bytes(bytes())) / f64::from(u32::MAX)
}
