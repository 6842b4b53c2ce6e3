//! Calls of exported functions: typed, with values, as text, in sessions.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use host::wasmtime;
use host::wasmtime::StoreContextMut;
use host::wasmtime::component::{ComponentType, Lift, Lower, Val};
use host::{
    ErrorKind, Failure, Format, Function, Host, Imports, InstanceState, Library, RunConfig, Session,
    TypedFunction, Usage,
};

use crate::app::{config, host};
use crate::guest::guest;

const CORES: [usize; 3] = [1, 2, 8];

fn library(host: &Host) -> Library {
    host.open(guest("values"), &RunConfig::default()).unwrap()
}

fn function(library: &Library, name: &str) -> Function {
    library.function(name).unwrap()
}

type Number = TypedFunction<(u32,), (u32,)>;

/// A record of the component, as a type of Rust.
#[derive(ComponentType, Lift, Lower, Clone, Debug, PartialEq)]
#[component(record)]
struct Point {
    x: i32,
    y: f64,
    label: Option<String>,
}

#[test]
fn many_typed_calls_are_under_way_on_any_number_of_cores() {
    for cores in CORES {
        let host = host(cores);
        let library = library(&host);
        let add = function(&library, "add").typed::<(u32, u32), (u32,)>().unwrap();
        let calls = (0..1_000).map(|n| add.call((n, 1)));
        let sums = futures_executor::block_on(futures_util::future::try_join_all(calls)).unwrap();
        assert!(sums.into_iter().eq((1..=1_000).map(|sum| (sum,))));
        let echo = function(&library, "echo-point").typed::<(Point,), (Point,)>().unwrap();
        let point = Point { x: -1, y: 0.5, label: Some("here".to_owned()) };
        assert_eq!(echo.call((point.clone(),)).wait().unwrap(), (point,));
        library.close().unwrap();
        assert_eq!(host.usage(), Usage::default(), "nothing is left on {cores} cores");
    }
}

#[test]
fn a_call_does_nothing_until_it_is_polled() {
    let host = host(1);
    let library = library(&host);
    let next = function(&library, "next").typed::<(), (u32,)>().unwrap();
    drop((0..10).map(|_| next.call(())).collect::<Vec<_>>());
    let lazy = next.call(());
    assert_eq!(next.call(()).wait().unwrap(), (1,));
    assert_eq!(lazy.wait().unwrap(), (2,));
}

#[test]
fn a_call_that_is_dropped_is_stopped() {
    for cores in CORES {
        let host = host(cores);
        let library = library(&host);
        let risky: Number = function(&library, "risky").typed().unwrap();
        for _ in 0..2 * cores {
            let mut endless = pin!(risky.call((14,)));
            assert!(endless.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            // Each of the cores has one of them by now, or will have.
            assert_eq!(risky.call((1,)).wait().unwrap(), (1,));
        }
        library.close().unwrap();
        assert_eq!(host.usage().slots, 0);
    }
}

#[test]
fn a_failure_is_a_value_and_hurts_no_other_call() {
    for cores in CORES {
        let host = host(cores);
        let library = library(&host);
        let risky: Number =
            function(&library, "risky").with_timeout(Duration::from_millis(100)).typed().unwrap();
        let calls = (10..20).map(|n| risky.call((n,)));
        let ended = futures_executor::block_on(futures_util::future::join_all(calls));
        for (n, ended) in (10..20).zip(ended) {
            match (n, ended) {
                (13, Err(Failure::Trapped { backtrace, .. })) => {
                    assert!(backtrace.contains("trapping_function"), "{backtrace}");
                }
                (14, Err(failure)) => assert_eq!(failure, Failure::TimedOut(Duration::from_millis(100))),
                (15, Err(failure)) => assert_eq!(failure, Failure::Exited(1)),
                (_, ended) => assert_eq!(ended, Ok((n,))),
            }
        }
    }
}

#[test]
fn limits_apply_to_calls() {
    let mut limited = RunConfig::default();
    limited.limits.job_memory = 20 << 20;
    limited.limits.job_timeout = Some(Duration::from_millis(50));
    let host = host(2);
    let library = host.open(guest("values"), &limited).unwrap();
    let allocate: Number = function(&library, "allocate").typed().unwrap();
    let failure = allocate.call((50_000_000,)).wait().unwrap_err();
    assert!(matches!(&failure, Failure::OutOfMemory { setting, .. } if setting == "Limits::job_memory"));
    assert_eq!(allocate.call((5,)).wait().unwrap(), (5,));
    let risky: Number = function(&library, "risky").typed().unwrap();
    assert_eq!(risky.call((14,)).wait().unwrap_err(), Failure::TimedOut(Duration::from_millis(50)));
}

#[test]
fn instances_are_warm_fresh_or_of_a_session() {
    let host = host(1);
    let library = library(&host);
    let next = function(&library, "next");
    let call = |next: &TypedFunction<(), (u32,)>| next.call(()).wait().unwrap().0;
    let warm = next.typed().unwrap();
    assert_eq!([call(&warm), call(&warm)], [1, 2]);
    let fresh = next.clone().with_fresh(true).typed().unwrap();
    assert_eq!([call(&fresh), call(&fresh)], [1, 1]);
    let (a, b) = (Session::new(), Session::new());
    let [in_a, in_b] = [&a, &b].map(|session| next.clone().with_session(session).typed().unwrap());
    assert_eq!([call(&in_a), call(&in_b), call(&in_a), call(&in_b), call(&warm)], [1, 1, 2, 2, 3]);
    drop((a, in_a));
    assert_eq!(call(&in_b), 3);
}

#[test]
fn a_failed_call_ends_its_session() {
    for cores in CORES {
        let host = host(cores);
        let library = library(&host);
        let session = Session::new();
        let risky: Number = function(&library, "risky").with_session(&session).typed().unwrap();
        assert_eq!(risky.call((1,)).wait().unwrap(), (1,));
        let (first, second) = (risky.call((13,)), risky.call((2,)));
        let (first, second) = futures_executor::block_on(futures_util::future::join(first, second));
        assert!(matches!(first, Err(Failure::Trapped { .. })), "{first:?}");
        assert!(second.is_err() && risky.call((3,)).wait().is_err());

        let session = Session::new();
        let limited =
            function(&library, "risky").with_session(&session).with_timeout(Duration::from_millis(50));
        let limited: Number = limited.typed().unwrap();
        assert_eq!(limited.call((14,)).wait().unwrap_err(), Failure::TimedOut(Duration::from_millis(50)));

        let session = Session::new();
        let endless: Number = function(&library, "risky").with_session(&session).typed().unwrap();
        let mut call = Box::pin(endless.call((14,)));
        assert_eq!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        drop(call);
        drop((session, endless, limited, risky));
        library.close().unwrap();
        assert_eq!(host.usage(), Usage::default());
    }
}

#[test]
fn values_and_text_are_other_forms_of_arguments() {
    let host = host(2);
    let library = library(&host);
    let count = function(&library, "count");
    let words = count.call(vec![Val::String("to be".to_owned())]).wait().unwrap();
    assert_eq!(words, [Val::U32(2)]);
    assert!(matches!(count.call(Vec::new()).wait(), Err(Failure::Trapped { .. })));
    let text = count.text(Format::Json, Format::Wave).unwrap();
    assert_eq!(text.call("\"to be or\"").wait().unwrap().as_str(), "3");
    assert!(matches!(text.call("7").wait(), Err(Failure::BadArguments(_))));
}

#[test]
fn a_function_that_is_not_there_and_types_that_it_has_not_are_errors() {
    let host = host(1);
    let library = library(&host);
    let error = library.function("ad").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCall);
    assert!(error.to_string().contains("exports no function ad; it has tests:values/work.add"), "{error}");
    let error = function(&library, "add").typed::<(u32,), (u32,)>().unwrap_err();
    assert!(error.to_string().contains("func(a: u32, b: u32) -> u32"), "{error}");
    let names = library.functions().map(|function| function.name().to_owned()).collect::<Vec<_>>();
    assert!(names.contains(&"hello".to_owned()) && names.len() > 15, "{names:?}");
}

#[test]
fn what_is_dropped_stops_its_calls() {
    let host = host(2);
    let library = library(&host);
    let risky: Number = function(&library, "risky").typed().unwrap();
    let mut endless = Box::pin(risky.call((14,)));
    assert!(endless.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(library);
    assert_eq!(futures_executor::block_on(endless), Err(Failure::Stopped));
    assert_eq!(risky.call((1,)).wait(), Err(Failure::Stopped));
    assert_eq!(host.usage(), Usage::default());
}

#[test]
fn a_library_alone_has_a_host_of_its_own() {
    let library = Library::open_alone(&config(2), guest("values"), &RunConfig::default()).unwrap();
    let session = Session::new();
    let [next, add] = ["next", "add"].map(|name| function(&library, name));
    let next = next.with_session(&session).typed::<(), (u32,)>().unwrap();
    assert_eq!(next.call(()).wait().unwrap(), (1,));
    // The session has an instance, and there is room for another.
    assert_eq!(add.typed::<(u32, u32), (u32,)>().unwrap().call((1, 2)).wait().unwrap(), (3,));
}

/// A component that imports `demo:host/counter.next`, and exports `ask`, which calls it.
const ASKS: &str = r#"(component
    (import "demo:host/counter" (instance $counter (export "next" (func (result u32)))))
    (core func $next (canon lower (func $counter "next")))
    (core module $m
        (import "counter" "next" (func $next (result i32)))
        (func (export "ask") (result i32) (call $next)))
    (core instance $m (instantiate $m (with "counter" (instance (export "next" (func $next))))))
    (func (export "ask") (result u32) (canon lift (core func $m "ask"))))"#;

#[test]
fn a_program_provides_imports_with_a_state_for_each_instance() {
    let dir = tempfile::tempdir().unwrap();
    let asks = dir.path().join("asks.wat");
    std::fs::write(&asks, ASKS).unwrap();
    let imports = Imports::new(|| 0_u32).with("demo:host/counter", |linker| {
        let mut counter = linker.instance("demo:host/counter")?;
        counter.func_wrap("next", |mut store: StoreContextMut<'_, InstanceState>, (): ()| {
            let count = store.data_mut().get_mut::<u32>();
            *count += 1;
            if *count > 3 { Err(wasmtime::Error::msg("no more")) } else { Ok((*count,)) }
        })
    });
    for cores in CORES {
        let host = host(cores);
        let error = host.open(&*asks, &RunConfig::default()).unwrap_err();
        assert!(error.to_string().contains("demo:host/counter"), "{error}");
        let library = host.open_with(&*asks, &RunConfig::default(), &imports).unwrap();
        let ask = function(&library, "ask");
        for _ in 0..2 {
            let session = Session::new();
            let ask = ask.clone().with_session(&session).typed::<(), (u32,)>().unwrap();
            assert_eq!([(); 3].map(|()| ask.call(()).wait().unwrap().0), [1, 2, 3]);
            let failure = ask.call(()).wait().unwrap_err();
            assert!(failure.to_string().contains("no more"), "{failure}");
        }
        let fresh = ask.with_fresh(true).typed::<(), (u32,)>().unwrap();
        let calls = (0..100).map(|_| fresh.call(()));
        let ended = futures_executor::block_on(futures_util::future::try_join_all(calls)).unwrap();
        assert!(ended.into_iter().all(|count| count == (1,)));
    }
}
