//! Certificates for a test, made by openssl.

use std::process::Command;

use tempfile::TempDir;

/// The certificates of an authority, and of a server on this machine that the authority has signed.
pub(crate) struct Certificates(TempDir);

impl Certificates {
    pub(crate) fn make() -> Self {
        let made = Self(tempfile::tempdir().unwrap());
        let (ca, ca_key) = (made.ca(), made.path("ca.key"));
        let request = |args: &[&str]| {
            let mut openssl = Command::new("openssl");
            openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
            let output = openssl.args(["-nodes", "-days", "2"]).args(args).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        request(&["-subj", "/CN=authority", "-keyout", &ca_key, "-out", &ca]);
        let of_server = ["-subj", "/CN=localhost", "-CA", &ca, "-CAkey", &ca_key];
        let names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
        let no_authority = ["-addext", "basicConstraints=critical,CA:FALSE"];
        let files = ["-keyout", &made.key(), "-out", &made.certificate()];
        request(&[&of_server[..], &names, &no_authority, &files].concat());
        made
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Returns the file with the certificate of the authority.
    pub(crate) fn ca(&self) -> String {
        self.path("ca.pem")
    }

    /// Returns the file with the certificate of the server.
    pub(crate) fn certificate(&self) -> String {
        self.path("cert.pem")
    }

    /// Returns the file with the private key of the server.
    pub(crate) fn key(&self) -> String {
        self.path("key.pem")
    }
}
