use std::path::Path;

use super::{BUILTIN, Catalog, ONE};

fn refusal(toml: &str) -> String {
    Catalog::from_toml(toml).expect_err(toml).to_string()
}

#[test]
fn a_bad_block_is_refused_with_its_event_its_field_and_a_remedy() {
    Catalog::from_toml(ONE).unwrap();
    for (from, to, words) in [
        (
            "was paused",
            "{flow_name} was paused",
            "event `flow_paused`: the mail's summary has `{flow_name}`, which is not a field: add",
        ),
        (
            "{flow_id}\", desc",
            "{flow_nr}\", desc",
            "event `flow_paused`, field `flow_link`: its address has `{flow_nr}`: name a field",
        ),
        ("sample = 5", "sample = \"5\"", "field `flow_id`: its sample must be an integer, not a string"),
        ("sample = 5, ", "", "field `flow_id`: it has no sample: add"),
        (
            "type = \"url\"",
            "type = \"string\"",
            "field `flow_link`: only a field of type `url` can be derived",
        ),
        (
            "derived = ",
            "sample = \"x\", derived = ",
            "field `flow_link`: it is derived, so its sample is built too: remove",
        ),
        (
            "field = \"flow_link\"",
            "field = \"flow_id\"",
            "field `flow_id`: the mail links to it, so it must be",
        ),
        (
            "\"flow_link\", type",
            "\"timestamp\", type",
            "field `timestamp`: the payload already has a field of this name",
        ),
        ("\"flow_id\", type", "\"Flow-ID\", type", "field `Flow-ID`: this cannot be a name: use lower-case"),
        ("key = \"flow_paused\"", "key = \"Flow\"", "event `Flow`: `Flow` cannot be a name: use lower-case"),
        (
            "key = \"flow_paused\"",
            "key = \"notification\"",
            "is the name of messages sent by hand: choose another",
        ),
        ("title = \"Flow paused\"", "title = \" \"", "its title is empty"),
        ("flow {flow_id}\"", "flow {flow_id\"", "`{flow_id` is not closed"),
        ("flow {flow_id}\"", "flow {Flow}\"", "`{Flow}` does not name a field"),
        ("title =", "titel =", "`titel` is not a field here: use `key`, "),
    ] {
        let broken = ONE.replacen(from, to, 1);
        assert_ne!(broken, ONE, "{from}");
        let refusal = refusal(&broken);
        assert!(refusal.contains(words), "{words}\n{refusal}");
    }
}

#[test]
fn names_belong_to_one_event_and_a_catalogue_is_not_empty() {
    assert!(refusal(&format!("{ONE}{ONE}")).contains("already has the name `flow_paused`: choose another"));
    let taken = format!("{BUILTIN}{}", ONE.replace("\"flow_paused\"", "\"new_tenant_created\""));
    assert!(refusal(&taken).contains("already has the name `new_tenant_created`"));
    assert!(refusal("").contains("add an [[event]] block"));
    assert!(refusal("[[event]").starts_with("line 1, column 9: this is not TOML"), "{}", refusal("[[event]"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Catalog::load(Path::new("no-such-catalogue.toml")).unwrap_err();
    assert!(error.to_string().contains("no-such-catalogue.toml"));
}

/// A file that cannot be read is told by its place, in our words, on one line; it is never repeated.
#[test]
fn what_is_not_written_as_it_should_be_is_told_by_its_place_and_never_repeated() {
    for (from, to, told) in [
        ("key = ", "kay = ", "`kay` is not a field here: use `key`, "),
        ("group = \"Platform events\"\n", "", "`group` is missing here: add it"),
        ("title = \"Flow paused\"", "title = 7", "this must be a string, not integer `7`"),
        ("type = \"url\"", "type = \"link\"", "`link` is not a word for this: use "),
        ("title = \"Flow paused\"", "title = \"Flow paused", "this is not TOML: look for a quote"),
        ("title = \"Flow paused\"", "title = \"a\"\ntitle = \"b\"", "this is not TOML"),
    ] {
        let broken = ONE.replacen(from, to, 1);
        assert_ne!(broken, ONE, "{from}");
        let error = Catalog::from_toml(&broken).unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("line ") && said.contains(told), "{told}\n{said}");
        for text in [said, format!("{error:?}")] {
            assert!(!text.contains('\n') && text.len() < 250, "{text}");
            assert!(!text.contains("expected") && !text.contains("invalid"), "{text}");
        }
    }
}
