//! Commands about the server, and those that clients send first.

use crate::command::{COMMANDS, Command, Error, integer};
use crate::glob;
use crate::reply::Replies;
use crate::resp::Words;
use crate::store::{MAX_DATA, Store};

pub(crate) fn ping(_: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    match words.get(1) {
        None => out.simple("PONG"),
        Some(text) if words.len() == 2 => out.bulk(text),
        Some(_) => return Err(Error::Arity("ping".to_owned())),
    }
    Ok(())
}

pub(crate) fn echo(_: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    out.bulk(&words[1]);
    Ok(())
}

/// There is one database, number 0.
pub(crate) fn select(_: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    if integer(&words[1])? != 0 {
        return Err(Error::Other("ERR DB index is out of range".to_owned()));
    }
    out.ok();
    Ok(())
}

/// `CONFIG GET pattern..`: the settings that redis-benchmark reads, and the limit on data.
pub(crate) fn config(_: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    if !words[1].eq_ignore_ascii_case(b"get") {
        return Err(unknown_subcommand("CONFIG", words));
    }
    let memory = MAX_DATA.to_string();
    let settings = [("appendonly", "no"), ("maxmemory", &*memory), ("save", "")];
    let asked = |name: &str| words.skip(2).iter().any(|pattern| glob::matches(pattern, name.as_bytes()));
    let settings = settings.into_iter().filter(|(name, _)| asked(name));
    let texts: Vec<_> = settings.flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect();
    out.bulks(texts.into_iter());
    Ok(())
}

/// `COMMAND [COUNT|DOCS]`: the table of commands, without documentation.
pub(crate) fn command(_: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    match words.get(1).map(<[u8]>::to_ascii_lowercase).as_deref() {
        None => {
            out.array(COMMANDS.len());
            COMMANDS.iter().for_each(|command| describe(command, out));
        }
        Some(b"count") => out.count(COMMANDS.len()),
        Some(b"docs") => out.array(0),
        Some(_) => return Err(unknown_subcommand("COMMAND", words)),
    }
    Ok(())
}

/// Name, number of words, and flags.
fn describe(command: &Command, out: &mut Replies) {
    out.array(3);
    out.bulk(command.name.as_bytes());
    out.integer(command.arity);
    out.array(usize::from(command.adds()));
    if command.adds() {
        out.simple("denyoom");
    }
}

pub(crate) fn unknown_subcommand(command: &str, words: Words<'_>) -> Error {
    let word = words.get(1).unwrap_or_default();
    let word = String::from_utf8_lossy(&word[..word.len().min(128)]);
    Error::Other(format!("ERR unknown subcommand '{word}' of {command}"))
}

#[cfg(test)]
mod tests {
    use crate::command::tests::Data;

    #[test]
    fn what_clients_ask_on_connecting() {
        let mut data = Data::new();
        data.check(&[
            ("ping", "+PONG"),
            ("PING hello", "$5 hello"),
            ("ping a b", "-ERR wrong number of arguments for 'ping' command"),
            ("echo hello", "$5 hello"),
            ("select 0", "+OK"),
            ("select 1", "-ERR DB index is out of range"),
            ("select a", "-ERR value is not an integer or out of range"),
            ("config get save", "*2 $4 save $0"),
            ("config get appendonly nope", "*2 $10 appendonly $2 no"),
            ("config set save ''", "-ERR unknown subcommand 'set' of CONFIG"),
            ("command docs", "*0"),
            ("command nope", "-ERR unknown subcommand 'nope' of COMMAND"),
        ]);
        assert!(data.reply("command").contains("*3\r\n$3\r\nset\r\n:-3\r\n*1\r\n+denyoom\r\n"));
    }
}
