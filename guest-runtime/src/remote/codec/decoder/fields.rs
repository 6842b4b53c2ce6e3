//! Decodes structs: by position if the message has exactly the expected fields, and otherwise by name.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::cursor::{Decoder, Result};
use crate::remote::codec::disagreement::{Container, Disagreement};
use crate::remote::codec::known::{self, List};
use crate::remote::codec::{names, tag};

impl<'de> Decoder<'de> {
    #[inline]
    pub(super) fn fields<V: Visitor<'de>>(
        &mut self,
        of: Container,
        fields: List,
        visitor: V,
    ) -> Result<V::Value> {
        match self.rest().first_chunk() {
            Some(head) if u64::from_le_bytes(*head) == known::head(fields) => self.pass(head),
            _ => return self.by_name(of.name, of.variant, fields, visitor),
        }
        let mut values = ByPlace { decoder: self, fields, at: 0, is_reading: false };
        match visitor.visit_seq(&mut values) {
            Ok(value) if values.at == fields.len() => Ok(value),
            Ok(_) => Err(left(fields, values.at).within(of, fields[values.at])),
            Err(error) => Err(error.at(of, values.is_reading.then(|| fields[values.at]))),
        }
    }

    /// Decodes a struct whose fields in the message are only some of `fields`. The others are further names of
    /// the same fields (serde's `alias`), or names of skipped fields. The visitor gets each value with its
    /// name, and decides.
    #[cold]
    #[inline(never)]
    fn by_name<V: Visitor<'de>>(
        &mut self,
        name: &'static str,
        variant: Option<&'static str>,
        fields: List,
        visitor: V,
    ) -> Result<V::Value> {
        let of = Container { name, variant };
        match self.next() {
            Some(tag::STRUCT | tag::SPARSE_STRUCT) => {}
            found => return Err(Disagreement::found(found, "a struct")),
        }
        let (count, hash) = names::of_head(u64::from_le_bytes(self.array()?));
        let names = known::some_of(fields, count, hash);
        let names = names.ok_or_else(|| other_names(of, fields, count))?;
        let mut values = ByName { decoder: self, of, names: &names, at: 0, is_value: false };
        let value = visitor.visit_map(&mut values).map_err(|error| error.inside(of))?;
        if values.at != names.len() {
            return Err(left(&names, values.at).within(of, names[values.at]));
        }
        Ok(value)
    }
}

#[cold]
#[inline(never)]
fn left(names: &[&str], at: usize) -> Disagreement {
    let (left, all) = (names.len() - at, names.len());
    Disagreement::new(format!("its `Deserialize` leaves {left} of {all} fields"))
}

#[cold]
fn other_names(of: Container, fields: List, written: usize) -> Disagreement {
    let fields: Vec<String> = fields.iter().map(|name| format!("`{name}`")).collect();
    Disagreement::new(format!(
        "its `Serialize` writes {written} fields, and its `Deserialize` reads others: {}. Is one skipped on one \
         side only (serde's `skip_serializing`, `skip_deserializing`), or are they in another order?",
        fields.join(", ")
    ))
    .inside(of)
}

/// The values of all fields, in the expected order.
struct ByPlace<'d, 'de> {
    decoder: &'d mut Decoder<'de>,
    fields: List,
    at: usize,
    /// Whether a field is being decoded, so that an error belongs to it.
    is_reading: bool,
}

impl<'de> SeqAccess<'de> for ByPlace<'_, 'de> {
    type Error = Disagreement;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.at == self.fields.len() {
            return Ok(None);
        }
        self.is_reading = true;
        let value = seed.deserialize(&mut *self.decoder)?;
        self.is_reading = false;
        self.at += 1;
        Ok(Some(value))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.len() - self.at)
    }
}

/// The values of fields with their names, without skipped fields.
struct ByName<'d, 'de, 'n> {
    decoder: &'d mut Decoder<'de>,
    of: Container,
    names: &'n [&'static str],
    at: usize,
    /// Whether the next element is a value, and not a name.
    is_value: bool,
}

impl<'de> MapAccess<'de> for ByName<'_, 'de, '_> {
    type Error = Disagreement;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.is_value {
            return Err(Disagreement::new("its `Deserialize` leaves the value of a field"));
        }
        while self.at < self.names.len() && self.decoder.next() == Some(tag::SKIPPED) {
            self.decoder.tag()?;
            self.at += 1;
        }
        let Some(name) = self.names.get(self.at) else { return Ok(None) };
        self.is_value = true;
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let name = match self.names.get(self.at) {
            Some(name) if self.is_value => name,
            _ => return Err(Disagreement::new("its `Deserialize` reads a value without a name")),
        };
        self.is_value = false;
        self.at += 1;
        seed.deserialize(&mut *self.decoder).map_err(|error| error.within(self.of, name))
    }
}
