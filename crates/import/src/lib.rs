//! Order lists and customer lists to facts, by a mapping file.
