//! What a page writes into its head and nowhere else.

use leptos::{
    attr::{Attribute, any_attribute::AnyAttribute},
    prelude::{AddAnyAttr, AnyView, IntoAny, Render, RenderHtml},
    tachys::{
        hydration::Cursor,
        view::{Position, PositionState},
    },
};

/// A title, and tags that only crawlers read, which leave nothing in the body.
///
/// The tags are written when the page is written, which happens once. The
/// functions of components run more often, whenever something the page waits
/// for arrives: tags written there were in the head once, twice or three times,
/// as the moment would have it.
struct HeadOnly(AnyView);

/// Adds tags to a page's head, beside its title.
pub fn ssr_head(title: AnyView, tags: impl FnOnce() -> AnyView) -> AnyView {
    HeadOnly((title, tags()).into_any()).into_any()
}

impl Render for HeadOnly {
    type State = ();

    fn build(self) -> Self::State {}

    fn rebuild(self, _: &mut Self::State) {}
}

impl AddAnyAttr for HeadOnly {
    type Output<NewAttr: Attribute> = HeadOnly;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self::Output<NewAttr>
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        self
    }
}

impl RenderHtml for HeadOnly {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;
    const EXISTS: bool = false;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self::AsyncOutput {
        self
    }

    fn to_html_with_buf(
        self,
        _: &mut String,
        _: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _: Vec<AnyAttribute>,
    ) {
        // Rendering them hands them to the head; what is left are markers that
        // the browser, which renders none of them, would stumble over.
        let _ = self.0.to_html();
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Self::State {}

    fn into_owned(self) -> Self::Owned {
        self
    }
}
