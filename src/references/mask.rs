//! Painting a mask over the first reference picture, in a dialogue of the
//! composer's own page: nothing typed is left behind.
//!
//! The canvas has exactly the picture's pixels and is shown smaller; what is
//! painted opaque there becomes transparent in the PNG that is sent.

use super::{
    sender::Sender,
    strokes::{Act, Strokes},
    tray::Reference,
};
use crate::{
    i18n::{Locale, td_string, use_locale},
    ui::{
        dynamic::{dynamic, effect, memo, on, part as changing},
        part::{Missing, part},
        platform::{self, Sheet},
    },
};
use leptos::{
    ev::{self, PointerEvent},
    html,
    prelude::*,
};

/// The brush's width at first, in hundredths of the picture's shorter side.
const BRUSH: u32 = 12;

/// What the dialogue works with.
#[derive(Clone, Copy)]
struct Easel {
    sheet: StoredValue<Option<Sheet>, LocalStorage>,
    strokes: StoredValue<Strokes>,
    /// Whether something may be marked.
    marked: RwSignal<bool>,
    erase: RwSignal<bool>,
    /// In hundredths of the picture's shorter side.
    size: RwSignal<u32>,
    drawing: StoredValue<bool>,
    /// The picture's shorter side in pixels.
    side: u32,
}

impl Easel {
    fn new(side: u32) -> Easel {
        Easel {
            sheet: StoredValue::new_local(None),
            strokes: StoredValue::new(Strokes::default()),
            marked: RwSignal::new(false),
            erase: RwSignal::new(false),
            size: RwSignal::new(BRUSH),
            drawing: StoredValue::new(false),
            side,
        }
    }

    /// Does something to what is painted.
    fn with(self, work: impl FnOnce(&mut Strokes, &Sheet)) {
        self.sheet.with_value(|sheet| {
            if let Some(sheet) = sheet {
                self.strokes.update_value(|strokes| work(strokes, sheet));
            }
        });
        self.marked.set(self.strokes.with_value(Strokes::marks));
    }

    fn press(self, event: &PointerEvent) {
        event.prevent_default();
        platform::capture_pointer(event);
        self.drawing.set_value(true);
        let width = f64::from(self.size.get_untracked() * self.side) / 100.0;
        let erase = self.erase.get_untracked();
        self.with(|strokes, sheet| {
            strokes.begin(sheet, sheet.point(event), width.max(1.0), erase);
        });
    }

    fn drag(self, event: &PointerEvent) {
        if self.drawing.get_value() {
            self.with(|strokes, sheet| strokes.extend(sheet, sheet.point(event)));
        }
    }

    fn lift(self) {
        self.drawing.set_value(false);
    }

    /// Sends the mask; `close` is called once it was taken.
    fn send(self, locale: Locale, sender: Sender, close: impl Fn() + Copy + 'static) {
        self.sheet.with_value(|sheet| {
            let Some(sheet) = sheet else { return };
            sheet.mask(move |file| {
                self.with(|strokes, sheet| strokes.repaint(sheet));
                let Some(file) = file else { return };
                let done = move |taken| {
                    if taken {
                        close();
                    }
                };
                sender.mask(locale, file, Box::new(done));
            });
        });
    }
}

/// The button that opens the dialogue, which is loaded when it is first pressed.
#[component]
pub(super) fn MaskEditor(sender: Sender, first: Reference) -> impl IntoView {
    let locale = use_locale();
    let missing = expect_context::<Missing>();
    let pressed = RwSignal::new(0_u32);
    let masked = memo(move || sender.tray.with(|tray| tray.mask.is_some()));
    let press = move || {
        // The page may have gone meanwhile.
        let _ = pressed.try_update(|pressed| *pressed += 1);
    };
    let label = dynamic(move || {
        if masked.get() {
            td_string!(locale, mask.again).to_string()
        } else {
            td_string!(locale, mask.paint).to_string()
        }
    });
    let wanted = memo(move || pressed.get() > 0);
    let dialogue = changing(move || {
        let first = first.clone();
        wanted.get().then(|| {
            Suspend::new(async move {
                let loaded = mask_dialogue(sender, first, pressed).await;
                loaded.unwrap_or_else(|_| {
                    pressed.set(0);
                    missing.tell(press);
                    ().into_any()
                })
            })
        })
    });
    view! {
        <button class="button mask-open" type="button" on:click=on(move |_| press())>
            {label}
        </button>
        {dialogue}
    }
}

part! {
    /// The dialogue, which opens each time that `pressed` counts on.
    mask, load_mask:
    fn mask_dialogue(sender: Sender, first: Reference, pressed: RwSignal<u32>) {
        view! { <MaskDialogue sender first pressed /> }.into_any()
    }
}

#[component]
fn MaskDialogue(sender: Sender, first: Reference, pressed: RwSignal<u32>) -> impl IntoView {
    let locale = use_locale();
    let easel = Easel::new(first.width.min(first.height));
    let dialog = NodeRef::<html::Dialog>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    // Effects run in a browser only, once the dialogue is there.
    effect(move || {
        pressed.track();
        open_dialog(easel, sender, dialog, canvas);
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let finish = move |_| easel.send(locale, sender, close);
    view! {
        <dialog
            class="mask-dialog"
            aria-labelledby="mask-title"
            node_ref=dialog
            // The composer's own keys do not reach in here.
            on:keydown=on(|event: ev::KeyboardEvent| event.stop_propagation())
        >
            <h2 id="mask-title">{td_string!(locale, mask.title)}</h2>
            <p class="field-hint">{td_string!(locale, mask.lead)}</p>
            <Tools easel />
            {stage(locale, easel, first, canvas)}
            <div class="actions">
                <button
                    class="button button-primary"
                    type="button"
                    disabled=dynamic(move || !easel.marked.get() || sender.busy.get())
                    on:click=on(finish)
                >
                    {td_string!(locale, mask.use_it)}
                </button>
                <button class="button" type="button" on:click=on(move |_| close())>
                    {td_string!(locale, mask.cancel)}
                </button>
                <p class="field-hint" role="status">
                    {dynamic(move || {
                        if easel.marked.get() {
                            sender.problems.get()
                        } else {
                            td_string!(locale, mask.nothing).to_string()
                        }
                    })}
                </p>
            </div>
        </dialog>
    }
}

/// Shows the dialogue, with a fresh sheet the first time.
fn open_dialog(
    easel: Easel,
    sender: Sender,
    dialog: NodeRef<html::Dialog>,
    canvas: NodeRef<html::Canvas>,
) {
    if let (Some(dialog), Some(canvas)) = (dialog.get_untracked(), canvas.get_untracked()) {
        if easel.sheet.with_value(Option::is_none) {
            easel.sheet.set_value(Sheet::open(&canvas));
        }
        sender.problems.set(String::new());
        // Fails only where the dialogue is open already.
        let _ = dialog.show_modal();
    }
}

/// The picture, and over it the canvas that is painted on.
fn stage(locale: Locale, easel: Easel, first: Reference, canvas: NodeRef<html::Canvas>) -> AnyView {
    view! {
        <div class="mask-stage">
            <img
                src=first.picture
                width=first.width
                height=first.height
                alt=""
                loading="lazy"
            />
            <canvas
                width=first.width
                height=first.height
                role="img"
                aria-label=td_string!(locale, mask.canvas)
                node_ref=canvas
                on:pointerdown=on(move |event| easel.press(&event))
                on:pointermove=on(move |event| easel.drag(&event))
                on:pointerup=on(move |_| easel.lift())
                on:pointercancel=on(move |_| easel.lift())
            />
        </div>
    }
    .into_any()
}

/// Brush and eraser, their size, and the ways back.
#[component]
fn Tools(easel: Easel) -> impl IntoView {
    let locale = use_locale();
    let tool = move |erase: bool, text: &'static str| {
        view! {
            <button
                class="button button-small"
                type="button"
                aria-pressed=dynamic(move || (easel.erase.get() == erase).to_string())
                on:click=on(move |_| easel.erase.set(erase))
            >
                {text}
            </button>
        }
    };
    let act = move |text: &'static str, work: fn(&mut Strokes, &Sheet)| {
        view! {
            <button class="button button-small" type="button" on:click=on(move |_| easel.with(work))>
                {text}
            </button>
        }
    };
    let sized = move |event: ev::Event| {
        // The form around the dialogue has no use for this.
        event.stop_propagation();
        if let Ok(size) = event_target_value(&event).parse() {
            easel.size.set(size);
        }
    };
    view! {
        <div class="mask-tools" role="group" aria-label=td_string!(locale, mask.tools)>
            {tool(false, td_string!(locale, mask.brush))}
            {tool(true, td_string!(locale, mask.erase))}
            <label class="mask-size">
                <span>{td_string!(locale, mask.size)}</span>
                <input type="range" min="1" max="50" value=BRUSH.to_string() on:input=on(sized) />
            </label>
            {act(td_string!(locale, mask.undo), |strokes, sheet| strokes.undo(sheet))}
            {act(
                td_string!(locale, mask.invert),
                |strokes, sheet| strokes.act(sheet, Act::Invert),
            )}
            {act(
                td_string!(locale, mask.clear),
                |strokes, sheet| strokes.act(sheet, Act::Clear),
            )}
        </div>
    }
}
