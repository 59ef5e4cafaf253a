//! Every page in every state, as markup: what holds for all of them.

mod facts;

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};

use crate::states;

fn pages() -> Vec<(String, Html)> {
    states::all().into_iter().map(|state| (state.name, Html::parse_document(&state.html))).collect()
}

fn page(name: &str) -> Html {
    let found = states::all().into_iter().find(|state| state.name == name);
    Html::parse_document(&found.unwrap_or_else(|| panic!("there is no page {name}")).html)
}

fn all<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

fn one<'a>(html: &'a Html, selector: &str) -> ElementRef<'a> {
    let found = all(html, selector);
    assert_eq!(found.len(), 1, "{selector}");
    found[0]
}

fn text(element: ElementRef) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn attribute<'a>(element: ElementRef<'a>, name: &str) -> &'a str {
    element.value().attr(name).unwrap_or_default()
}

#[test]
fn no_page_holds_script_or_style_of_its_own() {
    for (name, html) in pages() {
        assert!(all(&html, "style, [style], script:not([src])").is_empty(), "{name}");
        for element in all(&html, "*") {
            assert!(element.value().attrs().all(|(attribute, _)| !attribute.starts_with("on")), "{name}");
        }
    }
}

#[test]
fn ids_are_unique_and_every_reference_finds_its_element() {
    for (name, html) in pages() {
        let ids: Vec<&str> = all(&html, "[id]").into_iter().map(|e| attribute(e, "id")).collect();
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "{name} repeats an id");
        for reference in
            ["aria-describedby", "aria-labelledby", "for", "data-copy", "data-status", "data-why"]
        {
            for element in all(&html, &format!("[{reference}]")) {
                for id in attribute(element, reference).split_whitespace() {
                    assert!(known.contains(id), "{name}: {reference}={id} leads nowhere");
                }
            }
        }
        for link in all(&html, "a[href^='#']") {
            let id = attribute(link, "href").trim_start_matches('#');
            assert!(known.contains(id), "{name}: the link to #{id} leads nowhere");
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_button_says_what_it_presses() {
    for (name, html) in pages() {
        let labelled: HashSet<&str> =
            all(&html, "label[for]").into_iter().map(|e| attribute(e, "for")).collect();
        for field in all(&html, "input:not([type=hidden]), select, textarea") {
            let wrapped = field.ancestors().filter_map(ElementRef::wrap).any(|e| e.value().name() == "label");
            assert!(wrapped || labelled.contains(attribute(field, "id")), "{name}: {}", field.html());
        }
        for button in all(&html, "button, a.btn") {
            assert!(!text(button).is_empty(), "{name}: {}", button.html());
        }
        let buttons: Vec<String> = all(&html, "button:not([aria-hidden])").into_iter().map(text).collect();
        let different: HashSet<&String> = buttons.iter().collect();
        assert_eq!(buttons.len(), different.len(), "{name}: two buttons say the same: {buttons:?}");
    }
}

#[test]
fn icons_are_hidden_from_assistive_technology() {
    for (name, html) in pages() {
        // A chart is no icon: it is named, and its figures stand in a table.
        for chart in all(&html, "svg[role=img]") {
            assert!(!attribute(chart, "aria-label").is_empty(), "{name}");
        }
        for icon in all(&html, "svg:not([role=img])") {
            assert_eq!(attribute(icon, "aria-hidden"), "true", "{name}");
            assert_eq!(attribute(icon, "focusable"), "false", "{name}");
        }
    }
}

#[test]
fn every_page_has_one_heading_and_a_title_that_names_the_product() {
    for (name, html) in pages() {
        assert_eq!(all(&html, "h1").len(), 1, "{name}");
        assert!(text(one(&html, "title")).ends_with(" – Ringpost"), "{name}");
        assert_eq!(all(&html, ".btn-primary").len().max(1), 1, "{name} has several primary buttons");
    }
}

#[test]
fn a_refused_form_says_the_same_in_the_summary_and_beside_the_field() {
    let refused: Vec<_> = pages()
        .into_iter()
        .filter(|(name, _)| name.ends_with("refused") && !name.contains("email"))
        .collect();
    assert!(refused.len() >= 8);
    for (name, html) in refused {
        assert!(text(one(&html, "title")).starts_with("Error: "), "{name}");
        assert!(all(&html, "[role=status].notice").is_empty(), "{name} is glad and sorry at once");
        let lines: Vec<String> = all(&html, ".summary a").into_iter().map(text).collect();
        let beside: Vec<String> = all(&html, "p.error, .error li")
            .into_iter()
            .map(|e| text(e).replacen("Error: ", "", 1))
            .collect();
        assert_eq!(lines, beside, "{name}");
        assert_eq!(all(&html, ".summary[data-autofocus]").len(), 1, "{name}");
    }
}
