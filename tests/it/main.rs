//! What must stay true of the host and the guest together.
//!
//! Each module runs the guests of its name in `tests/programs`, under the real host.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// One future, polled until it is ready: wake-ups, deadlocks, mistakes.
mod block_on;
// Pollables: registered, raced, forgotten.
mod reactor;
// Streams: all bytes, in order, at the pace of the reader.
mod io;
// Lines: whole, and written in time.
mod lines;
// Sockets, to those of this machine and to the programs of others.
mod net;
// Timers: many, none too short, in order.
mod time;
// Timers, clients and limits beside jobs that keep all cores busy.
mod saturated;
// Jobs: values, messages, trees of them, on any number of cores.
mod par;
// Arguments that are borrowed: written through with the result, or not at all.
mod borrow;
// What cannot cross does not compile, and the compiler says what to do.
mod wrong;
// What becomes of panics, traps and exits.
mod failure;
// What is dropped is stopped.
mod cancel;
// What is told to stop may clean up first, from the inside out.
mod stop;
// Where it runs may be poor.
mod surroundings;
// What is shown of a run beside what it prints.
mod trace;
// The line on the terminal while it goes on.
mod progress;
// What has had enough is one job's failure.
mod limit;
// Jobs without this runtime: on another one, or on none.
mod outside;
// Iteration, streams and large values in parallel.
mod data;
// What jobs send before their result, and what instances share.
mod items;
// Several jobs in one call of a worker.
mod next;
// Requests to web servers.
mod http;
// The client for HTTP: requests, bodies in both directions, servers that misbehave.
mod http_client;
// Files that are no apps, and flags that are none.
mod input;
// Projects that the command creates, and what it says of itself to shells.
mod new;
// What a file is, and what it would need to run.
mod inspect;
// Apps and their plugs: what fits, what does not, and what runs wherever WASI is.
mod compose;
// Programs composed with one.
mod plug;
// Files that wait: FIFOs, devices.
mod files;
// The command line, grants, the cache, the streams.
mod cli;
// The cache of compiled apps: files that are not what they were.
mod cache;
// Tests of a user's own.
mod test_attribute;
// Programs that know nothing of this project.
mod peers;
// The examples, as their readers would run them.
mod examples;
// The same apps on runtimes that know nothing of jobs.
mod portable;
// A server among them, as its clients see it.
mod mini_redis;
// Components that others are plugged with, in other languages and between an app and the host.
mod polyglot;
// The book tells the truth.
mod book;
// What stands side by side there does the same.
mod side_by_side;
// So does the README.
mod readme;
// Every program has a test.
mod programs;
// The repository keeps its own rules.
mod tidy;
