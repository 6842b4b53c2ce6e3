//! The host's side of `wasi:tls`: the client's side of TLS, on streams that the app has.
//!
//! wasmtime-wasi-tls implements the interfaces, for WASI 0.2 and 0.3. This module gives it the TLS of the HTTP
//! client, with the authorities that both trust, and charges for each connection.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
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

/// Trusts the authorities of Mozilla's list.
static MOZILLA: LazyLock<Arc<ClientConfig>> =
    LazyLock::new(|| client(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() }));

fn client(roots: RootCertStore) -> Arc<ClientConfig> {
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// The authorities that the connections of a run trust: those of Mozilla's list, unless others are named.
#[derive(Clone, Default)]
pub(crate) struct Trust(Option<Arc<ClientConfig>>);

impl Trust {
    /// Trusts the authorities whose certificates are in this file, in PEM.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no certificate of an authority. The text names the file.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        // Lists of whole systems may have some that no implementation uses.
        let (added, _) = roots.add_parsable_certificates(certificates(path)?);
        if added == 0 {
            return Err(of_file(path, &"it has no certificate in PEM"));
        }
        Ok(Self(Some(client(roots))))
    }

    /// Returns what makes connections.
    pub(crate) fn connector(&self) -> TlsConnector {
        Arc::clone(self.0.as_ref().unwrap_or_else(|| &MOZILLA)).into()
    }
}

/// Reads all certificates of a file in PEM.
///
/// # Errors
///
/// The file cannot be read, or is malformed. The text names the file.
pub(crate) fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    certificates.map_err(|error| of_file(path, &error))
}

/// Returns an error of a file with certificates or keys.
pub(crate) fn of_file(path: &Path, error: &dyn Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
}

/// The `wasi:tls` state of one instance. Most instances have none.
pub(crate) struct TlsCtx {
    ctx: Option<WasiTlsCtx>,
    trust: Trust,
}

impl TlsCtx {
    pub(crate) fn new(trust: Trust) -> Self {
        Self { ctx: None, trust }
    }

    pub(crate) fn view<'a>(&'a mut self, table: &'a mut Table) -> WasiTlsCtxView<'a> {
        let ctx = self.ctx.get_or_insert_with(|| {
            let provider = Provider { account: Arc::clone(table.account()), trust: self.trust.clone() };
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
    trust: Trust,
}

/// A connection that is being made.
type Connecting = Pin<Box<dyn Future<Output = Result<Box<dyn TlsStream>, Error>> + Send>>;

impl TlsProvider for Provider {
    fn connect(&self, server_name: String, transport: Box<dyn TlsTransport>) -> Connecting {
        let charge = Charge::take(&self.account, CONNECTION);
        let connector = self.trust.connector();
        Box::pin(async move {
            let charge = charge.map_err(|excess| Error::msg(Denied(excess)))?;
            let name = ServerName::try_from(server_name).map_err(|_| Error::msg("invalid server name"))?;
            let stream = connector.connect(name, transport).await.map_err(Error::msg)?;
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
