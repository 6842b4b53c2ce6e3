//! Integration tests of the host and guests together.
//!
//! Each module runs the guests of `tests/programs` with its name as prefix, under the real host.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

// `block_on`: wake-ups, deadlocks, misuse.
mod block_on;
// `wait`: plain functions that wait, in every place.
mod wait;
// Pollables: registered, raced, leaked.
mod reactor;
// Streams: all bytes, in order, with backpressure.
mod io;
// Lines: never mixed, and written in time.
mod lines;
// Sockets, between guests, std and other programs.
mod net;
// Clients of TLS.
mod tls;
// Timers: many, never early, in order.
mod time;
// Timers, clients and limits beside jobs that keep all cores busy.
mod saturated;
// Jobs: values, messages and trees, on any number of cores.
mod par;
// Borrowed arguments: updated with the result, or unchanged.
mod borrow;
// Each instance is set up before its first job.
mod init;
// Values that cannot be sent do not compile, and the compiler says what to do.
mod wrong;
// Panics, traps and exits.
mod failure;
// Cancellation by dropping.
mod cancel;
// Graceful stop, innermost jobs first.
mod stop;
// Restricted environments.
mod surroundings;
// Traces, timelines and statistics.
mod trace;
// The progress line on a terminal.
mod progress;
// Limits of jobs and runs.
mod limit;
// Jobs on another runtime, or on none.
mod outside;
// Iteration, streams and large values in parallel.
mod data;
// Items that jobs send, and shared bytes.
mod items;
// Several jobs within one call of a worker.
mod next;
// Requests to web servers.
mod http;
// The HTTP client: requests, bodies in both directions, misbehaving servers.
mod http_client;
// Invalid files and flags.
mod input;
// Features of WebAssembly beyond what Rust's compiler emits.
mod features;
// Profilers of others.
mod profile;
// What Prometheus reads.
mod metrics;
// The stacks that errors show.
mod stacks;
// Compiling, in a process with limited memory.
mod compiling;
// Commands for WASI 0.3.
mod wasi03;
// Jobs of commands for WASI 0.3.
mod jobs03;
// Projects that the command creates, completions and manual pages.
mod new;
// `host inspect`.
mod inspect;
// Composition of apps and plugs, and portable apps.
mod compose;
// Programs composed with a plug.
mod plug;
// Files that block: FIFOs, devices.
mod files;
// Jobs on other machines.
mod cluster;
// The command line, grants, the cache, the standard streams.
mod cli;
// The cache of compiled apps, with tampered files.
mod cache;
// `#[guest_runtime::test]`.
mod test_attribute;
// Programs that do not use this project.
mod peers;
// `host serve`, with real clients.
mod serve;
// `host call` and `host map`, on components without this project.
mod calls;
// The examples, run as a reader would.
mod examples;
// Portable apps on runtimes without jobs.
mod portable;
// examples/mini-redis, as its clients see it.
mod mini_redis;
// Components in other languages, and components between an app and the host.
mod polyglot;
// The outputs that the book shows are real.
mod book;
// The programs that the book compares do the same.
mod side_by_side;
// The outputs that the README shows are real.
mod readme;
// Every program has a test.
mod programs;
// Conventions of the repository.
mod tidy;
