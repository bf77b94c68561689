//! The program as `cargo xtask` builds it first: it runs plans, and has the whole built for what else is asked.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main()
}
