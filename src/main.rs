use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("reference") => ricspec::reference::main(),
        _ => ExitCode::from(2),
    }
}
