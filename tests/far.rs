//! Container engines with containers outside this machine's network; a script plays docker.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Knows an image, and a network whose gateway is not an address of this machine; creates no container that could start.
const DOCKER: &str = r#"#!/bin/sh
case "$*" in
    --version) echo Docker version 99.0 ;;
    'image inspect '*) echo '[{"Architecture": "amd64", "Os": "linux", "Config": {"Entrypoint": ["/start"]}}]' ;;
    'info --format {{.Architecture}}') echo x86_64 ;;
    info*) printf '%s\n' SYSTEM ;;
    'network inspect'*) echo 203.0.113.1 ;;
    export*) tar -c -C ROOT start ;;
    create*--init*) echo no more >&2; exit 1 ;;
esac
"#;

/// ricspec's messages when `docker info` says this about the system.
fn said(system: &str) -> String {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
    };
    let root = folder.path().display().to_string();
    let script = DOCKER.replace("SYSTEM", system).replace("ROOT", &root);
    write("docker", &script);
    write("start", "#!/start\n");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new(env!("CARGO_BIN_EXE_ricspec"))
        .args(["run", "-v", "--image", "x", "--engine", "docker"])
        .env("PATH", format!("{root}:{path}"))
        .current_dir(folder.path())
        .output()
        .expect("ricspec starts");
    assert_eq!(output.status.code(), Some(3));
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).expect("UTF-8")
}

#[track_caller]
fn check(system: &str, part: &str) {
    let said = said(system);
    assert!(said.contains(part), "{part} is not in {said}");
}

#[test]
fn docker_desktop_is_reached_by_its_name_for_this_machine() {
    let desktop = "'Docker Desktop' '[name=seccomp]'";
    check(desktop, "in the usual bridge of Docker Desktop");
}

#[test]
fn another_machine_cannot_be_reached() {
    let part = "the containers of this engine (Debian) are not on this machine";
    check("Debian '[name=seccomp]'", part);
}

#[test]
fn rootless_docker_is_reached_unless_it_keeps_its_containers_in() {
    let rootless = "Debian '[name=seccomp name=rootless]'";
    check(rootless, "in the usual bridge of rootless docker");
    // It reads commands until its input ends.
    let mut keeper = Command::new("sh")
        .arg0("rootlesskit")
        .args(["-s", "--", "--disable-host-loopback"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    let said = said(rootless);
    drop(keeper.stdin.take());
    assert!(keeper.wait().expect("its end").success());
    let part = "error: this docker is rootless and hides the loopback of this machine";
    assert!(said.contains(part), "{said}");
}
