//! A bare wasmtime: calls an exported function, without anything of this host.
//!
//! The cost of a call here is the lower bound for the cost of a job. The engine is configured as in
//! `host/lib/src/load/engine.rs`, except for the epochs: no guest has to yield here.
//!
//! ```sh
//! cargo run --release -p parallel-host --example bare_engine -- bare.wasm fresh 2
//! ```
//!
//! The component is `benches/src/bin/bare.rs`. `warm N` and `fresh N` call it without a message on N
//! concurrent threads, in the same instance or each time in a new one; `take N` and `echo N` pass it N bytes.
//! Each prints how many microseconds a call took; with threads, that is the time divided by the calls of all
//! threads.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::{Duration, Instant};

use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{
    Config, Enabled, Engine, Error, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store,
};

const KEEP_RESIDENT: usize = 1 << 20;

/// The time of the measurement, after a warm-up that is not counted.
const LONG_ENOUGH: Duration = Duration::from_millis(300);
const WARM_UP: Duration = Duration::from_millis(100);

/// The most bytes that a guest may return in one call.
const HOSTCALL_FUEL: usize = 1 << 30;

type Bare = InstancePre<()>;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [component, what, number] = arguments.as_slice() else {
        return Err(Error::msg(
            "say what to call and how: bare_engine BARE.wasm warm|fresh|take|echo NUMBER",
        ));
    };
    let number = number.parse()?;
    let engine = engine()?;
    let component = Component::from_file(&engine, component)?;
    let mut linker = Linker::new(&engine);
    // std imports these functions, but none of them is called.
    linker.define_unknown_imports_as_traps(&component)?;
    let bare = linker.instantiate_pre(&component)?;
    let microseconds = match what.as_str() {
        "warm" => on_threads(number, &bare, warm)?,
        "fresh" => on_threads(number, &bare, fresh)?,
        "take" => take(&bare, &vec![1; number])?,
        "echo" => echo(&bare, &vec![1; number])?,
        _ => return Err(Error::msg(format!("`{what}` is none of warm, fresh, take and echo"))),
    };
    println!("{microseconds:.4}");
    Ok(())
}

fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.concurrency_support(false);
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

fn store(bare: &Bare) -> Store<()> {
    let mut store = Store::new(bare.engine(), ());
    store.set_hostcall_fuel(HOSTCALL_FUEL);
    store
}

/// Calls the same instance until the deadline, and returns the number of calls.
fn warm(bare: &Bare, until: Instant) -> Result<usize> {
    let mut store = store(bare);
    let instance = bare.instantiate(&mut store)?;
    let run = instance.get_typed_func::<(u32, &[u8]), (Vec<u8>,)>(&mut store, "run")?;
    let mut calls = 0;
    while Instant::now() < until {
        // Reading the clock is not part of the measurement.
        for _ in 0..100 {
            run.call(&mut store, (0, &[]))?;
        }
        calls += 100;
    }
    Ok(calls)
}

/// Calls a new instance each time.
fn fresh(bare: &Bare, until: Instant) -> Result<usize> {
    let run = bare.component().get_export_index(None, "run").ok_or_else(|| Error::msg("it has no `run`"))?;
    let mut calls = 0;
    while Instant::now() < until {
        let mut store = store(bare);
        let instance = bare.instantiate(&mut store)?;
        let run = instance.get_typed_func::<(u32, &[u8]), (Vec<u8>,)>(&mut store, &run)?;
        run.call(&mut store, (0, &[]))?;
        calls += 1;
    }
    Ok(calls)
}

fn on_threads(threads: usize, bare: &Bare, calls: fn(&Bare, Instant) -> Result<usize>) -> Result<f64> {
    let measure = |time: Duration| -> Result<f64> {
        let start = Instant::now();
        let counts = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..threads).map(|_| scope.spawn(move || calls(bare, start + time))).collect();
            let counts = threads.into_iter().map(|thread| thread.join().expect("it does not panic"));
            counts.collect::<Result<Vec<_>>>()
        })?;
        Ok(start.elapsed().as_secs_f64() * 1e6 / counts.into_iter().sum::<usize>() as f64)
    };
    measure(WARM_UP)?;
    measure(LONG_ENOUGH)
}

fn take(bare: &Bare, message: &[u8]) -> Result<f64> {
    let mut store = store(bare);
    let instance = bare.instantiate(&mut store)?;
    let take = instance.get_typed_func::<(&[u8],), ()>(&mut store, "take")?;
    median(|| take.call(&mut store, (message,)))
}

fn echo(bare: &Bare, message: &[u8]) -> Result<f64> {
    let mut store = store(bare);
    let instance = bare.instantiate(&mut store)?;
    let run = instance.get_typed_func::<(u32, &[u8]), (Vec<u8>,)>(&mut store, "run")?;
    median(|| run.call(&mut store, (0, message)).map(drop))
}

/// Returns the median time of a call in microseconds, after one call that is not counted.
fn median(mut call: impl FnMut() -> Result<()>) -> Result<f64> {
    call()?;
    let (begin, mut times) = (Instant::now(), Vec::new());
    while times.len() < 3 || begin.elapsed() < LONG_ENOUGH {
        let start = Instant::now();
        call()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2].as_secs_f64() * 1e6)
}
