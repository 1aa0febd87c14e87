//! Colour profiles: whatever a picture's colours were measured in, what leaves is sRGB, so that a
//! wide-gamut red is shown as that red by whoever knows nothing of profiles.
//!
//! A profile that is broken, or for other channels than the picture has, is as if it were not
//! there: that is what viewers do. A CMYK picture is RGB when it gets here, so its profile is one
//! of those.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use moxcms::{
    Chromaticity, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, ToneReprCurve, Transform8BitExecutor, TransformOptions, XyY,
};

/// Pixels converted at a time: a second buffer of the whole picture is spared.
const PIECE: usize = 16 * 1024;

/// Transfers of high dynamic range (PQ and HLG), whose brightness a profile alone cannot bring to
/// a screen.
const BEYOND_SCREENS: [u8; 2] = [16, 18];

/// What a PNG measures its colours in: 100,000ths.
const WHOLE: f64 = 100_000.0;
/// Exponents that somebody may have meant; others say nothing.
const GAMMAS: std::ops::RangeInclusive<f64> = 0.1..=10.0;

/// A colour profile that says something.
pub(super) struct Profile(ColorProfile);

impl Profile {
    /// The profile in a file; `None` for one that cannot be read.
    pub(super) fn of_icc(icc: &[u8]) -> Option<Profile> {
        let profile = guarded(|| ColorProfile::new_from_slice(icc).ok())?;
        let on_screens = |points: CicpProfile| {
            let transfer = points.transfer_characteristics as u8;
            !BEYOND_SCREENS.contains(&transfer)
        };
        profile
            .cicp
            .is_none_or(on_screens)
            .then_some(Profile(profile))
    }

    /// The profile that code points of H.273 stand for: primaries, transfer, matrix, range.
    pub(super) fn of_code_points(points: [u8; 4]) -> Option<Profile> {
        let [primaries, transfer, _, full_range] = points;
        if BEYOND_SCREENS.contains(&transfer) {
            return None;
        }
        let points = CicpProfile {
            color_primaries: primaries.try_into().ok()?,
            transfer_characteristics: transfer.try_into().ok()?,
            // Pixels of a PNG are always RGB.
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: full_range != 0,
        };
        let profile = guarded(|| Some(ColorProfile::new_from_cicp(points)))?;
        // It has no curves where the numbers stand for nothing.
        profile.red_trc.is_some().then_some(Profile(profile))
    }

    /// The profile that a PNG's measures stand for: its exponent, and white, red, green and blue.
    /// What is not measured is sRGB's; `None` if nothing is, or if it makes no sense.
    pub(super) fn of_measures(gamma: Option<u32>, colours: Option<[u32; 8]>) -> Option<Profile> {
        if gamma.is_none() && colours.is_none() {
            return None;
        }
        let mut profile = ColorProfile::new_srgb();
        // Otherwise it would count before what follows.
        profile.cicp = None;
        if let Some(colours) = colours {
            let [white, primaries @ ..] = [0, 2, 4, 6].map(|at| {
                let [x, y] = [colours[at], colours[at + 1]].map(|part| f64::from(part) / WHOLE);
                (0.0..1.0).contains(&x).then_some(())?;
                // A colour without y has no place.
                (y > 0.0 && x + y <= 1.0).then_some((x, y))
            });
            let (x, y) = white?;
            let [red, green, blue] = primaries;
            let place = |(x, y): (f64, f64)| Chromaticity::new(x as f32, y as f32);
            let primaries = ColorPrimaries {
                red: place(red?),
                green: place(green?),
                blue: place(blue?),
            };
            profile.update_rgb_colorimetry(XyY { x, y, yb: 1.0 }, primaries);
        }
        if let Some(gamma) = gamma {
            let exponent = WHOLE / f64::from(gamma);
            GAMMAS.contains(&exponent).then_some(())?;
            let curve = Some(ToneReprCurve::Parametric(vec![exponent as f32]));
            profile.red_trc.clone_from(&curve);
            profile.green_trc.clone_from(&curve);
            profile.blue_trc = curve;
        }
        Some(Profile(profile))
    }

    /// Converts RGB or RGBA pixels, alpha not yet multiplied, in place. `grey` says that their
    /// three colours are one.
    pub(super) fn to_srgb(&self, pixels: &mut [u8], alpha: bool, grey: bool) {
        let converted = match self.0.color_space {
            DataColorSpace::Rgb => self.convert(pixels, alpha),
            DataColorSpace::Gray if grey => self.convert_grey(pixels, alpha),
            _ => return,
        };
        if converted.is_none() {
            tracing::debug!("a colour profile could not be used");
        }
    }

    fn convert(&self, pixels: &mut [u8], alpha: bool) -> Option<()> {
        let (layout, channels) = if alpha {
            (Layout::Rgba, 4)
        } else {
            (Layout::Rgb, 3)
        };
        if self.is_srgb() {
            return Some(());
        }
        let transform = self.transform(layout, layout)?;
        let mut made = vec![0; PIECE * channels];
        for piece in pixels.chunks_mut(PIECE * channels) {
            let made = &mut made[..piece.len()];
            transform.transform(piece, made).ok()?;
            piece.copy_from_slice(made);
        }
        Some(())
    }

    /// A grey profile is a curve: 256 values tell all of it.
    fn convert_grey(&self, pixels: &mut [u8], alpha: bool) -> Option<()> {
        let transform = self.transform(Layout::Gray, Layout::Rgb)?;
        let levels: Vec<u8> = (0..=255).collect();
        let mut curve = vec![0; 256 * 3];
        transform.transform(&levels, &mut curve).ok()?;
        for pixel in pixels.chunks_exact_mut(if alpha { 4 } else { 3 }) {
            let at = usize::from(pixel[0]) * 3;
            pixel[..3].copy_from_slice(&curve[at..at + 3]);
        }
        Some(())
    }

    /// True if converting would change nothing to speak of: most profiles are sRGB's own.
    fn is_srgb(&self) -> bool {
        const LEVELS: [u8; 6] = [0, 51, 102, 153, 204, 255];
        let mut colours = Vec::with_capacity(6 * 6 * 6 * 3);
        for red in LEVELS {
            for green in LEVELS {
                colours.extend(LEVELS.iter().flat_map(|blue| [red, green, *blue]));
            }
        }
        let mut made = vec![0; colours.len()];
        let Some(transform) = self.transform(Layout::Rgb, Layout::Rgb) else {
            return false;
        };
        transform.transform(&colours, &mut made).is_ok()
            && colours.iter().zip(&made).all(|(a, b)| a.abs_diff(*b) <= 1)
    }

    fn transform(&self, from: Layout, to: Layout) -> Option<Arc<Transform8BitExecutor>> {
        guarded(|| {
            let srgb = ColorProfile::new_srgb();
            let options = TransformOptions::default();
            self.0.create_transform_8bit(from, &srgb, to, options).ok()
        })
    }
}

/// A profile comes from strangers: one that makes its reader panic is a broken one.
fn guarded<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok().flatten()
}
