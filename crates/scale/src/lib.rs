//! Scales pictures of eight-bit RGB and RGBA.
//!
//! What fast_image_resize does with pixels is generic, so it is compiled where it
//! is called, and without optimisation it takes a picture seconds. Here it is
//! called for the two kinds of pixels there are, in a crate that is optimised in
//! development, too: once for everybody, beside the other dependencies, and not
//! each time that imgc changes.

pub use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions,
    images::{Image, ImageRef},
};
use fast_image_resize::{
    MulDiv, Resizer,
    pixels::{U8x3, U8x4},
};

/// The pictures are of different kinds of pixels, of none of the two known here,
/// or the part to take lies outside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotScaled;

/// Resizes `from` to the size of `to`; both are `U8x3` or both `U8x4`.
///
/// # Errors
/// [`NotScaled`].
pub fn resize(
    from: &ImageRef<'_>,
    to: &mut Image<'_>,
    options: &ResizeOptions,
) -> Result<(), NotScaled> {
    // By their type: told any picture, the library is compiled for fifteen kinds of
    // pixels, which takes minutes.
    let resized = match from.pixel_type() {
        PixelType::U8x3 => {
            let (Some(from), Some(mut to)) = (from.typed_image::<U8x3>(), to.typed_image_mut())
            else {
                return Err(NotScaled);
            };
            Resizer::new().resize_typed::<U8x3>(&from, &mut to, options)
        }
        _ => {
            let (Some(from), Some(mut to)) = (from.typed_image::<U8x4>(), to.typed_image_mut())
            else {
                return Err(NotScaled);
            };
            Resizer::new().resize_typed::<U8x4>(&from, &mut to, options)
        }
    };
    resized.map_err(|_| NotScaled)
}

/// Multiplies the colours of a `U8x4` picture by its alpha; one without alpha stays as it is.
pub fn multiply_alpha(picture: &mut Image<'_>) {
    if let Some(mut pixels) = picture.typed_image_mut::<U8x4>() {
        // It fails for other kinds of pixels alone.
        let _ = MulDiv::new().multiply_alpha_inplace_typed(&mut pixels);
    }
}

/// Divides the alpha out of the colours of a `U8x4` picture; one without alpha stays as it is.
pub fn divide_alpha(picture: &mut Image<'_>) {
    if let Some(mut pixels) = picture.typed_image_mut::<U8x4>() {
        // It fails for other kinds of pixels alone.
        let _ = MulDiv::new().divide_alpha_inplace_typed(&mut pixels);
    }
}
