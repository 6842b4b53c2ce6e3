//! Commands on strings, and on the numbers in them.

use crate::command::{Error, integer};
use crate::reply::Replies;
use crate::resp::Words;
use crate::store::{Expiry, Store};
use crate::value::{Text, Value};

pub(crate) fn get(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    match store.get::<Text>(&words[1])? {
        Some(text) => out.bulk(text),
        None => out.null(),
    }
    Ok(())
}

/// `SET key value [NX|XX] [EX seconds|PX milliseconds|KEEPTTL]`
pub(crate) fn set(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let (mut expiry, mut condition) = (None, None);
    let mut options = words.skip(3).iter();
    while let Some(option) = options.next() {
        match option.to_ascii_lowercase().as_slice() {
            b"nx" if condition.is_none() => condition = Some(false),
            b"xx" if condition.is_none() => condition = Some(true),
            b"keepttl" if expiry.is_none() => expiry = Some(Expiry::AsBefore),
            unit @ (b"ex" | b"px") if expiry.is_none() => {
                let time = integer(options.next().ok_or(Error::Syntax)?)?;
                let unit = if unit == b"ex" { 1_000 } else { 1 };
                let milliseconds = time.checked_mul(unit).filter(|time| *time > 0);
                let deadline = milliseconds.and_then(|time| store.after(time.unsigned_abs()));
                expiry = Some(Expiry::At(deadline.ok_or(Error::ExpireTime("set"))?));
            }
            _ => return Err(Error::Syntax),
        }
    }
    let (key, value) = (&words[1], &words[2]);
    if condition.is_some_and(|must_exist| store.has(key) != must_exist) {
        out.null();
        return Ok(());
    }
    store.set(key, Value::Text(value.to_vec()), expiry.unwrap_or(Expiry::Never));
    out.ok();
    Ok(())
}

pub(crate) fn mget(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let keys = words.skip(1);
    out.array(keys.len());
    for key in keys.iter() {
        // A value of another kind is treated as missing here.
        match store.get::<Text>(key) {
            Ok(Some(text)) => out.bulk(text),
            _ => out.null(),
        }
    }
    Ok(())
}

pub(crate) fn mset(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    if words.len().is_multiple_of(2) {
        return Err(Error::Arity("mset".to_owned()));
    }
    for index in (1..words.len()).step_by(2) {
        store.set(&words[index], Value::Text(words[index + 1].to_vec()), Expiry::Never);
    }
    out.ok();
    Ok(())
}

pub(crate) fn incr(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    add(store, &words[1], 1, out)
}

pub(crate) fn decr(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    add(store, &words[1], -1, out)
}

pub(crate) fn incrby(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    add(store, &words[1], integer(&words[2])?, out)
}

pub(crate) fn decrby(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let by = integer(&words[2])?.checked_neg();
    add(store, &words[1], by.ok_or(Error::Overflow)?, out)
}

fn add(store: &mut Store, key: &[u8], by: i64, out: &mut Replies) -> Result<(), Error> {
    let before = store.get::<Text>(key)?.map_or(Ok(0), |text| integer(text))?;
    let value = before.checked_add(by).ok_or(Error::Overflow)?;
    store.set(key, Value::Text(value.to_string().into_bytes()), Expiry::AsBefore);
    out.integer(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::command::tests::Data;

    #[test]
    fn what_is_set_is_there() {
        Data::new().check(&[
            ("get a", "$-1"),
            ("set a 1", "+OK"),
            ("SeT a ''", "+OK"),
            ("get a", "$0"),
            ("mset a 1 b 2", "+OK"),
            ("mget b c a", "*3 $1 2 $-1 $1 1"),
            ("mset a 1 b", "-ERR wrong number of arguments for 'mset' command"),
            ("rpush list a", ":1"),
            ("get list", "-WRONGTYPE Operation against a key holding the wrong kind of value"),
            ("mget list", "*1 $-1"),
            ("set list a", "+OK"),
            ("get list", "$1 a"),
        ]);
    }

    #[test]
    fn set_has_conditions() {
        Data::new().check(&[
            ("set a 1 xx", "$-1"),
            ("set a 1 nx", "+OK"),
            ("set a 2 NX", "$-1"),
            ("set a 3 XX", "+OK"),
            ("get a", "$1 3"),
            ("set a 1 nx xx", "-ERR syntax error"),
            ("set a 1 oops", "-ERR syntax error"),
            ("set a 1 ex", "-ERR syntax error"),
            ("set a 1 ex 1 px 1", "-ERR syntax error"),
            ("set a 1 ex b", "-ERR value is not an integer or out of range"),
            ("set a 1 ex 0", "-ERR invalid expire time in 'set' command"),
            ("set a 1 px -1", "-ERR invalid expire time in 'set' command"),
            ("set a 1 ex 9223372036854775807", "-ERR invalid expire time in 'set' command"),
            ("get a", "$1 3"),
        ]);
    }

    #[test]
    fn set_has_a_time() {
        Data::new().check(&[
            ("set a 1 ex 100", "+OK"),
            ("ttl a", ":100"),
            ("set a 2 keepttl nx", "$-1"),
            ("set a 2 xx keepttl", "+OK"),
            ("ttl a", ":100"),
            ("incr a", ":3"),
            ("ttl a", ":100"),
            ("set a 1 px 20000 xx", "+OK"),
            ("ttl a", ":20"),
            ("set a 1", "+OK"),
            ("ttl a", ":-1"),
        ]);
    }

    #[test]
    fn numbers_are_counted() {
        Data::new().check(&[
            ("incr a", ":1"),
            ("incrby a 10", ":11"),
            ("decr a", ":10"),
            ("decrby a 20", ":-10"),
            ("get a", "$3 -10"),
            ("set a 9223372036854775807", "+OK"),
            ("incr a", "-ERR increment or decrement would overflow"),
            ("decrby a -9223372036854775808", "-ERR increment or decrement would overflow"),
            ("incrby a x", "-ERR value is not an integer or out of range"),
            ("set a ' 1'", "+OK"),
            ("incr a", "-ERR value is not an integer or out of range"),
        ]);
    }
}
