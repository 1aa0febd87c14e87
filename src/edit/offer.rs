//! What can be asked for where a picture is edited: its own settings, as far as a model
//! that edits takes them.

use crate::{
    error::{AccountProblem, AppError, UploadProblem},
    model::{
        Settings,
        catalogue::{Model, parse_size},
    },
    server::AppState,
    store::images::Image,
};
use imgc_pictures::{REFERENCE_SIDE_MAX, fits};

/// Whether everything outside of a mark can stay as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exact {
    Possible,
    /// No size of the model has the picture's shape.
    OtherShape,
    /// The picture is larger than what is sent.
    TooLarge,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub model: Model,
    /// With one reference and without a mask.
    pub settings: Settings,
    pub exact: Exact,
}

/// What is asked for where this picture is edited.
pub(super) fn offer(state: &AppState, image: &Image) -> Result<Offer, AppError> {
    let models = state.offered();
    let edits = |model: &&Model| model.edits.is_some();
    let own = models.iter().find(|model| model.id == image.model);
    let model = own.filter(edits).or_else(|| models.iter().find(edits));
    let model = model.ok_or(UploadProblem::NotOffered)?;
    let seen = (image.width, image.height);
    let mut settings = Settings {
        count: 1,
        references: 1,
        mask: false,
        ..model.adapt(&image.settings)
    };
    let size = size_of(model, &image.settings.size, seen);
    let exact = match &size {
        None => Exact::OtherShape,
        Some(_) if seen.0.max(seen.1) > REFERENCE_SIDE_MAX => Exact::TooLarge,
        Some(_) => Exact::Possible,
    };
    settings.size = size.unwrap_or_else(|| nearest(model, seen).unwrap_or(settings.size));
    Ok(Offer {
        model: model.clone(),
        settings,
        exact,
    })
}

/// A size of the picture's shape that the model takes: the one it was made at, its own, or
/// the offered one that is nearest to it.
fn size_of(model: &Model, asked: &str, seen: (u32, u32)) -> Option<String> {
    let own = format!("{}x{}", seen.0, seen.1);
    let named = [asked, own.as_str()].into_iter().find(|size| {
        let pixels = parse_size(size);
        pixels.is_some_and(|pixels| fits(pixels, seen)) && model.check_size(size).is_ok()
    });
    let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    let offered = || {
        let sizes = model.sizes.offered.iter();
        sizes
            .filter_map(|size| Some((size, parse_size(size)?)))
            .filter(|(_, pixels)| fits(*pixels, seen))
            .min_by_key(|(_, pixels)| area(*pixels).abs_diff(area(seen)))
            .map(|(size, _)| size.as_str())
    };
    named.or_else(offered).map(str::to_owned)
}

/// The offered size whose shape is nearest to the picture's.
fn nearest(model: &Model, (width, height): (u32, u32)) -> Option<String> {
    let ratio = |width: u32, height: u32| f64::from(width.max(1)) / f64::from(height.max(1));
    let away = |size: &str| {
        let (w, h) = parse_size(size).unwrap_or((1, 1));
        (ratio(w, h).ln() - ratio(width, height).ln()).abs()
    };
    let sizes = model.sizes.offered.iter();
    sizes.min_by(|a, b| away(a).total_cmp(&away(b))).cloned()
}

/// Whether a picture may be edited now.
pub(super) fn may_edit(image: &Image) -> Result<(), AppError> {
    if image.withheld {
        return Err(AccountProblem::Suspended.into());
    }
    match image.trashed_at_ms {
        Some(_) => Err(AppError::TooLate),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::{FreeSize, Sizes};

    fn model(offered: &[&str], free: bool) -> Model {
        let text = include_str!("../model/catalogue/models.toml");
        let all: toml::Table = toml::from_str(text).expect("the catalogue");
        let first = all["models"].as_array().expect("models")[0].clone();
        let mut model: Model = first.try_into().expect("a model");
        let rule = FreeSize {
            multiple: 16,
            longest_edge_max: 3840,
            ratio_max: 3,
            pixels_min: 655_360,
            pixels_max: 8_294_400,
        };
        model.sizes = Sizes {
            offered: offered.iter().map(|size| (*size).to_owned()).collect(),
            auto: true,
            free: free.then_some(rule),
        };
        model
    }

    #[test]
    fn the_size_has_the_pictures_shape_where_the_model_has_one() {
        let some = model(&["1024x1024", "1536x1024", "2048x2048"], false);
        let size = |asked, seen| size_of(&some, asked, seen);
        assert_eq!(
            size("1536x1024", (1536, 1024)).as_deref(),
            Some("1536x1024")
        );
        // What was asked for is not what came.
        assert_eq!(
            size("1536x1024", (1024, 1024)).as_deref(),
            Some("1024x1024")
        );
        assert_eq!(size("auto", (1900, 1900)).as_deref(), Some("2048x2048"));
        assert_eq!(size("auto", (1920, 1080)), None);
        assert_eq!(nearest(&some, (1920, 1080)).as_deref(), Some("1536x1024"));
        let free = model(&["1024x1024"], true);
        let size = size_of(&free, "auto", (1920, 1088));
        assert_eq!(size.as_deref(), Some("1920x1088"));
    }
}
