//! Routines and PL/pgSQL.

use super::super::ast::{Act, Code, CreateFunction, Expr, Query, Statement, Step, StepKind};
use super::{Origin, composed, expr, identifier, name_in, query, statement, typename, word_in};
use crate::sql::tree::{self, Kind as K, Node};
use crate::sql::{TokenKind, tokens};

pub(super) fn act(node: &Node, origin: Origin<'_>) -> Option<Act> {
    Some(match node.kind() {
        K::DO => Act::Do(code(node, origin)),
        K::CREATE_FUNCTION | K::CREATE_PROCEDURE => Act::CreateFunction(Box::new(create(node, origin))),
        K::CALL => Act::Call {
            name: name_in(node, K::PROCEDURE_NAME_REF)?,
            arguments: node.all(K::ARG_LIST).flat_map(|it| expr::below(&it, origin)).collect(),
        },
        _ => return None,
    })
}

fn create(node: &Node, origin: Origin<'_>) -> CreateFunction {
    let options = node.child(K::FUNC_OPTION_LIST);
    let option = |kind: K| options.as_ref().is_some_and(|it| it.has(kind));
    let language = options.as_ref().and_then(|it| it.child(K::LANGUAGE_FUNC_OPTION)).and_then(|it| it.children().next());
    let language = language.map_or_else(|| "sql".to_owned(), |it| identifier(it.text().trim_matches('\'')));
    let procedure = node.kind() == K::CREATE_PROCEDURE;
    let inputs = node.all(K::PARAM_LIST).flat_map(|it| it.all(K::PARAM)).filter(|it| !it.has(K::PARAM_OUT));
    CreateFunction {
        name: name_in(node, if procedure { K::PROCEDURE_NAME } else { K::FUNCTION_NAME }).unwrap_or_default(),
        procedure,
        replace: node.has(K::OR_REPLACE),
        arguments: inputs.filter_map(|it| typename::of(&it)).collect(),
        volatility: if option(K::IMMUTABLE) {
            'i'
        } else if option(K::STABLE) {
            's'
        } else {
            'v'
        },
        code: if language == "sql" { sql_code(node, origin) } else { Code::Opaque },
        language,
    }
}

/// The body of a function again, this time with its PL/pgSQL: read only where the function is called.
pub(in super::super) fn routine_code(text: &str, base: usize) -> Code {
    let parsed = tree::open(&tree::parse(text));
    let node = parsed.statements().next();
    node.map_or(Code::Opaque, |it| code(&it, Origin::Shift(base)))
}

fn sql_code(node: &Node, origin: Origin<'_>) -> Code {
    if let Some(body) = node.descendants().find(|it| it.kind() == K::ATOMIC_BODY) {
        return Code::Sql(body.children().map(|it| statement(&it, origin)).collect());
    }
    if let Some(result) = node.descendants().find(|it| it.kind() == K::RETURN_STMT) {
        let targets = expr::below(&result, origin).into_iter().map(|it| super::super::ast::Target { alias: None, value: Some(it) });
        let act = Act::Query(Box::new(Query { targets: targets.collect(), ..Query::default() }));
        return Code::Sql(vec![Statement { act, span: origin.span(&result) }]);
    }
    let text = node.descendants().find(|it| it.kind() == K::AS_DEFINITION).and_then(|it| expr::first(&it, origin));
    match text {
        Some(Expr::Text(text)) => composed(&text, &origin.span(node)).map_or(Code::Opaque, Code::Sql),
        _ => Code::Opaque,
    }
}

fn code(node: &Node, origin: Origin<'_>) -> Code {
    let Some(body) = node.body() else {
        return if matches!(node.kind(), K::CREATE_FUNCTION | K::CREATE_PROCEDURE) { sql_code(node, origin) } else { Code::Opaque };
    };
    let base = match origin {
        Origin::Shift(base) => base,
        // A body inside a text that was put together: all of it stands where that text does.
        Origin::Body(..) | Origin::Fixed(..) => {
            let span = origin.span(node);
            let fixed = Origin::Fixed(span.start, span.end);
            return body.root().child(K::PLPGSQL_BLOCK).map_or(Code::Opaque, |it| Code::Block(block(&it, fixed)));
        }
    };
    body.root().child(K::PLPGSQL_BLOCK).map_or(Code::Opaque, |it| Code::Block(block(&it, Origin::Body(&body, base))))
}

/// Declarations as assignments, then the statements, then the handlers.
fn block(node: &Node, origin: Origin<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for declaration in node.all(K::PLPGSQL_DECLARE_SECTION).flat_map(|it| it.all(K::PLPGSQL_VAR_DECL)) {
        let value = declaration.child(K::PLPGSQL_VAR_INIT).and_then(|it| expr::below(&it, origin).pop());
        let variable = word_in(&declaration, K::PLPGSQL_VAR_NAME).unwrap_or_default();
        steps.push(Step { what: StepKind::Assign(variable, value), span: origin.span(&declaration) });
    }
    steps.extend(node.all(K::PLPGSQL_BODY).flat_map(|it| body(&it, origin)));
    let sections =
        node.all(K::PLPGSQL_EXCEPTION_SECTION).chain(node.all(K::PLPGSQL_BODY).flat_map(|it| it.all(K::PLPGSQL_EXCEPTION_SECTION)));
    for handler in sections.flat_map(|it| it.all(K::PLPGSQL_EXCEPTION_HANDLER)) {
        let what = StepKind::Handler(bodies(&handler, origin));
        steps.push(Step { what, span: origin.span(&handler) });
    }
    steps
}

fn bodies(node: &Node, origin: Origin<'_>) -> Vec<Step> {
    node.all(K::PLPGSQL_BODY).flat_map(|it| body(&it, origin)).collect()
}

fn body(node: &Node, origin: Origin<'_>) -> Vec<Step> {
    let steps = node.children().filter(|it| it.kind() != K::PLPGSQL_EXCEPTION_SECTION);
    steps.map(|it| Step { what: step(&it, origin), span: origin.span(&it) }).collect()
}

/// The expression of a `PLPGSQL_EXPR` below `node`.
fn value(node: &Node, origin: Origin<'_>) -> Option<Expr> {
    node.child(K::PLPGSQL_EXPR).and_then(|it| expr::below(&it, origin).into_iter().next())
}

fn step(node: &Node, origin: Origin<'_>) -> StepKind {
    let sql = |inner: Option<Node>| inner.map_or(StepKind::Opaque, |it| StepKind::Sql(Box::new(statement(&it, origin))));
    match node.kind() {
        K::PLPGSQL_EXEC_SQL_STMT | K::PLPGSQL_CALL_STMT | K::PLPGSQL_PERFORM_STMT | K::PLPGSQL_DO_STMT | K::PLPGSQL_RETURN_QUERY_STMT => {
            sql(node.children().next())
        }
        K::PLPGSQL_ASSIGN_STMT => {
            let target = node.child(K::PLPGSQL_ASSIGN_TARGET).map(|it| identifier(&it.text()));
            StepKind::Assign(target.unwrap_or_default(), value(node, origin))
        }
        K::PLPGSQL_DYN_EXECUTE_STMT | K::PLPGSQL_RETURN_QUERY_EXECUTE_STMT => {
            value(node, origin).map_or(StepKind::Opaque, StepKind::Execute)
        }
        K::PLPGSQL_IF_STMT => StepKind::If(arms(node, origin)),
        K::PLPGSQL_CASE_STMT => StepKind::If(cases(node, origin)),
        K::PLPGSQL_BLOCK => StepKind::Block(block(node, origin), node.descendants().any(|it| it.kind() == K::PLPGSQL_EXCEPTION_HANDLER)),
        K::PLPGSQL_COMMIT_STMT | K::PLPGSQL_ROLLBACK_STMT => StepKind::Commit,
        K::PLPGSQL_RETURN_STMT => StepKind::Return,
        K::PLPGSQL_RAISE_STMT => raise(node),
        K::ERROR => unread(node, origin),
        kind if is_loop(kind) => repeated(node, origin),
        _ => StepKind::Evaluate(expr::below(node, origin)),
    }
}

fn is_loop(kind: K) -> bool {
    matches!(
        kind,
        K::PLPGSQL_LOOP_STMT
            | K::PLPGSQL_WHILE_STMT
            | K::PLPGSQL_FOR_I_STMT
            | K::PLPGSQL_FOR_QUERY_STMT
            | K::PLPGSQL_FOR_DYN_STMT
            | K::PLPGSQL_FOR_CURSOR_STMT
            | K::PLPGSQL_FOR_EACH_STMT
    )
}

fn repeated(node: &Node, origin: Origin<'_>) -> StepKind {
    let variable = node.child(K::PLPGSQL_FOR_VARIABLE).map(|it| identifier(&it.text()));
    let list = if node.kind() == K::PLPGSQL_FOR_EACH_STMT { value(node, origin) } else { None };
    let reads = node.children().find(|it| query::is_query(it.kind())).map(|it| Box::new(query::read(&it, origin)));
    StepKind::Loop { body: bodies(node, origin), over: variable.map(|it| (it, list)), reads }
}

/// `RAISE EXCEPTION` (and a bare `RAISE`) ends the block; the other levels only speak.
fn raise(node: &Node) -> StepKind {
    let level = node.child(K::PLPGSQL_RAISE_LEVEL).map(|it| it.text().to_lowercase());
    if level.is_none_or(|it| it == "exception") { StepKind::Raise } else { StepKind::Evaluate(Vec::new()) }
}

fn arms(node: &Node, origin: Origin<'_>) -> Vec<(Option<Expr>, Vec<Step>)> {
    let mut arms = vec![(value(node, origin), bodies(node, origin))];
    for clause in node.all(K::PLPGSQL_ELSIF_CLAUSE) {
        arms.push((value(&clause, origin), bodies(&clause, origin)));
    }
    arms.extend(node.all(K::PLPGSQL_ELSE_CLAUSE).map(|it| (None, bodies(&it, origin))));
    arms
}

fn cases(node: &Node, origin: Origin<'_>) -> Vec<(Option<Expr>, Vec<Step>)> {
    let unknown = || Some(Expr::Other(Vec::new()));
    let whens = node.all(K::PLPGSQL_CASE_WHEN).map(|it| (unknown(), bodies(&it, origin)));
    whens.chain(node.all(K::PLPGSQL_ELSE_CLAUSE).map(|it| (None, bodies(&it, origin)))).collect()
}

/// squawk's grammar of PL/pgSQL does not know `SELECT … INTO variable` and `RETURNING … INTO`: the text is read again without them.
fn unread(node: &Node, origin: Origin<'_>) -> StepKind {
    let text = without_into(&node.text());
    let span = origin.span(node);
    match composed(&text, &span).and_then(|mut it| it.pop()) {
        Some(statement) => StepKind::Sql(Box::new(Statement { span, ..statement })),
        None => StepKind::Opaque,
    }
}

/// `text` without `INTO [STRICT] variable, …` outside of an `INSERT INTO`.
fn without_into(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = String::new();
    let mut skipping = false;
    let mut expects_name = false;
    for token in tokens(text, 0) {
        let piece = &text[token.span.clone()];
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        if token.kind == TokenKind::Word && piece.eq_ignore_ascii_case("into") && !matches!(before.as_str(), "insert" | "merge") {
            (skipping, expects_name) = (true, true);
            continue;
        }
        if skipping && token.kind == TokenKind::Blank {
            continue;
        }
        let is_target = (expects_name && is_name) || piece == "," || piece == ".";
        if skipping && is_target {
            expects_name = !is_name || piece.eq_ignore_ascii_case("strict");
            continue;
        }
        if skipping {
            kept.push(' ');
            skipping = false;
        }
        if is_name {
            before = piece.to_lowercase();
        }
        kept.push_str(piece);
    }
    kept
}
