//! Commands on lists.

use crate::command::{Error, integer};
use crate::reply::Replies;
use crate::resp::Words;
use crate::store::Store;
use crate::value::{List, Text, cost};

pub(crate) fn lpush(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    push(store, words, out, List::push_front)
}

pub(crate) fn rpush(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    push(store, words, out, List::push_back)
}

fn push(
    store: &mut Store,
    words: Words<'_>,
    out: &mut Replies,
    push: fn(&mut List, Text),
) -> Result<(), Error> {
    let items = words.skip(2);
    let list = store.get_or_insert::<List>(&words[1])?;
    items.iter().for_each(|item| push(list, item.to_vec()));
    out.count(list.len());
    store.grew(items.iter().map(cost).sum());
    Ok(())
}

pub(crate) fn lpop(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    pop(store, &words[1], out, List::pop_front)
}

pub(crate) fn rpop(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    pop(store, &words[1], out, List::pop_back)
}

fn pop(
    store: &mut Store,
    key: &[u8],
    out: &mut Replies,
    pop: fn(&mut List) -> Option<Text>,
) -> Result<(), Error> {
    let Some(list) = store.get::<List>(key)? else {
        out.null();
        return Ok(());
    };
    let item = pop(list).expect("an empty list is removed");
    out.bulk(&item);
    let is_empty = list.is_empty();
    store.shrank(cost(&item));
    if is_empty {
        store.remove(key);
    }
    Ok(())
}

pub(crate) fn llen(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    out.count(store.get::<List>(&words[1])?.map_or(0, |list| list.len()));
    Ok(())
}

/// `LRANGE key first last`; a negative index counts from the end.
pub(crate) fn lrange(store: &mut Store, words: Words<'_>, out: &mut Replies) -> Result<(), Error> {
    let (first, last) = (integer(&words[2])?, integer(&words[3])?);
    let Some(list) = store.get::<List>(&words[1])? else {
        out.array(0);
        return Ok(());
    };
    let length = list.len() as i64;
    let place = |index: i64| if index < 0 { index.saturating_add(length) } else { index };
    let end = (place(last).saturating_add(1)).clamp(0, length);
    let start = place(first).clamp(0, end);
    out.bulks(list.range(start as usize..end as usize).map(|item| &item[..]));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::command::tests::Data;

    #[test]
    fn both_ends_grow() {
        let mut data = Data::new();
        data.check(&[
            ("llen a", ":0"),
            ("lpop a", "$-1"),
            ("rpush a b c", ":2"),
            ("lpush a a z", ":4"),
            ("lrange a 0 -1", "*4 $1 z $1 a $1 b $1 c"),
            ("lpop a", "$1 z"),
            ("rpop a", "$1 c"),
            ("llen a", ":2"),
            ("rpop a", "$1 b"),
            ("rpop a", "$1 a"),
            ("exists a", ":0"),
        ]);
        assert_eq!(data.used(), 0);
    }

    #[test]
    fn ranges_are_cut_to_the_list() {
        Data::new().check(&[
            ("rpush a 0 1 2 3", ":4"),
            ("lrange a 1 2", "*2 $1 1 $1 2"),
            ("lrange a -2 -1", "*2 $1 2 $1 3"),
            ("lrange a -100 100", "*4 $1 0 $1 1 $1 2 $1 3"),
            ("lrange a 2 1", "*0"),
            ("lrange a 4 9", "*0"),
            ("lrange a 0 -5", "*0"),
            ("lrange a 9223372036854775807 9223372036854775807", "*0"),
            ("lrange a -9223372036854775808 9223372036854775807", "*4 $1 0 $1 1 $1 2 $1 3"),
            ("lrange a x 1", "-ERR value is not an integer or out of range"),
            ("lrange none 0 -1", "*0"),
        ]);
    }

    #[test]
    fn other_kinds_are_no_lists() {
        let wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
        Data::new().check(&[
            ("set a 1", "+OK"),
            ("lpush a 1", wrong),
            ("rpop a", wrong),
            ("llen a", wrong),
            ("lrange a 0 1", wrong),
            ("get a", "$1 1"),
        ]);
    }
}
