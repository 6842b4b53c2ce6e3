//! The names of the jobs of one instance, as an observer shows them.

use std::sync::Arc;

use super::lift::texts::shortened;
use crate::escaped::Escaped;

/// Names jobs. Jobs that are started one after another mostly have the same name, and share it.
#[derive(Debug, Default)]
pub(crate) struct Names(Option<Arc<str>>);

impl Names {
    /// The most bytes of a name. A name is for people, and is kept while an observer may show it.
    pub(crate) const LONGEST: usize = 256;

    /// Returns the name of a job: its own, or else one made from its entry.
    pub(crate) fn name(&mut self, entry: u32, name: Option<String>) -> Arc<str> {
        let name = name.map_or_else(
            || format!("entry {entry}"),
            |name| shortened(Escaped(name).to_string(), Self::LONGEST),
        );
        match &self.0 {
            Some(last) if **last == *name => Arc::clone(last),
            _ => Arc::clone(self.0.insert(name.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shared_and_an_entry_is_one_too() {
        let mut names = Names::default();
        let first = names.name(1, Some("page 1".to_owned()));
        assert!(Arc::ptr_eq(&first, &names.name(2, Some("page 1".to_owned()))));
        assert_eq!(&*names.name(7, None), "entry 7");
        assert_eq!(&*names.name(7, Some(String::new())), "");
    }

    #[test]
    fn a_name_cannot_steer_what_shows_it() {
        assert_eq!(&*Names::default().name(0, Some("a\x1b]0;b\x07\n".to_owned())), r"a\u{1b}]0;b\u{7}\n");
    }

    #[test]
    fn a_long_name_is_cut_between_two_letters() {
        let long = Names::default().name(0, Some("ä".repeat(1000) + "b"));
        assert_eq!(*long, *("ä".repeat(Names::LONGEST / 2) + "…"));
        let odd = Names::default().name(0, Some("b".to_owned() + &"ä".repeat(1000)));
        assert_eq!(odd.len(), Names::LONGEST - 1 + '…'.len_utf8());
        let exact = "x".repeat(Names::LONGEST);
        assert_eq!(*Names::default().name(0, Some(exact.clone())), *exact);
    }
}
