//! Jobs that make the host keep as much as possible for them: handles, requests, unwritten bytes, listings,
//! stacks.
//!
//! Each attack prints how many of its jobs were denied memory, if any were and the others succeeded.

use std::fs;
use std::hint::black_box;
use std::mem::forget;

use guest_runtime::prelude::*;
use guest_runtime::{Failure, ParallelFuture, parallel};
use wasi::clocks::monotonic_clock::subscribe_duration;
use wasi::filesystem::preopens::get_directories;
use wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use wasi::http::types::{Fields, Method, OutgoingBody, OutgoingRequest};
use wasi::sockets::instance_network::instance_network;
use wasi::sockets::network::{IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasi::sockets::udp_create_socket::create_udp_socket;

pub(crate) async fn run(name: &str) -> bool {
    match name {
        "pollables" => all_of(|| pollables.par_with(45_000), 16).await,
        "lists of pollables" => all_of(|| lists.par_with(90_000), 40).await,
        "bodies" => all_of(|| bodies.par_with(20_000), 4).await,
        "bodies with trailers" => all_of(|| trailers.par_with(20_000), 4).await,
        "fields" => all_of(|| fields.par_with(20_000), 4).await,
        "fields in turn" => all_of(|| fields_in_turn.par_with(2_000), 4).await,
        "texts of requests" => all_of(|| texts.par_with(20_000), 4).await,
        "streams of files" => all_of(|| streams.par_with(20_000), 4).await,
        "listings" => listed().await,
        "large directory" => large_directory().await,
        "sockets" => all_of(|| sockets.par_with(400), 4).await,
        "stacks" => all_of(|| stacks.par_with(4_000), 900).await,
        "random bytes" => all_of(|| random_bytes.par_with(30 << 20), 8).await,
        "environments" => all_of(|| sleeps.par_with(0), 100).await,
        "denied requests" => denied_requests().await,
        "long fields" => crate::beside((async || drop(long_fields(1_000, 1_000))).par().catch()).await,
        "long texts" => long_texts().await,
        _ => return false,
    }
    true
}

/// Runs `count` of these jobs at a time. A job that gets all its memory keeps it until others are denied some.
async fn all_of<'a, T: 'a>(job: impl Fn() -> ParallelFuture<'a, T>, count: usize) {
    let jobs: Vec<_> = (0..count).map(|_| job().catch()).collect();
    let outcomes = jobs.join().await;
    let denied = outcomes.iter().filter(|outcome| matches!(outcome, Err(Failure::OutOfMemory(_)))).count();
    let other = outcomes.into_iter().filter_map(Result::err);
    let other = other.filter(|failure| !matches!(failure, Failure::OutOfMemory(_)));
    for failure in other.take(3) {
        println!("{failure}");
    }
    println!("{}", if denied > 0 { "denied" } else { "not denied" });
    crate::canary().await;
}

/// Keeps a value alive while other jobs take more memory.
fn hold<T>(kept: T) {
    subscribe_duration(1_500_000_000).block();
    drop(black_box(kept));
}

#[parallel]
async fn sleeps(_: u32) {
    hold(());
}

#[parallel]
async fn random_bytes(count: u64) {
    hold(wasi::random::random::get_random_bytes(count));
}

#[parallel]
async fn pollables(count: u64) {
    hold((0..count).map(|n| subscribe_duration(n + 1_000_000_000_000)).collect::<Vec<_>>());
}

#[parallel]
async fn lists(count: usize) {
    let pollable = subscribe_duration(1_500_000_000);
    wasi::io::poll::poll(&vec![&pollable; count]);
}

/// A request whose body fills the buffer of the host. The guest itself keeps almost nothing.
fn with_body() -> (OutgoingRequest, OutgoingBody) {
    let request = OutgoingRequest::new(Fields::new());
    let body = request.body().unwrap();
    let stream = body.write().unwrap();
    let bytes = vec![7; 64 << 10];
    while let Ok(permit @ 1..) = stream.check_write() {
        stream.write(&bytes[..bytes.len().min(permit as usize)]).unwrap();
    }
    drop(stream);
    (request, body)
}

#[parallel]
async fn bodies(count: usize) {
    hold((0..count).map(|_| forget(with_body())).count());
}

/// Returns fields with `names` names, each with a value of `bytes` bytes. More than 64 KiB would trap; a name
/// counts 32 bytes more than its length, and a value 40 bytes more.
fn long_fields(names: usize, bytes: usize) -> Fields {
    let value = vec![b'v'; bytes];
    let list: Vec<_> = (0..names).map(|n| (format!("n{n}"), value.clone())).collect();
    Fields::from_list(&list).unwrap()
}

#[parallel]
async fn trailers(count: usize) {
    let request = OutgoingRequest::new(Fields::new());
    let body = request.body().unwrap();
    OutgoingBody::finish(body, Some(long_fields(55, 1_000))).unwrap_err();
    for _ in 0..count {
        let request = OutgoingRequest::new(Fields::new());
        OutgoingBody::finish(request.body().unwrap(), Some(long_fields(3, 1_000))).unwrap();
        forget(request);
    }
    hold(());
}

#[parallel]
async fn fields(count: usize) {
    hold(
        (0..count)
            .map(|n| forget(if n % 2 == 0 { long_fields(840, 0) } else { long_fields(55, 1_000) }))
            .count(),
    );
}

/// All values of one name, which lie elsewhere than the first of each.
#[parallel]
async fn fields_in_turn(count: usize) {
    let values = vec![Vec::new(); 1_600];
    for _ in 0..count {
        let fields = Fields::new();
        fields.set("name", &values).unwrap();
        forget(fields.clone());
        forget(fields);
    }
    hold(());
}

#[parallel]
async fn texts(count: usize) {
    let (path, text) = ("/".repeat(60 << 10), "m".repeat(60 << 10));
    for _ in 0..count {
        let request = OutgoingRequest::new(Fields::new());
        request.set_path_with_query(Some(&path)).unwrap();
        _ = request.set_method(&Method::Other(text.clone()));
        _ = request.set_authority(Some(&text));
        forget(request);
    }
    hold(());
}

/// Streams that have read, and of which nothing is taken.
#[parallel]
async fn streams(count: usize) {
    let (root, _) = get_directories().pop().unwrap();
    fs::write("/large", vec![1; 1 << 20]).unwrap();
    let file = root.open_at(PathFlags::empty(), "large", OpenFlags::empty(), DescriptorFlags::READ).unwrap();
    for _ in 0..count {
        let stream = file.read_via_stream(0).unwrap();
        assert!(stream.read(64 << 10).unwrap().len() <= 64 << 10);
        forget(stream);
    }
    hold(());
}

/// A directory with many long names, listed again and again by each job. Only the first entry is read.
async fn listed() {
    for n in 0..2_000 {
        fs::write(format!("/{n:0250}"), "").unwrap();
    }
    all_of(|| listings.par_with(400), 4).await;
}

/// A directory with more names than the run has memory for.
async fn large_directory() {
    for n in 0..24_000 {
        fs::write(format!("/{n:0250}"), "").unwrap();
    }
    println!("{} files", (async || fs::read_dir("/").unwrap().count()).par().await);
    crate::canary().await;
}

#[parallel]
async fn listings(count: usize) {
    let (root, _) = get_directories().pop().unwrap();
    for _ in 0..count {
        let listing = root.read_directory().unwrap();
        listing.read_directory_entry().unwrap().unwrap();
        forget(listing);
    }
    hold(());
}

/// Sockets that would receive.
#[parallel]
async fn sockets(count: usize) {
    let network = instance_network();
    let any = IpSocketAddress::Ipv4(Ipv4SocketAddress { port: 0, address: (127, 0, 0, 1) });
    for _ in 0..count {
        let socket = create_udp_socket(IpAddressFamily::Ipv4).unwrap();
        socket.start_bind(&network, any).unwrap();
        socket.finish_bind().unwrap();
        let (incoming, outgoing) = socket.stream(None).unwrap();
        assert!(incoming.receive(16).unwrap().is_empty());
        forget((incoming, outgoing, socket));
    }
    hold(());
}

/// Recurses to this depth, and waits there.
#[parallel]
async fn stacks(depth: usize) {
    fn deep(depth: usize) -> usize {
        if black_box(depth) == 0 {
            hold(());
            return 0;
        }
        deep(black_box(depth - 1)) + 1
    }
    black_box(deep(depth));
}

/// Makes so many requests that the host would run out of memory if it kept something of each.
async fn denied_requests() {
    let mut last = String::new();
    for _ in 0..30_000 {
        last = guest_runtime::http::get("http://127.0.0.1:1/").await.unwrap_err().to_string();
    }
    println!("{last}");
    crate::canary().await;
}

/// Texts that are too long for a request are refused, and the job goes on.
async fn long_texts() {
    let refused: ParallelFuture<'_, [bool; 3]> = (async || {
        let request = OutgoingRequest::new(Fields::new());
        let text = "t".repeat(100 << 10);
        [
            request.set_path_with_query(Some(&format!("/{text}"))).is_err(),
            request.set_method(&Method::Other(text.clone())).is_err(),
            request.set_authority(Some(&text)).is_err(),
        ]
    })
    .par();
    println!("{:?}", refused.await);
    crate::canary().await;
}
