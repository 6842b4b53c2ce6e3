//! Handles HTTP requests by the bindings of WASI 0.3 alone. The path says what to do, as in `serves_wstd`.

use std::sync::atomic::{AtomicU32, Ordering};

use futures_concurrency::future::Join as _;
use wasip3::clocks::monotonic_clock::wait_for;
use wasip3::http::types::{ErrorCode, Fields, Request, Response, Scheme, Trailers};
use wasip3::{spawn_local, wit_future, wit_stream};

use contract::exports::parallel::futures0_3_0_draft::worker;
use contract::parallel::futures0_1_0::types::Failure;
use contract::parallel::futures0_3_0_draft::jobs::{self, Options};

wasip3::http::service::export!(Service);

#[expect(unsafe_code, reason = "exporting a function to the host generates unsafe code")]
mod contract {
    wit_bindgen::generate!({
        path: ["../../wit", "../../wit/wasi03"],
        world: "parallel:futures/parallel@0.3.0-draft",
        generate_all,
    });

    use super::Worker;
    export!(Worker);
}

/// How many requests this instance has begun.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

const MILLISECOND: u64 = 1_000_000;

/// The options of a job without any.
const PLAIN: Options = Options { timeout: None, memory: None, fresh: false, name: None };

struct Service;

impl wasip3::exports::http::handler::Guest for Service {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let number = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
        let target = request.get_path_with_query().unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let text = match path.as_str() {
            "/" => "hello\n".to_owned(),
            "/number" => format!("{number}\n"),
            "/head" => head(&request, &target),
            // The body and the trailers pass through the host alone.
            "/echo" => {
                let (body, trailers) = Request::consume_body(request, wit_future::new(|| Ok(())).1);
                return Ok(Response::new(Fields::new(), Some(body), trailers).0);
            }
            "/copy" => return Ok(copy(request)),
            "/count" => count(request).await,
            "/sleep" => {
                wait_for(200 * MILLISECOND).await;
                "slept\n".to_owned()
            }
            "/forever" => {
                eprintln!("waiting");
                wait_for(u64::MAX).await;
                String::new()
            }
            "/jobs" => {
                let double = |n: u8| jobs::run(0, vec![n], PLAIN);
                let doubled = (1..=10).map(double).collect::<Vec<_>>().join().await;
                let sum = doubled.into_iter().map(|n| u32::from(n.expect("it is doubled")[0])).sum::<u32>();
                format!("{sum}\n")
            }
            "/waits-for-job" => {
                drop(jobs::run(1, Vec::new(), PLAIN).await);
                String::new()
            }
            "/after" => return Ok(after()),
            "/piece" | "/cut" | "/late" => return Ok(piece(path)),
            "/refuse" => return Err(ErrorCode::HttpRequestDenied),
            "/spin" => loop {
                std::hint::spin_loop();
            },
            "/panic" => panic!("as requested"),
            "/exit" => std::process::exit(1),
            "/memory" => {
                let mut kept = Vec::new();
                loop {
                    kept.push(vec![1_u8; 1 << 20]);
                }
            }
            _ => {
                let response = respond("no such path\n".to_owned());
                response.set_status_code(404).expect("it is a status");
                return Ok(response);
            }
        };
        Ok(respond(text))
    }
}

struct Worker;

impl worker::Guest for Worker {
    async fn run(entry: u32, message: Vec<u8>) -> Result<Vec<u8>, Failure> {
        if entry == 1 {
            eprintln!("the job waits");
            wait_for(u64::MAX).await;
        }
        Ok(message.into_iter().map(|n| n * 2).collect())
    }
}

/// Returns a response with this body.
fn respond(text: String) -> Response {
    let (mut writer, body) = wit_stream::new();
    spawn_local(async move {
        writer.write_all(text.into_bytes()).await;
    });
    Response::new(Fields::new(), Some(body), wit_future::new(|| Ok(None)).1).0
}

/// Describes the head of a request.
fn head(request: &Request, target: &str) -> String {
    let scheme = match request.get_scheme() {
        Some(Scheme::Http) => "http",
        Some(Scheme::Https) => "https",
        Some(Scheme::Other(_)) | None => "?",
    };
    let authority = request.get_authority().unwrap_or_default();
    let forwarded = request.get_headers().get("x-forwarded-for").pop().unwrap_or_default();
    let forwarded = String::from_utf8_lossy(&forwarded);
    format!("{:?} {scheme}://{authority}{target} {forwarded}\n", request.get_method())
}

/// Returns the length of the body of a request, and its error.
async fn count(request: Request) -> String {
    let (body, trailers) = Request::consume_body(request, wit_future::new(|| Ok(())).1);
    let length = body.collect().await.len();
    match trailers.await {
        Ok(_) => format!("{length}\n"),
        Err(code) => format!("{length} and then {code:?}\n"),
    }
}

/// Returns what the request sends, piece by piece, with its trailers, each value in upper case.
fn copy(request: Request) -> Response {
    let (mut body, trailers) = Request::consume_body(request, wit_future::new(|| Ok(())).1);
    let (mut writer, copied) = wit_stream::new();
    let (end, ended) = wit_future::new(|| Ok(None));
    spawn_local(async move {
        loop {
            let (status, piece) = body.read(Vec::with_capacity(64 << 10)).await;
            if piece.is_empty() && !matches!(status, wasip3::wit_bindgen::StreamResult::Complete(_)) {
                break;
            }
            writer.write_all(piece).await;
        }
        drop(writer);
        let trailers = trailers.await.map(|trailers| trailers.map(upper));
        drop(end.write(trailers).await);
    });
    let headers = Fields::new();
    headers.append("trailer", b"x-sum").expect("it is a header");
    Response::new(headers, Some(copied), ended).0
}

fn upper(trailers: Trailers) -> Trailers {
    let upper = trailers.copy_all().into_iter().map(|(name, value)| (name, value.to_ascii_uppercase()));
    Fields::from_list(&upper.collect::<Vec<_>>()).expect("they were trailers")
}

/// Answers, and works when the client has the response.
fn after() -> Response {
    let (mut writer, body) = wit_stream::new();
    let (response, sent) = Response::new(Fields::new(), Some(body), wit_future::new(|| Ok(None)).1);
    spawn_local(async move {
        writer.write_all(b"answered\n".to_vec()).await;
        drop(writer);
        let sent = sent.await;
        wait_for(50 * MILLISECOND).await;
        eprintln!("after the response: {sent:?}");
    });
    response
}

/// Sends a piece of its body, and then fails, or waits for a while or forever.
fn piece(path: String) -> Response {
    let (mut writer, body) = wit_stream::new();
    let (response, sent) = Response::new(Fields::new(), Some(body), wit_future::new(|| Ok(None)).1);
    spawn_local(async move {
        writer.write_all(b"a piece\n".to_vec()).await;
        match path.as_str() {
            "/cut" => panic!("after a piece"),
            "/late" => {
                wait_for(100 * MILLISECOND).await;
                writer.write_all(b"a late piece\n".to_vec()).await;
            }
            _ => {
                eprintln!("waiting");
                wait_for(u64::MAX).await;
            }
        }
        drop(writer);
        drop(sent.await);
    });
    response
}
