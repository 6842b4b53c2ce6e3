//! Commands on sets, hashes and sorted sets: those that redis-benchmark sends, and some to inspect the
//! results.

use std::hash::BuildHasher as _;
use std::rc::Rc;

use crate::command::Error;
use crate::reply::Replies;
use crate::resp::Words;
use crate::sorted::{Score, Sorted};
use crate::store::Store;
use crate::value::{Hash, Set, cost};

pub(crate) fn sadd(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let set = store.get_or_insert::<Set>(&words[1])?;
    let (mut added, mut grown) = (0, 0);
    for member in words.skip(2).iter() {
        if !set.contains(member) {
            set.insert(member.to_vec());
            added += 1;
            grown += cost(member);
        }
    }
    store.grew(grown);
    out.count(added);
    Ok(())
}

pub(crate) fn scard(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    out.count(store.get::<Set>(&words[1])?.map_or(0, |set| set.len()));
    Ok(())
}

pub(crate) fn smembers(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    match store.get::<Set>(&words[1])? {
        Some(set) => out.bulks(set.iter().map(|member| &member[..])),
        None => out.array(0),
    }
    Ok(())
}

/// Removes a random member.
pub(crate) fn spop(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let key = &words[1];
    let Some(set) = store.get::<Set>(key)? else {
        out.null();
        return Ok(());
    };
    // The hasher of this map has random keys, so the hash of the length is random too.
    let lot = set.hasher().hash_one((set.len(), set.first())) % set.len() as u64;
    let member = set.swap_remove_index(lot as usize).expect("an empty set is removed");
    out.bulk(&member);
    let is_empty = set.is_empty();
    store.shrank(cost(&member));
    if is_empty {
        store.remove(key);
    }
    Ok(())
}

pub(crate) fn hset(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    if !words.len().is_multiple_of(2) {
        return Err(Error::Arity("hset".to_owned()));
    }
    let hash = store.get_or_insert::<Hash>(&words[1])?;
    let (mut added, mut grown, mut shrunk) = (0, 0, 0);
    for index in (2..words.len()).step_by(2) {
        let (field, value) = (&words[index], &words[index + 1]);
        grown += value.len();
        match hash.insert(field.to_vec(), value.to_vec()) {
            Some(before) => shrunk += before.len(),
            None => {
                added += 1;
                grown += cost(field);
            }
        }
    }
    store.grew(grown);
    store.shrank(shrunk);
    out.count(added);
    Ok(())
}

pub(crate) fn hget(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let hash = store.get::<Hash>(&words[1])?;
    out.bulk_or_null(hash.and_then(|hash| hash.get(&words[2])).map(|value| &value[..]));
    Ok(())
}

pub(crate) fn hgetall(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    match store.get::<Hash>(&words[1])? {
        Some(hash) => {
            out.array(2 * hash.len());
            hash.iter().flat_map(|(field, value)| [field, value]).for_each(|item| out.bulk(item));
        }
        None => out.array(0),
    }
    Ok(())
}

pub(crate) fn zadd(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    if !words.len().is_multiple_of(2) {
        return Err(Error::Syntax);
    }
    // All scores are parsed before the first is added, so that an error changes nothing.
    let scores = (2..words.len()).step_by(2).map(|at| Score::parse(&words[at]).ok_or(Error::NotAFloat));
    let scores = scores.collect::<Result<Vec<_>, _>>()?;
    let sorted = store.get_or_insert::<Sorted>(&words[1])?;
    let members = words.skip(3).iter().step_by(2);
    let added = members.zip(scores).filter(|(member, score)| sorted.insert(member, *score));
    let (count, grown) = added.fold((0, 0), |(n, sum), (member, _)| (n + 1, sum + cost(member)));
    store.grew(grown);
    out.count(count);
    Ok(())
}

pub(crate) fn zcard(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    out.count(store.get::<Sorted>(&words[1])?.map_or(0, |sorted| sorted.len()));
    Ok(())
}

/// Removes the member with the lowest score.
pub(crate) fn zpopmin(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let key = &words[1];
    let Some(sorted) = store.get::<Sorted>(key)? else {
        out.array(0);
        return Ok(());
    };
    let (member, score): (Rc<[u8]>, _) = sorted.pop_lowest().expect("an empty set is removed");
    let is_empty = sorted.len() == 0;
    store.shrank(cost(&member));
    if is_empty {
        store.remove(key);
    }
    out.array(2);
    out.bulk(&member);
    out.bulk(score.value().to_string().as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::command::tests::Data;

    #[test]
    fn sets() {
        let mut data = Data::new();
        data.check(&[
            ("spop a", "$-1"),
            ("sadd a x y x", ":2"),
            ("sadd a x", ":0"),
            ("smembers a", "*2 $1 x $1 y"),
            ("scard a", ":2"),
            ("type a", "+set"),
        ]);
        let popped = [data.reply("spop a"), data.reply("spop a")];
        assert!(popped.contains(&"$1\r\nx\r\n".into()) && popped.contains(&"$1\r\ny\r\n".into()));
        data.check(&[("scard a", ":0"), ("exists a", ":0"), ("smembers a", "*0")]);
        assert_eq!(data.used(), 0);
    }

    #[test]
    fn hashes() {
        let mut data = Data::new();
        data.check(&[
            ("hget a x", "$-1"),
            ("hgetall a", "*0"),
            ("hset a x 1 y 22", ":2"),
            ("hset a x 333", ":0"),
            ("hget a x", "$3 333"),
            ("hget a z", "$-1"),
            ("hgetall a", "*4 $1 x $3 333 $1 y $2 22"),
            ("hset a x", "-ERR wrong number of arguments for 'hset' command"),
            ("hset a x 1 y", "-ERR wrong number of arguments for 'hset' command"),
            ("type a", "+hash"),
            ("del a", ":1"),
        ]);
        assert_eq!(data.used(), 0);
    }

    #[test]
    fn sorted_sets() {
        let mut data = Data::new();
        data.check(&[
            ("zpopmin a", "*0"),
            ("zadd a 2 x 1 y", ":2"),
            ("zadd a 0.5 x", ":0"),
            ("zadd a 1 z q w", "-ERR value is not a valid float"),
            ("zadd a 1 z 2", "-ERR syntax error"),
            ("zcard a", ":2"),
            ("type a", "+zset"),
            ("get a", "-WRONGTYPE Operation against a key holding the wrong kind of value"),
            ("zpopmin a", "*2 $1 x $3 0.5"),
            ("zpopmin a", "*2 $1 y $1 1"),
            ("exists a", ":0"),
        ]);
        assert_eq!(data.used(), 0);
    }
}
