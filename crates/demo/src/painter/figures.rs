//! The subjects as data: each is a list of shapes in a small path language,
//! drawn in a box one unit tall that stands on its origin (up is negative).
//!
//! `M x y`, `L x y`, `Q x1 y1 x y`, `C x1 y1 x2 y2 x y`, `Z` are as in SVG;
//! `O cx cy rx ry` is an ellipse.

mod buildings;
mod living;
mod objects;

use super::words::Subject;

/// What a shape is painted with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ink {
    /// The subject's own colour.
    Body,
    /// Its lighter side.
    Light,
    /// Its shaded side.
    Shade,
    /// White or cream.
    White,
    /// The picture's accent.
    Accent,
    /// Near black.
    Dark,
    /// A lamp: glows at night.
    Lamp,
}

/// Paths and what each is painted with, back to front.
type Shapes = &'static [(Ink, &'static str)];

/// The natural colour of a subject (`0xRRGGBB`) and its shapes.
pub type Figure = (u32, Shapes);

/// The figure of a subject.
pub fn figure(subject: Subject) -> Figure {
    match subject {
        Subject::Boat => (0x7a3f2c, objects::BOAT),
        Subject::Lighthouse => (0xf3ece0, buildings::LIGHTHOUSE),
        Subject::Cat => (0x3b3a4a, living::CAT),
        Subject::Fox => (0xd96a2b, living::FOX),
        Subject::Whale => (0x33598c, living::WHALE),
        Subject::Balloon => (0xd9483b, objects::BALLOON),
        Subject::Castle => (0xb9aec2, buildings::CASTLE),
        Subject::House => (0xefe0c8, buildings::HOUSE),
        Subject::Rocket => (0xe8e6ea, objects::ROCKET),
        Subject::Windmill => (0xeadfce, buildings::WINDMILL),
        Subject::Fish => (0xe8823a, living::FISH),
        Subject::Mushroom => (0xc83a32, living::MUSHROOM),
        Subject::Robot => (0x8fa8b8, objects::ROBOT),
        Subject::Wanderer => (0xc0453a, living::WANDERER),
        Subject::Lantern => (0xf0a63c, objects::LANTERN),
        Subject::Cup => (0xe9dfd2, objects::CUP),
        Subject::Flower => (0xd94f6a, living::FLOWER),
        Subject::Birds => (0x2c3042, living::BIRD),
        Subject::Tree => (0x4f8a4a, living::TREE),
        Subject::Moon => (0xf2e6c4, objects::MOON),
    }
}
