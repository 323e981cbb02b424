//! The program `simyard`.

use std::process::ExitCode;

fn main() -> ExitCode {
    simyard::cli::main()
}
