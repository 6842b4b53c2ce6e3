;; Components in a component, with all that has a name: types, values that are resources, aliases.
(component
  (import "a:b/c@1.2.3" (instance $c
    (export "r" (type $r (sub resource)))
    (export "[method]r.m" (func (param "self" (borrow $r)) (result (list string))))
    (type $v (variant (case "x" u8) (case "y" (tuple s64 f32)) (case "z")))
    (export "v" (type (eq $v)))))
  (component $inner
    (import "f" (func $f (param "x" (option char)) (result (result u32 (error string)))))
    (component (component (core module (memory 1 2) (table 3 funcref) (data "text"))))
    (export "g" (func $f)))
  (core module $start
    (memory (export "memory") 1)
    (func $loop (loop (br 0)))
    (func (export "f") (param i32 i32 i32) (result i32) unreachable)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
  (core instance $s (instantiate $start))
  (alias core export $s "memory" (core memory $m))
  (func $f (param "x" (list u8)) (param "y" u32) (result (list u8))
    (canon lift (core func $s "f") (memory $m) (realloc (core func $s "realloc"))))
  (export "f" (func $f)))
