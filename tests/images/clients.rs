//! Clients of a container engine that have no engine.

use libtest_mimic::Failed;

use super::engine::Engine;
use super::{PLAIN, RUNTIME};

/// A docker client without its service is skipped.
pub fn without_their_engine(engine: &'static Engine) -> Result<(), Failed> {
    let script = format!("#!/bin/sh\n{RUNTIME}\n");
    let image = engine.build("passed_over", PLAIN.lines, &script, 0o755, &[])?;
    let fake = "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Docker version 99.0' && exit\necho 'no daemon' >&2; exit 1\n";
    let options = [
        "-v",
        "--image",
        &image,
        "--filter",
        "boot/first_call_is_next",
    ];
    let run = engine
        .ricspec_with_client("docker", fake, &options)?
        .wait()?;
    match engine.is_podman() {
        true => run.must(0, &["by podman"]),
        false => run.must(3, &["no container engine works here", "no daemon"]),
    }
}
