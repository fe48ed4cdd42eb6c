//! Analysis: what the functions of a script call and read, found in their syntax.

use std::collections::BTreeSet;

use rhai::{
    AST, ASTFlags, ASTNode, BinaryExpr, Engine, Expr, FnAccess, FnCallExpr, FnPtr, Module, OP_CONTAINS, Position, Stmt,
};

use crate::missing::KNOWN;

/// What one function of a script does.
#[derive(Debug, Default)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) parameters: Vec<String>,
    /// Whether it is for its own file only.
    pub(crate) is_private: bool,
    pub(crate) calls: Vec<Call>,
    pub(crate) chains: Vec<Chain>,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) switches: Vec<Switch>,
    /// Variables that are made of a chain: `let grade = customer.class.grade`.
    pub(crate) bindings: Vec<(String, Chain)>,
    /// Variables that are written to after they were made.
    pub(crate) rewritten: BTreeSet<String>,
    /// Functions that it names without calling them, closures among them.
    pub(crate) names: BTreeSet<String>,
    /// Texts and keys of maps that are written in it.
    pub(crate) words: BTreeSet<String>,
    /// Functions that it names in `Fn("name")`.
    pub(crate) pointers: Vec<(String, Position)>,
    pub(crate) imports: Vec<Position>,
    /// Whether it writes to lists or maps under keys that it computes.
    pub(crate) fills: bool,
    /// Closures that use variables around them, with the function that each is handed to, if it is handed to one.
    pub(crate) closures: Vec<(Option<String>, Position)>,
    /// Values of modules that it names, such as `tiers::LOWEST`.
    pub(crate) constants: Vec<(String, Position)>,
}

/// A call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// The module in front of it, if there is one: `tiers` of `tiers::best()`.
    pub(crate) module: Option<String>,
    /// How many arguments, without the value that a method is called on.
    pub(crate) arguments: usize,
    /// The arguments as far as they are bare variables.
    pub(crate) variables: Vec<Option<String>>,
    /// Whether it is written behind a point.
    pub(crate) is_method: bool,
    /// The first two arguments as far as they are literal texts.
    pub(crate) texts: [Option<String>; 2],
    pub(crate) position: Position,
}

/// A chain of properties, indexes and methods, such as `customer.measure.assets.or(0)`.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) root: Root,
    pub(crate) links: Vec<Link>,
}

/// What a chain begins with.
#[derive(Debug)]
pub(crate) enum Root {
    Variable(String),
    /// The call of a function, with its first argument if that is a literal text.
    Call(String, Option<String>),
    Other,
}

/// A link of a chain.
#[derive(Debug)]
pub(crate) enum Link {
    /// `.name` or `["name"]`.
    Name(String, Position),
    /// `[...]` with anything else.
    Computed(Position),
    /// `.name(...)`, with the first argument if that is a literal text.
    Method(String, Option<String>, Position),
}

/// A comparison of a chain or a variable with a literal.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) side: Side,
    /// The literal, if it is a text; else it is a number.
    pub(crate) text: Option<String>,
    pub(crate) position: Position,
}

/// A `switch` over a chain or a variable. Of its cases only their hashes are left ([`case_of`]).
#[derive(Debug)]
pub(crate) struct Switch {
    pub(crate) side: Side,
    pub(crate) cases: BTreeSet<u64>,
    pub(crate) position: Position,
}

/// What is compared.
#[derive(Debug)]
pub(crate) enum Side {
    Chain(Chain),
    Variable(String),
}

/// Analyses all functions of a script, closures included.
pub(crate) fn functions(ast: &AST) -> Vec<Function> {
    let mut functions: Vec<Function> = ast
        .iter_functions()
        .map(|found| {
            // Walking a whole script does not tell which function a node belongs to; walking one function at a time does.
            let mut alone = Module::new();
            if let Some(definition) = ast.shared_lib().get_script_fn(found.name, found.params.len()) {
                alone.set_script_fn(definition.clone());
            }
            let alone = AST::new_from_module(alone);
            let name = found.name;
            let parameters = found.params.iter().map(|name| (*name).to_owned()).collect();
            let is_private = found.access == FnAccess::Private;
            let mut function = Function { name: name.to_owned(), parameters, is_private, ..Function::default() };
            alone.walk(&mut |path: &[ASTNode]| {
                function.visit(path);
                true
            });
            function
        })
        .collect();
    functions.sort_by(|a, b| (&a.name, a.parameters.len()).cmp(&(&b.name, b.parameters.len())));
    functions
}

impl Function {
    fn visit(&mut self, path: &[ASTNode]) {
        match path {
            [.., ASTNode::Expr(Expr::Stmt(block)), ASTNode::Stmt(Stmt::FnCall(..))]
                if is_closure(block.statements()) => {}
            [.., ASTNode::Stmt(Stmt::FnCall(call, position))] => self.visit_call(call, *position),
            [.., ASTNode::Stmt(Stmt::Switch(switch, position))] => {
                let cases = switch.1.cases.keys().copied().collect();
                let position = *position;
                let over = match &switch.0 {
                    // What a switch is over is guarded against missing values when it is linked.
                    Expr::FnCall(guard, _) if guard.name == KNOWN => &guard.args[0],
                    other => other,
                };
                self.switches.extend(side_of(over).map(|side| Switch { side, cases, position }));
            }
            [.., ASTNode::Stmt(Stmt::Import(import, _))] => self.imports.push(import.0.position()),
            [.., ASTNode::Stmt(Stmt::Var(made, ..))] => {
                let chain = chain(&made.1, &mut Vec::new());
                self.bindings
                    .push((made.0.name.to_string(), chain.unwrap_or(Chain { root: Root::Other, links: vec![] })));
            }
            [.., ASTNode::Stmt(Stmt::Assignment(assignment))] => {
                self.rewritten.extend(variable(&assignment.1.lhs));
                let target = chain(&assignment.1.lhs, &mut Vec::new());
                self.fills |= target.is_some_and(|it| it.links.iter().any(|link| matches!(link, Link::Computed(_))));
            }
            [parents @ .., ASTNode::Expr(expr)] => self.visit_expr(expr, parents),
            _ => {}
        }
    }

    fn visit_expr(&mut self, expr: &Expr, parents: &[ASTNode]) {
        match expr {
            // The engine makes a closure that uses variables around it of a block: what it shares, then how it is bound.
            Expr::Stmt(block) if is_closure(block.statements()) => {
                let taker = match parents.last() {
                    Some(ASTNode::Expr(Expr::FnCall(call, _) | Expr::MethodCall(call, _))) => {
                        Some(call.name.to_string())
                    }
                    _ => None,
                };
                self.closures.push((taker, block.position()));
            }
            Expr::FnCall(..) if matches!(parents, [.., ASTNode::Expr(Expr::Stmt(block)), _] if is_closure(block.statements())) =>
                {}
            Expr::FnCall(call, position) => self.visit_call(call, *position),
            Expr::StringConstant(text, _) => {
                self.words.insert(text.to_string());
            }
            Expr::Map(entries, _) => self.words.extend(entries.0.iter().map(|(key, _)| key.as_str().to_owned())),
            Expr::Variable(variable, _, position) if !variable.2.is_empty() => {
                self.constants.push((format!("{}::{}", variable.2, variable.1), *position));
            }
            Expr::Variable(variable, ..) => {
                self.names.insert(variable.1.to_string());
            }
            Expr::DynamicConstant(value, _) => {
                if let Some(pointer) = value.read_lock::<FnPtr>() {
                    self.names.insert(pointer.fn_name().to_owned());
                }
            }
            Expr::Dot(..) | Expr::Index(..) if !is_tail(expr, parents.last()) => {
                if let Expr::Dot(pair, ..) = expr
                    && let (list, Expr::MethodCall(call, _)) = (&pair.lhs, &pair.rhs)
                    && let (OP_CONTAINS, [item]) = (&*call.name, &call.args[..])
                {
                    self.visit_list(list, item);
                }
                if let Some(chain) = chain(expr, &mut self.calls) {
                    self.chains.push(chain);
                }
            }
            _ => {}
        }
    }

    fn visit_call(&mut self, call: &FnCallExpr, position: Position) {
        if let (OP_CONTAINS, [list, item]) = (&*call.name, &call.args[..]) {
            self.visit_list(list, item);
        }
        if call.is_operator_call() {
            if matches!(&*call.name, "<" | "<=" | ">" | ">=" | "==" | "!=") && call.args.len() == 2 {
                self.visit_comparison(&call.args[0], &call.args[1], position);
                self.visit_comparison(&call.args[1], &call.args[0], position);
            }
            return;
        }
        if let ("Fn", [Expr::StringConstant(name, position)]) = (&*call.name, &call.args[..]) {
            self.names.insert(name.to_string());
            self.pointers.push((name.to_string(), *position));
        }
        self.calls.push(Call::new(call, false, position));
    }

    fn visit_comparison(&mut self, side: &Expr, literal: &Expr, position: Position) {
        let Some(value) = literal.get_literal_value(None) else { return };
        let text = value.is_string().then(|| value.to_string());
        if text.is_none() && !value.is_int() && !value.is_float() {
            return;
        }
        self.comparisons.extend(side_of(side).map(|side| Comparison { side, text, position }));
    }

    /// Notes that something is looked for in a list that is written out.
    fn visit_list(&mut self, list: &Expr, item: &Expr) {
        let Expr::Array(entries, _) = list else { return };
        for entry in entries.iter() {
            if matches!(entry, Expr::StringConstant(..)) {
                self.visit_comparison(item, entry, entry.position());
            }
        }
    }
}

/// What stands for a case with this text in a `switch`.
pub(crate) fn case_of(text: &str) -> Option<u64> {
    let switch = format!("switch 0 {{ {text:?} => 0 }}");
    let ast = Engine::new_raw().compile(switch).ok()?;
    match ast.statements() {
        [Stmt::Switch(switch, _)] => switch.1.cases.keys().next().copied(),
        _ => None,
    }
}

fn side_of(expr: &Expr) -> Option<Side> {
    match chain(expr, &mut Vec::new()) {
        Some(chain) => Some(Side::Chain(chain)),
        None => variable(expr).map(Side::Variable),
    }
}

impl Call {
    fn new(call: &FnCallExpr, is_method: bool, position: Position) -> Self {
        Self {
            name: call.name.to_string(),
            module: (!call.namespace.is_empty()).then(|| call.namespace.to_string()),
            arguments: call.args.len(),
            variables: call.args.iter().map(variable).collect(),
            is_method,
            texts: [text(call.args.first()), text(call.args.get(1))],
            position,
        }
    }
}

fn text(expr: Option<&Expr>) -> Option<String> {
    match expr {
        Some(Expr::StringConstant(text, _)) => Some(text.to_string()),
        _ => None,
    }
}

fn is_closure(block: &[Stmt]) -> bool {
    matches!(block.first(), Some(Stmt::Share(..)))
}

fn variable(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Variable(variable, ..) if variable.2.is_empty() => Some(variable.1.to_string()),
        _ => None,
    }
}

/// Tells whether a node is the rest of the chain that its parent begins: chains nest to the right.
fn is_tail(expr: &Expr, parent: Option<&ASTNode>) -> bool {
    match parent {
        Some(ASTNode::Expr(Expr::Dot(pair, flags, _) | Expr::Index(pair, flags, _))) => {
            !flags.contains(ASTFlags::BREAK) && std::ptr::eq(&raw const pair.rhs, expr)
        }
        _ => false,
    }
}

/// Takes a chain apart. The method calls in it are added to `calls`.
fn chain(expr: &Expr, calls: &mut Vec<Call>) -> Option<Chain> {
    let (mut pair, mut flags, mut is_index) = parts(expr)?;
    let root = match &pair.lhs {
        Expr::Variable(variable, ..) => Root::Variable(variable.1.to_string()),
        Expr::FnCall(call, _) if call.namespace.is_empty() => {
            Root::Call(call.name.to_string(), text(call.args.first()))
        }
        _ => Root::Other,
    };
    let mut links = Vec::new();
    loop {
        let rest = if flags.contains(ASTFlags::BREAK) { None } else { parts(&pair.rhs) };
        links.push(link(rest.as_ref().map_or(&pair.rhs, |(rest, ..)| &rest.lhs), is_index, calls));
        match rest {
            Some(next) => (pair, flags, is_index) = next,
            None => return Some(Chain { root, links }),
        }
    }
}

fn parts(expr: &Expr) -> Option<(&BinaryExpr, ASTFlags, bool)> {
    match expr {
        Expr::Dot(pair, flags, _) => Some((pair, *flags, false)),
        Expr::Index(pair, flags, _) => Some((pair, *flags, true)),
        _ => None,
    }
}

fn link(expr: &Expr, is_index: bool, calls: &mut Vec<Call>) -> Link {
    match expr {
        Expr::Property(property, position) => Link::Name(property.2.to_string(), *position),
        Expr::MethodCall(call, position) => {
            calls.push(Call::new(call, true, *position));
            Link::Method(call.name.to_string(), text(call.args.first()), *position)
        }
        Expr::StringConstant(name, position) if is_index => Link::Name(name.to_string(), *position),
        other => Link::Computed(other.position()),
    }
}
