//! A template speaks both languages or it does not load.

use handlebars::{
    JsonValue, Template,
    template::{HelperTemplate, Parameter, TemplateElement},
};

use super::Labels;
use crate::domain::language::Language;

/// Says what is missing, if anything: `tr` has two texts, `{{#nl}}` is followed by `{{#en}}` with
/// nothing but blanks between, and every label that is named exists.
pub(super) fn check(template: &Template, labels: &Labels) -> Result<(), String> {
    let mut dutch_waits = false;
    for element in &template.elements {
        let block = match element {
            TemplateElement::HelperBlock(helper) => helper.name.as_name(),
            _ => None,
        };
        match (block, dutch_waits) {
            (Some("nl"), false) => dutch_waits = true,
            (Some("en"), true) => dutch_waits = false,
            (_, true) if !is_blank(element) => return Err("{{#nl}} without {{#en}}".to_owned()),
            (Some("en"), false) => return Err("{{#en}} without {{#nl}} before it".to_owned()),
            _ => {}
        }
        check_element(element, labels)?;
    }
    if dutch_waits {
        return Err("{{#nl}} without {{#en}}".to_owned());
    }
    Ok(())
}

fn is_blank(element: &TemplateElement) -> bool {
    match element {
        TemplateElement::RawString(text) => text.trim().is_empty(),
        TemplateElement::Comment(_) => true,
        _ => false,
    }
}

fn check_element(element: &TemplateElement, labels: &Labels) -> Result<(), String> {
    match element {
        TemplateElement::HtmlExpression(helper)
        | TemplateElement::Expression(helper)
        | TemplateElement::HelperBlock(helper) => check_helper(helper, labels),
        TemplateElement::PartialExpression(partial)
        | TemplateElement::PartialBlock(partial)
        | TemplateElement::DecoratorExpression(partial)
        | TemplateElement::DecoratorBlock(partial) => {
            for parameter in partial.params.iter().chain(partial.hash.values()) {
                check_parameter(parameter, labels)?;
            }
            partial
                .template
                .as_ref()
                .map_or(Ok(()), |inside| check(inside, labels))
        }
        _ => Ok(()),
    }
}

fn check_helper(helper: &HelperTemplate, labels: &Labels) -> Result<(), String> {
    match (helper.name.as_name(), helper.params.as_slice()) {
        (Some("tr"), [nl, en]) if !is_empty(nl) && !is_empty(en) => {}
        (Some("tr"), _) => return Err("tr needs two texts, Dutch and English".to_owned()),
        (Some("label"), [Parameter::Literal(JsonValue::String(key))])
            if labels.get(key, Language::Nl).is_none() =>
        {
            return Err(format!("labels.toml has no label {key}"));
        }
        _ => {}
    }
    for parameter in helper.params.iter().chain(helper.hash.values()) {
        check_parameter(parameter, labels)?;
    }
    for inside in helper.template.iter().chain(&helper.inverse) {
        check(inside, labels)?;
    }
    Ok(())
}

fn check_parameter(parameter: &Parameter, labels: &Labels) -> Result<(), String> {
    match parameter {
        Parameter::Subexpression(inner) => check_element(inner.as_element(), labels),
        _ => Ok(()),
    }
}

fn is_empty(parameter: &Parameter) -> bool {
    matches!(parameter, Parameter::Literal(JsonValue::String(text)) if text.is_empty())
}
