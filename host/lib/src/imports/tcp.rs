//! The host's side of `wasi:sockets/tcp` where descriptors are short, and where a client does not read.
//!
//! wasmtime-wasi does the work. Its listener is ready when accepting would fail, too: without a descriptor for
//! the connection, a loop that accepts fails as fast as it can, and goes on so. Here a listener is ready when
//! a connection has been accepted. Where there is no descriptor for one, it is not ready for a short while, and
//! then it is tried again.
//!
//! The streams of connections linger by themselves, so that to drop one does not wait for its client.

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

/// So often is accepting tried if it fails in a way that may have passed.
const ATTEMPTS: u32 = 4;

/// The TCP of one instance, beside what wasmtime-wasi has.
#[derive(Default)]
pub(crate) struct TcpCtx {
    /// The sockets that listen. Most instances have none.
    listeners: Vec<Listener>,
    lingering: Lingering,
}

/// A socket that listens.
struct Listener {
    socket: u32,
    /// What came of accepting a connection, to find out whether one can be.
    accepted: Option<Accepted>,
    /// Until when it is not ready, because there was no descriptor for a connection.
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
    /// When it is tried again, if that is later than now.
    fn pause(&self) -> Option<Instant> {
        self.pause.filter(|pause| *pause > Instant::now())
    }
}

/// How to get at the TCP of an instance.
pub(crate) trait TcpView: WasiView {
    fn tcp(&mut self) -> &mut TcpCtx;
}

/// Puts these in the place of what wasmtime-wasi has.
pub(super) fn add_to_linker<T: TcpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut tcp = linker.instance("wasi:sockets/tcp@0.2.12")?;
    tcp.func_wrap(
        "[method]tcp-socket.finish-listen",
        |mut store: StoreContextMut<'_, T>, (socket,): (Resource<TcpSocket>,)| {
            let state = store.data_mut();
            let listens = code(sockets(state).finish_listen(borrowed(&socket)))?;
            if listens.is_ok() {
                let listener = Listener { socket: socket.rep(), accepted: None, pause: None };
                state.tcp().listeners.push(listener);
            }
            Ok((listens,))
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

/// The part of it that waits for one pollable; [`poll`] waits for a list.
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

/// Accepts a connection. Where there is no descriptor for it, the listener is not ready for a while, and
/// what lingers makes room.
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
            // A descriptor may have been freed meanwhile, and the error may be that of one connection.
            Err(ErrorCode::Unknown) if attempts < ATTEMPTS => {}
            Err(code) => return Ok(Err(code)),
        }
    }
}

/// Whether accepting failed because there was too little of something, and may succeed later.
///
/// The errors for descriptors arrive as an unknown one, which is why it is tried whether there are any.
fn is_shortage(code: ErrorCode) -> bool {
    match code {
        ErrorCode::NewSocketLimit | ErrorCode::OutOfMemory => true,
        ErrorCode::Unknown => {
            matches!(eventfd(0, EventfdFlags::CLOEXEC), Err(Errno::MFILE | Errno::NFILE | Errno::NOMEM))
        }
        _ => false,
    }
}

/// What is known of a listener before it is polled.
enum Readiness {
    /// There is a connection, or an error that is to be seen.
    Accepted,
    /// There is none before then.
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

/// Whether what seems to be ready is no listener, or one that has a connection, or an error.
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

/// Waits until one of these is ready, as wasmtime-wasi does; but a listener is ready when it has accepted a
/// connection.
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
                // What had no descriptor is tried again.
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

/// Of which listener each of these pollables is, if of any. Forgets the listeners that are gone.
fn of_listeners<T: TcpView>(state: &mut T, list: &[u32]) -> Vec<Option<u32>> {
    for listener in std::mem::take(&mut state.tcp().listeners) {
        let is_there = sockets(state).is_listening(Resource::new_borrow(listener.socket)).unwrap_or(false);
        match listener {
            listener if is_there => state.tcp().listeners.push(listener),
            Listener { accepted: Some(Ok((socket, input, output))), .. } => {
                let table = state.ctx().table;
                // Streams are children of their socket. What cannot be deleted is gone.
                _ = (table.delete(output).is_ok(), table.delete(input).is_ok(), table.delete(socket).is_ok());
            }
            _ => {}
        }
    }
    let listeners = state.tcp().listeners.iter().map(|listener| listener.socket).collect::<Vec<_>>();
    let table = state.ctx().table;
    // A pollable does not say what it is of, but a socket what its children are.
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

/// Puts a stream in the place of this one that lingers when it is dropped.
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

/// What the guest is told of an error that is no trap.
fn code<R>(result: SocketResult<R>) -> wasmtime::Result<Result<R, ErrorCode>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

fn borrowed<R: 'static>(resource: &Resource<R>) -> Resource<R> {
    Resource::new_borrow(resource.rep())
}
