//! Prints the variables of `wasi:config`, and the one that its argument names.

mod bindings {
    wit_bindgen::generate!({
        inline: "
            package wasi:config@0.2.0-rc.1;

            interface store {
                variant error { upstream(string), io(string) }
                get: func(key: string) -> result<option<string>, error>;
                get-all: func() -> result<list<tuple<string, string>>, error>;
            }

            world imports {
                import store;
            }
        ",
    });
}

use bindings::wasi::config::store;

fn main() {
    let mut all = store::get_all().unwrap();
    all.sort();
    println!("{all:?}");
    for name in std::env::args().skip(1) {
        println!("{name}: {:?}", store::get(&name).unwrap());
    }
}
