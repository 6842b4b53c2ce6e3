//! Sets the times of a file without opening it.
use wasi::filesystem::preopens::get_directories;
use wasi::filesystem::types::{NewTimestamp, PathFlags};

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let (dir, _) = get_directories().remove(0);
    dir.set_times_at(PathFlags::SYMLINK_FOLLOW, &path, NewTimestamp::Now, NewTimestamp::Now).unwrap();
    println!("done");
}
