//! Features of WebAssembly beyond what Rust's compiler emits: each in a command that exits with 0 if it works.

use std::fs;
use std::path::PathBuf;

use tempfile::{TempDir, tempdir};
use tests::{App, Output, Running, host};

/// Returns the text of a command whose core module has these fields. The body of main returns 0, or something
/// else if it finds an error.
fn command(fields: &str, body: &str) -> String {
    format!(
        r#"(component
            (core module $m {fields} (func (export "run") (result i32) {body}))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance (export "wasi:cli/run@0.2.12") (export "run" (func $run))))"#
    )
}

/// A component in a directory of its own.
struct Component {
    _directory: TempDir,
    file: PathBuf,
}

impl Component {
    fn new(text: &str) -> Self {
        let directory = tempdir().unwrap();
        let file = directory.path().join("app.wasm");
        fs::write(&file, wat::parse_str(text).unwrap()).unwrap();
        Self { _directory: directory, file }
    }

    fn run(&self, options: &[&str]) -> Output {
        options.iter().fold(App::file(&self.file), |app, option| app.option(*option)).run()
    }

    /// Checks that it runs, and that `host inspect` says so.
    #[track_caller]
    fn works(&self, options: &[&str]) {
        self.run(options).exit(0).stderr("");
        let mut inspect = host();
        inspect.arg("inspect").arg(&self.file);
        Running::start(inspect).end().exit(0);
    }
}

#[track_caller]
fn works(fields: &str, body: &str) {
    Component::new(&command(fields, body)).works(&[]);
    // The check of the body itself: the result tells a right value from a wrong one.
    Component::new(&command(fields, &format!("(i32.eqz (block (result i32) {body}))"))).run(&[]).exit(1);
}

#[test]
fn exceptions_are_caught() {
    let caught = "(i32.ne (i32.const 42) (block $caught (result i32)
        (try_table (catch $error $caught) (call $throw))
        (unreachable)))";
    works("(tag $error (param i32)) (func $throw (throw $error (i32.const 42)))", caught);
}

#[test]
fn an_exception_that_nothing_catches_is_a_trap_with_a_name() {
    let app = Component::new(&command("(tag $error)", "(throw $error)"));
    app.run(&[]).exit(134).stderr_has("trapped: an exception that nothing caught");
}

#[test]
fn tables_of_externref() {
    works(
        "(table $t 4 externref)",
        "(i32.or (i32.ne (table.size $t) (i32.const 4)) (i32.eqz (ref.is_null (table.get $t (i32.const 3)))))",
    );
}

/// Structs, arrays and references to functions. The text allocates a gigabyte of garbage in a heap that may have
/// less than a tenth of it.
#[test]
fn garbage_is_collected_within_the_limit_of_memory() {
    let fields = "(type $pair (struct (field i32) (field (ref null $pair))))
        (type $bytes (array (mut i8)))";
    let body = "(local $i i32) (local $last (ref null $pair))
        (loop $again
          (drop (array.new_default $bytes (i32.const 1024)))
          (local.set $last (struct.new $pair (local.get $i) (ref.null $pair)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $i) (i32.const 1000000))))
        (i32.ne (struct.get $pair 0 (local.get $last)) (i32.const 999999))";
    Component::new(&command(fields, body)).works(&["--memory", "80MiB"]);
}

#[test]
fn a_heap_that_is_full_names_the_limit() {
    let fields = "(type $list (struct (field (ref null $list)) (field i64)))";
    let body = "(local $list (ref null $list))
        (loop $again
          (local.set $list (struct.new $list (local.get $list) (i64.const 0)))
          (br $again))
        (unreachable)";
    let output = Component::new(&command(fields, body)).run(&["--memory", "80MiB"]);
    output.exit(134).stderr_has("app.wasm ran out of memory: it wanted ").stderr_has(" (--memory)\n");
}

#[test]
fn atomics_on_memory_of_its_own() {
    works(
        "(memory 1)",
        "(drop (i32.atomic.rmw.add (i32.const 8) (i32.const 5)))
         (i32.ne (i32.atomic.rmw.cmpxchg (i32.const 8) (i32.const 5) (i32.const 6)) (i32.const 5))",
    );
}

/// Nothing could run in parallel on it: each instance has one thread.
#[test]
fn shared_memory_is_refused() {
    let app = Component::new(&command("(memory 1 1 shared)", "(i32.const 0)"));
    app.run(&[]).exit(65).stderr_is_one_line().stderr_has("a shared memory, and an instance has one thread");
}

#[test]
fn wide_arithmetic() {
    works(
        "(global $low (mut i64) (i64.const 9)) (global $high (mut i64) (i64.const 9))",
        "(i64.add128 (i64.const -1) (i64.const 0) (i64.const 1) (i64.const 0))
         global.set $high
         global.set $low
         (i32.or (i64.ne (global.get $low) (i64.const 0)) (i64.ne (global.get $high) (i64.const 1)))",
    );
}

#[test]
fn tables_of_any_size() {
    for table in ["100001 funcref", "3000000 funcref", "10 5000000 funcref"] {
        let grown = "(drop (table.grow $t (ref.null func) (i32.const 1000)))
            (i32.eq (table.grow $t (ref.null func) (i32.const 5)) (i32.const -1))";
        Component::new(&command(&format!("(table $t {table})"), grown)).works(&[]);
    }
}

#[test]
fn memories_of_any_number() {
    let modules = "(memory 0)".repeat(100);
    let instances = "(core instance (instantiate $many))".repeat(6);
    let text = command("", "(i32.const 0)");
    let text =
        text.replacen("(component", &format!("(component (core module $many {modules}) {instances}"), 1);
    Component::new(&text).works(&[]);
}

#[test]
fn a_64_bit_memory_beyond_4_gib() {
    let grown = "(if (i64.ne (memory.grow (i64.const 65536)) (i64.const 1)) (then unreachable))
        (i64.store8 (i64.const 0x1_0000_0000) (i64.const 7))
        (i64.ne (i64.load8_u (i64.const 0x1_0000_0000)) (i64.const 7))";
    Component::new(&command("(memory i64 1 100000)", grown)).works(&["--memory", "6GiB"]);
}

#[test]
fn types_imported_by_the_world_itself() {
    let text = command("", "(i32.const 0)").replacen(
        "(component",
        r#"(component (type $point (record (field "x" u32))) (import "point" (type (eq $point)))"#,
        1,
    );
    Component::new(&text).works(&[]);
}

/// A recursion of this depth, with a frame of a few words.
fn recursion(depth: u32) -> Component {
    let fields = "(func $sum (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0))
          (then (i32.const 0))
          (else (i32.add (i32.const 1) (call $sum (i32.sub (local.get 0) (i32.const 1)))))))";
    let body = format!("(i32.ne (call $sum (i32.const {depth})) (i32.const {depth}))");
    Component::new(&command(fields, &body))
}

#[test]
fn a_deeper_recursion_needs_a_larger_stack() {
    recursion(10_000).works(&[]);
    let deep = recursion(200_000);
    let output = deep.run(&[]);
    output.exit(134).stderr_has("call stack exhausted; it may need a larger stack (--stack)");
    deep.works(&["--stack", "64MiB"]);
    deep.run(&["--stack", "1KiB"]).exit(2).stderr_has("64 KiB to 1 GiB (--stack)");
}

/// The engine's own bytes for the globals of an instance were on no account.
#[test]
fn globals_count_as_memory() {
    let globals = "(global (mut i64) (i64.const 1))".repeat(100_000);
    let instances = "(core instance (instantiate $many))".repeat(30);
    let text = command("", "(i32.const 0)");
    let text =
        text.replacen("(component", &format!("(component (core module $many {globals}) {instances}"), 1);
    let app = Component::new(&text);
    app.works(&["--memory", "1GiB"]);
    app.run(&["--memory", "64MiB"]).exit(134).stderr_has("ran out of memory").stderr_has("(--memory)");
}

/// Each of 40 components contains the one before it twice. Compiling them took all memory of the machine.
#[test]
fn instances_that_double_are_refused_before_they_are_compiled() {
    let mut text =
        String::from("(component (component $c0 (core module $m) (core instance (instantiate $m)))");
    for depth in 1..=40 {
        let twice = format!("(instance (instantiate $c{}))", depth - 1).repeat(2);
        text += &format!("(component $c{depth} {twice})");
    }
    text += "(instance (instantiate $c40))";
    let app = Component::new(&command("", "(i32.const 0)").replacen("(component", &text, 1));
    app.run(&[])
        .exit(65)
        .stderr_is_one_line()
        .stderr_has("more than 10000 instances of modules and components");
}
