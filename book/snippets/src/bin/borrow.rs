//! The essay's program: "tasks force 'static, joins don't".
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let mut container = vec![1, 2, 3];
    let mut num = 0;

    let a = async {
        println!("the container is {container:?}");
    };
    let b = par!([&mut num, &container] async {
        *num += container[0] + container[2];
    });
    (a, b).join().await;

    container.push(4);
    assert_eq!(num, container.len());
    println!("and now {container:?}");
}
