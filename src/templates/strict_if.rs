//! `{{#if}}` and `{{#unless}}` that know the names they may ask for.
//!
//! Handlebars' strict mode refuses an unknown name where it is printed, but takes it for "no" in a
//! condition: a typing error would silently drop a paragraph. The same holds for the lists and
//! blocks of `{{#each}}` and `{{#with}}`, which strict mode refuses by itself.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonTruthy, Output, RenderContext,
    RenderErrorReason, Renderable,
};

pub(super) fn register(registry: &mut Handlebars<'static>) {
    registry.register_helper("if", Box::new(StrictIf { holds: true }));
    registry.register_helper("unless", Box::new(StrictIf { holds: false }));
}

struct StrictIf {
    holds: bool,
}

impl HelperDef for StrictIf {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let asked = helper
            .param(0)
            .ok_or(RenderErrorReason::ParamNotFoundForIndex("if", 0))?;
        if asked.is_value_missing() {
            return Err(RenderErrorReason::MissingVariable(asked.relative_path().cloned()).into());
        }
        let branch = if asked.value().is_truthy(false) == self.holds {
            helper.template()
        } else {
            helper.inverse()
        };
        branch.map_or(Ok(()), |template| {
            template.render(registry, context, render, out)
        })
    }
}
