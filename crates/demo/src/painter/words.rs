//! Reading a prompt: which scene, subjects, hour, weather, colours and style
//! its words (English or French) ask for; chance settles what they leave open.

use super::{
    colour::Tint,
    lexicon::{COMPOSITIONS, SCENES, STYLES, SUBJECTS, TIMES, TINTS, WEATHERS},
    rng::SeededRng,
};

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($item:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum $name { $($item),+ }
    };
}

choices!(
    /// The place.
    Scene { Space, Underwater, City, Village, Island, Lake, River, Winter, Desert, Forest, Sea, Mountains, Meadow, Abstract }
);
choices!(
    /// Something to look at in the place.
    Subject { Boat, Lighthouse, Cat, Fox, Whale, Balloon, Castle, House, Rocket, Windmill, Fish, Mushroom, Robot, Wanderer, Lantern, Cup, Flower, Birds, Tree, Moon }
);
choices!(
    /// The hour.
    Time { Dawn, Noon, Sunset, Dusk, Night }
);
choices!(
    /// What the sky is doing.
    Weather { Clear, Clouds, Rain, Snow, Fog, Storm, Aurora }
);
choices!(
    /// How it is painted.
    Style { Gouache, Watercolour, Ink, Pastel, Neon, Pixel, Paper, Oil, Poster, Geometric }
);
choices!(
    /// How near and how full.
    Composition { Natural, Close, Wide, Centred, Minimal }
);

/// Everything the painter takes from a prompt.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Reading {
    /// The place.
    pub scene: Scene,
    /// Things in the place, at most three, in the order of the words.
    pub subjects: Vec<Subject>,
    /// The hour.
    pub time: Time,
    /// The sky.
    pub weather: Weather,
    /// The manner of painting.
    pub style: Style,
    /// The framing.
    pub composition: Composition,
    /// Colours named, at most three, in the order of the words.
    pub tints: Vec<Tint>,
    /// True if the words name stars.
    pub stars: bool,
    /// True if the words name autumn: October, maple and the like.
    pub autumn: bool,
}

/// Reads a prompt. `rng` decides whatever the words leave open.
pub fn read(prompt: &str, rng: &mut SeededRng) -> Reading {
    let words = words_of(prompt);
    let subjects = all(&words, SUBJECTS);
    let scene = by_rank(&words, SCENES);
    let style = first(&words, STYLES);
    let known = scene.is_some() || !subjects.is_empty();
    let scene = scene.unwrap_or_else(|| match subjects.first() {
        Some(subject) => home_of(*subject, rng),
        None => SCENES[rng.below(SCENES.len())].0,
    });
    let weather = first(&words, WEATHERS).unwrap_or_else(|| {
        [
            Weather::Clear,
            Weather::Clouds,
            Weather::Clouds,
            Weather::Fog,
        ][rng.below(4)]
    });
    let time = first(&words, TIMES).unwrap_or_else(|| match weather {
        Weather::Aurora => Time::Night,
        _ => [
            Time::Dawn,
            Time::Noon,
            Time::Sunset,
            Time::Sunset,
            Time::Dusk,
            Time::Night,
        ][rng.below(6)],
    });
    let mut reading = Reading {
        scene,
        subjects,
        time,
        weather,
        style: style.unwrap_or(Style::Gouache),
        composition: first(&words, COMPOSITIONS).unwrap_or(Composition::Natural),
        tints: all(&words, TINTS)
            .into_iter()
            .map(|(hue, strength)| Tint { hue, strength })
            .collect(),
        stars: has(
            &words,
            "star stars starry etoile etoiles etoilee etoile constellation",
        ),
        autumn: has(&words, "autumn fall automne october octobre maple erable"),
    };
    if !known {
        surprise(&mut reading, rng);
    }
    reading
}

/// Gives a prompt without a word we know something to look at all the same.
fn surprise(reading: &mut Reading, rng: &mut SeededRng) {
    if rng.chance(0.7) {
        let fitting = match reading.scene {
            Scene::Sea | Scene::Lake | Scene::Island => {
                [Subject::Boat, Subject::Lighthouse, Subject::Birds]
            }
            Scene::Space => [Subject::Rocket, Subject::Rocket, Subject::Rocket],
            Scene::Underwater => [Subject::Whale, Subject::Fish, Subject::Fish],
            Scene::Forest | Scene::Winter => [Subject::Fox, Subject::House, Subject::Wanderer],
            _ => [Subject::Balloon, Subject::Wanderer, Subject::Tree],
        };
        reading.subjects.push(fitting[rng.below(3)]);
    }
}

/// Where a subject lives when the prompt names no place.
fn home_of(subject: Subject, rng: &mut SeededRng) -> Scene {
    let homes: &[Scene] = match subject {
        Subject::Boat => &[Scene::Sea, Scene::Lake],
        Subject::Lighthouse => &[Scene::Sea],
        Subject::Whale => &[Scene::Underwater, Scene::Sea],
        Subject::Fish => &[Scene::Underwater],
        Subject::Rocket => &[Scene::Space, Scene::Desert],
        Subject::Robot => &[Scene::City, Scene::Meadow, Scene::Desert],
        Subject::Fox => &[Scene::Forest, Scene::Winter, Scene::Meadow],
        Subject::Mushroom => &[Scene::Forest],
        Subject::Castle | Subject::Balloon => &[Scene::Mountains, Scene::Lake],
        Subject::Lantern => &[Scene::Lake, Scene::River],
        Subject::Cup => &[Scene::Abstract, Scene::Mountains],
        _ => &[Scene::Meadow, Scene::Mountains],
    };
    homes[rng.below(homes.len())]
}

/// Lower-case words without accents; `[demo:…]` and other bracketed notes are
/// instructions to the server and say nothing about the picture.
fn words_of(prompt: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let mut text = String::with_capacity(prompt.len());
    for letter in prompt.chars().flat_map(char::to_lowercase) {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            'à' | 'â' | 'ä' | 'á' => text.push('a'),
            'é' | 'è' | 'ê' | 'ë' => text.push('e'),
            'î' | 'ï' | 'í' => text.push('i'),
            'ô' | 'ö' | 'ó' => text.push('o'),
            'ù' | 'û' | 'ü' | 'ú' => text.push('u'),
            'ç' => text.push('c'),
            'œ' => text.push_str("oe"),
            // Letters written as a base and a combining accent.
            '\u{300}'..='\u{36f}' => {}
            other => text.push(other),
        }
    }
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn same(word: &str, entry: &str) -> bool {
    word == entry
        || word
            .strip_suffix(['s', 'x'])
            .is_some_and(|stem| stem == entry)
}

fn has(words: &[String], entries: &str) -> bool {
    words
        .iter()
        .any(|word| entries.split(' ').any(|entry| same(word, entry)))
}

/// The entry whose word comes first in the prompt.
fn first<T: Copy>(words: &[String], table: &[(T, &str)]) -> Option<T> {
    words.iter().find_map(|word| {
        let hit = table
            .iter()
            .find(|row| row.1.split(' ').any(|entry| same(word, entry)));
        hit.map(|row| row.0)
    })
}

/// The first row of the table that any word matches: rows are in order of
/// how much they decide, so that a mountain lake is a lake.
fn by_rank<T: Copy>(words: &[String], table: &[(T, &str)]) -> Option<T> {
    table.iter().find(|row| has(words, row.1)).map(|row| row.0)
}

/// Up to three different entries, in the prompt's order.
fn all<T: Copy + PartialEq>(words: &[String], table: &[(T, &str)]) -> Vec<T> {
    let mut found = Vec::new();
    for word in words {
        let hit = table
            .iter()
            .find(|row| row.1.split(' ').any(|entry| same(word, entry)));
        if let Some(row) = hit
            && !found.contains(&row.0)
            && found.len() < 3
        {
            found.push(row.0);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(prompt: &str) -> Reading {
        read(prompt, &mut SeededRng::new(1, "words"))
    }

    #[test]
    fn french_and_english_agree() {
        let english = reading("a lighthouse on the sea at night, watercolor");
        let french = reading("un phare sur la mer, la nuit, à l'aquarelle");
        assert_eq!(english.scene, french.scene);
        assert_eq!(english.subjects, french.subjects);
        assert_eq!(english.time, french.time);
        assert_eq!(english.style, french.style);
        assert_eq!(reading("FORÊT").scene, Scene::Forest);
    }

    #[test]
    fn server_notes_are_not_part_of_the_picture() {
        assert!(
            reading("[demo:hang] [key:cat-7] the plain")
                .subjects
                .iter()
                .all(|s| *s != Subject::Cat)
        );
    }

    #[test]
    fn a_mountain_lake_is_a_lake() {
        assert_eq!(reading("mountains around a lake").scene, Scene::Lake);
    }
}
