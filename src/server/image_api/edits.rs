//! The multipart form of an edit: fields, reference pictures, mask.
//!
//! The pictures go from the object store to the API as streams, opened one
//! after the other as the form is sent, so that sixteen large references do
//! not stand in memory. async-openai's own request type wants files or whole
//! byte buffers and knows neither new qualities nor free sizes: this is a type
//! of ours that its `edit` call takes as well.

use crate::server::objects::{ObjectKey, Objects};
use async_openai::{error::OpenAIError, traits::AsyncTryFrom};
use bytes::Bytes;
use futures::{StreamExt, stream};
use reqwest::{
    Body,
    multipart::{Form, Part},
};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// One file of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The upload's id.
    pub id: String,
    /// `png`, `jpeg` or `webp`.
    pub format: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// True for the mask, false for a reference picture.
    pub mask: bool,
}

/// An edit's body, made into a form when it is sent.
#[derive(Clone)]
pub(super) struct EditBody {
    /// The fields that are no files: a JSON object.
    pub fields: Value,
    /// The reference pictures in order, then the mask.
    pub inputs: Vec<Input>,
    /// The object store that the files are read from.
    pub files: Objects,
    /// Set when a file could not be read while it was being sent: then the
    /// request never was whole, and nothing was made of it.
    pub broken: Arc<AtomicBool>,
}

impl AsyncTryFrom<EditBody> for Form {
    type Error = OpenAIError;

    async fn try_from(body: EditBody) -> Result<Self, Self::Error> {
        let mut form = Form::new();
        for (name, value) in body.fields.as_object().into_iter().flatten() {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            form = form.text(name.clone(), text);
        }
        for input in &body.inputs {
            let (name, file) = if input.mask {
                ("mask", "mask.png".to_owned())
            } else {
                ("image[]", format!("reference.{}", input.format))
            };
            let sent = Body::wrap_stream(opened(&body, input));
            let part = Part::stream_with_length(sent, input.bytes)
                .file_name(file)
                .mime_str(&format!("image/{}", input.format))
                .map_err(OpenAIError::Reqwest)?;
            form = form.part(name, part);
        }
        Ok(form)
    }
}

/// An object's bytes; it is asked for when the first of them is wanted.
fn opened(
    body: &EditBody,
    input: &Input,
) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let (files, input, broken) = (body.files.clone(), input.clone(), body.broken.clone());
    stream::once(async move {
        let key = ObjectKey::Upload {
            upload: &input.id,
            format: &input.format,
        };
        let chunks = match files.stream(key).await {
            Ok((_, chunks)) => chunks
                .map(|chunk| chunk.map_err(std::io::Error::other))
                .boxed(),
            Err(error) => stream::iter([Err(std::io::Error::other(error))]).boxed(),
        };
        chunks.inspect(move |chunk| {
            if chunk.is_err() {
                broken.store(true, Ordering::Relaxed);
            }
        })
    })
    .flatten()
}
