;; Breaks down.
(func $strike (param $record i32) (result i32)
    unreachable)
