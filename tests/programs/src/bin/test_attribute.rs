//! A program with tests of its own, one of which fails.

#[guest_runtime::main]
async fn main() {
    println!("not a test");
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use guest_runtime::prelude::*;
    use guest_runtime::time::sleep;

    #[guest_runtime::test]
    async fn a_question_mark() -> Result<(), std::num::ParseIntError> {
        sleep(Duration::from_millis(1)).await;
        let n: u64 = "4".parse()?;
        assert_eq!((async |n: u64| n * 2).par_with(n).await, 8);
        Ok(())
    }

    #[guest_runtime::test]
    #[cfg(not(test))]
    async fn b_other_attributes_stay() {
        compile_error!("this one is not there");
    }

    #[guest_runtime::test]
    async fn c_two_and_two_are_five() {
        let sum = (async || 2 + 2).par().await;
        assert_eq!(sum, 5, "the sum of a job");
    }

    #[guest_runtime::test]
    async fn d_comes_after_it() {}

    static COUNT: AtomicU32 = AtomicU32::new(0);

    /// Each has a count of its own.
    #[test]
    fn e_first() {
        assert_eq!(COUNT.fetch_add(1, Ordering::Relaxed), 0);
    }

    #[test]
    fn f_second() {
        assert_eq!(COUNT.fetch_add(1, Ordering::Relaxed), 0);
        println!("printed by a test that passes");
    }

    #[test]
    fn g_plain() {
        println!("printed by a test that fails");
        assert!(COUNT.load(Ordering::Relaxed) > 0, "a plain test");
    }

    #[test]
    #[ignore = "for a good reason"]
    fn h_ignored() {
        panic!("it was not ignored");
    }

    #[test]
    fn i_error() -> Result<(), String> {
        Err("an error".to_owned())
    }

    #[test]
    fn j_recursion() {
        fn depth(n: u64) -> u64 {
            std::hint::black_box(if n == 0 { 0 } else { depth(n + 1) + 1 })
        }
        assert_eq!(depth(1), 0);
    }
}
