//! Local variables in jobs.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let words = ["one", "two", "three"].map(String::from);
    let (mut total, n) = (0, 2);

    let sum = par!([&words, &mut total, n] async {
        *total += words.iter().map(|word| word.len()).sum::<usize>() * n;
    });
    let longest = par!([part = &words[1..]] async {
        part.iter().max_by_key(|word| word.len()).cloned()
    });
    let ((), longest) = (sum, longest).join().await;
    println!("{total} letters\n{longest:?}");

    let text = "twelve";
    let number = par!([text] async {
        let number: u32 = text.parse().map_err(|_| format!("{text} is no number"))?;
        Ok::<_, String>(number)
    });
    println!("{:?}", number.await);
}
