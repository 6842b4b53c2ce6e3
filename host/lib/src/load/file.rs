//! The file of an app: read once, and distinguished from files that are not apps.
//!
//! It may be a pipe, or stdin under the name `-`, and it may be text, which is translated here.
//!
//! This module reports for a wrong file what it is and what to do. It checks only the header; the engine
//! checks whether a component is valid.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use wasmparser::{Parser, Payload};
use wasmtime::Engine;

use crate::error::{Error, Situation};

/// The largest file that is read.
///
/// Ten times the size of the largest components (a whole language runtime with its libraries). An app is held
/// in memory while it is compiled, and compiled code is several times its size.
const MAX_APP_SIZE: u64 = 1 << 30;

/// The largest text that is translated. Text takes forty times its size while it is translated, and is written by
/// people and tests.
const MAX_TEXT_SIZE: usize = 16 << 20;

/// The name of stdin.
const STDIN: &str = "-";

/// Reads the whole file of an app, and translates text.
///
/// After this, the file may change or be removed: it is not accessed again.
///
/// # Errors
///
/// Fails if the path cannot be opened or read, is a directory, a socket or a device, or if the file is empty or
/// larger than 1 GiB, or if it is text that is not valid or larger than 16 MiB.
pub(crate) fn read_app(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = read(path)?;
    let is_text = bytes.first().is_some_and(|&byte| byte != 0) && is_wat(bytes.get(..1024).unwrap_or(&bytes));
    if !is_text {
        return Ok(bytes);
    }
    if bytes.len() > MAX_TEXT_SIZE {
        return Err(Situation::TextTooLarge { path: path.into(), limit: MAX_TEXT_SIZE as u64 }.into());
    }
    match wat::parse_bytes(&bytes) {
        Ok(binary) => Ok(binary.into_owned()),
        Err(mut error) => {
            error.set_path(path);
            // What is wrong and where; then follows the line itself.
            let why = error.to_string().lines().take(2).map(str::trim).collect::<Vec<_>>().join(" ");
            Err(Situation::InvalidText { path: path.into(), why }.into())
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let unreadable = |source: io::Error| Situation::ReadApp { path: path.into(), source };
    let file = if path == Path::new(STDIN) { stdin() } else { open(path) };
    let file = file.map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if let Some(found) = kind_of(&metadata.file_type(), &file) {
        return Err(Situation::NotAFile { path: path.into(), found }.into());
    }
    let too_large = || Situation::AppTooLarge { path: path.into(), limit: MAX_APP_SIZE };
    if metadata.len() > MAX_APP_SIZE {
        return Err(too_large().into());
    }
    // The size is a hint: the file may grow while it is read, and pipes and files in /proc report 0.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(MAX_APP_SIZE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.is_empty() {
        return Err(Situation::EmptyApp { path: path.into() }.into());
    }
    if bytes.len() as u64 > MAX_APP_SIZE {
        return Err(too_large().into());
    }
    Ok(bytes)
}

/// Opens a file. A FIFO waits for its writer, as it does for any program; a device never waits.
fn open(path: &Path) -> io::Result<File> {
    let is_fifo = fs::metadata(path)?.file_type().is_fifo();
    let flags = if is_fifo { OFlags::NOCTTY } else { OFlags::NONBLOCK | OFlags::NOCTTY };
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Returns stdin as a file. Its bytes are read here, and the app finds the end.
fn stdin() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Returns what a file is that cannot be an app.
fn kind_of(file_type: &fs::FileType, file: &File) -> Option<&'static str> {
    if file_type.is_file() || file_type.is_fifo() {
        None
    } else if file_type.is_dir() {
        Some("a directory")
    } else if file_type.is_socket() {
        Some("a socket")
    } else if file.is_terminal() {
        Some("a terminal")
    } else {
        Some("a device")
    }
}

/// Checks by its first bytes, and for a core module by its imports, that this is a component.
///
/// # Errors
///
/// Fails if the file is anything else, and reports what it is.
pub(crate) fn check_component(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let path = path.to_path_buf();
    let not_component = |found| Situation::NotComponent { path: path.clone(), found };
    let kind = match bytes {
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] if imports_wasip1(bytes) => Situation::Wasip1Module { path },
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Situation::CoreModule { path },
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => {
            not_component("a component of a draft version; build it with newer tools")
        }
        [0, b'a', b's', b'm', _, _, _, _, ..] => not_component("WebAssembly of an unknown version"),
        [0, b'a', b's', b'm', ..] => not_component("only the first bytes of WebAssembly"),
        _ if Engine::detect_precompiled(bytes).is_some() => Situation::Precompiled { path },
        _ => not_component(foreign(bytes)),
    };
    Err(kind.into())
}

/// Returns whether a core module imports anything from WASI 0.1.
///
/// A module that is truncated after its imports, or invalid there, is still a core module.
fn imports_wasip1(bytes: &[u8]) -> bool {
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::ImportSection(section)) => {
                let mut imports = section.into_imports().map_while(Result::ok);
                return imports
                    .any(|import| matches!(import.module, "wasi_snapshot_preview1" | "wasi_unstable"));
            }
            // Imports come before all code, so there are none.
            Ok(Payload::CodeSectionStart { .. }) | Err(_) => return false,
            Ok(_) => {}
        }
    }
    false
}

/// Returns what a file that isn't WebAssembly most likely is.
fn foreign(bytes: &[u8]) -> &'static str {
    let start = bytes.get(..1024).unwrap_or(bytes);
    match start {
        [0x7f, b'E', b'L', b'F', ..] => "a native program (ELF); build it with --target wasm32-wasip2",
        [b'#', b'!', ..] => "a script",
        [b'P', b'K', 3, 4, ..] => "a zip archive",
        [0x1f, 0x8b, ..] => "compressed by gzip",
        [0x89, b'P', b'N', b'G', ..] => "a PNG image",
        _ if is_text(start) => "a text file",
        _ => "not WebAssembly at all",
    }
}

fn is_wat(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    start.starts_with(b"(component") || start.starts_with(b"(module") || start.starts_with(b";;")
}

fn is_text(start: &[u8]) -> bool {
    // The cut at the end may split a character.
    let valid = match str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !start.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use std::time::{Duration, Instant};

    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";

    /// Returns a core module with one imported function, `module.f`.
    fn module_importing(module: &str) -> Vec<u8> {
        let mut import = vec![1, module.len() as u8];
        import.extend(module.as_bytes());
        import.extend([1, b'f', 0, 0]);
        let mut bytes = MODULE.to_vec();
        bytes.extend([1, 4, 1, 0x60, 0, 0]); // one type: a function of nothing
        bytes.extend([2, import.len() as u8]);
        bytes.extend(import);
        bytes
    }

    fn read_error(path: &Path) -> Error {
        let start = Instant::now();
        let error = read_app(path).expect_err("it should not be readable");
        assert!(start.elapsed() < Duration::from_secs(1), "{error}");
        assert_eq!(error.kind(), ErrorKind::Unreadable, "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        error
    }

    #[test]
    fn a_file_is_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.wasm");
        std::fs::write(&path, COMPONENT).unwrap();
        assert_eq!(read_app(&path).unwrap(), COMPONENT);
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        std::thread::scope(|scope| {
            scope.spawn(|| std::fs::write(&fifo, COMPONENT).unwrap());
            assert_eq!(read_app(&fifo).unwrap(), COMPONENT);
        });
    }

    #[test]
    fn text_is_translated() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.wat");
        std::fs::write(&path, "  ;; nothing\n(component)").unwrap();
        assert_eq!(read_app(&path).unwrap(), COMPONENT);
        std::fs::write(&path, "(component\n  (oops))").unwrap();
        let error = read_app(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidComponent);
        assert!(error.to_string().contains("app.wat:2:"), "{error}");
    }

    #[test]
    fn what_cannot_be_read_is_said_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let empty = dir.path().join("empty.wasm");
        std::fs::write(&empty, "").unwrap();
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();

        let says = |path: &Path, what| {
            let text = read_error(path).to_string();
            assert!(text.contains(what), "{text}");
        };
        says(&dir.path().join("missing.wasm"), "No such file");
        says(dir.path(), "a directory");
        says(&empty, "empty");
        says(&socket, "No such device");
        says(Path::new("/dev/zero"), "a device");
    }

    #[test]
    fn a_file_over_the_limit_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.wasm");
        // A hole: it takes no space on disk.
        File::create(&path).unwrap().set_len(MAX_APP_SIZE * 4).unwrap();
        assert!(read_error(&path).to_string().contains("1024 MiB"));
    }

    #[test]
    fn other_files_are_told_apart() {
        check_component(Path::new("app.wasm"), COMPONENT).unwrap();
        let wasip1 = module_importing("wasi_snapshot_preview1");
        let other = module_importing("env");
        for (bytes, says) in [
            (MODULE, "a core module"),
            (&wasip1, "a wasip1 module"),
            (&wasip1[..14], "a core module"),
            (&other, "a core module"),
            (&COMPONENT[..7], "only the first bytes"),
            (b"\0asm\x0c\0\x01\0", "draft version"),
            (b"\0asm\x09\0\x09\0", "unknown version"),
            (b"hello\n", "a text file"),
            ("größe".as_bytes(), "a text file"),
            (b"#!/bin/sh\n", "a script"),
            (b"\x89PNG\r\n\x1a\n", "a PNG image"),
            (b"\x7fELF\x02\x01\x01\x03\0\0", "a native program"),
            (b"\xff\xfe\0\x01", "not WebAssembly"),
        ] {
            let error = check_component(Path::new("app.wasm"), bytes).expect_err(says);
            assert_eq!(error.kind(), ErrorKind::InvalidComponent);
            let text = error.to_string();
            assert!(text.contains(says), "{text}");
            assert!(text.contains("not a WebAssembly component"), "{text}");
        }
    }

    #[test]
    fn compiled_code_is_never_an_app() {
        let engine = Engine::default();
        let compiled = engine.precompile_component(COMPONENT).unwrap();
        let error = check_component(Path::new("app.cwasm"), &compiled).unwrap_err();
        assert!(error.to_string().contains(".cwasm"), "{error}");
    }
}
