//! The records: as the plugin's interface has them, and a log of them.

use host::wasmtime;
use host::wasmtime::component::{ComponentType, Lift, Lower};

/// A request in the log of a web server.
#[derive(ComponentType, Lift, Lower, Clone, Debug)]
#[component(record)]
pub(crate) struct Entry {
    path: String,
    status: u16,
    milliseconds: f32,
}

/// Paths, of which two look like attacks.
const PATHS: [&str; 8] = [
    "/",
    "/blog/2026/11/how-we-made-it-fast?utm_source=feed&utm_medium=rss",
    "/static/app.5f3a1c.js",
    "/api/v2/orders?customer=1207&from=2026-01-01&to=2026-11-30&sort=-total",
    "/search?q=web+assembly+components+in+parallel",
    "/images/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/login?next=%2Faccount%2Fsettings",
    "/shop?id=1%20UNION%20SELECT%20name%20FROM%20users",
];

/// Returns this many records, the same each time.
pub(crate) fn entries(count: usize) -> Vec<Entry> {
    let mut state = 1_u32;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut entry = || {
        // Most requests are good ones.
        let path = PATHS[if random(50) == 0 { random(PATHS.len()) } else { random(5) }].to_owned();
        let status = if random(200) == 0 { 503 } else { 200 };
        Entry { path, status, milliseconds: random(905) as f32 }
    };
    (0..count).map(|_| entry()).collect()
}
