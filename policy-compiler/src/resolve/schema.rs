//! The types of messages that the policy describes.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source};
use crate::language::PolicyForm;
use crate::schema;
use cofferdam_engine::model::Schema;

pub(super) fn read(policy: &PolicyForm, source: &Source, diagnostics: &mut Diagnostics) -> Schema {
    let Some(name) = &policy.descriptors else { return Schema::default() };
    let Some(bytes) = source.attached(&name.value) else {
        let message = format!("the file `{}` is not at hand", name.value);
        diagnostics.push(Diagnostic::new(Code::Reference, name.span, message));
        return Schema::default();
    };
    schema::read(bytes).unwrap_or_else(|why| {
        let message = format!("the file `{}` cannot be used: {why}", name.value);
        diagnostics.push(
            Diagnostic::new(Code::Value, name.span, message)
                .help("write it with `protoc --include_imports --descriptor_set_out=FILE`"),
        );
        Schema::default()
    })
}
