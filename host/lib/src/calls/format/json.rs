//! JSON for the values of components, read by their types.

use std::fmt::Display;

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Map, Number, Value};
use wasmtime::component::Val;
use wasmtime::component::types::{Record, Type};
use wasmtime::component::wasm_wave::wasm::DisplayType;

use crate::job::lift::texts::shortened;

/// A value, or what is wrong with its text.
type Read<T> = Result<T, String>;

/// Reads an array of arguments, or the only argument.
pub(super) fn read(text: &str, params: &[(String, Type)]) -> Read<Vec<Val>> {
    let text = text.trim();
    let value = match text {
        "" => Value::Array(Vec::new()),
        text => serde_json::from_str(text).map_err(|error| format!("invalid JSON: {error}"))?,
    };
    let values = match (params, value) {
        // An array may be the only argument, or the only argument in an array.
        ([(_, ty)], Value::Array(values)) if !is_array(ty) && values.len() == 1 => values,
        ([_], value) => vec![value],
        (_, Value::Array(values)) => values,
        (_, value) => vec![value],
    };
    if values.len() != params.len() {
        return Err(format!("{} arguments instead of {}", values.len(), params.len()));
    }
    let named = values.into_iter().zip(params);
    named.map(|(value, (name, ty))| read_value(value, ty).map_err(|why| within(name, why))).collect()
}

/// Returns whether a value of this type is an array.
fn is_array(ty: &Type) -> bool {
    match ty {
        Type::List(_) | Type::FixedLengthList(_) | Type::Tuple(_) | Type::Flags(_) => true,
        Type::Option(option) => is_array(&option.ty()),
        _ => false,
    }
}

/// Puts the name of an argument, a field or an index before what is wrong in it.
fn within(name: impl Display, why: String) -> String {
    format!("{name}: {why}")
}

/// Returns what to say of a value that is of another type.
fn other<T>(value: &Value, ty: &Type) -> Read<T> {
    const SHOWN: usize = 60;
    let text = value.to_string();
    let cut = text.floor_char_boundary(SHOWN);
    let more = if cut < text.len() { "…" } else { "" };
    Err(format!("{}{more} is not of type {}", &text[..cut], of_type(ty)))
}

/// Returns the beginning of a type's text.
fn of_type(ty: &Type) -> String {
    const SHOWN: usize = 500;
    shortened(DisplayType(ty).to_string(), SHOWN)
}

fn read_value(value: Value, ty: &Type) -> Read<Val> {
    match (ty, value) {
        (Type::Bool, Value::Bool(bool)) => Ok(Val::Bool(bool)),
        (Type::String, Value::String(text)) => Ok(Val::String(text)),
        (Type::Char, Value::String(text)) => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(char), None) => Ok(Val::Char(char)),
                _ => other(&Value::String(text), ty),
            }
        }
        (Type::List(list), Value::Array(values)) => read_list(values, &list.ty()).map(Val::List),
        (Type::FixedLengthList(list), Value::Array(values)) if values.len() == list.len() as usize => {
            read_list(values, &list.ty()).map(Val::FixedLengthList)
        }
        (Type::Tuple(tuple), Value::Array(values)) if values.len() == tuple.types().len() => {
            let each = values.into_iter().zip(tuple.types()).enumerate();
            let values = each.map(|(at, (value, ty))| read_value(value, &ty).map_err(|why| within(at, why)));
            values.collect::<Read<_>>().map(Val::Tuple)
        }
        (Type::Record(record), Value::Object(fields)) => read_record(fields, record),
        (Type::Option(_), Value::Null) => Ok(Val::Option(None)),
        (Type::Option(option), value) => read_option(value, &option.ty(), ty),
        (Type::Enum(cases), Value::String(name)) if cases.names().any(|case| case == name) => {
            Ok(Val::Enum(name))
        }
        (Type::Flags(flags), Value::Array(names)) => {
            let read = |name| match name {
                Value::String(name) if flags.names().any(|flag| flag == name) => Ok(name),
                name => other(&name, ty),
            };
            names.into_iter().map(read).collect::<Read<_>>().map(Val::Flags)
        }
        (Type::Variant(_) | Type::Result(_), value) => read_case(value, ty),
        (_, value) => match read_number(&value, ty) {
            Some(value) => Ok(value),
            None => other(&value, ty),
        },
    }
}

fn read_list(values: Vec<Value>, ty: &Type) -> Read<Vec<Val>> {
    let each = values.into_iter().enumerate();
    each.map(|(at, value)| read_value(value, ty).map_err(|why| within(at, why))).collect()
}

/// Reads a number that the type has, which excludes those that would be rounded to a whole one.
fn read_number(value: &Value, ty: &Type) -> Option<Val> {
    fn whole<T: TryFrom<i128>>(number: &Number) -> Option<T> {
        let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))?;
        T::try_from(whole).ok()
    }
    let float = || match value {
        Value::Number(number) => number.as_f64(),
        Value::String(name) => match name.as_str() {
            "nan" => Some(f64::NAN),
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    };
    match (ty, value) {
        (Type::S8, Value::Number(number)) => whole(number).map(Val::S8),
        (Type::U8, Value::Number(number)) => whole(number).map(Val::U8),
        (Type::S16, Value::Number(number)) => whole(number).map(Val::S16),
        (Type::U16, Value::Number(number)) => whole(number).map(Val::U16),
        (Type::S32, Value::Number(number)) => whole(number).map(Val::S32),
        (Type::U32, Value::Number(number)) => whole(number).map(Val::U32),
        (Type::S64, Value::Number(number)) => whole(number).map(Val::S64),
        (Type::U64, Value::Number(number)) => whole(number).map(Val::U64),
        #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 is what the text means")]
        (Type::Float32, _) => float().map(|float| Val::Float32(float as f32)),
        (Type::Float64, _) => float().map(Val::Float64),
        _ => None,
    }
}

/// Reads an object, in which options may be missing, and nothing may be that the record has not.
fn read_record(mut fields: Map<String, Value>, record: &Record) -> Read<Val> {
    let read = record.fields().map(|field| {
        let value = match (fields.remove(field.name), &field.ty) {
            (Some(value), ty) => read_value(value, ty).map_err(|why| within(field.name, why))?,
            (None, Type::Option(_)) => Val::Option(None),
            (None, _) => return Err(format!("the field {} is missing", field.name)),
        };
        Ok((field.name.to_owned(), value))
    });
    let read = read.collect::<Read<Vec<_>>>()?;
    match fields.keys().next() {
        None => Ok(Val::Record(read)),
        Some(name) => {
            let known = record.fields().map(|field| field.name.to_owned()).collect::<Vec<_>>().join(", ");
            Err(format!("there is no field {name}; the record has {known}"))
        }
    }
}

/// Returns whether a value of this type may be `null`.
fn may_be_null(ty: &Type) -> bool {
    matches!(ty, Type::Option(_))
}

fn read_option(value: Value, inner: &Type, ty: &Type) -> Read<Val> {
    let value = match (may_be_null(inner), value) {
        (false, value) => value,
        (true, Value::Object(mut some)) if some.len() == 1 && some.contains_key("some") => {
            some.remove("some").unwrap_or_default()
        }
        (true, value) => return other(&value, ty),
    };
    read_value(value, inner).map(|value| Val::Option(Some(Box::new(value))))
}

/// Reads a case of a variant or a result: `"case"` or `{"case": value}`.
fn read_case(value: Value, ty: &Type) -> Read<Val> {
    let (name, value) = match value {
        Value::String(name) => (name, None),
        Value::Object(case) if case.len() == 1 => match case.into_iter().next() {
            Some((name, value)) => (name, Some(value)),
            None => return other(&Value::Null, ty),
        },
        value => return other(&value, ty),
    };
    let payload = match ty {
        Type::Variant(variant) => variant.cases().find(|case| case.name == name).map(|case| case.ty),
        Type::Result(result) => match name.as_str() {
            "ok" => Some(result.ok()),
            "err" => Some(result.err()),
            _ => None,
        },
        _ => None,
    };
    let value = match (payload, value) {
        (Some(Some(inner)), Some(value)) => {
            Some(Box::new(read_value(value, &inner).map_err(|why| within(&name, why))?))
        }
        (Some(None), None | Some(Value::Null)) => None,
        (Some(Some(inner)), None) => {
            return Err(format!("{name} needs a value of type {}", of_type(&inner)));
        }
        (Some(None), Some(_)) => return Err(format!("{name} has no value")),
        (None, _) => return other(&Value::String(name), ty),
    };
    Ok(match (ty, name.as_str()) {
        (Type::Result(_), "ok") => Val::Result(Ok(value)),
        (Type::Result(_), _) => Val::Result(Err(value)),
        _ => Val::Variant(name, value),
    })
}

pub(super) fn write(value: &Val) -> String {
    // It fails only for values that have no text, which are refused before a call.
    serde_json::to_string(&Json(value)).unwrap_or_default()
}

/// A value that is serialized in the order of its fields.
struct Json<'a>(&'a Val);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Val::Bool(bool) => serializer.serialize_bool(*bool),
            Val::S8(number) => serializer.serialize_i8(*number),
            Val::U8(number) => serializer.serialize_u8(*number),
            Val::S16(number) => serializer.serialize_i16(*number),
            Val::U16(number) => serializer.serialize_u16(*number),
            Val::S32(number) => serializer.serialize_i32(*number),
            Val::U32(number) => serializer.serialize_u32(*number),
            Val::S64(number) => serializer.serialize_i64(*number),
            Val::U64(number) => serializer.serialize_u64(*number),
            Val::Float32(number) if number.is_finite() => serializer.serialize_f32(*number),
            Val::Float64(number) if number.is_finite() => serializer.serialize_f64(*number),
            Val::Float32(number) => serializer.serialize_str(not_finite(f64::from(*number))),
            Val::Float64(number) => serializer.serialize_str(not_finite(*number)),
            Val::Char(char) => serializer.serialize_char(*char),
            Val::String(text) | Val::Enum(text) => serializer.serialize_str(text),
            Val::List(values) | Val::FixedLengthList(values) | Val::Tuple(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                values.iter().try_for_each(|value| list.serialize_element(&Json(value)))?;
                list.end()
            }
            Val::Flags(names) => names.serialize(serializer),
            Val::Record(fields) => {
                let mut record = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| record.serialize_entry(name, &Json(value)))?;
                record.end()
            }
            Val::Option(None) => serializer.serialize_unit(),
            Val::Option(Some(value)) => match &**value {
                inner @ Val::Option(_) => case(serializer, "some", Some(inner)),
                value => Json(value).serialize(serializer),
            },
            Val::Variant(name, None) => serializer.serialize_str(name),
            Val::Variant(name, Some(value)) => case(serializer, name, Some(value)),
            Val::Result(Ok(value)) => case(serializer, "ok", value.as_deref()),
            Val::Result(Err(value)) => case(serializer, "err", value.as_deref()),
            Val::Map(_) | Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => {
                Err(serde::ser::Error::custom("a value that has no text"))
            }
        }
    }
}

/// Serializes `{"case": value}`, with `null` for no value.
fn case<S: Serializer>(serializer: S, name: &str, value: Option<&Val>) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, &value.map(Json))?;
    map.end()
}

/// Returns the name of a number that JSON has not.
fn not_finite(number: f64) -> &'static str {
    match number {
        number if number.is_nan() => "nan",
        number if number > 0.0 => "inf",
        _ => "-inf",
    }
}
