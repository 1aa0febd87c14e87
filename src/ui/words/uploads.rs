//! Messages for a refused reference picture or mask.

use crate::{
    error::UploadProblem,
    i18n::{Locale, td_string},
    ui::format,
};

/// The message: the cause and what helps.
pub fn problem(locale: Locale, problem: UploadProblem) -> String {
    let text = match problem {
        UploadProblem::TooManyPixels { width, height } => {
            let size = format::pixels(width, height);
            return td_string!(locale, upload.too_many_pixels, size = size);
        }
        UploadProblem::TooLarge { limit_mb } => {
            return td_string!(locale, upload.too_large, limit = limit_mb);
        }
        UploadProblem::TooMany { limit } => {
            return td_string!(locale, upload.too_many, limit = limit);
        }
        UploadProblem::MaskSize { width, height } => {
            let size = format::pixels(width, height);
            return td_string!(locale, upload.mask_size, size = size);
        }
        UploadProblem::NotAPicture => td_string!(locale, upload.not_a_picture),
        UploadProblem::Unsupported => td_string!(locale, upload.unsupported),
        UploadProblem::Animated => td_string!(locale, upload.animated),
        UploadProblem::Damaged => td_string!(locale, upload.damaged),
        UploadProblem::TooSlow => td_string!(locale, upload.too_slow),
        UploadProblem::NoRoom => td_string!(locale, upload.no_room),
        UploadProblem::Gone => td_string!(locale, upload.gone),
        UploadProblem::NotAdded => td_string!(locale, upload.not_added),
        UploadProblem::NotOffered => td_string!(locale, upload.not_offered),
        UploadProblem::MaskNotOffered => td_string!(locale, upload.mask_not_offered),
        UploadProblem::MaskAlone => td_string!(locale, upload.mask_alone),
        UploadProblem::MaskNotPng => td_string!(locale, upload.mask_not_png),
        UploadProblem::MaskOpaque => td_string!(locale, upload.mask_opaque),
        UploadProblem::MaskEmpty => td_string!(locale, upload.mask_empty),
    };
    text.to_string()
}
