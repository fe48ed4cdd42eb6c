;; Says that its answer lies where it has no memory.
(func $strike (param $record i32) (result i32)
    (i32.const -16))
