;; Stands between a program and the clock of its host, and passes every call on.
;;
;; Every program with jobs imports that clock, so each can be composed with this.
(component
  (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
  (alias export $poll "pollable" (type $pollable))
  (type $own (own $pollable))

  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (export "pollable" (type $clock-pollable (eq $pollable)))
    (type $own-pollable (own $clock-pollable))
    (type $u64 u64)
    (export "instant" (type $instant (eq $u64)))
    (export "duration" (type $duration (eq $u64)))
    (export "now" (func (result $instant)))
    (export "resolution" (func (result $duration)))
    (export "subscribe-instant" (func (param "when" $instant) (result $own-pollable)))
    (export "subscribe-duration" (func (param "when" $duration) (result $own-pollable)))))

  (core func $now (canon lower (func $clock "now")))
  (core func $resolution (canon lower (func $clock "resolution")))
  (core func $subscribe-instant (canon lower (func $clock "subscribe-instant")))
  (core func $subscribe-duration (canon lower (func $clock "subscribe-duration")))

  (func $now (result u64) (canon lift (core func $now)))
  (func $resolution (result u64) (canon lift (core func $resolution)))
  (func $subscribe-instant (param "when" u64) (result $own) (canon lift (core func $subscribe-instant)))
  (func $subscribe-duration (param "when" u64) (result $own) (canon lift (core func $subscribe-duration)))

  (type $u64 u64)
  (instance $passed
    (export "pollable" (type $pollable))
    (export "instant" (type $u64))
    (export "duration" (type $u64))
    (export "now" (func $now))
    (export "resolution" (func $resolution))
    (export "subscribe-instant" (func $subscribe-instant))
    (export "subscribe-duration" (func $subscribe-duration)))
  (export "wasi:clocks/monotonic-clock@0.2.12" (instance $passed)))
