//! Edits: reading the multipart form, and checking pictures and mask.

use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;
use bytes::Bytes;
use image::{ImageFormat, RgbaImage};
use serde_json::{Map, Value};

use super::error::ApiError;

const PICTURES_MAX: usize = 16;
const PICTURE_BYTES_MAX: usize = 50 * 1024 * 1024;
const MASK_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What an edit starts from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The first reference picture.
    pub reference: RgbaImage,
    /// Its mask: alpha 0 is repainted.
    pub mask: Option<RgbaImage>,
    /// How many pictures came along, for the bill.
    pub count: usize,
}

/// A form as it arrived: fields shaped as their JSON twins, and files.
pub struct Form {
    /// The text fields.
    pub fields: Map<String, Value>,
    pictures: Vec<Bytes>,
    mask: Option<Bytes>,
}

/// Reads the whole form.
pub async fn read(mut multipart: Multipart) -> Result<Form, ApiError> {
    let mut form = Form {
        fields: Map::new(),
        pictures: Vec::new(),
        mask: None,
    };
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| unreadable(&error))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|error| unreadable(&error))?;
        match name.as_str() {
            "image" | "image[]" => form.pictures.push(bytes),
            "mask" => form.mask = Some(bytes),
            _ => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                form.fields.insert(name.clone(), typed(&name, text));
            }
        }
    }
    Ok(form)
}

/// Forms only know text; numbers and booleans become what JSON would have had.
fn typed(name: &str, text: String) -> Value {
    let parsed = match name {
        "n" | "partial_images" | "output_compression" => {
            text.trim().parse::<i64>().ok().map(Value::from)
        }
        "stream" => text.trim().parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    parsed.unwrap_or(Value::String(text))
}

fn unreadable(error: &MultipartError) -> ApiError {
    let kind = "invalid_request_error";
    ApiError::new(
        error.status(),
        kind,
        "invalid_multipart",
        None,
        "The multipart form could not be read.",
    )
}

/// Decodes and checks the files. Slow work: not for an async thread.
pub fn source(form: &Form) -> Result<Source, ApiError> {
    let Some(first) = form.pictures.first() else {
        let message = "Missing required parameter: 'image'.";
        return Err(ApiError::invalid(
            "missing_required_parameter",
            "image",
            message,
        ));
    };
    if form.pictures.len() > PICTURES_MAX {
        let message = format!("Invalid 'image': too many images. Expected at most {PICTURES_MAX}.");
        return Err(ApiError::invalid(
            "array_above_max_length",
            "image",
            &message,
        ));
    }
    for picture in &form.pictures {
        let known = matches!(
            image::guess_format(picture),
            Ok(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)
        );
        if !known || picture.len() >= PICTURE_BYTES_MAX {
            return Err(bad_picture("image"));
        }
    }
    let reference = image::load_from_memory(first)
        .map_err(|_| bad_picture("image"))?
        .into_rgba8();
    let mask = form
        .mask
        .as_ref()
        .map(|bytes| mask(bytes, &reference))
        .transpose()?;
    Ok(Source {
        reference,
        mask,
        count: form.pictures.len(),
    })
}

fn mask(bytes: &Bytes, reference: &RgbaImage) -> Result<RgbaImage, ApiError> {
    if bytes.len() >= MASK_BYTES_MAX {
        return Err(bad_picture("mask"));
    }
    let mask = image::load_from_memory_with_format(bytes, ImageFormat::Png);
    let mask = mask.map_err(|_| bad_picture("mask"))?.into_rgba8();
    if mask.dimensions() != reference.dimensions() {
        let message = "Invalid mask: its size must match the size of the first image.";
        return Err(ApiError::invalid("invalid_value", "mask", message));
    }
    Ok(mask)
}

fn bad_picture(param: &str) -> ApiError {
    let message =
        format!("Invalid image file or mode for '{param}', please check your image file.");
    ApiError::invalid("invalid_image_file", param, &message)
}
