//! Typed calls of an exported function: by this library, and by a bare engine on as many threads.
//!
//! ```sh
//! cargo run --release -p parallel-host --example call_load -- values.wasm library 2000 2
//! ```
//!
//! The component is `tests/plugs/values`, whose `spin` computes for so many rounds. `library` keeps many calls
//! in flight on the cores of a host, `bare` calls one instance on each of the threads, one call after another.
//! Each prints how many microseconds a call took: the time divided by the calls of all threads.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::error::Error;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use host::wasmtime::component::{Component, InstancePre, Linker};
use host::wasmtime::{self, Engine, Store};
use host::{Config, Host, RunConfig};

/// The time of the measurement, after a warm-up that is not counted.
const LONG_ENOUGH: Duration = Duration::from_millis(500);
const WARM_UP: Duration = Duration::from_millis(200);

/// How many calls are in flight for each core.
const AHEAD: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [component, how, rounds, threads] = arguments.as_slice() else {
        return Err("say what to call and how: call_load VALUES.wasm library|bare ROUNDS THREADS".into());
    };
    let (rounds, threads) = (rounds.parse()?, threads.parse()?);
    let each = match how.as_str() {
        "library" => library(component, rounds, threads)?,
        "bare" => bare(component, rounds, threads)?,
        _ => return Err(format!("`{how}` is neither library nor bare").into()),
    };
    println!("{:.4}", each.as_secs_f64() * 1e6);
    Ok(())
}

fn library(component: &str, rounds: u64, cores: usize) -> Result<Duration, Box<dyn Error>> {
    let host = Host::new(&Config::default().with_cores(cores.try_into()?))?;
    let library = host.open(component, &RunConfig::default())?;
    let spin = library.function("spin")?.typed::<(u64,), (u64,)>()?;
    let measure = async |time: Duration| {
        let (start, mut count) = (Instant::now(), 0_u32);
        let mut calls = stream::repeat(()).map(|()| spin.call((rounds,))).buffer_unordered(AHEAD * cores);
        while let Some(ended) = calls.next().await {
            ended?;
            count += 1;
            if start.elapsed() > time {
                break;
            }
        }
        Ok::<_, host::Failure>(start.elapsed() / count)
    };
    futures_executor::block_on(measure(WARM_UP))?;
    Ok(futures_executor::block_on(measure(LONG_ENOUGH))?)
}

fn bare(component: &str, rounds: u64, threads: usize) -> wasmtime::Result<Duration> {
    let mut config = wasmtime::Config::new();
    config.concurrency_support(false);
    let engine = Engine::new(&config)?;
    let component = Component::from_file(&engine, component)?;
    let mut linker = Linker::new(&engine);
    // std imports these functions, but none of them is called.
    linker.define_unknown_imports_as_traps(&component)?;
    let component = linker.instantiate_pre(&component)?;
    let measure = |time: Duration| -> wasmtime::Result<Duration> {
        let start = Instant::now();
        let counts = std::thread::scope(|scope| {
            let call = || calls(&component, rounds, start + time);
            let threads = (0..threads).map(|_| scope.spawn(call)).collect::<Vec<_>>();
            let counts = threads.into_iter().map(|thread| thread.join().expect("it does not panic"));
            counts.sum::<wasmtime::Result<u32>>()
        })?;
        Ok(start.elapsed() / counts)
    };
    measure(WARM_UP)?;
    measure(LONG_ENOUGH)
}

/// Calls one instance until the deadline, and returns the number of calls.
fn calls(component: &InstancePre<()>, rounds: u64, until: Instant) -> wasmtime::Result<u32> {
    let mut store = Store::new(component.engine(), ());
    let instance = component.instantiate(&mut store)?;
    let work = instance.get_export_index(&mut store, None, "tests:values/work@0.1.0");
    let spin = work.and_then(|work| instance.get_export_index(&mut store, Some(&work), "spin"));
    let spin = spin.ok_or_else(|| wasmtime::Error::msg("it has no `spin`"))?;
    let spin = instance.get_typed_func::<(u64,), (u64,)>(&mut store, spin)?;
    let mut calls = 0;
    while Instant::now() < until {
        spin.call(&mut store, (rounds,))?;
        calls += 1;
    }
    Ok(calls)
}
