//! Only the job's own arguments leave; what surrounds it borrows as always.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn add(a: usize, b: usize) -> usize {
    a + b
}

#[guest_runtime::main]
async fn main() {
    let mut container = vec![1, 2, 3];
    let mut num = 0;

    let a = async {
        println!("the container is {container:?}");
    };
    let b = async {
        num += add(container[0], container[2]).par().await;
    };
    (a, b).join().await;

    container.push(4);
    assert_eq!(num, container.len());
    println!("and now {container:?}");
}
