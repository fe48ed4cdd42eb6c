;; Answers with ten megabytes: one table with a name of that length.
(func $strike (param $record i32) (result i32)
    (drop (memory.grow (i32.const 200)))
    (i32.store (i32.const 3004) (i32.const 3072))
    (i32.store (i32.const 3008) (i32.const 1))
    (i32.store (i32.const 3072) (i32.const 8192))
    (i32.store (i32.const 3076) (i32.const 10000000))
    (i32.const 3000))
