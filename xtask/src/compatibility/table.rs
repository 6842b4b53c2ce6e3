//! The command lines that are compared.

use super::row::Row;

const fn same(line: &'static str) -> Row {
    Row { line, differs: None }
}

const fn differs(line: &'static str, why: &'static str) -> Row {
    Row { line, differs: Some(why) }
}

/// A program that does not look at the errors of its output ends as a native one does by SIGPIPE.
const QUIET: &str = "a program that panics because its stdout is closed ends silently, with 141";

/// A line that runs a command written as text, whose core module has these fields. The body of main returns 0, or
/// something else if it finds an error.
macro_rules! wat {
    ($fields:literal, $body:literal) => {
        concat!(
            "echo '(component (core module $m ",
            $fields,
            " (func (export \"run\") (result i32) ",
            $body,
            ")) (core instance $i (instantiate $m)) (func $run (result (result)) (canon lift (core func $i \"run\")))",
            " (instance (export \"wasi:cli/run@0.2.12\") (export \"run\" (func $run))))' > app.wat; run app.wat"
        )
    };
}

pub(super) const ROWS: &[Row] = &[
    // What a program gets.
    same("run --env A=1 --env B= $OWN/solo.wasm environment -x --dir . -- a ''"),
    same("run --env A=1 --env A=2 --env B --env = --env =x --env '' $OWN/solo.wasm environment"),
    same("A=outer run -S inherit-env --env A=1 $OWN/solo.wasm environment | tr '(' '\\n' | grep A"),
    same("A=outer run --env A --env UNSET $OWN/solo.wasm environment"),
    same(
        "env -i A=1 B=2 bash -c '\"$0\" run -S inherit-env \"$1\" environment | tr , \"\\n\" | grep -c A' $HOST $OWN/solo.wasm",
    ),
    same("run --argv0 other $OWN/solo.wasm environment"),
    same("run -S cwd=/somewhere $OWN/solo.wasm environment"),
    same("mkdir a b; run --dir a --dir b::/b --dir . $OWN/solo.wasm directories"),
    same("mkdir d:e; run --dir d:e $OWN/solo.wasm directories"),
    same("run -S cli,preview2,p3,tls,nn=n $OWN/solo.wasm exit 0"),
    same("run -S config,config-var=a=1=2,config-var=b= $OWN/wasi_config.wasm a b c"),
    same(
        "run -S keyvalue,keyvalue-in-memory-data=a=1=2,keyvalue-in-memory-data=b= $OWN/wasi_keyvalue.wasm list",
    ),
    same(
        "run -S keyvalue,keyvalue-in-memory-data=a=1,keyvalue-in-memory-data=a=2 $OWN/wasi_keyvalue.wasm list",
    ),
    same(
        "run -S keyvalue,keyvalue-in-memory-data=a=1,keyvalue-in-memory-data=c=2 $OWN/wasi_keyvalue.wasm change",
    ),
    same("run -S keyvalue $OWN/wasi_keyvalue.wasm count"),
    same("run -S keyvalue,keyvalue-in-memory-data=x=0 $OWN/wasi_keyvalue.wasm several"),
    same("run -S keyvalue,keyvalue-in-memory-data=only=there $OWN/wasi_keyvalue.wasm copies"),
    same("run -S inherit-stdin=n $OWN/solo.wasm stdin 5 < $FILES/short"),
    same("run -S inherit-stdout=n $OWN/solo.wasm lines 5"),
    same("run -S inherit-stderr=n $OWN/solo.wasm both"),
    same("run -S hostcall-fuel=1000 $OWN/solo.wasm unchecked 2000 1"),
    same("run -S max-resources=1 $OWN/solo.wasm 'one write' 9"),
    // Where the app comes from.
    same("run - lines 2 < $OWN/solo.wasm"),
    same("run /dev/stdin exit 3 < $OWN/solo.wasm"),
    same("cat $OWN/solo.wasm | run /dev/stdin exit 3"),
    same("run <(cat $OWN/solo.wasm) exit 3"),
    same(
        "echo '(component (core module $m (func (export \"run\") (result i32) i32.const 1)) (core instance $i (instantiate $m)) \
         (func $run (result (result)) (canon lift (core func $i \"run\"))) (instance $e (export \"run\" (func $run))) \
         (export \"wasi:cli/run@0.2.6\" (instance $e)))' > app.wat; run app.wat",
    ),
    // How it ends.
    same("run $OWN/solo.wasm lines 3"),
    same("run $OWN/solo.wasm exit 0"),
    same("run $OWN/solo.wasm exit 7"),
    same("run $OWN/solo.wasm panic"),
    same("run $OWN/solo.wasm no such action"),
    // Output: sizes, order, flushes.
    same("run $OWN/solo.wasm 'one write' 4096 | wc -c"),
    same("run $OWN/solo.wasm 'one write' 65536 | wc -c"),
    same("run $OWN/solo.wasm unchecked 10 10"),
    same("run $OWN/solo.wasm unchecked 65537 3 | cksum"),
    same("run $OWN/solo.wasm unchecked 3000000 3 | cksum"),
    same("run $OWN/solo.wasm unchecked 3000000 3 > out"),
    same("run $OWN/solo.wasm zeroes 1000000 > out"),
    same("run $OWN/solo.wasm both > out 2> err"),
    same("run $OWN/solo.wasm both > out 2>&1"),
    same("run $OWN/solo.wasm both >> out 2>> out"),
    same("run $OWN/solo.wasm both 2>&1 | cat"),
    same("run --dir . $OWN/solo.wasm partial out > out"),
    same("run --dir . $OWN/solo.wasm partial out >> out 2>> out"),
    same("echo before > out; run $OWN/solo.wasm lines 3 >> out; echo after >> out"),
    same("(echo before; run $OWN/solo.wasm lines 3; echo after) > out"),
    same("run $OWN/solo.wasm lines 200000 | cksum"),
    // Output that fails.
    same("run --dir . $OWN/solo.wasm 'kept on' 100000 out | head -1; echo ${PIPESTATUS[@]}"),
    same("run --dir . $OWN/solo.wasm 'kept on' 1000 out > /dev/full"),
    same("run $OWN/solo.wasm 'says so' | head -1; echo ${PIPESTATUS[@]}"),
    same("run $OWN/solo.wasm 'says so' > /dev/full"),
    same("run $OWN/solo.wasm lines? 200000 > /dev/full"),
    same("run $OWN/solo.wasm lines? 200000 | head -1; echo ${PIPESTATUS[@]}"),
    same("run $OWN/solo.wasm ignored 1000 > /dev/full"),
    same("run $OWN/solo.wasm 'after the end' | head -1; echo ${PIPESTATUS[@]}"),
    differs("run $OWN/solo.wasm lines 200000 | head -1; echo ${PIPESTATUS[@]}", QUIET),
    differs(
        "run $OWN/solo.wasm lines 200000 > /dev/full",
        "a program that panics because it cannot print ends with 74, as the output is not written",
    ),
    same("run $OWN/solo.wasm lines 3 2> /dev/full"),
    // Input.
    same("run $OWN/solo.wasm stdin 1000 < $FILES/bytes"),
    same("run $OWN/solo.wasm stdin 1000000 < $FILES/short"),
    same("cat $FILES/bytes | run $OWN/solo.wasm stdin 1"),
    same("run $OWN/solo.wasm stdin 10 < $FILES/empty"),
    same("run $OWN/solo.wasm splice < $FILES/bytes > out"),
    same("cat $FILES/bytes | run $OWN/solo.wasm splice | cksum"),
    same("run $OWN/solo.wasm splice < /dev/null"),
    same("run $OWN/peers_std.wasm < $FILES/short"),
    same("run $OWN/peers_tokio.wasm < $FILES/short"),
    same("run $OWN/peers_wstd.wasm < $FILES/short"),
    // Files and directories.
    same("mkdir d; run --dir d $OWN/solo.wasm files d"),
    same("mkdir d; run --dir d::/x $OWN/solo.wasm files /x"),
    same("run --dir . $OWN/solo.wasm 'write file' out 10000000"),
    same("mkdir d d/e; touch d/a d/b; ln -s a d/l; run --dir d $OWN/solo.wasm list d d/e none d/a"),
    same("run $OWN/solo.wasm list . /"),
    differs(
        "mkdir d; touch d/a $'d/bad\\xff' d/c; run --dir d $OWN/solo.wasm list d",
        "a name that is not UTF-8 is listed with U+FFFD; in wasmtime it hides others",
    ),
    differs("mkdir a b; run --dir a::/x --dir b::/x $OWN/solo.wasm directories", "is an error"),
    // Randomness.
    same("run $OWN/solo.wasm random 100000"),
    same("run $OWN/solo.wasm random 5000000"),
    same("run -S max-random-size=1000 $OWN/solo.wasm random 1001"),
    // Features of WebAssembly.
    same(wat!(
        "(tag $e (param i32))",
        "(i32.ne (i32.const 42) (block $caught (result i32)
           (try_table (catch $e $caught) (throw $e (i32.const 42))) (unreachable)))"
    )),
    differs(
        wat!("(tag $e)", "(throw $e)"),
        "an exception that nothing catches is a trap, with 134; wasmtime exits with 1",
    ),
    same(wat!("(table $t 4 externref)", "(i32.eqz (ref.is_null (table.get $t (i32.const 3))))")),
    same(wat!(
        "(type $s (struct (field i32))) (global $last (mut (ref null $s)) (ref.null $s)) (global $i (mut i32) (i32.const 0))",
        "(loop $again (global.set $last (struct.new $s (global.get $i)))
           (global.set $i (i32.add (global.get $i) (i32.const 1)))
           (br_if $again (i32.lt_u (global.get $i) (i32.const 1000000))))
         (i32.ne (struct.get $s 0 (global.get $last)) (i32.const 999999))"
    )),
    same(wat!("(memory 1)", "(i32.atomic.rmw.add (i32.const 8) (i32.const 5))")),
    same(wat!(
        "(table $t 3000000 funcref)",
        "(i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const 3000000))"
    )),
    same(wat!("(memory i64 1)", "(i64.ne (memory.grow (i64.const 10)) (i64.const 1))")),
    same(wat!(
        "(func $f (param i32) (result i32) (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
           (else (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))))",
        "(i32.ne (call $f (i32.const 30000)) (i32.const 30000))"
    )),
    same(wat!("", "(unreachable)")),
    // WASI 0.3. The program imports HTTP, which wasmtime has only with this option.
    same("run -S http $OWN/wasi03.wasm hello"),
    same("run -S http --env A=1 $OWN/wasi03.wasm arguments one two"),
    same("run -S http $OWN/wasi03.wasm std"),
    same("run -S http $OWN/wasi03.wasm large | cksum"),
    same("run -S http $OWN/wasi03.wasm copy < $FILES/bytes > out"),
    same("cat $FILES/bytes | run -S http $OWN/wasi03.wasm copy | cksum"),
    same("run -S http $OWN/wasi03.wasm sleeps"),
    same("run -S http $OWN/wasi03.wasm files"),
    same("run -S http --dir . $OWN/wasi03.wasm files"),
    same("run -S http $OWN/wasi03.wasm spawned"),
    same("run -S http $OWN/wasi03.wasm socket"),
    same("run -S http $OWN/wasi03.wasm request 127.0.0.1:9"),
    same("run -S http $OWN/wasi03.wasm fails"),
    same("run -S http $OWN/wasi03.wasm exits"),
    same("run -S http $OWN/wasi03.wasm panics"),
    // Tools of crates.io.
    same("run --dir . $TOOLS/coreutils.wasm tee out < $FILES/lines | head -1; echo ${PIPESTATUS[@]}"),
    same("run --dir . $TOOLS/coreutils.wasm tee a b < $FILES/short"),
    same("run $TOOLS/coreutils.wasm cat < $FILES/lines | head -1; echo ${PIPESTATUS[@]}"),
    same("run $TOOLS/coreutils.wasm cat < $FILES/lines > /dev/full"),
    same("run --dir $FILES::/f $TOOLS/coreutils.wasm cat /f/bytes | cksum"),
    same("run --dir $FILES::/f $TOOLS/coreutils.wasm cat /f/short /f/none -"),
    same("run $TOOLS/coreutils.wasm seq 1000000 | head -1; echo ${PIPESTATUS[@]}"),
    same("run $TOOLS/coreutils.wasm yes | head -1; echo ${PIPESTATUS[@]}"),
    same("run $TOOLS/coreutils.wasm seq 3 5"),
    same("run $TOOLS/coreutils.wasm seq 1 2 x"),
    same("run $TOOLS/coreutils.wasm wc < $FILES/lines"),
    same("run --dir $FILES::/f $TOOLS/coreutils.wasm wc /f/lines /f/short"),
    same("run $TOOLS/coreutils.wasm sort -r < $FILES/short"),
    same("run --dir $FILES::/f $TOOLS/coreutils.wasm head -n 2 /f/lines /f/short"),
    same("run --dir $FILES::/f $TOOLS/coreutils.wasm tail -c 7 /f/lines"),
    same("run --dir $FILES::/f $TOOLS/coreutils.wasm base64 /f/bytes | cksum"),
    same("run $TOOLS/coreutils.wasm tr a-z A-Z < $FILES/short"),
    same("run $TOOLS/coreutils.wasm cut -c 1-3 < $FILES/short"),
    same("run $TOOLS/coreutils.wasm nl < $FILES/short"),
    same("run $TOOLS/coreutils.wasm od -c < $FILES/short"),
    same("run $TOOLS/coreutils.wasm fold -w 4 < $FILES/short"),
    same("run $TOOLS/coreutils.wasm printf '%5d|%s\\n' 7 x"),
    same("run $TOOLS/coreutils.wasm echo -n a b"),
    same("run $TOOLS/coreutils.wasm basename /a/b.c .c"),
    // Other languages.
    same("run $LANGUAGES/solo-python.wasm print 199999 | cksum"),
    same("run $LANGUAGES/solo-python.wasm print 1500000 | cksum"),
    same("run $LANGUAGES/solo-python.wasm print 199999 > out"),
    same("run $LANGUAGES/solo-python.wasm upper < $FILES/short"),
    same("run $LANGUAGES/solo-python.wasm fail"),
    same("run --dir . $LANGUAGES/solo-python.wasm write out 1000000"),
    same("run $LANGUAGES/solo-javascript.wasm print 100000 | cksum"),
    same("run $LANGUAGES/solo-javascript.wasm print 1500000 > out"),
    same("run $LANGUAGES/solo-javascript.wasm complain"),
    same("run $LANGUAGES/solo-javascript.wasm fail"),
    same("run $LANGUAGES/solo-javascript.wasm throw"),
    same("run $LANGUAGES/solo-c.wasm jump"),
    same("run $LANGUAGES/solo-c.wasm lines 200000 | cksum"),
    same("run $LANGUAGES/solo-c.wasm lines 200000 | head -1; echo ${PIPESTATUS[@]}"),
    same("run $LANGUAGES/solo-c.wasm lines 10 > /dev/full"),
    same("run --env A=1 --env A=2 $LANGUAGES/solo-c.wasm get A"),
    same("A=outer run -S inherit-env --env A=2 $LANGUAGES/solo-c.wasm get A"),
    same("run --dir . --dir $FILES::/f $LANGUAGES/solo-c.wasm copy /f/bytes out"),
    same("run --dir $FILES::/f $LANGUAGES/solo-c.wasm copy /f/bytes out"),
    same("run $LANGUAGES/solo-c.wasm exit 5"),
    same("run $LANGUAGES/solo-c.wasm"),
    differs("run $LANGUAGES/solo-python.wasm print 1999999 | head -c 3; echo ${PIPESTATUS[@]}", QUIET),
];
