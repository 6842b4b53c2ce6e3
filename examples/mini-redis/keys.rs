//! Commands on keys, independent of the kinds of their values.

use std::time::Duration;

use crate::command::{Error, integer};
use crate::glob;
use crate::reply::Replies;
use crate::resp::Words;
use crate::store::Store;
use crate::value::Value;

pub(crate) fn del(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    // An expired key does not count as removed.
    out.count(words.skip(1).iter().filter(|key| store.has(key) && store.remove(key)).count());
    Ok(())
}

pub(crate) fn exists(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    out.count(words.skip(1).iter().filter(|key| store.has(key)).count());
    Ok(())
}

pub(crate) fn kind(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    out.simple(match store.value(&words[1]) {
        None => "none",
        Some(Value::Text(_)) => "string",
        Some(Value::List(_)) => "list",
        Some(Value::Set(_)) => "set",
        Some(Value::Hash(_)) => "hash",
        Some(Value::Sorted(_)) => "zset",
    });
    Ok(())
}

pub(crate) fn expire(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let milliseconds = integer(&words[2])?.checked_mul(1_000);
    expire_in(store, &words[1], milliseconds.ok_or(Error::ExpireTime("expire"))?, "expire", out)
}

pub(crate) fn pexpire(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    expire_in(store, &words[1], integer(&words[2])?, "pexpire", out)
}

fn expire_in(
    store: &mut Store,
    key: &[u8],
    milliseconds: i64,
    name: &'static str,
    out: &mut Replies,
) -> Result<(), Error> {
    match u64::try_from(milliseconds) {
        Ok(time @ 1..) => {
            let deadline = store.after(time).ok_or(Error::ExpireTime(name))?;
            out.flag(store.expire(key, deadline));
        }
        // An expiry in the past removes the key now.
        _ => out.flag(store.has(key) && store.remove(key)),
    }
    Ok(())
}

pub(crate) fn ttl(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    // Rounded to seconds.
    time_left(store, &words[1], |left| (left.as_millis() as u64).saturating_add(500) / 1_000, out);
    Ok(())
}

pub(crate) fn pttl(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    time_left(store, &words[1], |left| left.as_millis() as u64, out);
    Ok(())
}

fn time_left(store: &mut Store, key: &[u8], unit: fn(Duration) -> u64, out: &mut Replies) {
    out.integer(match store.left(key) {
        Some(Some(left)) => unit(left) as i64,
        Some(None) => -1,
        None => -2,
    });
}

pub(crate) fn keys(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let keys: Vec<_> = store.keys().filter(|key| glob::matches(&words[1], key)).collect();
    out.bulks(keys.into_iter());
    Ok(())
}

pub(crate) fn dbsize(store: &mut Store, _: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    out.count(store.len());
    Ok(())
}

/// `FLUSHALL [ASYNC|SYNC]`: both are the same here.
pub(crate) fn flushall(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let known = |word: &[u8]| word.eq_ignore_ascii_case(b"async") || word.eq_ignore_ascii_case(b"sync");
    if words.len() > 2 || !words.get(1).is_none_or(known) {
        return Err(Error::Syntax);
    }
    store.clear();
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::command::tests::Data;

    #[test]
    fn keys_come_and_go() {
        let mut data = Data::new();
        data.check(&[
            ("mset a 1 b 2 abc 3", "+OK"),
            ("exists a b nope a", ":3"),
            ("dbsize", ":3"),
            ("keys b*", "*1 $1 b"),
            ("keys ?bc", "*1 $3 abc"),
            ("keys nope", "*0"),
            ("type a", "+string"),
            ("type nope", "+none"),
            ("del a nope b", ":2"),
            ("dbsize", ":1"),
            ("flushall later", "-ERR syntax error"),
            ("flushall async", "+OK"),
            ("dbsize", ":0"),
        ]);
        assert_eq!(data.used(), 0);
    }

    #[test]
    fn keys_expire() {
        Data::new().check(&[
            ("ttl a", ":-2"),
            ("expire a 10", ":0"),
            ("set a 1", "+OK"),
            ("ttl a", ":-1"),
            ("pttl a", ":-1"),
            ("expire a 10", ":1"),
            ("ttl a", ":10"),
            ("pexpire a 20000", ":1"),
            ("ttl a", ":20"),
            ("pexpire a 0", ":1"),
            ("exists a", ":0"),
            ("set a 1 px 1000000", "+OK"),
            ("expire a -1", ":1"),
            ("expire a -1", ":0"),
            ("expire a x", "-ERR value is not an integer or out of range"),
            ("expire a 9223372036854775807", "-ERR invalid expire time in 'expire' command"),
        ]);
    }
}
