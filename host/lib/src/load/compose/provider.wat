;; Stands in for the host where there is none: it offers `jobs`, and says that there are 0 cores.
;;
;; An app runs its work itself then, and calls nothing else of this. Whoever does all the same gets
;; what is true of a run without jobs. build.rs makes a component of it, for the world `provider`
;; of wit/; the names are the canonical ABI's, and say no patch version, so that one may change.
(module
  (import "cm32p2|wasi:clocks/monotonic-clock@0.2" "subscribe-duration"
    (func $subscribe-duration (param i64) (result i32)))

  (memory (export "cm32p2_memory") 1)

  ;; 0: all zeros. An empty list, none, false, and an ok with nothing in it are all written so.
  (global $nothing i32 (i32.const 0))
  ;; 32: an error of `result<bool, failure>`, and of `result<u64, failure>`: the failure stands at 8 in
  ;; both. It is `bad-message`, the 7th, with a text at 64.
  (global $no-host i32 (i32.const 32))
  (data (i32.const 32) "\01\00\00\00\00\00\00\00" "\07\00\00\00\00\00\00\00" "\40\00\00\00" "\40\00\00\00")
  (data (i32.const 64) "there are no jobs here: this app was made to run without a host.")

  ;; Arguments are put behind that, and over those of the call before: nothing is kept.
  (global $arguments i32 (i32.const 1024))
  (global $end (mut i32) (i32.const 1024))

  (func (export "cm32p2_realloc")
    (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $new i32)
    ;; To the next multiple of $align, which is a power of two.
    (local.set $new
      (i32.and
        (i32.sub (i32.add (global.get $end) (local.get $align)) (i32.const 1))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $end (i32.add (local.get $new) (local.get $size)))
    (call $grow)
    (memory.copy (local.get $new) (local.get $old) (local.get $old-size))
    (local.get $new))

  ;; Makes the memory reach to $end, or traps.
  (func $grow
    (local $pages i32)
    (local.set $pages
      (i32.sub
        (i32.shr_u (i32.add (global.get $end) (i32.const 0xffff)) (i32.const 16))
        (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then
        (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1))
          (then (unreachable))))))

  (func $forget
    (global.set $end (global.get $arguments)))

  (func (export "cm32p2|parallel:futures/jobs@0.1|cores") (result i32)
    (i32.const 0))

  (func (export "cm32p2|parallel:futures/jobs@0.1|is-observed") (result i32)
    (i32.const 0))

  (func (export "cm32p2|parallel:futures/jobs@0.1|setting") (param $limit i32) (result i32)
    (global.get $nothing))

  (func (export "cm32p2|parallel:futures/jobs@0.1|check-message") (param $bytes i64) (result i32)
    (global.get $nothing))

  ;; The options are a timeout, a memory, whether fresh, a window, and a name.
  (func (export "cm32p2|parallel:futures/jobs@0.1|start")
    (param $entry i32) (param $message i32) (param $len i32)
    (param i32 i64) (param i32 i64) (param i32) (param i32) (param i32 i32 i32)
    (result i32)
    (call $forget)
    (global.get $nothing))

  (func (export "cm32p2|parallel:futures/jobs@0.1|cancel") (param $job i32))

  (func (export "cm32p2|parallel:futures/jobs@0.1|completed") (result i32)
    (global.get $nothing))

  (func (export "cm32p2|parallel:futures/jobs@0.1|next") (param $result i32) (param $len i32) (result i32)
    (call $forget)
    (global.get $nothing))

  ;; Nothing will ever complete. But no guest can make a pollable, and one that a clock makes is ready
  ;; some time: in 24 days, which is the most that a timer of JavaScript can take.
  (func (export "cm32p2|parallel:futures/jobs@0.1|subscribe") (result i32)
    (call $subscribe-duration (i64.const 2_073_600_000_000_000)))

  ;; No number names a job.
  (func (export "cm32p2|parallel:futures/jobs@0.1|subscribe-to") (param $job i32) (result i32)
    (call $subscribe-duration (i64.const 0)))

  (func (export "cm32p2|parallel:futures/jobs@0.1|stopping") (result i32)
    (i32.const 0))

  (func (export "cm32p2|parallel:futures/jobs@0.1|send") (param $item i32) (param $len i32) (result i32)
    (call $forget)
    (global.get $no-host))

  (func (export "cm32p2|parallel:futures/jobs@0.1|may-send") (result i32)
    (i32.const 0))

  (func (export "cm32p2|parallel:futures/jobs@0.1|items") (result i32)
    (global.get $nothing))

  (func (export "cm32p2|parallel:futures/jobs@0.1|more") (param $job i32) (param $count i32))

  (func (export "cm32p2|parallel:futures/jobs@0.1|share") (param $bytes i32) (param $len i32) (result i32)
    (call $forget)
    (global.get $no-host))

  (func (export "cm32p2|parallel:futures/jobs@0.1|unshare") (param $id i64))

  (func (export "cm32p2|parallel:futures/jobs@0.1|shared") (param $id i64) (result i32)
    (global.get $nothing))

  (func (export "cm32p2|parallel:futures/jobs@0.1|is-shared") (param $id i64) (result i32)
    (i32.const 0))

  ;; A message, a place, the jobs it came through, and a stack.
  (func (export "cm32p2|parallel:futures/jobs@0.1|panicking")
    (param i32 i32) (param i32 i32 i32 i32 i32) (param i32 i32) (param i32 i32)
    (call $forget)))
