//! The painter of the demo image API: turns a prompt into a picture without
//! any model. Its words choose scene, subjects, hour, weather, colours and
//! style; a seed makes every picture repeatable, byte for byte.
//!
//! The work is done in layers, far to near, in units that do not depend on the
//! size in pixels. All per-pixel work is left to tiny-skia and
//! imgc-scale, which are optimised even in development builds; this
//! crate is not.

mod abstract_scenes;
mod canvas;
mod colour;
mod compose;
mod figures;
mod land;
mod lexicon;
mod peaks;
mod plants;
mod repaint;
mod rng;
mod sky;
mod style;
mod subject;
mod town;
mod water;
mod weather;
mod words;

use canvas::{Canvas, resized};
use colour::Palette;
pub use compose::compose as compose_edit;
use image::RgbaImage;
use imgc_scale::FilterType;
pub use repaint::repaint;
use rng::SeededRng;
use words::{Composition, Reading, Scene, Style};

/// What to paint.
#[derive(Clone, Debug)]
pub struct Painting<'a> {
    /// The words that choose everything else.
    pub prompt: &'a str,
    /// Width in pixels, 1 to 8192.
    pub width: u32,
    /// Height in pixels, 1 to 8192.
    pub height: u32,
    /// The same prompt, size and seed give the same bytes.
    pub seed: u64,
    /// Paints the subject alone, on nothing.
    pub transparent: bool,
    /// How finished the picture is, from 0 (a blur) to 1 (done); partial
    /// pictures of a stream sharpen as it grows.
    pub detail: f32,
    /// How carefully it is painted, from 0 (quick) to 1: sets the resolution
    /// of the work before it is scaled to size.
    pub quality: f32,
    /// Pixels that are really painted at full quality; larger pictures are scaled
    /// up before their grain is added, which is what the eye takes for sharpness.
    pub painted_pixels: u32,
}

/// Everything the parts of a picture share.
struct Work {
    canvas: Canvas,
    reading: Reading,
    palette: Palette,
    key: u64,
    /// Height of the horizon in units from the top.
    horizon: f32,
    /// Where the sun or moon stands.
    sun: (f32, f32),
}

/// Where a scene has room for its subjects.
struct Stage {
    /// A point of firm ground, in units.
    ground: (f32, f32),
    /// A point on open water, if there is any.
    water: Option<(f32, f32)>,
    /// How tall a subject of ordinary size is there.
    size: f32,
}

impl Work {
    fn rng(&self, name: &str) -> SeededRng {
        SeededRng::new(self.key, name)
    }
}

/// Paints a picture. Slow work (up to seconds): never call it on an async thread.
pub fn paint(request: &Painting<'_>) -> RgbaImage {
    let (width, height) = (request.width.clamp(1, 8192), request.height.clamp(1, 8192));
    let detail = request.detail.clamp(0.0, 1.0);
    let pixels = width as f32 * height as f32;
    let budget = request.painted_pixels as f32
        * (0.4 + 0.6 * request.quality.clamp(0.0, 1.0))
        * detail.powi(2).max(0.1);
    let shrink = (budget / pixels).sqrt().min(1.0);
    let edge = |v: u32| ((v as f32 * shrink).round() as u32).max(1);
    let mut work = prepare(request, edge(width), edge(height));
    compose(&mut work, request.transparent);
    if !request.transparent {
        style::finish(&mut work);
    }
    let mut pixmap = work.canvas.pixmap;
    if detail < 0.97 {
        pixmap = style::unfinished(&pixmap, detail);
    }
    if (pixmap.width(), pixmap.height()) != (width, height) {
        let filter = match work.reading.style {
            Style::Pixel if detail >= 0.97 => FilterType::Box,
            _ => FilterType::CatmullRom,
        };
        pixmap = resized(&pixmap, width, height, filter);
    }
    if !request.transparent {
        style::grain(&mut pixmap, work.key, work.reading.style);
    }
    let bytes = pixmap.take_demultiplied();
    RgbaImage::from_raw(width, height, bytes).unwrap_or_else(|| RgbaImage::new(width, height))
}

/// Reads the prompt and settles the composition.
fn prepare(request: &Painting<'_>, width: u32, height: u32) -> Work {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(request.prompt.trim().as_bytes());
    hash.update(request.seed.to_le_bytes());
    let digest = hash.finalize();
    let key = digest
        .iter()
        .take(8)
        .fold(0, |key, byte| (key << 8) | u64::from(*byte));

    let reading = words::read(request.prompt, &mut SeededRng::new(key, "words"));
    let palette = Palette::choose(&reading, &mut SeededRng::new(key, "palette"));
    let mut canvas = Canvas::new(width, height);
    canvas.finish = style::finish_of(&reading, &palette);
    let mut rng = SeededRng::new(key, "composition");
    let tall = canvas.h > canvas.w * 1.15;
    let horizon = canvas.h
        * match reading.composition {
            Composition::Minimal => 0.72,
            Composition::Close => 0.5,
            _ if tall => rng.range(0.56, 0.66),
            _ => rng.range(0.52, 0.62),
        };
    let side = if rng.chance(0.5) {
        rng.range(0.26, 0.4)
    } else {
        rng.range(0.6, 0.74)
    };
    let across = match reading.composition {
        Composition::Centred => 0.5,
        _ => side,
    };
    let sun = (
        canvas.w * across,
        horizon * sky::sun_height(reading.time, &mut rng),
    );
    Work {
        canvas,
        reading,
        palette,
        key,
        horizon,
        sun,
    }
}

fn compose(work: &mut Work, transparent: bool) {
    if transparent {
        subject::alone(work);
        return;
    }
    let stage = match work.reading.scene {
        Scene::Space => abstract_scenes::space(work),
        Scene::Underwater => abstract_scenes::underwater(work),
        Scene::Abstract => abstract_scenes::abstraction(work),
        Scene::City => town::city(work),
        Scene::Village => town::village(work),
        Scene::Sea => water::sea(work),
        Scene::Island => water::island(work),
        Scene::Lake => water::lake(work),
        Scene::River => water::river(work),
        Scene::Winter | Scene::Mountains => land::mountains(work),
        Scene::Desert => land::desert(work),
        Scene::Forest => land::forest(work),
        Scene::Meadow => land::meadow(work),
    };
    style::rework(work);
    subject::place(work, &stage);
    weather::fall(work);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painting(prompt: &str, seed: u64) -> RgbaImage {
        paint(&Painting {
            prompt,
            width: 160,
            height: 96,
            seed,
            transparent: false,
            detail: 1.0,
            quality: 1.0,
            painted_pixels: 3_000_000,
        })
    }

    #[test]
    fn the_same_request_gives_the_same_bytes() {
        let (one, two) = (
            painting("a fox in the snow", 7),
            painting("a fox in the snow", 7),
        );
        assert_eq!(one.dimensions(), (160, 96));
        assert!(one.as_raw() == two.as_raw());
    }

    #[test]
    fn another_prompt_or_seed_gives_another_picture() {
        let one = painting("qwertz", 1);
        assert!(one.as_raw() != painting("uiopas", 1).as_raw());
        assert!(one.as_raw() != painting("qwertz", 2).as_raw());
    }

    #[test]
    fn odd_sizes_and_stages_come_out_exact() {
        for (width, height, detail) in
            [(1, 1, 1.0), (300, 100, 0.15), (97, 291, 0.8), (64, 64, 0.0)]
        {
            let picture = paint(&Painting {
                prompt: "pixel art city",
                width,
                height,
                seed: 3,
                transparent: false,
                detail,
                quality: 0.2,
                painted_pixels: 3_000_000,
            });
            assert_eq!(picture.dimensions(), (width, height));
        }
    }

    #[test]
    fn a_transparent_picture_has_clear_corners_and_a_subject() {
        let picture = paint(&Painting {
            prompt: "a cat",
            width: 128,
            height: 128,
            seed: 1,
            transparent: true,
            detail: 1.0,
            quality: 1.0,
            painted_pixels: 3_000_000,
        });
        assert_eq!(picture.get_pixel(0, 0).0[3], 0);
        assert!(picture.pixels().filter(|pixel| pixel.0[3] == 255).count() > 1000);
    }
}
