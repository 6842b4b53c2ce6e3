//! A command for WASI 0.3: its first argument selects what it does.

use std::time::Instant;

use futures_concurrency::future::Join as _;
use wasip3::clocks::monotonic_clock;
use wasip3::filesystem::preopens;
use wasip3::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use wasip3::http::types::{Fields, Request, Scheme};
use wasip3::sockets::types::{IpAddressFamily, TcpSocket};
use wasip3::{cli, http, random, spawn_local, wit_future, wit_stream};

wasip3::cli::command::export!(Command);

struct Command;

impl wasip3::exports::cli::run::Guest for Command {
    async fn run() -> Result<(), ()> {
        let args = cli::environment::get_arguments();
        match args.get(1).map_or("", String::as_str) {
            "hello" => print("hello from 0.3\n".into()).await,
            "arguments" => {
                let environment = cli::environment::get_environment();
                print(format!("{args:?} {environment:?}\n")).await;
            }
            "std" => {
                println!("the std of 0.2, and {} random bytes", random::random::get_random_bytes(5).len())
            }
            "large" => print("x".repeat(3_000_000) + "\n").await,
            "copy" => copy().await,
            "sleeps" => sleeps().await,
            "files" => files().await,
            "spawned" => {
                drop(spawn_local(async {
                    monotonic_clock::wait_for(u64::MAX).await;
                    print("after main\n".into()).await;
                }));
                print("main\n".into()).await;
            }
            "socket" => print(format!("{:?}\n", TcpSocket::create(IpAddressFamily::Ipv4).err())).await,
            "request" => request(&args[2]).await,
            "fails" => return Err(()),
            "exits" => cli::exit::exit_with_code(7),
            "panics" => panic!("on purpose"),
            "computes" => {
                eprintln!("ready");
                loop {
                    std::hint::black_box(0);
                }
            }
            "waits" => {
                eprintln!("ready");
                monotonic_clock::wait_for(u64::MAX).await;
            }
            "hoards memory" => hoard(),
            "hoards streams" => {
                let mut streams = Vec::new();
                loop {
                    streams.push(wit_stream::new::<u8>());
                }
            }
            "hoards timers" => {
                let timers = (0..100_000_u32).map(|_| monotonic_clock::wait_for(u64::MAX));
                timers.collect::<Vec<_>>().join().await;
            }
            other => panic!("there is no {other:?}"),
        }
        Ok(())
    }
}

async fn print(text: String) {
    let (mut writer, reader) = wit_stream::new();
    let written = async {
        let rest = writer.write_all(text.into_bytes()).await;
        assert_eq!(rest, []);
        drop(writer);
    };
    let (printed, ()) = (cli::stdout::write_via_stream(reader), written).join().await;
    printed.expect("stdout can be written");
}

async fn copy() {
    let (stdin, read) = cli::stdin::read_via_stream();
    let written = cli::stdout::write_via_stream(stdin);
    let (written, read) = (written, read).join().await;
    written.expect("stdout can be written");
    read.expect("stdin can be read");
}

/// Two sleeps at the same time take as long as one.
async fn sleeps() {
    let begin = Instant::now();
    let sleep = || monotonic_clock::wait_for(200_000_000);
    (sleep(), sleep()).join().await;
    let elapsed = begin.elapsed().as_millis();
    assert!(elapsed >= 200, "{elapsed}");
    print(format!("{}\n", if elapsed < 400 { "at the same time" } else { "one after the other" })).await;
}

async fn files() {
    let directories = preopens::get_directories();
    let Some((directory, _)) = directories.first() else { return print("no directory\n".into()).await };
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let path = || PathFlags::empty();
    let open = |create| directory.open_at(path(), "file".into(), create, flags);
    let file = open(OpenFlags::CREATE).await.expect("a file can be made");
    write(&file, b"written by 0.3").await;
    drop(file);
    let file = open(OpenFlags::empty()).await.expect("it is there");
    let (stream, read) = file.read_via_stream(0);
    let bytes = stream.collect().await;
    read.await.expect("it can be read");
    let (entries, listed) = directory.read_directory();
    let names = entries.collect().await.into_iter().map(|entry| entry.name).collect::<Vec<_>>();
    listed.await.expect("the directory can be read");
    print(format!("{:?} {names:?}\n", String::from_utf8_lossy(&bytes))).await;
}

async fn write(file: &Descriptor, bytes: &[u8]) {
    let (mut writer, reader) = wit_stream::new();
    let send = async {
        writer.write_all(bytes.to_vec()).await;
        drop(writer);
    };
    let (written, ()) = (file.write_via_stream(reader, 0), send).join().await;
    written.expect("the file can be written");
}

async fn request(authority: &str) {
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(Fields::new(), None, trailers, None);
    request.set_scheme(Some(&Scheme::Http)).expect("it is a scheme");
    request.set_authority(Some(authority)).expect("it is an authority");
    request.set_path_with_query(Some("/")).expect("it is a path");
    match http::client::send(request).await {
        Ok(response) => print(format!("status {}\n", response.get_status_code())).await,
        Err(error) => print(format!("{error:?}\n")).await,
    }
}

fn hoard() {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![1_u8; 1 << 20]);
    }
}
