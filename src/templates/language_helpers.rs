//! The template helpers that know the reader's language: `tr`, `nl`, `en`, `label`, `in_language`.
//!
//! `tr` and `label` return a value instead of writing it, so that the registry escapes it like any
//! other value.

use std::collections::VecDeque;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonValue, Output, PathAndJson,
    RenderContext, RenderError, RenderErrorReason, Renderable, ScopedJson,
};

use super::Labels;
use crate::domain::language::Language;

pub(super) fn register(registry: &mut Handlebars<'static>, labels: &Labels) {
    registry.register_helper("tr", Box::new(Tr));
    registry.register_helper("label", Box::new(Label(labels.clone())));
    registry.register_helper("nl", Box::new(Only(Language::Nl)));
    registry.register_helper("en", Box::new(Only(Language::En)));
    registry.register_helper("in_language", Box::new(InLanguage));
}

/// `{{tr "Nederlands" "English"}}`
struct Tr;

impl HelperDef for Tr {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let index = match current_language(context)? {
            Language::Nl => 0,
            Language::En => 1,
        };
        let text = present(helper.param(index), "tr", index)?;
        Ok(ScopedJson::Derived(text.value().clone()))
    }
}

/// `{{label "approve"}}`, `{{label "approve" lang="nl"}}`
struct Label(Labels);

impl HelperDef for Label {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let key = present(helper.param(0), "label", 0)?.render();
        let language = match helper.hash_get("lang") {
            Some(named) => language_of(named.value())?,
            None => current_language(context)?,
        };
        let word = self
            .0
            .get(&key, language)
            .ok_or_else(|| refused(format!("labels.toml has no label {key}")))?;
        Ok(ScopedJson::Derived(word.into()))
    }
}

/// `{{#nl}}…{{/nl}}` and `{{#en}}…{{/en}}`
struct Only(Language);

impl HelperDef for Only {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        match helper.template() {
            Some(template) if current_language(context)? == self.0 => {
                template.render(registry, context, render, out)
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// `{{#in_language "nl"}}…{{/in_language}}`
struct InLanguage;

impl HelperDef for InLanguage {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let language = language_of(present(helper.param(0), "in_language", 0)?.value())?;
        let Some(template) = helper.template() else {
            return Ok(());
        };
        let mut inside = context.clone();
        if let JsonValue::Object(root) = inside.data_mut() {
            root.insert("lang".to_owned(), language.as_str().into());
            root.insert("other_lang".to_owned(), language.other().as_str().into());
        }
        // A rendering of its own, standing at the same place: `RenderContext::set_context` would
        // change the language as well, but it turns off the strictness about unknown names.
        let blocks = render.replace_blocks(VecDeque::new());
        let mut inner = RenderContext::new(None);
        inner.replace_blocks(blocks.clone());
        render.replace_blocks(blocks);
        template.render(registry, &inside, &mut inner, out)
    }
}

/// `lang` at the root of the context: it stands above every `{{#each}}`, `{{#with}}` and partial.
fn current_language(context: &Context) -> Result<Language, RenderError> {
    language_of(context.data().get("lang").unwrap_or(&JsonValue::Null))
}

fn language_of(value: &JsonValue) -> Result<Language, RenderError> {
    value
        .as_str()
        .and_then(Language::parse)
        .ok_or_else(|| refused(format!("{value} is not a language")))
}

fn present<'a, 'rc>(
    param: Option<&'a PathAndJson<'rc>>,
    helper: &'static str,
    index: usize,
) -> Result<&'a PathAndJson<'rc>, RenderError> {
    param
        .filter(|param| !param.is_value_missing())
        .ok_or_else(|| RenderErrorReason::ParamNotFoundForIndex(helper, index).into())
}

fn refused(reason: String) -> RenderError {
    RenderErrorReason::Other(reason).into()
}
