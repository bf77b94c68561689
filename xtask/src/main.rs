//! The program, with all of its commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main()
}
