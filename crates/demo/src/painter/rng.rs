//! Repeatable randomness: generators seeded from a key and a name, and smooth noise.
//!
//! Each part of a picture has a generator of its own, so that adding a star does not
//! move the mountains.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// A random number generator whose seed is a picture's key and a name.
pub struct SeededRng(ChaCha8Rng);

impl SeededRng {
    /// The generator of the part called `name` of the picture `key`.
    pub fn new(key: u64, name: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(key.to_le_bytes());
        hash.update(name.as_bytes());
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// A number from `low` up to `high`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f32) -> bool {
        self.0.random::<f32>() < p
    }

    /// An index below `count`; 0 when there is nothing to choose from.
    pub fn below(&mut self, count: usize) -> usize {
        // 32 bits, so that every platform draws alike.
        self.0.random_range(0..count.max(1) as u32) as usize
    }

    /// Noise with a lattice of its own.
    pub fn noise(&mut self) -> Noise {
        Noise(self.0.random())
    }
}

/// Smooth value noise between 0 and 1.
#[derive(Clone, Copy)]
pub struct Noise(u32);

impl Noise {
    fn lattice(self, x: i32, y: i32) -> f32 {
        let mut h = (x as u32)
            .wrapping_mul(0x9E37_79B1)
            .wrapping_add((y as u32).wrapping_mul(0x85EB_CA77))
            ^ self.0;
        h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
        h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
        ((h ^ (h >> 15)) >> 8) as f32 / 16_777_216.0
    }

    /// One octave at a point.
    pub fn at(self, x: f32, y: f32) -> f32 {
        let (fx, fy) = (x.floor(), y.floor());
        let (tx, ty) = (x - fx, y - fy);
        let (ix, iy) = (fx as i32, fy as i32);
        let (sx, sy) = (tx * tx * (3.0 - 2.0 * tx), ty * ty * (3.0 - 2.0 * ty));
        let top = self.lattice(ix, iy);
        let top = top + (self.lattice(ix + 1, iy) - top) * sx;
        let low = self.lattice(ix, iy + 1);
        let low = low + (self.lattice(ix + 1, iy + 1) - low) * sx;
        top + (low - top) * sy
    }

    /// Several octaves, each twice as fine and half as strong.
    pub fn fractal(self, x: f32, y: f32, octaves: u32) -> f32 {
        let (mut sum, mut total, mut weight, mut scale) = (0.0, 0.0, 1.0, 1.0);
        for octave in 0..octaves {
            let shift = octave as f32 * 17.3;
            sum += weight * self.at(x * scale + shift, y * scale - shift);
            total += weight;
            weight *= 0.5;
            scale *= 2.03;
        }
        sum / total
    }
}
