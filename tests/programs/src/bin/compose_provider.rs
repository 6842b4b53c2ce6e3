//! Calls the provider of a portable app through the contract itself, and checks its results.
use bindings::parallel::futures::jobs;
use bindings::parallel::futures::types::{Failure, Panic};

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "package tests:provider; world app { import parallel:futures/jobs@0.1.0; }",
        world: "tests:provider/app",
        with: { "wasi:io/poll@0.2.12": wasi::io::poll },
        generate_all,
    });
}

fn text<T>(refused: Result<T, Failure>) -> String {
    match refused {
        Err(Failure::BadMessage(text)) => text,
        _ => "something else".to_owned(),
    }
}

fn main() {
    println!("cores {}, stopping {}", jobs::cores(), jobs::stopping());
    // Repeatedly several pages of memory, and in between calls that need no memory.
    for n in 0..100 {
        let options = jobs::Options { timeout: Some(1), memory: None, fresh: true, window: 1, name: None };
        let started = jobs::start(n, &vec![1; 1 << 20], &options);
        assert!(started.is_none() && jobs::completed().is_empty() && jobs::items().is_empty());
        assert!(jobs::check_message(1 << 40).is_ok() && !jobs::may_send());
        assert_eq!(jobs::setting(jobs::Limit::Depth), "");
        jobs::cancel(n);
        jobs::more(n, 1);
    }
    println!("send: {}", text(jobs::send(b"item")));
    println!("share: {}", text(jobs::share(&[7; 100_000])));
    println!("shared {:?} {}", jobs::shared(1), jobs::is_shared(1));
    jobs::unshare(1);
    jobs::panicking(&Panic {
        message: "no".into(),
        place: None,
        through: Vec::new(),
        backtrace: String::new(),
    });
    let (all, one) = (jobs::subscribe(), jobs::subscribe_to(3));
    one.block();
    println!("ready {} {}", all.ready(), one.ready());
}
