;; The least that can be run: main returns at once.
(component
  (core module $m (func (export "main") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func $main (result (result)) (canon lift (core func $i "main")))
  (instance (export "wasi:cli/run@0.2.12") (export "run" (func $main))))
