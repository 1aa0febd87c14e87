//! The composer's fields for everything but the words.

use super::{choices, state::Form};
use crate::{
    generate::styles::api::OpenStyles,
    i18n::{self, Locale, td_string, use_locale},
    model::catalogue::Model,
    routes::MANY,
    ui::{
        dynamic::{dynamic, each, memo, part},
        form::{Choice, FieldKind, Select, TextField, chips, held, pop, pop_words},
        format, platform, words,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// One of the form's choices, behind a chip that says what holds.
struct Setting {
    /// The panel's id.
    id: &'static str,
    /// The field's name.
    name: &'static str,
    label: &'static str,
    choices: Vec<Choice>,
    /// The value chosen at first.
    chosen: String,
    /// What the chip says at first.
    held: String,
    /// What stands before an entry, from its value.
    icon: Option<fn(&str) -> AnyView>,
}

impl Setting {
    fn new(
        id: &'static str,
        name: &'static str,
        label: &'static str,
        choices: Vec<Choice>,
        chosen: &str,
    ) -> Setting {
        Setting {
            id,
            name,
            label,
            held: held(&choices, chosen),
            choices,
            chosen: chosen.to_owned(),
            icon: None,
        }
    }

    /// The chip, and its panel with `more` below the choices; nothing where there is
    /// nothing to choose.
    fn draw(self, more: AnyView) -> AnyView {
        if self.choices.is_empty() {
            return ().into_any();
        }
        let choices = chips(self.name, self.label, self.choices, &self.chosen, self.icon);
        chip(self.id, self.label, self.held, vec![choices, more])
    }
}

/// A chip that says what holds, and the panel it opens.
fn chip(id: &'static str, label: &'static str, held: String, fields: Vec<AnyView>) -> AnyView {
    let held = dynamic(move || held.clone());
    pop(id, false, pop_words(label, held), fields.into_any())
}

/// The choice of the model, and how long it is still there.
fn model_field(locale: Locale, form: Form) -> AnyView {
    let chosen = form.draft.with_untracked(|draft| draft.model.clone());
    let models = form
        .models
        .with_value(|models| choices::models(locale, models));
    let ending = part(move || {
        let ends_ms = form.model.with(choices::ends_ms)?;
        let name = form.model.with(|model| model.name.clone());
        let date = format::date(locale, ends_ms);
        let text = td_string!(locale, create.model_ends, name = name, date = date);
        Some(view! { <p class="note">{text}</p> })
    });
    let label = td_string!(locale, create.model);
    let name = form.model.with_untracked(|model| model.name.clone());
    let list = view! { <Select id="model" name="draft[model]" label choices=models chosen /> };
    chip(
        "pop-model",
        label,
        name,
        vec![list.into_any(), ending.into_any()],
    )
}

/// Fields that are made anew when another model's settings are shown, or only
/// one model's: a list that merely changed its entries would keep a choice
/// that is gone.
fn anew(form: Form, fields: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    let shown = memo(move || {
        let model = form.model.with(|model| model.id.clone());
        format!("{model} {}", form.live.get())
    });
    each(move || vec![shown.get()], Clone::clone, move |_| fields())
}

/// The models whose settings are offered: the chosen one, or all of them while
/// no script can tell which one is chosen.
fn offered(form: Form) -> Vec<Model> {
    if form.live.get_untracked() {
        vec![form.model.get_untracked()]
    } else {
        form.models.get_value()
    }
}

/// Look, shape, quality and count, the model, and what people rarely change: each behind
/// a chip of its own.
pub(super) fn settings(locale: Locale, form: Form) -> AnyView {
    let look = form.draft.with_untracked(|draft| draft.look.clone());
    let label = td_string!(locale, create.look);
    let looks = choices::looks(locale);
    let look = Setting::new("pop-look", "draft[look]", label, looks, &look);
    // Where scripts run, that of the page (`http/shell.rs`) shows the styles, too.
    let own = platform::without_script(move || {
        view! {
            <div class="own-styles">
                <button class="button button-small" formaction=OpenStyles::url() formnovalidate>
                    {td_string!(locale, create.own_styles)}
                </button>
            </div>
        }
        .into_any()
    });
    let more = view! {
        <div class="settings-row">{anew(form, move || more_fields(locale, form))}</div>
        <p>
            <a href=i18n::address(locale, MANY) rel="external">
                {td_string!(locale, create.many)}
            </a>
        </p>
    };
    let more_name = td_string!(locale, create.more).into_any();
    vec![
        look.draw(own),
        anew(form, move || main_fields(locale, form)),
        model_field(locale, form),
        pop("pop-more", false, more_name, more.into_any()),
    ]
    .into_any()
}

fn main_fields(locale: Locale, form: Form) -> AnyView {
    let models = offered(form);
    let draft = form.draft.get_untracked();
    let label = td_string!(locale, create.size);
    let sizes = choices::sizes(locale, &models);
    let mut size = Setting::new("pop-size", "draft[size]", label, sizes, &draft.size);
    size.icon = Some(choices::shape_icon);
    let label = td_string!(locale, create.quality);
    let qualities = choices::qualities(locale, &models);
    let id = "pop-quality";
    let mut quality = Setting::new(id, "draft[quality]", label, qualities, &draft.quality);
    // While several models share the list, the model's own default is shown as
    // "recommended", so that choosing another model keeps the form valid.
    let recommended = form
        .model
        .with_untracked(|model| model.default_quality == draft.quality);
    if models.len() > 1 && recommended {
        quality.chosen.clear();
    }
    let label = td_string!(locale, create.count);
    let counts = choices::counts(&models);
    let count = Setting::new("pop-count", "draft[count]", label, counts, &draft.count);
    let own = view! { <CustomSize form models width=draft.width height=draft.height /> };
    vec![
        size.draw(own.into_any()),
        quality.draw(().into_any()),
        count.draw(().into_any()),
    ]
    .into_any()
}

/// Whether a model has a setting.
type Has = fn(&Model) -> bool;

fn more_fields(locale: Locale, form: Form) -> AnyView {
    let models = offered(form);
    let draft = form.draft.get_untracked();
    // A list of one model's settings is for that model.
    let only =
        |has: Has| platform::words_without_script(|| choices::only_for(locale, &models, has));
    let fields = [
        (
            ("format", "draft[format]", td_string!(locale, create.format)),
            (choices::formats(&models), draft.format),
            String::new(),
        ),
        (
            (
                "compression",
                "draft[compression]",
                td_string!(locale, create.compression),
            ),
            (choices::compressions(locale, &models), draft.compression),
            td_string!(locale, create.compression_hint).to_string(),
        ),
        (
            (
                "background",
                "draft[background]",
                td_string!(locale, create.background),
            ),
            (choices::backgrounds(locale, &models), draft.background),
            only(|m| !m.backgrounds.is_empty()),
        ),
        (
            ("style", "draft[style]", td_string!(locale, create.style)),
            (choices::styles(locale, &models), draft.style),
            only(|m| !m.styles.is_empty()),
        ),
    ];
    let fields = fields.into_iter().map(|(names, values, hint)| {
        let ((id, name, label), (choices, chosen)) = (names, values);
        view! { <Select id name label choices chosen hint /> }.into_any()
    });
    fields.collect::<Vec<AnyView>>().into_any()
}

/// Width and height of one's own. The style sheet shows them while "custom"
/// is chosen, which needs no script.
#[component]
fn CustomSize(form: Form, models: Vec<Model>, width: String, height: String) -> impl IntoView {
    let locale = use_locale();
    let Some(rule) = models.iter().find_map(|m| m.sizes.free.clone()) else {
        return ().into_any();
    };
    let problem = part(move || {
        form.size_problem().map(
            |problem| view! { <p class="field-problem">{words::problem(locale, &problem)}</p> },
        )
    });
    view! {
        <div class="custom-size" role="group" aria-label=td_string!(locale, create.custom)>
            <TextField
                id="width"
                name="draft[width]"
                label=td_string!(locale, create.width)
                value=width
                kind=FieldKind::Pixels
                described_by="custom-rule"
            />
            <TextField
                id="height"
                name="draft[height]"
                label=td_string!(locale, create.height)
                value=height
                kind=FieldKind::Pixels
                described_by="custom-rule"
            />
            <div id="custom-rule" class="field-hint" aria-live="polite">
                <p>{rule_text(locale, &rule)}</p>
                {problem}
            </div>
        </div>
    }
    .into_any()
}

fn rule_text(locale: Locale, rule: &crate::model::catalogue::FreeSize) -> String {
    let megapixels = |pixels: u32| format::tenths(locale, (u64::from(pixels) + 50_000) / 100_000);
    td_string!(
        locale,
        create.custom_rule,
        multiple = rule.multiple,
        edge = rule.longest_edge_max,
        ratio = rule.ratio_max,
        least = megapixels(rule.pixels_min),
        most = megapixels(rule.pixels_max)
    )
}
