//! The painter's vocabulary in English and French, lower case and without
//! accents; plurals in -s and -x are understood.

use super::words::{Composition, Scene, Style, Subject, Time, Weather};

/// Scenes, the most decisive first: a mountain lake is a lake.
pub const SCENES: &[(Scene, &str)] = &[
    (
        Scene::Space,
        "space planet planete galaxy galaxie nebula nebuleuse cosmo cosmic cosmique espace orbit universe univers astronaut astronaute saturn saturne mars jupiter asteroid",
    ),
    (
        Scene::Underwater,
        "underwater sous-marin coral corail reef recif aquarium abysse seabed deep jellyfish meduse",
    ),
    (
        Scene::City,
        "city ville skyline skyscraper gratte metropolis metropole downtown urban tokyo paris york london londre tower building cyberpunk street rue",
    ),
    (
        Scene::Village,
        "village hamlet hameau town cottage rooftop toit",
    ),
    (
        Scene::Island,
        "island ile archipelago archipel atoll tropical palm palmier lagoon lagon",
    ),
    (Scene::Lake, "lake lac pond etang fjord reflection reflet"),
    (
        Scene::River,
        "river riviere fleuve stream ruisseau waterfall cascade canyon brook",
    ),
    (
        Scene::Winter,
        "winter hiver glacier iceberg arctic arctique polar polaire frozen ice glace tundra antarctic neige snow snowy enneige enneigee",
    ),
    (
        Scene::Desert,
        "desert dune sand sable sahara cactus oasi mesa camel chameau pyramid pyramide",
    ),
    (
        Scene::Forest,
        "forest foret wood bois jungle pine pin sapin fir woodland birch bouleau redwood",
    ),
    (
        Scene::Sea,
        "sea mer ocean wave vague beach plage coast cote shore rivage harbor harbour port cliff falaise sailing",
    ),
    (
        Scene::Mountains,
        "mountain montagne alp alpe peak sommet valley vallee everest himalaya volcano volcan fuji ridge",
    ),
    (
        Scene::Meadow,
        "meadow prairie field champ flower fleur garden jardin hill colline grass herbe wildflower tulip tulipe lavender lavande poppy coquelicot sunflower tournesol countryside campagne farm ferme spring printemp vineyard vigne savanna savane",
    ),
    (
        Scene::Abstract,
        "abstract abstrait abstraite pattern motif shape forme composition bauhaus mandala fractal swirl spirale circle cercle mosaic",
    ),
];

/// Words between what a prompt is about and where, when or how it is.
pub const JOINTS: &str = "in on at above over under below near by with without of from into through between behind beside before after against along across around inside outside during where while dans sur sous au aux pres avec sans de du des d entre derriere devant contre autour pendant chez vers par";

/// Words that say nothing of what is to be seen.
pub const LITTLE_WORDS: &str = "a an the one two three some and or is are it its this that my your his her our their very un une le la les l deux trois et ou est sont ce cet cette mon ma mes son sa ses tres picture image photo photograph photographie photorealistic painting peinture drawing dessin illustration art artwork print scene view vue style light lumiere shot render style detailed beautiful";

/// Subjects.
pub const SUBJECTS: &[(Subject, &str)] = &[
    (
        Subject::Boat,
        "boat bateau voilier sailboat ship navire sail voile yacht barque canoe",
    ),
    (Subject::Lighthouse, "lighthouse phare"),
    (Subject::Cat, "cat chat kitten chaton kitty chatte"),
    (Subject::Fox, "fox renard dog chien wolf loup"),
    (
        Subject::Whale,
        "whale baleine orca dolphin dauphin cachalot",
    ),
    (Subject::Balloon, "balloon ballon montgolfiere airship"),
    (
        Subject::Castle,
        "castle chateau palace palai fortress temple",
    ),
    (
        Subject::House,
        "house maison cabin cabane hut chalet cottage barn grange home",
    ),
    (
        Subject::Rocket,
        "rocket fusee spaceship vaisseau shuttle spacecraft",
    ),
    (Subject::Windmill, "windmill moulin"),
    (
        Subject::Fish,
        "fish poisson carp carpe koi goldfish shark requin",
    ),
    (Subject::Mushroom, "mushroom champignon toadstool"),
    (Subject::Robot, "robot android androide automaton"),
    (
        Subject::Wanderer,
        "person personne man homme woman femme girl fille boy garcon child enfant wanderer hiker randonneur traveler traveller voyageur astronaut astronaute wizard magicien samurai knight chevalier someone silhouette portrait monk explorer princess",
    ),
    (Subject::Lantern, "lantern lanterne lampion"),
    (Subject::Cup, "cup tasse coffee cafe tea teapot theiere mug"),
    (
        Subject::Flower,
        "rose tulip tulipe sunflower tournesol orchid lotu lily",
    ),
    (
        Subject::Birds,
        "bird oiseau seagull mouette swallow hirondelle crane grue eagle aigle owl hibou crow corbeau dragon butterfly papillon goose oie",
    ),
    (
        Subject::Tree,
        "tree arbre oak chene willow saule cherry cerisier baobab bonsai",
    ),
    (Subject::Moon, "moon lune"),
];

/// Hours.
pub const TIMES: &[(Time, &str)] = &[
    (
        Time::Dawn,
        "dawn aube sunrise morning matin aurore lever daybreak",
    ),
    (
        Time::Noon,
        "noon midi day jour daylight sunny ensoleille ensoleillee summer ete bright spring printemp",
    ),
    (
        Time::Sunset,
        "sunset coucher golden evening soir sundown autumn automne warm",
    ),
    (Time::Dusk, "dusk crepuscule twilight gloaming"),
    (
        Time::Night,
        "night nuit midnight minuit nocturne nocturnal moonlight moonlit moon lune starry etoile etoilee star lantern lanterne cyberpunk aurora boreale firefly luciole",
    ),
];

/// Weathers.
pub const WEATHERS: &[(Weather, &str)] = &[
    (
        Weather::Rain,
        "rain pluie rainy pluvieux drizzle averse monsoon",
    ),
    (
        Weather::Snow,
        "snow neige snowy snowfall blizzard flocon snowing enneige enneigee",
    ),
    (
        Weather::Fog,
        "fog brouillard mist brume misty foggy brumeux haze",
    ),
    (
        Weather::Storm,
        "storm tempete orage thunder lightning eclair stormy orageux foudre",
    ),
    (Weather::Aurora, "aurora boreale northern boreali"),
    (Weather::Clouds, "cloud nuage cloudy nuageux overcast"),
    (Weather::Clear, "clear degage sunny cloudless"),
];

/// Styles.
pub const STYLES: &[(Style, &str)] = &[
    (Style::Watercolour, "watercolour watercolor aquarelle wash"),
    (
        Style::Ink,
        "ink encre sumi calligraphy calligraphie sketch croquis monochrome engraving gravure",
    ),
    (Style::Pastel, "pastel chalk craie soft doux douce kawaii"),
    (
        Style::Neon,
        "neon synthwave cyberpunk vaporwave fluo retrowave",
    ),
    (Style::Pixel, "pixel 8bit 16bit retro"),
    (
        Style::Paper,
        "paper papier papercut collage origami decoupe",
    ),
    (
        Style::Oil,
        "oil huile impressionist impressionniste impasto monet gogh painterly brushstroke",
    ),
    (
        Style::Poster,
        "poster affiche flat minimalist vintage travel serigraphie ukiyo",
    ),
    (
        Style::Geometric,
        "geometric geometrique lowpoly poly polygon cubist cubiste cubism triangle",
    ),
];

/// Compositions.
pub const COMPOSITIONS: &[(Composition, &str)] = &[
    (
        Composition::Close,
        "close closeup macro portrait gros proche",
    ),
    (
        Composition::Wide,
        "wide panorama panoramic panoramique large aerial vast immense epic distant lointain",
    ),
    (
        Composition::Centred,
        "centred centered centre symmetrical symetrique symmetry",
    ),
    (
        Composition::Minimal,
        "minimal minimalist minimaliste simple empty vide calm lonely",
    ),
];

/// OKLCH hue and strength of each colour word.
pub const TINTS: &[((f32, f32), &str)] = &[
    ((26.0, 1.15), "red rouge crimson scarlet ecarlate carmin"),
    ((52.0, 1.1), "orange amber ambre copper cuivre rust"),
    ((88.0, 1.1), "yellow jaune gold dore doree saffron safran"),
    (
        (142.0, 0.95),
        "green vert verte emerald emeraude olive jade",
    ),
    (
        (190.0, 0.9),
        "teal turquoise cyan aqua sarcelle mint menthe",
    ),
    (
        (252.0, 1.0),
        "blue bleu bleue azure azur indigo navy cobalt sapphire",
    ),
    (
        (302.0, 1.0),
        "purple violet violette mauve lavender lavande lilac lila",
    ),
    ((352.0, 1.0), "pink rose magenta fuchsia coral corail blush"),
    ((60.0, 0.45), "brown brun brune marron sepia beige"),
    (
        (250.0, 0.06),
        "grey gray gris grise monochrome black noir noire white blanc blanche silver argent",
    ),
];
