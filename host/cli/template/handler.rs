//! Answers HTTP requests with the number of primes below the number in the path, counted on all cores.

use std::ops::Range;

use guest_runtime::http::{Body, Error, Request, Response, StatusCode};
use guest_runtime::prelude::*;

#[guest_runtime::serve]
async fn handle(request: Request<Body>) -> Result<Response<Body>, Error> {
    let (status, text) = match request.uri().path()[1..].parse() {
        Ok(end) => (StatusCode::OK, primes_below(end).await.to_string()),
        Err(_) => (StatusCode::BAD_REQUEST, "ask for /1000".to_owned()),
    };
    let text = Body::from(text + "\n");
    Ok(Response::builder().status(status).body(text)?)
}

/// Counts the primes below a number, with a job for each range of 10,000.
async fn primes_below(end: u64) -> usize {
    let ranges = (0..end)
        .step_by(10_000)
        .map(|start| start..end.min(start + 10_000));
    let jobs: Vec<_> = ranges.map(|range| primes(range).par()).collect();
    jobs.join().await.into_iter().sum()
}

/// Counts the primes in a range. Called with `.par()`, it runs on any core.
#[guest_runtime::parallel]
async fn primes(range: Range<u64>) -> usize {
    range.filter(|&n| is_prime(n)).count()
}

fn is_prime(n: u64) -> bool {
    n > 1
        && !(2..)
            .take_while(|d| d * d <= n)
            .any(|d| n.is_multiple_of(d))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::default()).unwrap();
        let response = handle(request).await.unwrap();
        let status = response.status();
        (status, response.into_body().text().await.unwrap())
    }

    #[guest_runtime::test]
    async fn a_number_is_answered() {
        assert_eq!(get("/100000").await, (StatusCode::OK, "9592\n".into()));
    }

    #[guest_runtime::test]
    async fn anything_else_is_refused() {
        assert_eq!(get("/many").await.0, StatusCode::BAD_REQUEST);
    }
}
