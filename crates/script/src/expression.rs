//! Expressions: short pieces of script that turn the columns of a row into values, for import mappings.
//!
//! Columns whose name is an identifier are variables; every column can be had as `row["Column name"]`. A column
//! is text unless it is declared numeric: then it is an exact decimal, and an empty cell is a missing value
//! (`.or(0)` and `.is_missing` guard it). Numbers in the expression itself are exact decimals too.

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr as _;
use std::sync::Arc;

use rhai::{AST, ASTNode, Dynamic, Engine, Expr, Map, Position, Scope};
use rust_decimal::Decimal;
use tierhook_hooks::{Fault, FaultCode, Limits, closest};

use crate::argument;
use crate::budget::{self, limited_engine};
use crate::failure::{from_eval, from_panic};
use crate::guard;
use crate::missing::{self, Missing};
use crate::source::Source;
use crate::text;

/// A column of the rows that expressions are evaluated on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionColumn {
    /// Its name, as the file has it.
    pub name: String,
    /// Whether its cells are numbers.
    pub numeric: bool,
}

/// An expression and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionSource {
    /// What it is for, for example `refund`.
    pub name: String,
    /// The expression.
    pub text: String,
    /// The file that it stands in.
    pub file: String,
    /// The line in that file on which it begins, from 1.
    pub line: usize,
    /// The column in that line in which it begins, from 1.
    pub column: usize,
}

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpressionValue {
    /// A text.
    Text(String),
    /// An exact number.
    Decimal(Decimal),
    /// Yes or no.
    Boolean(bool),
    /// Nothing: `()`, or the empty cell of a numeric column.
    Nothing,
}

/// Compiled expressions over one list of columns. Share it, and make one [`Evaluator`] for each thread.
#[derive(Debug)]
pub struct Expressions {
    engine: Engine,
    limits: Limits,
    columns: Vec<ExpressionColumn>,
    compiled: Vec<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    source: Source,
    ast: AST,
    /// The columns that it uses as variables, in the order of its scope.
    variables: Vec<usize>,
    /// The columns that it uses as `row["..."]`.
    cells: Vec<usize>,
}

/// Evaluates expressions on one row after the other. It belongs to one thread at a time.
#[derive(Debug)]
pub struct Evaluator<'a> {
    expressions: &'a Expressions,
    scopes: Vec<Scope<'static>>,
    /// What expressions over one column came to, by its cell: the same cells come again and again, and the same cell comes
    /// to the same.
    known: Vec<HashMap<String, ExpressionValue>>,
}

impl Expressions {
    /// Begins an empty list over columns. The limits are those of one evaluation.
    pub fn new(columns: Vec<ExpressionColumn>, limits: &Limits) -> Self {
        let mut engine = limited_engine(limits);
        missing::register(&mut engine);
        text::register(&mut engine);
        #[expect(
            deprecated,
            reason = "the callback is marked as volatile, not as going away; the rhai version is pinned"
        )]
        engine.on_parse_token(|token, position, _| {
            guard::note(&token, position);
            text::exact(token)
        });
        engine.disable_symbol("import");
        Self { engine, limits: limits.clone(), columns, compiled: Vec::new() }
    }

    /// Compiles one more expression and returns its number, counted from 0.
    ///
    /// # Errors
    /// A [`Fault`] if it cannot be parsed, names a column that there is none of, or compares a text column
    /// with a number.
    pub fn add(&mut self, source: ExpressionSource) -> Result<usize, Fault> {
        let ExpressionSource { name: _, text, file, line, column } = source;
        let source = Source::within(file, &text, line, column);
        if text.len() > self.limits.source_bytes {
            let message = format!("the expression has {} bytes; {} are allowed", text.len(), self.limits.source_bytes);
            return Err(Fault::new(FaultCode::Memory, message)
                .with_hint("shorten it; `limits.source_bytes` sets how long it may be"));
        }
        let mut all = Scope::new();
        for column in &self.columns {
            all.push(column.name.as_str(), Dynamic::UNIT);
        }
        all.push(ROW, Map::new());
        let names = self.columns.iter().map(|column| column.name.as_str());
        let (found, source) = guard::compile(&self.engine, &all, &text, source, &self.limits, names.clone())?;
        if found.iter_functions().next().is_some() {
            let fault = Fault::new(FaultCode::Syntax, "a mapping expression cannot define functions");
            return Err(fault.with_hint("write out what the function does"));
        }
        let mut compiled = Compiled { source, ast: AST::empty(), variables: Vec::new(), cells: Vec::new() };
        self.find_columns(&found, &mut compiled)?;
        // Compiled again for the scope it will really see, so that a variable's place in it is right.
        let scope = self.scope(&compiled);
        (compiled.ast, compiled.source) =
            guard::compile(&self.engine, &scope, &text, compiled.source, &self.limits, names)?;
        self.compiled.push(compiled);
        Ok(self.compiled.len() - 1)
    }

    /// Returns the number of expressions.
    pub fn len(&self) -> usize {
        self.compiled.len()
    }

    /// Tells whether there are no expressions.
    pub fn is_empty(&self) -> bool {
        self.compiled.is_empty()
    }

    /// Returns the numbers of the columns that an expression uses, in no particular order.
    pub fn columns_of(&self, expression: usize) -> impl Iterator<Item = usize> {
        let compiled = &self.compiled[expression];
        compiled.variables.iter().chain(&compiled.cells).copied()
    }

    /// Makes an evaluator.
    pub fn evaluator(&self) -> Evaluator<'_> {
        let scopes: Vec<_> = self.compiled.iter().map(|compiled| self.scope(compiled)).collect();
        Evaluator { expressions: self, known: vec![HashMap::new(); scopes.len()], scopes }
    }

    fn scope(&self, compiled: &Compiled) -> Scope<'static> {
        let mut scope = Scope::new();
        for column in &compiled.variables {
            scope.push(self.columns[*column].name.clone(), Dynamic::UNIT);
        }
        if !compiled.cells.is_empty() {
            scope.push(ROW, Map::new());
        }
        scope
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Finds the columns that an expression uses and checks how it uses them.
    fn find_columns(&self, ast: &AST, compiled: &mut Compiled) -> Result<(), Fault> {
        let (mut variables, mut cells, mut fault) = (Vec::new(), Vec::new(), None);
        ast.walk(&mut |path: &[ASTNode]| {
            let Some(ASTNode::Expr(expr)) = path.last() else { return true };
            match expr {
                Expr::Variable(variable, ..) => {
                    if variable.1 == ROW && self.column(ROW).is_none() {
                        match self.cell_named(path) {
                            Ok(column) if !cells.contains(&column) => cells.push(column),
                            Ok(_) => {}
                            Err(why) => fault = Some(compiled.source.place(why, expr.position())),
                        }
                    } else if let Some(column) = self.column(&variable.1)
                        && !variables.contains(&column)
                    {
                        variables.push(column);
                    }
                }
                Expr::FnCall(call, position) if call.is_operator_call() && call.args.len() == 2 => {
                    let sides = [(&call.args[0], &call.args[1]), (&call.args[1], &call.args[0])];
                    if let Some(column) = sides.into_iter().find_map(|(side, other)| self.text_with_number(side, other))
                    {
                        fault = Some(compiled.source.place(text_and_number(column), *position));
                    }
                }
                _ => {}
            }
            fault.is_none()
        });
        (compiled.variables, compiled.cells) = (variables, cells);
        fault.map_or(Ok(()), Err)
    }

    /// The column of `row["..."]`, given the path to `row`.
    fn cell_named(&self, path: &[ASTNode]) -> Result<usize, Fault> {
        let bad = || {
            Fault::new(FaultCode::UnknownField, "`row` alone is no value")
                .with_hint("write the column's name in quotes: `row[\"Column name\"]`")
        };
        let [.., ASTNode::Expr(Expr::Index(pair, ..)), _] = path else { return Err(bad()) };
        let name = match &pair.rhs {
            Expr::StringConstant(name, _) => name,
            // A chain such as `row["a"].len()` hangs the rest of the chain under the index.
            Expr::Dot(rest, ..) | Expr::Index(rest, ..) => match &rest.lhs {
                Expr::StringConstant(name, _) => name,
                _ => return Err(bad()),
            },
            _ => return Err(bad()),
        };
        self.column(name).ok_or_else(|| {
            let fault = Fault::new(FaultCode::UnknownField, format!("there is no column `{name}`"));
            let names = self.columns.iter().map(|column| column.name.as_str());
            match closest(name, names.clone()) {
                Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                None => fault.with_hint(format!("the columns are {}", names.collect::<Vec<_>>().join(", "))),
            }
        })
    }

    /// The text column `side`, if `other` is a number. Compared, the two would quietly never be equal.
    fn text_with_number(&self, side: &Expr, other: &Expr) -> Option<&str> {
        let Expr::Variable(variable, ..) = side else { return None };
        let column = &self.columns[self.column(&variable.1)?];
        let value = other.get_literal_value(None)?;
        (!column.numeric && (value.is_int() || value.is_float() || value.is_decimal())).then_some(&*column.name)
    }
}

impl Compiled {
    /// The column that it uses, if it uses one and no other.
    fn only_column(&self) -> Option<usize> {
        let mut columns = self.variables.iter().chain(&self.cells);
        let first = columns.next()?;
        columns.all(|column| column == first).then_some(*first)
    }
}

impl Evaluator<'_> {
    /// Evaluates the expression with a number on a row. `cell` gives the text of the column with a number; a
    /// column that the row lacks counts as empty.
    ///
    /// # Errors
    /// A [`Fault`] with its place in the mapping: a numeric column that holds no number, a missing value that
    /// is computed with, a limit, or whatever else goes wrong.
    pub fn evaluate<'r>(
        &mut self,
        index: usize,
        cell: impl Fn(usize) -> Option<&'r str>,
    ) -> Result<ExpressionValue, Fault> {
        let only = self.expressions.compiled[index].only_column();
        let Some(text) = only.map(|column| cell(column).unwrap_or_default()).filter(|text| text.len() <= KNOWN_BYTES)
        else {
            return self.evaluate_anew(index, cell);
        };
        if let Some(known) = self.known[index].get(text) {
            return Ok(known.clone());
        }
        let value = self.evaluate_anew(index, cell)?;
        let known = &mut self.known[index];
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        if !matches!(&value, ExpressionValue::Text(text) if text.len() > KNOWN_BYTES) {
            known.insert(text.to_owned(), value.clone());
        }
        Ok(value)
    }

    fn evaluate_anew<'r>(
        &mut self,
        index: usize,
        cell: impl Fn(usize) -> Option<&'r str>,
    ) -> Result<ExpressionValue, Fault> {
        let Self { expressions, scopes, .. } = self;
        let (compiled, scope) = (&expressions.compiled[index], &mut scopes[index]);
        let value = |column: usize| {
            let text = cell(column).unwrap_or_default();
            let column = &expressions.columns[column];
            if column.numeric { number(&column.name, text) } else { Ok(Dynamic::from(text.to_owned())) }
        };
        for column in &compiled.variables {
            let value = value(*column)?;
            scope.set_or_push(expressions.columns[*column].name.as_str(), value);
        }
        if !compiled.cells.is_empty() {
            let mut row = Map::new();
            for column in &compiled.cells {
                row.insert(expressions.columns[*column].name.as_str().into(), value(*column)?);
            }
            scope.set_or_push(ROW, row);
        }
        let length = scope.len();
        let used = budget::begin(&expressions.limits, expressions.limits.wall(1));
        let result =
            catch_unwind(AssertUnwindSafe(|| expressions.engine.eval_ast_with_scope::<Dynamic>(scope, &compiled.ast)));
        let stopped = used.stopped();
        drop(used);
        scope.rewind(length);
        if let Some((fault, position, _)) = stopped {
            return Err(compiled.source.place(fault, position.or_else(START)));
        }
        match result {
            Ok(Ok(value)) => answer(value).map_err(|why| compiled.source.place(why, START)),
            Ok(Err(error)) => Err(from_eval(*error, &compiled.source, &expressions.limits)),
            Err(panic) => Err(from_panic(&*panic as &dyn Any)),
        }
    }
}

/// How many cells are known of an expression at most; then it begins anew.
const MOST_KNOWN: usize = 4096;
/// The bytes of such a cell at most, and of the text that it comes to.
const KNOWN_BYTES: usize = 128;

/// What has no position of its own is placed where the expression begins.
const START: Position = Position::new(1, 1);

/// The name under which an expression finds all columns.
const ROW: &str = "row";

fn text_and_number(column: &str) -> Fault {
    Fault::new(FaultCode::Failed, format!("column `{column}` is text and cannot be used with a number"))
        .with_hint(format!("declare it as numeric, or write `num({column})`"))
}

fn number(column: &str, text: &str) -> Result<Dynamic, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Dynamic::from(Missing::new(Arc::from(column))));
    }
    text::decimal(text).map(Dynamic::from_decimal).map_err(|_| {
        Fault::new(FaultCode::Failed, format!("column `{column}` holds `{text}`, which is not a number"))
            .with_hint("correct the cell, or declare the column as text")
    })
}

fn answer(value: Dynamic) -> Result<ExpressionValue, Fault> {
    if value.is_unit() || value.is::<Missing>() {
        Ok(ExpressionValue::Nothing)
    } else if let Ok(yes) = value.as_bool() {
        Ok(ExpressionValue::Boolean(yes))
    } else if let Ok(number) = value.as_decimal() {
        Ok(ExpressionValue::Decimal(number))
    } else if let Ok(number) = value.as_int() {
        Ok(ExpressionValue::Decimal(Decimal::from(number)))
    } else if let Ok(number) = value.as_float() {
        // The shortest text that gives the same number back is the number that was meant.
        Decimal::from_str(&number.to_string()).map(ExpressionValue::Decimal).map_err(|_| {
            Fault::new(FaultCode::BadWish, format!("{number} is no exact number")).with_hint("use `num` instead")
        })
    } else if value.is_string() || value.is_char() {
        Ok(ExpressionValue::Text(value.to_string()))
    } else {
        let message = format!("the expression came to {}", argument::type_name(&value));
        Err(Fault::new(FaultCode::BadWish, message).with_hint("let it come to a text, a number, yes or no, or `()`"))
    }
}
