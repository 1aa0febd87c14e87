//! Colours in OKLab, where mixing and lightening look even, and the curated
//! palettes that make any prompt come out harmonious.

use super::{
    rng::SeededRng,
    words::{Reading, Style, Time, Weather},
};

/// A colour in OKLab: `l` is lightness from 0 to 1, `a` and `b` carry the hue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colour {
    l: f32,
    a: f32,
    b: f32,
}

impl Colour {
    /// From `0xRRGGBB`.
    pub fn hex(rgb: u32) -> Self {
        let part = |shift: u32| linear(((rgb >> shift) & 0xff) as f32 / 255.0);
        let (r, g, b) = (part(16), part(8), part(0));
        let l = (0.412_221_47 * r + 0.536_332_54 * g + 0.051_445_995 * b).cbrt();
        let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
        let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
        Self {
            l: 0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
            a: 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
            b: 0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
        }
    }

    /// From lightness, chroma and hue in degrees.
    pub fn lch(l: f32, chroma: f32, hue: f32) -> Self {
        let hue = hue.to_radians();
        Self {
            l,
            a: chroma * hue.cos(),
            b: chroma * hue.sin(),
        }
    }

    /// The colour that lies `t` of the way to `other`.
    pub fn mix(self, other: Self, t: f32) -> Self {
        let go = |from: f32, to: f32| from + (to - from) * t;
        Self {
            l: go(self.l, other.l),
            a: go(self.a, other.a),
            b: go(self.b, other.b),
        }
    }

    /// Lighter by `by` (darker when negative).
    pub fn lit(self, by: f32) -> Self {
        Self {
            l: (self.l + by).clamp(0.02, 0.995),
            ..self
        }
    }

    /// With its chroma multiplied: below 1 is greyer, above is stronger.
    pub fn vivid(self, factor: f32) -> Self {
        Self {
            a: self.a * factor,
            b: self.b * factor,
            ..self
        }
    }

    /// Keeps the lightness and moves the hue to `hue` degrees, with at least
    /// the chroma a named colour needs to be recognised.
    fn tinted(self, tint: Tint, spread: f32) -> Self {
        let chroma = self.a.hypot(self.b);
        // Very light and very dark colours cannot hold much chroma.
        let room = 1.0 - (self.l - 0.55).abs() * 1.3;
        let chroma = chroma.max(0.13 * room.max(0.15)) * tint.strength;
        Self::lch(self.l, chroma, tint.hue + spread)
    }

    /// The 8-bit sRGB values.
    pub fn rgb(self) -> [u8; 3] {
        let l = (self.l + 0.396_337_78 * self.a + 0.215_803_76 * self.b).powi(3);
        let m = (self.l - 0.105_561_346 * self.a - 0.063_854_17 * self.b).powi(3);
        let s = (self.l - 0.089_484_18 * self.a - 1.291_485_5 * self.b).powi(3);
        [
            gamma(4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s),
            gamma(-1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s),
            gamma(-0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s),
        ]
    }

    /// The colour as tiny-skia wants it.
    pub fn skia(self, alpha: f32) -> tiny_skia::Color {
        let [r, g, b] = self.rgb();
        tiny_skia::Color::from_rgba8(r, g, b, (alpha.clamp(0.0, 1.0) * 255.0).round() as u8)
    }
}

fn linear(v: f32) -> f32 {
    if v <= 0.040_45 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    }
}

fn gamma(v: f32) -> u8 {
    let v = v.clamp(0.0, 1.0);
    let v = if v <= 0.003_130_8 {
        v * 12.92
    } else {
        1.055 * v.powf(1.0 / 2.4) - 0.055
    };
    (v * 255.0).round() as u8
}

/// What a colour word asks for: a hue in degrees and how strong it is
/// (0 for the greys).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tint {
    /// OKLCH hue.
    pub hue: f32,
    /// Multiplies the chroma.
    pub strength: f32,
}

/// The colours one picture is painted with.
#[derive(Clone, Debug)]
pub struct Palette {
    /// From the zenith down to the horizon.
    pub sky: [Colour; 4],
    /// The furthest land, nearly lost in the haze.
    pub far: Colour,
    /// The nearest land.
    pub near: Colour,
    /// For small things that catch the eye.
    pub accent: Colour,
    /// The sun or the moon, and what they touch.
    pub light: Colour,
    /// Whether lamps are lit and stars may show.
    pub night: bool,
}

impl Palette {
    /// The colour of land at depth `t`: 0 is the far distance, 1 is at our feet.
    pub fn land(&self, t: f32) -> Colour {
        self.far
            .mix(self.near, t.powf(0.85))
            .vivid(1.0 + 0.35 * (t * 3.1).sin())
    }

    /// Picks the palette for a reading: the hour and style choose a curated
    /// one, then the colour words tint it.
    pub fn choose(reading: &Reading, rng: &mut SeededRng) -> Self {
        let set = match (reading.style, reading.weather) {
            (Style::Neon, _) => NEON,
            (Style::Ink, _) => INK,
            (_, Weather::Storm) if reading.time != Time::Night => STORM,
            _ => match reading.time {
                Time::Dawn => DAWN,
                Time::Noon => DAY,
                Time::Sunset => SUNSET,
                Time::Dusk => DUSK,
                Time::Night => NIGHT,
            },
        };
        let row = set[rng.below(set.len())].map(Colour::hex);
        let dark = reading.style == Style::Neon
            || (matches!(reading.time, Time::Night | Time::Dusk) && reading.style != Style::Ink);
        let mut palette = Self {
            sky: [row[0], row[1], row[2], row[3]],
            far: row[4],
            near: row[5],
            accent: row[6],
            light: row[7],
            night: dark,
        };
        palette.tint(&reading.tints);
        if matches!(reading.style, Style::Pastel | Style::Watercolour) {
            palette.soften(if reading.style == Style::Pastel {
                0.5
            } else {
                0.25
            });
        }
        palette
    }

    fn tint(&mut self, tints: &[Tint]) {
        let Some(&first) = tints.first() else { return };
        let second = tints.get(1).copied().unwrap_or(first);
        // Neighbouring hues from sky to ground keep a single colour from
        // looking like a filter.
        for (index, sky) in self.sky.iter_mut().enumerate() {
            *sky = sky.mix(sky.tinted(first, index as f32 * 9.0 - 14.0), 0.85);
        }
        self.far = self.far.mix(self.far.tinted(first, 4.0), 0.85);
        self.near = self.near.mix(self.near.tinted(second, -12.0), 0.8);
        self.accent = self
            .accent
            .tinted(second, if tints.len() > 1 { 0.0 } else { 28.0 });
        self.light = self.light.mix(self.light.tinted(second, 0.0), 0.35);
    }

    fn soften(&mut self, amount: f32) {
        let milk = Colour::hex(0xfdf6ec);
        let soft = |c: Colour| c.mix(milk, amount * (1.05 - c.l).max(0.12)).vivid(0.95);
        self.sky = self.sky.map(soft);
        self.far = soft(self.far);
        self.near = self.near.mix(milk, amount * 0.45).vivid(1.15);
        self.accent = soft(self.accent);
    }
}

/// Zenith, upper sky, lower sky, horizon, far land, near land, accent, light.
type Row = [u32; 8];

const DAWN: &[Row] = &[
    [
        0x7a9cc6, 0xc9b6d1, 0xf6c8b6, 0xfde3c4, 0xb9a9c6, 0x3c4468, 0xe8755a, 0xfff1d6,
    ],
    [
        0x8fa3cf, 0xd5b7d3, 0xf8c9c4, 0xffe8d2, 0xc6aec6, 0x4a3d63, 0xf2a65a, 0xfff3dd,
    ],
    [
        0x6fb0b8, 0xa9d2c4, 0xf3e3c0, 0xfff2d8, 0x9fc0b8, 0x2b4c56, 0xf08a5d, 0xfff4da,
    ],
    [
        0x6a86b8, 0xb7a6cc, 0xf2b5a7, 0xffdcae, 0xa79bbf, 0x2f3a5f, 0xffb15c, 0xfff0cf,
    ],
];
const DAY: &[Row] = &[
    [
        0x3f8fd2, 0x7fbbe6, 0xbfe0f0, 0xf2f3e4, 0x9dbfd6, 0x1f4f4a, 0xf2b84b, 0xfff8e1,
    ],
    [
        0x2f7fc1, 0x6db1e1, 0xc9e6ef, 0xfbf3df, 0x8fb1cc, 0x25503f, 0xe4572e, 0xfffbe8,
    ],
    [
        0x1b9aaa, 0x6cc7c9, 0xc4e8dc, 0xfdf4dc, 0x8cc0be, 0x17484f, 0xff8c61, 0xfff6df,
    ],
    [
        0x5aa0c8, 0xa3cfdb, 0xe9e4c4, 0xfbe9bf, 0xb3bfa6, 0x3c5230, 0xd9622b, 0xfff3cf,
    ],
];
const SUNSET: &[Row] = &[
    [
        0x2b2d5b, 0x8a3f76, 0xe8655a, 0xffc56b, 0xa8577a, 0x1e1a38, 0xffd27a, 0xffe9b0,
    ],
    [
        0x3a4f8f, 0xb26a91, 0xf58f6c, 0xffd58a, 0xb5738a, 0x2a2347, 0xf9c74f, 0xffefc0,
    ],
    [
        0x45285c, 0x9c4672, 0xee8a5d, 0xfbd48a, 0x94557a, 0x1f1733, 0xffc15e, 0xffedbe,
    ],
    [
        0x2d6a7a, 0x7fa39b, 0xf3b68a, 0xffdfa8, 0x8b8f92, 0x17323c, 0xef6a52, 0xfff0c9,
    ],
];
const DUSK: &[Row] = &[
    [
        0x1f2a5a, 0x4f4f93, 0xa77bb0, 0xf0b7b0, 0x6b6aa3, 0x14163a, 0xffcf87, 0xffe6cf,
    ],
    [
        0x14344f, 0x2f6c80, 0x7fb1ad, 0xf1d3a8, 0x4f8390, 0x0c2233, 0xf4a259, 0xfff0d2,
    ],
    [
        0x2a1f4f, 0x5c3f86, 0xb3669a, 0xf6a58f, 0x77508f, 0x181033, 0xffb86b, 0xffe3c8,
    ],
];
const NIGHT: &[Row] = &[
    [
        0x070b24, 0x131e4a, 0x26407a, 0x5b86b3, 0x34508a, 0x060a1f, 0xffd98a, 0xeaf1ff,
    ],
    [
        0x041621, 0x0b3344, 0x1a5f6b, 0x62a89f, 0x296672, 0x041118, 0xffcf7a, 0xeefaf2,
    ],
    [
        0x0f0825, 0x2a1656, 0x553089, 0xa371b9, 0x553a8c, 0x0c0620, 0xffc38a, 0xf6ecff,
    ],
];
const STORM: &[Row] = &[
    [
        0x2a3440, 0x4c5b68, 0x83929a, 0xc9ccc0, 0x66757f, 0x161d24, 0xe0b050, 0xf3efdc,
    ],
    [
        0x28304a, 0x4a5170, 0x80809a, 0xd0bfb4, 0x62647f, 0x151829, 0xe8a35a, 0xf7ead6,
    ],
];
const NEON: &[Row] = &[
    [
        0x0b0420, 0x2a0a52, 0x7a1a8a, 0xff4fa3, 0x5a1f8a, 0x0a0318, 0x22e6ff, 0xffe36e,
    ],
    [
        0x03061f, 0x0a1f5c, 0x1a4fa8, 0x2fe0d0, 0x1b3f95, 0x030516, 0xff3fb4, 0xff7ad9,
    ],
];
const INK: &[Row] = &[
    [
        0xe9e3d4, 0xf1ecdf, 0xf6f1e6, 0xf8f4ea, 0xcfcdc6, 0x1d1f24, 0xb8402f, 0xfaf6ec,
    ],
    [
        0xdfe2de, 0xebece5, 0xf4f1e6, 0xf8f4e8, 0xc3cacb, 0x182430, 0xb8402f, 0xfaf6ea,
    ],
];
