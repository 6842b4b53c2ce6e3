//! A program with tests of its own, one of which fails.

#[guest_runtime::main]
async fn main() {
    println!("not a test");
}

#[cfg(test)]
mod tests {
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
}
