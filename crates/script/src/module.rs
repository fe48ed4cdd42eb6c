//! Modules: files of functions that several rules share, imported by `import "lib/tiers" as tiers;`.
//!
//! A module is a script in a folder below the scripts folder, or one whose name begins with `_`. A path is read from
//! the scripts folder on, wherever the file that imports stands, and can name nothing else: what a rule imports is
//! handed over with it, so nothing is opened here.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{AST, Engine, Expr, Position, Stmt, Token};
use tierhook_hooks::{Fault, FaultCode, closest};

use crate::source::Source;

/// One import of a script.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Import {
    /// The path as it is written.
    pub(crate) path: String,
    /// The name by which the script calls the module.
    pub(crate) name: String,
    /// Where the path stands.
    pub(crate) position: Position,
}

/// Lists the modules that a script imports itself, as files relative to the workspace, whether or not they are
/// there. `file` is the script's own. A path that cannot be one of a module is left out; compiling tells of it.
pub fn imported_files(file: &str, text: &str) -> BTreeSet<String> {
    let tokens: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let noted = tokens.clone();
    let mut engine = Engine::new_raw();
    engine.set_max_expr_depths(64, 64);
    #[expect(deprecated, reason = "the callback is marked as volatile, not as going away; the rhai version is pinned")]
    engine.on_parse_token(move |token, _, _| {
        let mut tokens = noted.lock().unwrap_or_else(PoisonError::into_inner);
        match &token {
            Token::Import => tokens.push(None),
            Token::StringConstant(text) => {
                if let Some(path @ None) = tokens.last_mut() {
                    *path = Some(text.to_string());
                }
            }
            _ => {}
        }
        token
    });
    // What is wrong with the script is told when it is compiled for good; up to there its imports are known.
    drop(engine.compile(text));
    let tokens = tokens.lock().unwrap_or_else(PoisonError::into_inner);
    tokens.iter().flatten().filter_map(|path| module_file(file, path).ok()).collect()
}

/// The file of the module behind a path that a script of a file imports.
///
/// # Errors
/// A [`Fault`] that names the path, if it cannot be one of a module.
pub(crate) fn module_file(file: &str, path: &str) -> Result<String, Fault> {
    let folder = file.split('/').next().unwrap_or(file);
    let refused = |why: &str, hint: &str| {
        Err(Fault::new(FaultCode::Failed, format!("`{path}` cannot be imported: {why}")).with_hint(hint))
    };
    let example = "write the path from the scripts folder on, for example `import \"lib/tiers\" as tiers;`";
    let is_absolute = path.starts_with(['/', '\\', '~']) || path.get(1..2) == Some(":");
    if is_absolute {
        return refused("it is an absolute path", example);
    }
    let parts: Vec<&str> = path.split('/').collect();
    if parts.contains(&"..") {
        return refused("it leads out of its folder", example);
    }
    if parts.iter().any(|part| part.is_empty() || *part == ".") || path.contains(['\\', '\0']) {
        return refused("it is no path of a module", example);
    }
    if path.ends_with(".rhai") {
        return refused("the ending does not belong to it", "leave `.rhai` away");
    }
    if parts.len() == 1 && !path.starts_with('_') {
        let hint = "put what several rules need into a file in a folder below, or one whose name begins with `_`";
        return refused("a script in the scripts folder itself is a rule, not a module", hint);
    }
    Ok(format!("{folder}/{path}.rhai"))
}

/// Takes the imports off a script. What is left of it are functions.
///
/// # Errors
/// A [`Fault`] for the first statement outside functions that is no import, and for an import without a plain path and
/// a name of its own.
pub(crate) fn take_imports(ast: &mut AST, source: &Source, what: &str) -> Result<Vec<Import>, Fault> {
    let mut imports: Vec<Import> = Vec::new();
    for statement in ast.statements() {
        let refused = |message: String, hint: &str, position: Position| {
            Err(source.place(Fault::new(FaultCode::Syntax, message).with_hint(hint), position))
        };
        let Stmt::Import(import, position) = statement else {
            let message = format!("a {what} consists of functions; this statement would never run");
            let hint = match what {
                "module" => "make it a function that returns the value",
                _ => "move it into a function, or make its value a parameter in the manifest",
            };
            return refused(message, hint, statement.position());
        };
        let (path, name) = &**import;
        let Expr::StringConstant(path, at) = path else {
            let hint = "write the path out, as a plain text in quotes";
            return refused("the path of an import is computed".to_owned(), hint, path.position());
        };
        if name.name.is_empty() {
            let hint = format!("give it one: `import \"{path}\" as name;`");
            return refused("the module has no name here".to_owned(), &hint, *position);
        }
        if let Some(other) = imports.iter().find(|other| other.name == *name.name) {
            let message = format!("`{}` and `{path}` are both called `{}`", other.path, name.name);
            return refused(message, "give one of them another name", name.pos);
        }
        imports.push(Import { path: path.to_string(), name: name.name.to_string(), position: *at });
    }
    ast.clear_statements();
    Ok(imports)
}

/// The fault for a module that is not there.
pub(crate) fn unknown_module<'a>(path: &str, file: &str, there: impl Iterator<Item = &'a String>) -> Fault {
    let fault = Fault::new(FaultCode::Failed, format!("there is no module `{path}`"));
    match closest(file, there.map(String::as_str)) {
        Some(near) => fault.with_hint(format!("it would be the file {file}; did you mean {near}?")),
        None => fault.with_hint(format!("it would be the file {file}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &str) -> String {
        module_file("scripts/rule.rhai", path).unwrap_err().message
    }

    #[test]
    fn a_path_names_a_module_or_is_refused_by_name() {
        let file = |path| module_file("scripts/deep/rule.rhai", path).unwrap();
        assert_eq!(file("lib/tiers"), "scripts/lib/tiers.rhai");
        assert_eq!(file("_shared"), "scripts/_shared.rhai");
        assert_eq!(file("库/等级"), "scripts/库/等级.rhai");
        for path in ["/etc/passwd", "\\\\host\\share", "C:/x", "~/x"] {
            assert_eq!(refusal(path), format!("`{path}` cannot be imported: it is an absolute path"));
        }
        for path in ["../secrets", "lib/../../secrets", "lib/..", ".."] {
            assert_eq!(refusal(path), format!("`{path}` cannot be imported: it leads out of its folder"));
        }
        for path in ["", "./lib/x", "lib//x", "lib/", "lib\\x", "lib/x\0"] {
            assert_eq!(refusal(path), format!("`{path}` cannot be imported: it is no path of a module"));
        }
        assert!(refusal("lib/tiers.rhai").contains("the ending"));
        assert!(refusal("abc_grade").contains("is a rule, not a module"));
    }

    #[test]
    fn imports_are_found_in_what_is_no_script_yet() {
        let text = "// import \"lib/comment\" as c;\nimport \"lib/a\" as a;\n/* import \"lib/b\" as b; */\n\
                    import \"_c\" as c; import \"../d\" as d;\nfn f() { `import \"lib/e\" as e` }\nfn broken( {";
        let files: Vec<String> = imported_files("scripts/rule.rhai", text).into_iter().collect();
        assert_eq!(files, ["scripts/_c.rhai", "scripts/lib/a.rhai"]);
        assert!(imported_files("scripts/rule.rhai", "\u{0}\u{1}").is_empty());
    }
}
