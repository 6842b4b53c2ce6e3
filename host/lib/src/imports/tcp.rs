//! The host's side of `wasi:sockets/tcp` where descriptors are short, and where a client does not read.
//!
//! wasmtime-wasi implements the interface. Its listener is ready even when accepting would fail: without a
//! descriptor for the connection, a guest's accept loop would fail and retry without pause. Here a listener is
//! ready once the host has accepted a connection. If there is no descriptor for one, the listener is not ready
//! for a short pause, after which the host tries again.
//!
//! The streams of connections linger in the background, so that dropping one does not wait for its client.

mod lingering;

use std::pin::pin;
use std::time::Instant;

use futures_util::future::{Either, select};
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;
use tokio::time::sleep_until;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::io::poll::{Host as _, HostPollable as _};
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;
use wasmtime_wasi::p2::bindings::sockets::tcp::{HostTcpSocket as _, TcpSocket};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, SocketResult};
use wasmtime_wasi::sockets::WasiSocketsCtxView;
use wasmtime_wasi::{WasiCtxView, WasiView};

use lingering::{Lingering, LingeringStream, PAUSE};

/// How many times the host tries to accept if accepting fails with an error that may be temporary.
const ATTEMPTS: u32 = 4;

/// The TCP state of one instance, in addition to that of wasmtime-wasi.
#[derive(Default)]
pub(crate) struct TcpCtx {
    /// The listening sockets. Most instances have none.
    listeners: Vec<Listener>,
    lingering: Lingering,
}

/// A listening socket.
struct Listener {
    socket: u32,
    /// The result of an accept that tested whether the listener is ready.
    accepted: Option<Accepted>,
    /// The end of the pause, in which the listener is not ready because there was no descriptor for a
    /// connection.
    pause: Option<Instant>,
}

/// A connection and its two streams, or why there is none.
type Accepted = Result<Connection, ErrorCode>;
type Connection = (Resource<TcpSocket>, Resource<DynInputStream>, Resource<DynOutputStream>);

impl TcpCtx {
    fn listener(&mut self, socket: u32) -> Option<&mut Listener> {
        self.listeners.iter_mut().find(|listener| listener.socket == socket)
    }
}

impl Listener {
    /// Returns the end of the pause, if it is later than now.
    fn pause(&self) -> Option<Instant> {
        self.pause.filter(|pause| *pause > Instant::now())
    }
}

/// Gives access to the TCP state of an instance.
pub(crate) trait TcpView: WasiView {
    fn tcp(&mut self) -> &mut TcpCtx;
}

/// Replaces functions of wasmtime-wasi with those of this module.
pub(super) fn add_to_linker<T: TcpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut tcp = linker.instance("wasi:sockets/tcp@0.2.12")?;
    tcp.func_wrap(
        "[method]tcp-socket.finish-listen",
        |mut store: StoreContextMut<'_, T>, (socket,): (Resource<TcpSocket>,)| {
            let state = store.data_mut();
            let listening = code(sockets(state).finish_listen(borrowed(&socket)))?;
            if listening.is_ok() {
                let listener = Listener { socket: socket.rep(), accepted: None, pause: None };
                state.tcp().listeners.push(listener);
            }
            Ok((listening,))
        },
    )?;
    tcp.func_wrap(
        "[method]tcp-socket.accept",
        |mut store: StoreContextMut<'_, T>, (socket,): (Resource<TcpSocket>,)| {
            let state = store.data_mut();
            let accepted = state.tcp().listener(socket.rep()).and_then(|listener| listener.accepted.take());
            Ok((accepted.map_or_else(|| accept(state, &socket), Ok)?,))
        },
    )?;
    tcp.func_wrap(
        "[method]tcp-socket.finish-connect",
        |mut store: StoreContextMut<'_, T>, (socket,): (Resource<TcpSocket>,)| {
            let state = store.data_mut();
            let connected = sockets(state).finish_connect(borrowed(&socket));
            Ok((match code(connected)? {
                Ok((input, output)) => Ok((input, lingering(state, &socket, output)?)),
                Err(code) => Err(code),
            },))
        },
    )?;
    add_poll(linker)
}

/// Adds the functions that wait for one pollable; [`poll`] waits for a list.
fn add_poll<T: TcpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut io = linker.instance("wasi:io/poll@0.2.12")?;
    io.func_wrap_async(
        "[method]pollable.block",
        |mut store: StoreContextMut<'_, T>, (pollable,): (Resource<DynPollable>,)| {
            Box::new(async move {
                let state = store.data_mut();
                if state.tcp().listeners.is_empty() {
                    return state.ctx().table.block(pollable).await;
                }
                poll(state, vec![pollable]).await.map(drop)
            })
        },
    )?;
    io.func_wrap_async(
        "[method]pollable.ready",
        |mut store: StoreContextMut<'_, T>, (pollable,): (Resource<DynPollable>,)| {
            Box::new(async move {
                let state = store.data_mut();
                let listener = of_listeners(state, &[pollable.rep()])[0];
                match listener.map(|socket| readiness(state, socket)) {
                    Some(Readiness::Accepted) => return Ok((true,)),
                    Some(Readiness::Pause(_)) => return Ok((false,)),
                    Some(Readiness::Unknown) | None => {}
                }
                let is_ready = state.ctx().table.ready(pollable).await?;
                Ok((is_ready && can_accept(state, listener)?,))
            })
        },
    )
}

/// Accepts a connection. If there is no descriptor for it, pauses the listener, and closes the oldest lingering
/// connection to make room.
fn accept<T: TcpView>(state: &mut T, listener: &Resource<TcpSocket>) -> wasmtime::Result<Accepted> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match code(sockets(state).accept(borrowed(listener)))? {
            Ok((socket, input, output)) => {
                let output = lingering(state, &socket, output)?;
                return Ok(Ok((socket, input, output)));
            }
            Err(code) if is_shortage(code) => {
                let tcp = state.tcp();
                tcp.lingering.close_oldest();
                if let Some(listener) = tcp.listener(listener.rep()) {
                    listener.pause = Some(Instant::now() + PAUSE);
                }
                return Ok(Err(ErrorCode::WouldBlock));
            }
            // A descriptor may have been freed meanwhile, or the error may concern one connection only.
            Err(ErrorCode::Unknown) if attempts < ATTEMPTS => {}
            Err(code) => return Ok(Err(code)),
        }
    }
}

/// Returns whether accepting failed for lack of a resource, and may succeed later.
///
/// A lack of descriptors is reported as an unknown error, so this function tries to create a descriptor.
fn is_shortage(code: ErrorCode) -> bool {
    match code {
        ErrorCode::NewSocketLimit | ErrorCode::OutOfMemory => true,
        ErrorCode::Unknown => {
            matches!(eventfd(0, EventfdFlags::CLOEXEC), Err(Errno::MFILE | Errno::NFILE | Errno::NOMEM))
        }
        _ => false,
    }
}

/// The state of a listener before it is polled.
enum Readiness {
    /// There is a connection to take, or an error to report.
    Accepted,
    /// The listener is not ready before this time.
    Pause(Instant),
    Unknown,
}

fn readiness<T: TcpView>(state: &mut T, socket: u32) -> Readiness {
    match state.tcp().listener(socket) {
        Some(Listener { accepted: Some(_), .. }) => Readiness::Accepted,
        Some(listener) => listener.pause().map_or(Readiness::Unknown, Readiness::Pause),
        None => Readiness::Unknown,
    }
}

/// Returns whether a pollable that reports readiness is ready: it is no listener, or its listener has a
/// connection or an error.
fn can_accept<T: TcpView>(state: &mut T, listener: Option<u32>) -> wasmtime::Result<bool> {
    let Some(socket) = listener else { return Ok(true) };
    if let Readiness::Accepted = readiness(state, socket) {
        return Ok(true);
    }
    match accept(state, &Resource::new_borrow(socket))? {
        Err(ErrorCode::WouldBlock) => Ok(false),
        accepted => {
            if let Some(listener) = state.tcp().listener(socket) {
                listener.accepted = Some(accepted);
            }
            Ok(true)
        }
    }
}

/// Waits until one of these is ready, as wasmtime-wasi does, except that a listener is ready once it has
/// accepted a connection.
pub(super) async fn poll<T: TcpView>(
    state: &mut T,
    list: Vec<Resource<DynPollable>>,
) -> wasmtime::Result<Vec<u32>> {
    if state.tcp().listeners.is_empty() || list.is_empty() {
        return state.ctx().table.poll(list).await;
    }
    let list = list.iter().map(Resource::rep).collect::<Vec<_>>();
    loop {
        let listeners = of_listeners(state, &list);
        let (mut places, mut accepted, mut pause) = (Vec::new(), Vec::new(), None::<Instant>);
        for (place, listener) in (0_u32..).zip(&listeners) {
            match listener.map_or(Readiness::Unknown, |socket| readiness(state, socket)) {
                Readiness::Accepted => accepted.push(place),
                Readiness::Pause(until) => pause = Some(pause.map_or(until, |pause| pause.min(until))),
                Readiness::Unknown => places.push(place),
            }
        }
        if !accepted.is_empty() {
            return Ok(accepted);
        }
        let paused = pin!(async {
            match pause {
                Some(until) => sleep_until(until.into()).await,
                None => std::future::pending().await,
            }
        });
        if places.is_empty() {
            paused.await;
            continue;
        }
        let pollables = places.iter().map(|&place| Resource::new_borrow(list[place as usize])).collect();
        let ready = {
            let polled = pin!(state.ctx().table.poll(pollables));
            match select(polled, paused).await {
                Either::Left((ready, _)) => ready?,
                // The pause of a listener is over, so it is tried again.
                Either::Right(_) => continue,
            }
        };
        let mut really = Vec::new();
        for index in ready {
            let place = places[index as usize];
            if can_accept(state, listeners[place as usize])? {
                really.push(place);
            }
        }
        if !really.is_empty() {
            return Ok(really);
        }
    }
}

/// Returns the listener that each of these pollables belongs to, if any. Forgets the listeners that are gone.
fn of_listeners<T: TcpView>(state: &mut T, list: &[u32]) -> Vec<Option<u32>> {
    for listener in std::mem::take(&mut state.tcp().listeners) {
        let is_there = sockets(state).is_listening(Resource::new_borrow(listener.socket)).unwrap_or(false);
        match listener {
            listener if is_there => state.tcp().listeners.push(listener),
            Listener { accepted: Some(Ok((socket, input, output))), .. } => {
                let table = state.ctx().table;
                // Streams are children of their socket. An entry that cannot be deleted is gone already.
                _ = (table.delete(output).is_ok(), table.delete(input).is_ok(), table.delete(socket).is_ok());
            }
            _ => {}
        }
    }
    let listeners = state.tcp().listeners.iter().map(|listener| listener.socket).collect::<Vec<_>>();
    let table = state.ctx().table;
    // A pollable does not name its socket, but a socket lists its children.
    let mut pollables = Vec::new();
    for socket in listeners {
        let listener = Resource::<TcpSocket>::new_borrow(socket);
        let Ok(children) = table.iter_children(&listener) else { continue };
        let children = children.filter_map(|child| child.downcast_ref::<DynPollable>());
        pollables.extend(children.map(|pollable| (std::ptr::from_ref(pollable), socket)));
    }
    let of = |rep: &u32| {
        let entry = table.get(&Resource::<DynPollable>::new_borrow(*rep)).ok()?;
        pollables.iter().find(|(pollable, _)| std::ptr::eq(*pollable, entry)).map(|(_, socket)| *socket)
    };
    list.iter().map(of).collect()
}

/// Replaces this stream with one that lingers when it is dropped.
fn lingering<T: TcpView>(
    state: &mut T,
    socket: &Resource<TcpSocket>,
    output: Resource<DynOutputStream>,
) -> wasmtime::Result<Resource<DynOutputStream>> {
    let lingering = state.tcp().lingering.clone();
    let table = state.ctx().table;
    let stream = LingeringStream::new(table.delete(output)?, lingering);
    Ok(table.push_child(Box::new(stream) as DynOutputStream, socket)?)
}

fn sockets<T: TcpView>(state: &mut T) -> WasiSocketsCtxView<'_> {
    let WasiCtxView { ctx, table } = state.ctx();
    WasiSocketsCtxView { ctx: ctx.sockets(), table }
}

/// Returns the code of an error for the guest, or fails if the error is a trap.
fn code<R>(result: SocketResult<R>) -> wasmtime::Result<Result<R, ErrorCode>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

fn borrowed<R: 'static>(resource: &Resource<R>) -> Resource<R> {
    Resource::new_borrow(resource.rep())
}
