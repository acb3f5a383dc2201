//! Which columns of which tables a query surely uses.

use super::super::ast::{Act, Expr, From, Query};
use super::{Id, Schema};

/// The tables in reach of a name, by what they are called.
type Reach = Vec<(String, Id)>;

impl Schema {
    /// The columns that `query` uses: those behind a table's name, and plain ones that only one table in reach has.
    pub(in super::super) fn column_uses(&self, query: &Query, search_path: &[String]) -> Vec<(Id, String)> {
        let mut found = Vec::new();
        self.uses_of_query(query, search_path, &Reach::new(), &mut found);
        found
    }

    fn uses_of_query(&self, query: &Query, search_path: &[String], outer: &Reach, found: &mut Vec<(Id, String)>) {
        let mut reach = Reach::new();
        for source in &query.sources {
            match &source.from {
                From::Table(name) if name.schema.is_some() || !query.parts.iter().any(|(part, _)| *part == name.name) => {
                    let called = source.alias.clone().unwrap_or_else(|| name.name.clone());
                    reach.extend(self.find(name, search_path).known().map(|it| (called, it.id)));
                }
                From::Query(inner) => self.uses_of_query(inner, search_path, outer, found),
                _ => {}
            }
        }
        // A query between the tables may have any column: plain names say nothing then.
        let certain = query.sources.iter().all(|it| matches!(it.from, From::Table(_))) && reach.len() == query.sources.len();
        reach.extend(outer.iter().cloned());
        for target in &query.targets {
            match &target.value {
                Some(value) => self.uses_of_expr(value, search_path, &reach, certain, found),
                None => reach.iter().for_each(|(_, id)| self.every_column(*id, found)),
            }
        }
        query.conditions.iter().chain(&query.others).for_each(|it| self.uses_of_expr(it, search_path, &reach, certain, found));
        query.arms.iter().for_each(|it| self.uses_of_query(it, search_path, outer, found));
        for (_, part) in &query.parts {
            if let Act::Query(inner) = part {
                self.uses_of_query(inner, search_path, outer, found);
            }
        }
    }

    fn every_column(&self, id: Id, found: &mut Vec<(Id, String)>) {
        found.extend(self.get(id).into_iter().flat_map(|it| it.columns.iter().map(move |column| (id, column.name.clone()))));
    }

    fn uses_of_expr(&self, expr: &Expr, search_path: &[String], reach: &Reach, certain: bool, found: &mut Vec<(Id, String)>) {
        let mut each = |it: &Expr| self.uses_of_expr(it, search_path, reach, certain, found);
        match expr {
            Expr::Column(parts) => self.uses_of_column(parts, reach, certain, found),
            Expr::Call { arguments: values, .. } | Expr::List(values) | Expr::Array(values) | Expr::Other(values) => {
                values.iter().for_each(each);
            }
            Expr::Cast(inner, _) | Expr::Not(inner) => each(inner),
            Expr::Binary(left, _, right) => {
                each(left);
                each(right);
            }
            Expr::Between(a, b, c) => [a, b, c].into_iter().for_each(|it| each(it)),
            Expr::Exists(query) | Expr::Query(query) => self.uses_of_query(query, search_path, reach, found),
            Expr::Null | Expr::Bool(_) | Expr::Text(_) | Expr::Number(_) => {}
        }
    }

    fn uses_of_column(&self, parts: &[String], reach: &Reach, certain: bool, found: &mut Vec<(Id, String)>) {
        match parts {
            [column] if certain => {
                let mut holders = reach.iter().filter(|(_, id)| self.get(*id).is_some_and(|it| it.column(column).is_some()));
                if let (Some((_, id)), None) = (holders.next(), holders.next()) {
                    found.push((*id, column.clone()));
                }
            }
            [.., called, column] => {
                let Some((_, id)) = reach.iter().find(|(name, _)| name == called) else { return };
                if column == "*" { self.every_column(*id, found) } else { found.push((*id, column.clone())) }
            }
            _ => {}
        }
    }
}
