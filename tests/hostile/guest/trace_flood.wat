;; Notes something about a record without end.
(func $strike (param $record i32) (result i32)
    (loop $on
        (call $trace (local.get $record) (i32.const 4096) (i32.const 60000))
        (br $on))
    unreachable)
