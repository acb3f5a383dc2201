//! Steps as a script.

use super::diff::Changes;

/// The script that makes the changes; empty when there are none.
#[must_use]
pub fn render(changes: &Changes) -> String {
    let mut script = String::new();
    if changes.steps.iter().any(|step| step.makes_routine) {
        script.push_str("SET LOCAL check_function_bodies = off;\n\n");
    }
    for step in &changes.steps {
        for loss in &step.loses {
            script.push_str(&format!("-- loses {loss}\n"));
        }
        for statement in &step.statements {
            script.push_str(statement);
            script.push_str(";\n");
        }
        script.push('\n');
    }
    script.truncate(script.trim_end().len());
    if !script.is_empty() {
        script.push('\n');
    }
    script
}
