//! How values travel between the server and the components in the browser.
//!
//! Postcard writes fields in order and without names, so that the browser's
//! code to read a type is a fraction of what JSON needs: the first load is a
//! tenth smaller for it. Both ends are always of one build, because the page
//! names the files that fit it. What is kept, or read by others (rows, the
//! spool, JSON-LD, exports), is JSON.

use leptos::server::codee::{Decoder, Encoder};
pub use leptos::server_fn::codec::PostcardEncoding as Bytes;
use leptos::server_fn::{ContentType, Decodes, Encodes};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::marker::PhantomData;

/// The same bytes where only text may stand: the page's own data, events,
/// addresses.
pub struct Text;

/// Printable ASCII stands for itself; every other byte, and what would need
/// escaping in a page's script, is moved out of the way by this much, to
/// letters that need none.
const MOVED: u32 = 0x100;

impl<T: Serialize> Encoder<T> for Text {
    type Error = <Bytes as Encodes<T>>::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        let bytes = <Bytes as Encodes<T>>::encode(value)?;
        Ok(bytes.iter().map(|byte| letter(*byte)).collect())
    }
}

impl<T: DeserializeOwned> Decoder<T> for Text {
    type Error = <Bytes as Decodes<T>>::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        // The low byte is the byte, moved or not.
        let bytes: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
        <Bytes as Decodes<T>>::decode(bytes.into())
    }
}

fn letter(byte: u8) -> char {
    let plain = matches!(byte, b' '..=b'~') && !matches!(byte, b'<' | b'"' | b'\\');
    let code = u32::from(byte) + if plain { 0 } else { MOVED };
    char::from_u32(code).unwrap_or_default()
}

/// A value as text.
pub fn to_text<T: Serialize>(value: &T) -> String {
    Text::encode(value).unwrap_or_default()
}

/// Reads [`to_text`] back; `None` for anything else.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Option<T> {
    Text::decode(text).ok()
}

/// A value for code that is loaded later: it travels as bytes, so that what is
/// loaded at once need not know how to read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Sealed<T> {
    bytes: Vec<u8>,
    #[serde(skip)]
    kind: PhantomData<fn() -> T>,
}

impl<T: Serialize> Sealed<T> {
    /// A value, sealed.
    pub fn of(value: &T) -> Sealed<T> {
        Sealed {
            bytes: to_bytes(value),
            kind: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Sealed<T> {
    /// The value; `None` where it is not what was sealed, which another release has
    /// done otherwise.
    pub fn open(self) -> Option<T> {
        from_bytes(self.bytes)
    }
}

/// The content type of [`Bytes`], by which our own scripts ask for them.
pub const CONTENT_TYPE: &str = <Bytes as ContentType>::CONTENT_TYPE;

/// A value as bytes.
pub fn to_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    <Bytes as Encodes<T>>::encode(value)
        .map(Vec::from)
        .unwrap_or_default()
}

/// Reads a value's bytes; `None` for anything else.
pub fn from_bytes<T: DeserializeOwned>(bytes: Vec<u8>) -> Option<T> {
    <Bytes as Decodes<T>>::decode(bytes.into()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_carries_every_byte_and_needs_no_escaping() {
        let all: Vec<u8> = (0..=255).collect();
        let text = to_text(&all);
        assert_eq!(from_text::<Vec<u8>>(&text), Some(all));
        assert_eq!(format!("{text:?}"), format!("\"{text}\""));
        assert!(!text.contains(['<', '\n', '\0']));
    }

    #[test]
    fn what_is_sealed_is_opened_again() {
        let sealed = Sealed::of(&vec!["a fox".to_owned()]);
        let carried: Sealed<Vec<String>> = from_text(&to_text(&sealed)).unwrap();
        assert_eq!(carried.open().unwrap(), ["a fox"]);
    }

    #[test]
    fn words_stay_words() {
        assert!(to_text(&"a fox").ends_with("a fox"));
        let words = "l’été 🦊 </script>".to_owned();
        assert_eq!(from_text(&to_text(&words)), Some(words));
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        assert_eq!(from_text::<String>("ÿÿÿÿÿÿ"), None);
    }
}
