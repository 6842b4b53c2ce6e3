//! An uncaught failure of a job ends the program, with the job's message.
use guest_runtime::prelude::*;

mod deep {
    #[guest_runtime::parallel]
    pub(crate) async fn unlucky(text: String) -> u32 {
        panic!("no luck with {text}")
    }
}

#[guest_runtime::main]
async fn main() {
    println!("before");
    println!("{}", deep::unlucky("this".into()).par().await);
}
