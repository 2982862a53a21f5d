//! The variables of a container, and how the engine's client learns their values.
//!
//! Every user can read the arguments of a command, and a value may be a secret. So the client has the variables in its own
//! environment; those that it would obey itself are in a file. Only a value that the file cannot hold is an argument.

use std::io::{self, Write};

use tempfile::NamedTempFile;

/// Prefixes of variables that the engines' clients obey themselves.
const OF_CLIENTS: [&str; 19] = [
    "_CONTAINERS",
    "ALL_PROXY",
    "BUILDAH",
    "CONTAINER",
    "DBUS_",
    "DOCKER",
    "GO",
    "HOME",
    "HTTP",
    "LD_",
    "LISTEN_",
    "NO_PROXY",
    "NOTIFY_",
    "PATH",
    "PODMAN",
    "SSL_",
    "STORAGE_",
    "TMPDIR",
    "XDG_",
];

/// The variables that the engine's client passes on from its own environment.
pub(super) fn passed_on(env: &[(String, String)]) -> impl Iterator<Item = &(String, String)> {
    env.iter().filter(|(name, _)| !is_the_clients(name))
}

/// A file of the variables that the client would obey itself, readable for its owner only; `None` if there is none.
///
/// # Errors
///
/// The file cannot be written.
pub(super) fn in_a_file(env: &[(String, String)]) -> io::Result<Option<NamedTempFile>> {
    let lines: String = env
        .iter()
        .filter(|(name, value)| is_the_clients(name) && fits_a_line(value))
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let mut file = NamedTempFile::new()?;
    file.write_all(lines.as_bytes())?;
    Ok(Some(file))
}

/// The arguments for the variables that are not in the file.
pub(super) fn arguments(env: &[(String, String)]) -> impl Iterator<Item = [String; 2]> {
    let rest = env
        .iter()
        .filter(|(name, value)| !is_the_clients(name) || !fits_a_line(value));
    rest.map(|(name, value)| {
        let word = match is_the_clients(name) {
            true => format!("{name}={value}"),
            false => name.clone(),
        };
        ["--env".to_owned(), word]
    })
}

/// Whether a variable would change the client's behaviour.
fn is_the_clients(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    OF_CLIENTS.iter().any(|start| name.starts_with(start))
}

/// Whether each engine reads the value from a file as it is: some read quotes, comments and spaces at the ends in a way of
/// their own.
fn fits_a_line(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'`\\#$".contains(&byte);
    !value.is_empty() && value.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(names: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        names.iter().map(owned).collect()
    }

    #[test]
    fn a_variable_that_the_client_obeys_is_not_given_to_it() {
        let env = env(&["SECRET", "_HANDLER", "https_proxy", "PATH"].map(|name| (name, "a\nb")));
        let names: Vec<&str> = passed_on(&env).map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["SECRET", "_HANDLER"]);
    }

    #[test]
    fn no_value_is_an_argument_if_a_file_can_hold_it() {
        let env = env(&[
            ("SECRET", "one\ntwo"),
            ("HTTPS_PROXY", "http://name:word@127.0.0.1:1"),
            ("HOME", "/a b"),
            ("PATH", ""),
        ]);
        let words: Vec<String> = arguments(&env).map(|words| words.join(" ")).collect();
        assert_eq!(words, ["--env SECRET", "--env HOME=/a b", "--env PATH="]);
        let file = in_a_file(&env)
            .expect("it is written")
            .expect("there is one");
        let text = std::fs::read_to_string(file.path()).expect("it can be read");
        assert_eq!(text, "HTTPS_PROXY=http://name:word@127.0.0.1:1\n");
    }

    #[test]
    fn without_such_variables_there_is_no_file() {
        let file = in_a_file(&env(&[("SECRET", "one")]));
        assert!(file.expect("nothing is written").is_none());
    }
}
