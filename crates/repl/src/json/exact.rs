//! Data as JSON without losses: numbers in the shortest form of their own precision, and NaN and the infinities, which
//! JSON does not have, as strings that are told apart from null.

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Map, Number, Value as Json};

/// Any data as JSON.
pub(crate) fn exact<T: Serialize + ?Sized>(data: &T) -> Json {
    // Only data whose own serialization refuses could fail; then the reason is what there is to show.
    data.serialize(Exact).unwrap_or_else(|error| Json::from(error.to_string()))
}

/// A number in double precision; whole numbers without a point.
pub(crate) fn number(x: f64) -> Json {
    match x {
        x if x.fract() == 0.0 && x.abs() < 9e15 && !(x == 0.0 && x.is_sign_negative()) => {
            Json::from(x as i64)
        }
        x => float(x),
    }
}

/// A number in double precision.
fn float(x: f64) -> Json {
    match Number::from_f64(x) {
        Some(number) => Json::Number(number),
        None if x.is_nan() => Json::from("NaN"),
        None if x > 0.0 => Json::from("Infinity"),
        None => Json::from("-Infinity"),
    }
}

/// A number in single precision, with the digits that it needs as such.
pub(crate) fn single(x: f32) -> Json {
    // The text of a finite float is always a double's too.
    let nearest = x.to_string().parse().unwrap_or_else(|_| f64::from(x));
    float(nearest)
}

struct Exact;

/// A list that grows, and the variant that it is the content of.
struct Items {
    items: Vec<Json>,
    variant: Option<&'static str>,
}

/// An object that grows, and the variant that it is the content of.
#[derive(Default)]
struct Fields {
    fields: Map<String, Json>,
    key: Option<String>,
    variant: Option<&'static str>,
}

fn within(variant: Option<&'static str>, content: Json) -> Json {
    match variant {
        Some(name) => Json::Object(Map::from_iter([(name.to_string(), content)])),
        None => content,
    }
}

type Made = Result<Json, serde_json::Error>;
type Done = Result<(), serde_json::Error>;

macro_rules! plain {
    ($($method:ident($ty:ty)),*) => {
        $(fn $method(self, value: $ty) -> Made {
            Ok(Json::from(value))
        })*
    };
}

impl Serializer for Exact {
    type Ok = Json;
    type Error = serde_json::Error;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    plain! {
        serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64),
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64), serialize_str(&str)
    }

    fn serialize_f32(self, value: f32) -> Made {
        Ok(single(value))
    }

    fn serialize_f64(self, value: f64) -> Made {
        Ok(float(value))
    }

    fn serialize_char(self, value: char) -> Made {
        Ok(Json::from(value.to_string()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Made {
        Ok(Json::from(value))
    }

    fn serialize_none(self) -> Made {
        Ok(Json::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Made {
        Ok(Json::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Made {
        Ok(Json::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Made {
        Ok(Json::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Made {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Made {
        Ok(within(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Self::Error> {
        Ok(Items { items: Vec::new(), variant: None })
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, Self::Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items, Self::Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items, Self::Error> {
        Ok(Items { items: Vec::new(), variant: Some(variant) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields, Self::Error> {
        Ok(Fields::default())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, Self::Error> {
        Ok(Fields::default())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields, Self::Error> {
        Ok(Fields { variant: Some(variant), ..Fields::default() })
    }
}

impl Items {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.items.push(value.serialize(Exact)?);
        Ok(())
    }

    fn done(self) -> Made {
        Ok(within(self.variant, Json::Array(self.items)))
    }
}

macro_rules! items {
    ($($form:ident: $method:ident),*) => {
        $(impl $form for Items {
            type Ok = Json;
            type Error = serde_json::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                self.push(value)
            }

            fn end(self) -> Made {
                self.done()
            }
        })*
    };
}

items! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
}

impl SerializeMap for Fields {
    type Ok = Json;
    type Error = serde_json::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.key = Some(match key.serialize(Exact)? {
            Json::String(key) => key,
            other => other.to_string(),
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        let key = self.key.take().ok_or_else(|| Error::custom("a value without a key"))?;
        self.fields.insert(key, value.serialize(Exact)?);
        Ok(())
    }

    fn end(self) -> Made {
        Ok(within(self.variant, Json::Object(self.fields)))
    }
}

macro_rules! fields {
    ($($form:ident),*) => {
        $(impl $form for Fields {
            type Ok = Json;
            type Error = serde_json::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done {
                self.fields.insert(name.to_string(), value.serialize(Exact)?);
                Ok(())
            }

            fn end(self) -> Made {
                Ok(within(self.variant, Json::Object(self.fields)))
            }
        })*
    };
}

fields! { SerializeStruct, SerializeStructVariant }

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use std::collections::BTreeMap;

    #[test]
    fn numbers_have_the_digits_of_their_precision_and_no_number_is_null() {
        for (value, text) in [
            (exact(&0.1f32), "0.1"),
            (exact(&0.1f64), "0.1"),
            (exact(&16_777_216.0f32), "16777216.0"),
            (exact(&f32::MIN_POSITIVE), "1.1754944e-38"),
            (exact(&f32::NAN), "\"NaN\""),
            (exact(&f64::INFINITY), "\"Infinity\""),
            (exact(&f32::NEG_INFINITY), "\"-Infinity\""),
            (exact(&None::<f32>), "null"),
            (number(3.0), "3"),
            (number(-0.0), "-0.0"),
            (number(1e300), "1e+300"),
            (number(f64::NAN), "\"NaN\""),
        ] {
            assert_eq!(value.to_string(), text);
        }
    }

    /// What serde_json itself makes of data without special numbers.
    #[test]
    fn data_have_the_form_that_serde_json_gives_them() {
        #[derive(Serialize)]
        enum Choice {
            Word,
            One(u8),
            Two(u8, i64),
            Named { name: String, letter: char },
        }
        #[derive(Serialize)]
        struct All {
            choices: Vec<Choice>,
            pair: (bool, f64),
            map: BTreeMap<String, Option<u64>>,
            nothing: (),
        }
        let choices = vec![
            Choice::Word,
            Choice::One(1),
            Choice::Two(2, -3),
            Choice::Named { name: "n".to_string(), letter: 'ä' },
        ];
        let map = [("a".to_string(), Some(1)), ("b".to_string(), None)].into();
        let all = All { choices, pair: (true, 0.5), map, nothing: () };
        assert_eq!(Some(exact(&all)), serde_json::to_value(&all).ok());
    }
}
