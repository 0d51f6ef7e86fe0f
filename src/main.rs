//! The commands of esecured; [`esecured::cli`] has them all.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Fails only where a provider is set already, and nothing ran before this line.
    let _ = rustls::crypto::ring::default_provider().install_default();
    esecured::cli::run(std::env::args_os().collect())
}
