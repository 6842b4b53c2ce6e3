//! The environment variables of an app: those inherited from the host, and those of `--env`.

use std::ffi::{OsStr, OsString};

use clap::error::ErrorKind;

/// `--env NAME` or `--env NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EnvVar {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

/// Returns the app's variables: those of the host, if they are inherited, and then those of `--env`.
///
/// # Errors
///
/// Fails if a variable for the app is not UTF-8.
pub(super) fn environment(inherit: bool, given: Vec<EnvVar>) -> Result<Vec<(String, String)>, clap::Error> {
    let mut env = Vec::new();
    for (name, value) in std::env::vars_os().filter(|_| inherit) {
        let value = utf8(&name, value)?;
        env.push((utf8(&name, name.clone())?, value));
    }
    for EnvVar { name, value } in given {
        let value = match value {
            Some(value) => value,
            None => match std::env::var_os(&name) {
                Some(value) => utf8(OsStr::new(&name), value)?,
                None => continue,
            },
        };
        env.push((name, value));
    }
    Ok(env)
}

/// Converts the name or the value of the environment variable `name` to a string.
fn utf8(name: &OsStr, part: OsString) -> Result<String, clap::Error> {
    part.into_string().map_err(|_| {
        let name = name.display();
        let text = format!("environment variable {name} is not UTF-8, so it cannot be passed to the app\n");
        clap::Error::raw(ErrorKind::InvalidUtf8, text)
    })
}
