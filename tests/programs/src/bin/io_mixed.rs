//! Prints alternately through std and through the streams of this runtime, with and without line ends.
use guest_runtime::io;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    for n in 0..100 {
        print!("{n} ");
        io::stdout().write_all(b"and ").await?;
    }
    let mut stdout = io::stdout();
    for n in 0..100 {
        println!("{n}");
        stdout.write_all(b"and\n").await?;
    }
    stdout.write_all(b"the ").await?;
    print!("end");
    Ok(())
}
