//! Lends arguments to jobs.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn sum(numbers: &[u64], factor: &u64) -> u64 {
    numbers.iter().map(|n| n * factor).sum()
}

#[guest_runtime::parallel]
async fn sort(words: &mut [String]) {
    words.sort();
}

#[derive(serde::Serialize, serde::Deserialize, Debug)]
struct Account {
    cents: u64,
}

impl Account {
    #[guest_runtime::parallel]
    async fn grow(&mut self, percent: u64) -> u64 {
        let interest = self.cents * percent / 100;
        self.cents += interest;
        interest
    }
}

#[guest_runtime::main]
async fn main() {
    // Both jobs read the same slice.
    let numbers = vec![1, 2, 3, 4];
    let sums =
        (sum(&numbers, &1).par(), sum(&numbers[1..], &10).par()).join().await;
    println!("{sums:?}");

    // Each job modifies its own value.
    let mut words = ["d", "c", "b", "a"].map(String::from);
    let (left, right) = words.split_at_mut(2);
    (sort(left).par(), sort(right).par()).join().await;
    println!("{words:?}");

    let mut account = Account { cents: 200 };
    let interest = account.grow(5).par().await;
    println!("{interest} more: {account:?}");

    // A block gets the variables in its list.
    let mut longest = String::new();
    par!([&mut longest, &words] async {
        *longest =
            words.iter().max_by_key(|word| word.len()).cloned().unwrap_or_default();
    })
    .await;
    println!("{longest}");
}
