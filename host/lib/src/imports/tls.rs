//! The host's side of `wasi:tls`: the client's side of TLS, on streams that the app has.
//!
//! wasmtime-wasi-tls implements the interfaces, for WASI 0.2 and 0.3. This module gives it the TLS of the HTTP
//! client, and charges for each connection.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream as Rustls;
use wasmtime::component::Linker;
use wasmtime_wasi_tls::p2::LinkOptions;
use wasmtime_wasi_tls::{
    Error, TlsProvider, TlsStream, TlsTransport, WasiTlsCtx, WasiTlsCtxBuilder, WasiTlsCtxView, WasiTlsView,
};

use super::table::{CONNECTION, Table};
use crate::job::account::{Account, Charge, Denied};

/// Trusts the certificates of Mozilla's list.
pub(crate) static CLIENT: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
});

/// The `wasi:tls` state of one instance. Most instances have none.
#[derive(Default)]
pub(crate) struct TlsCtx(Option<WasiTlsCtx>);

impl TlsCtx {
    pub(crate) fn view<'a>(&'a mut self, table: &'a mut Table) -> WasiTlsCtxView<'a> {
        let ctx = self.0.get_or_insert_with(|| {
            let provider = Provider { account: Arc::clone(table.account()) };
            WasiTlsCtxBuilder::new().provider(Box::new(provider)).build()
        });
        WasiTlsCtxView { ctx, table: table.entries() }
    }
}

/// Adds `wasi:tls` to the linker, and that of WASI 0.3 if its engine supports concurrency.
pub(super) fn add_to_linker<T>(linker: &mut Linker<T>, concurrency: bool) -> wasmtime::Result<()>
where
    T: WasiTlsView + 'static,
{
    let mut unstable = LinkOptions::default();
    unstable.tls(true);
    wasmtime_wasi_tls::p2::add_to_linker(linker, &unstable)?;
    if concurrency {
        wasmtime_wasi_tls::p3::add_to_linker(linker)?;
    }
    Ok(())
}

/// Makes the connections of one instance.
struct Provider {
    account: Arc<Account>,
}

/// A connection that is being made.
type Connecting = Pin<Box<dyn Future<Output = Result<Box<dyn TlsStream>, Error>> + Send>>;

impl TlsProvider for Provider {
    fn connect(&self, server_name: String, transport: Box<dyn TlsTransport>) -> Connecting {
        let charge = Charge::take(&self.account, CONNECTION);
        Box::pin(async move {
            let charge = charge.map_err(|excess| Error::msg(Denied(excess)))?;
            let name = ServerName::try_from(server_name).map_err(|_| Error::msg("invalid server name"))?;
            let connected = TlsConnector::from(Arc::clone(&CLIENT)).connect(name, transport).await;
            let stream = connected.map_err(Error::msg)?;
            Ok(Box::new(Session { stream, _charge: charge }) as Box<dyn TlsStream>)
        })
    }
}

/// A connection whose handshake has succeeded.
struct Session {
    stream: Rustls<Box<dyn TlsTransport>>,
    /// Pays for its buffers, and for those of its streams.
    _charge: Charge,
}

impl TlsStream for Session {}

impl AsyncRead for Session {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Session {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
