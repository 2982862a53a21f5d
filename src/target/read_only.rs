//! A command that sees some of the file system read-only, in a mount namespace of its own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::case::ReadOnly;
use crate::transcript::Output;

/// What the wrapper says when it fails, on standard error.
const FAILED: &str = "ricspec could not make files read-only";

/// Run in the new namespace: `$1` says what becomes read-only, `$2` is the folder of the function, `$3` what to say when
/// that fails, the rest the command.
const SCRIPT: &str = r#"
set -e
what=$1 folder=$2 failed=$3
shift 3
trap 'echo "$failed" >&2' EXIT
mount --make-rprivate /
mount --bind /tmp /tmp
mount --bind "$folder" "$folder"
if [ "$what" = root ]; then
    while read -r _ place _; do
        case $place in
            /tmp | /tmp/* | /dev | /dev/* | /proc | /proc/* | /sys | /sys/*) ;;
            /) mount -o remount,bind,ro / ;;
            *) mount -o remount,bind,ro "$place" 2>/dev/null || : ;;
        esac
    done </proc/self/mounts
fi
mount -o remount,bind,ro "$folder"
cd "$folder"
trap - EXIT
exec "$@"
"#;

/// The command in a namespace where this is read-only; needs [`can`].
pub(super) fn wrap(command: &[String], what: ReadOnly, folder: &Path) -> Vec<String> {
    let what = match what {
        ReadOnly::TaskRoot => "task_root",
        ReadOnly::Root => "root",
    };
    let folder = folder.to_string_lossy();
    let user: &[&str] = match rustix::process::geteuid().is_root() {
        true => &[],
        false => &["--map-root-user"],
    };
    ["unshare", "--mount"]
        .iter()
        .chain(user)
        .chain(&["sh", "-c", SCRIPT, "sh", what, folder.as_ref(), FAILED])
        .map(|word| (*word).to_owned())
        .chain(command.iter().cloned())
        .collect()
}

/// Whether this is the output of a command that was never run, because files could not be made read-only for it.
pub fn was_not_confined(stderr: &Output) -> bool {
    stderr.head.contains(FAILED)
}

/// Whether this machine lets us make such a namespace; found out once.
pub fn can_be_read_only() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    *CAN.get_or_init(|| {
        let folder = std::env::temp_dir();
        let words = wrap(&["true".to_owned()], ReadOnly::Root, &folder);
        let Some((program, arguments)) = words.split_first() else {
            return false;
        };
        let status = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    })
}
