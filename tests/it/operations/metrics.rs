//! `/metrics`: who may read it, and that it says what it counts.

use std::collections::BTreeSet;

use ringpost::domain::role::Role;
use ringpost::metrics::FIGURES;

use crate::house::sources;
use crate::support::app::spawn_app;
use crate::support::http::Request;

#[tokio::test]
async fn whoever_may_see_every_account_reads_the_metrics_and_nobody_else() {
    let app = spawn_app().await;
    let ask = |token: String| app.send(Request::new("GET", "/metrics").bearer(&token));
    app.send(Request::new("GET", "/metrics")).await.error(401, "UNAUTHORIZED");
    for role in Role::ALL {
        let refused = ask(app.token(Some(100), *role).await).await.error(403, "FORBIDDEN");
        assert!(refused["message"].as_str().unwrap().contains("--all-accounts"), "{refused}");
    }
    ask(app.token(None, Role::Ingest).await).await.error(403, "FORBIDDEN");
    for role in Role::OF_PEOPLE {
        let page = ask(app.token(None, role).await).await;
        page.has_status(200);
        assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(page.body.contains("# TYPE ringpost_events_accepted_total counter"), "{}", page.body);
    }
    let mut admin = app.visitor(Role::Admin).await;
    admin.get("/metrics").await.error(403, "FORBIDDEN");
    app.operator("root@platform.example").await;
    app.signed_in("root@platform.example").await.get("/metrics").await.has_status(200);
    app.finish().await;
}

#[test]
fn every_figure_that_is_counted_is_described_and_the_other_way_round() {
    let described: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.name).collect();
    assert_eq!(described.len(), FIGURES.len(), "one is described twice");
    let sources = sources("src");
    let mut counted = BTreeSet::new();
    for source in &sources {
        for call in ["counter!", "gauge!", "histogram!"] {
            for (at, _) in source.text.match_indices(call) {
                let name = source.text[at..].split('"').nth(1).unwrap();
                counted.extend(name.starts_with("ringpost_").then_some(name));
            }
        }
    }
    assert_eq!(counted, described);
}
