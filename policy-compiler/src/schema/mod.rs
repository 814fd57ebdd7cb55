//! Reads a set of descriptors, as `protoc --descriptor_set_out` writes it, into the types that the
//! methods of its services reach. Takes nothing on trust: names stand in entries and paths.

mod wire;

use cofferdam_engine::limits;
use cofferdam_engine::model::{FieldKind, MessageField, MessageType, Method, NumberKind, Schema};
use std::collections::{BTreeMap, BTreeSet};
use wire::Field;

/// More types than services of one mesh have; a blob holds them all.
const TYPES_MAX: usize = 4096;
/// More fields than all of them have.
const FIELDS_MAX: usize = 65_536;

/// A type as it is described.
#[derive(Default)]
struct Described {
    fields: Vec<DescribedField>,
}

#[derive(Default)]
struct DescribedField {
    name: String,
    number: u64,
    label: u64,
    kind: u64,
    type_name: String,
}

struct DescribedMethod {
    path: String,
    input: String,
    output: String,
}

#[derive(Default)]
struct Set {
    /// By full name, with a dot before it.
    types: BTreeMap<String, Described>,
    methods: Vec<DescribedMethod>,
}

/// The types that methods reach.
///
/// # Errors
/// Why the bytes are no set of descriptors, in words.
pub(crate) fn read(bytes: &[u8]) -> Result<Schema, String> {
    let mut set = Set::default();
    for field in wire::fields(bytes)? {
        if let Field { number: 1, bytes: Some(file), .. } = field {
            set.file(file)?;
        }
    }
    if set.methods.is_empty() {
        return Err("it describes no method of a service".to_owned());
    }
    set.resolve()
}

impl Set {
    fn file(&mut self, file: &[u8]) -> Result<(), String> {
        let fields = wire::fields(file)?;
        let package = match fields.iter().find(|field| field.number == 2) {
            Some(field) => format!(".{}", name(field, true)?),
            None => String::new(),
        };
        for field in &fields {
            match (field.number, field.bytes) {
                (4, Some(message)) => self.message(&package, message, 0)?,
                (6, Some(service)) => self.service(&package, service)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn message(&mut self, around: &str, message: &[u8], depth: usize) -> Result<(), String> {
        if depth > limits::PROTO_DEPTH_MAX {
            return Err("its types are nested too deep".to_owned());
        }
        let fields = wire::fields(message)?;
        let named = fields.iter().find(|field| field.number == 1).ok_or("a type has no name")?;
        let full = format!("{around}.{}", name(named, false)?);
        let mut described = Described::default();
        for field in &fields {
            match (field.number, field.bytes) {
                (2, Some(bytes)) => described.fields.push(described_field(bytes)?),
                (3, Some(nested)) => self.message(&full, nested, depth + 1)?,
                _ => {}
            }
        }
        match self.types.insert(full.clone(), described) {
            None => Ok(()),
            Some(_) => Err(format!("it describes `{full}` twice")),
        }
    }

    fn service(&mut self, package: &str, service: &[u8]) -> Result<(), String> {
        let fields = wire::fields(service)?;
        let named = fields.iter().find(|field| field.number == 1).ok_or("a service has no name")?;
        let service = name(named, false)?;
        let package = package.strip_prefix('.').map(|package| format!("{package}."));
        for method in fields.iter().filter(|field| field.number == 2).filter_map(|f| f.bytes) {
            let fields = wire::fields(method)?;
            let text = |number: u64, dotted: bool| {
                let field = fields.iter().find(|field| field.number == number);
                name(field.ok_or("a method lacks a name or a type")?, dotted)
            };
            let path =
                format!("/{}{service}/{}", package.as_deref().unwrap_or(""), text(1, false)?);
            self.methods.push(DescribedMethod {
                path,
                input: text(2, true)?,
                output: text(3, true)?,
            });
        }
        Ok(())
    }

    /// Numbers the types that methods reach, in the order of their names.
    fn resolve(mut self) -> Result<Schema, String> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> =
            self.methods.iter().flat_map(|m| [m.input.as_str(), m.output.as_str()]).collect();
        while let Some(name) = next.pop() {
            let described =
                self.types.get(name).ok_or_else(|| format!("it does not describe `{name}`"))?;
            if reached.insert(name) {
                let held = described.fields.iter().filter(|field| matches!(field.kind, 10 | 11));
                next.extend(held.map(|field| field.type_name.as_str()));
            }
        }
        let fields: usize = reached.iter().map(|name| self.types[*name].fields.len()).sum();
        if reached.len() > TYPES_MAX || fields > FIELDS_MAX {
            return Err(format!(
                "its methods reach more than {TYPES_MAX} types or {FIELDS_MAX} fields"
            ));
        }
        let index: BTreeMap<&str, u16> = reached.iter().copied().zip(0..).collect();
        let types = reached.iter().map(|name| message_type(&self.types[*name], &index));
        let types = types.collect::<Result<_, _>>()?;
        let methods = self.methods.iter().map(|method| Method {
            path: method.path.clone(),
            request: index[method.input.as_str()],
            response: index[method.output.as_str()],
        });
        let mut methods: Vec<Method> = methods.collect();
        self.methods.clear();
        methods.sort_by(|a, b| a.path.cmp(&b.path));
        match methods.windows(2).find(|pair| pair[0].path == pair[1].path) {
            Some(pair) => Err(format!("it describes `{}` twice", pair[0].path)),
            None => Ok(Schema { types, methods }),
        }
    }
}

fn described_field(bytes: &[u8]) -> Result<DescribedField, String> {
    let mut described = DescribedField::default();
    for field in wire::fields(bytes)? {
        match field.number {
            1 => described.name = name(&field, false)?,
            3 => described.number = field.value,
            4 => described.label = field.value,
            5 => described.kind = field.value,
            6 => described.type_name = name(&field, true)?,
            _ => {}
        }
    }
    Ok(described)
}

fn message_type(described: &Described, index: &BTreeMap<&str, u16>) -> Result<MessageType, String> {
    const REPEATED: u64 = 3;
    let mut fields = Vec::new();
    for field in &described.fields {
        let number = u32::try_from(field.number).ok().filter(|n| (1..1 << 29).contains(n));
        let number = number.ok_or_else(|| format!("`{}` has no number of a field", field.name))?;
        let kind = match field.kind {
            1 => FieldKind::Number(NumberKind::Double),
            2 => FieldKind::Number(NumberKind::Float),
            3 | 5 | 8 | 14 => FieldKind::Number(NumberKind::Signed),
            4 | 13 => FieldKind::Number(NumberKind::Unsigned),
            6 => FieldKind::Number(NumberKind::Fixed64),
            7 => FieldKind::Number(NumberKind::Fixed32),
            9 => FieldKind::Text,
            10 | 11 => FieldKind::Message(index[field.type_name.as_str()]),
            12 => FieldKind::Bytes,
            15 => FieldKind::Number(NumberKind::SignedFixed32),
            16 => FieldKind::Number(NumberKind::SignedFixed64),
            17 | 18 => FieldKind::Number(NumberKind::Zigzag),
            other => return Err(format!("`{}` has the unknown type {other}", field.name)),
        };
        let repeated = field.label == REPEATED;
        fields.push(MessageField { number, name: field.name.clone(), kind, repeated });
    }
    fields.sort_by_key(|field| field.number);
    match fields.windows(2).find(|pair| pair[0].number == pair[1].number) {
        Some(pair) => Err(format!("`{}` and `{}` have one number", pair[0].name, pair[1].name)),
        None => Ok(MessageType { fields }),
    }
}

/// A name of letters, digits and `_`; with dots where it may have parts.
fn name(field: &Field<'_>, dotted: bool) -> Result<String, String> {
    let text = field.bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || (dotted && byte == b'.');
    let fits = !text.is_empty() && text.len() <= limits::KEY_BYTES_MAX && text.bytes().all(sign);
    if fits { Ok(text.to_owned()) } else { Err("a name in it is none".to_owned()) }
}
