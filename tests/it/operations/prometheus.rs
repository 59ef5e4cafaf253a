//! A real Prometheus that reads `/metrics`, and the dashboard and alerts that it is asked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use ringpost::domain::role::Role;
use ringpost::metrics::{FIGURES, FigureKind};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::faults::stage::Stage;
use crate::support::app::spawn_app;
use crate::support::http::{Answer as Answered, Request};
use crate::support::program::{free_address, ringpost};
use crate::support::receiver::{Answer, Door, Receiver};
use crate::support::smtp::SmtpServer;

fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

/// Runs Debian's `promtool`; `tests/all` installs it.
async fn promtool(arguments: &[&str], stdin: &str) -> (bool, String) {
    let mut command = Command::new("promtool");
    command.args(arguments).current_dir(deployed("prometheus"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool: apt-get install prometheus");
    let mut input = child.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut input, stdin.as_bytes()).await.unwrap();
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Every expression of the dashboard, as Grafana asks it for one minute of every instance.
fn expressions() -> Vec<String> {
    let text = std::fs::read_to_string(deployed("grafana/ringpost.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let asked = targets.map(|target| target["expr"].as_str().unwrap());
    asked.map(|expr| expr.replace("$__rate_interval", "1m").replace("$instance", ".*")).collect()
}

/// The figures that a text names.
fn figures_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("ringpost_")).map(ToOwned::to_owned).collect()
}

/// A running Prometheus, which is killed when dropped.
struct Prometheus {
    address: std::net::SocketAddr,
    _folder: TempDir,
    _child: Child,
}

impl Prometheus {
    /// Scrapes a server each second, with the token, and evaluates the alerts.
    async fn scraping(target: std::net::SocketAddr, token: &str) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ringpost-token"), token).unwrap();
        let configured = std::fs::read_to_string(deployed("prometheus/prometheus.yml")).unwrap();
        let configured = configured
            .replace("127.0.0.1:8080", &target.to_string())
            .replace("scrape_interval: 15s", "scrape_interval: 1s");
        let config = folder.path().join("prometheus.yml");
        std::fs::write(&config, format!("global:\n  evaluation_interval: 1s\n{configured}")).unwrap();
        std::fs::copy(deployed("prometheus/alerts.yml"), folder.path().join("alerts.yml")).unwrap();
        let address = free_address().await;
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--log.level=error")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("prometheus: apt-get install prometheus");
        Self { address, _folder: folder, _child: child }
    }

    async fn ask(&self, path: &str) -> Answered {
        Request::new("GET", path).send(self.address).await
    }

    /// What an expression comes to.
    async fn query(&self, expression: &str) -> Vec<Value> {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("query", expression).finish();
        let answer = self.ask(&format!("/api/v1/query?{query}")).await;
        assert_eq!(answer.status, 200, "{expression}: {}", answer.body);
        answer.json()["data"]["result"].as_array().unwrap().clone()
    }

    /// Waits until an expression comes to something.
    async fn until(&self, expression: &str) {
        let looked = async {
            loop {
                let listens = tokio::net::TcpStream::connect(self.address).await.is_ok();
                // While it starts it answers 503.
                if listens
                    && self.ask("/-/ready").await.status == 200
                    && !self.query(expression).await.is_empty()
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let seen = tokio::time::timeout(Duration::from_mins(1), looked).await;
        assert!(seen.is_ok(), "{expression} comes to nothing: {}", self.ask("/api/v1/targets").await.body);
    }
}

#[tokio::test]
async fn the_alerts_are_well_formed_and_each_fires_when_it_should_and_only_then() {
    let (good, said) = promtool(&["check", "rules", "alerts.yml"], "").await;
    assert!(good, "{said}");
    let (good, said) = promtool(&["test", "rules", "alerts.test.yml"], "").await;
    assert!(good, "{said}");
    let tested = std::fs::read_to_string(deployed("prometheus/alerts.test.yml")).unwrap();
    let alerts = std::fs::read_to_string(deployed("prometheus/alerts.yml")).unwrap();
    let alerts: Vec<&str> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 10);
    for alert in alerts {
        assert!(tested.contains(&format!("alertname=\"{alert}\"")), "{alert} is tested by nothing");
    }
}

#[test]
fn dashboard_and_alerts_name_figures_that_there_are() {
    let mut known = BTreeSet::new();
    for figure in FIGURES {
        known.insert(figure.name.to_owned());
        if let FigureKind::Histogram(_) = figure.kind {
            known.extend(["bucket", "sum", "count"].map(|part| format!("{}_{part}", figure.name)));
        }
    }
    let alerts = std::fs::read_to_string(deployed("prometheus/alerts.yml")).unwrap();
    let named = figures_in(&format!("{} {alerts}", expressions().join(" ")));
    assert!(named.len() > 15, "{named:?}");
    assert!(named.is_subset(&known), "{:?}", named.difference(&known));
}

#[tokio::test]
async fn a_real_prometheus_reads_every_figure_and_fills_every_panel_of_the_dashboard() {
    let receiver =
        Receiver::start(Door::Plain, vec![Answer::status(200, "ok"), Answer::status(500, "no")]).await;
    let app = spawn_app().await;
    let token = app.token(None, Role::Viewer).await;
    let stage = Stage::prepared(app, &receiver, SmtpServer::friendly().await).await;
    let server = stage.serve(&[]).await;
    // A command's line of the security log is its own process' to count: this one is the server's.
    let credentials = "email=nobody%40acme.example&password=a+wrong+passphrase";
    let sign_in = Request::new("POST", "/login").header("Origin", format!("http://{}", server.address));
    sign_in.body("application/x-www-form-urlencoded", credentials).send(server.address).await;
    let prometheus = Prometheus::scraping(server.address, &token).await;
    prometheus.until("up == 1").await;

    for _ in 0..3 {
        stage.accepted(&server).await;
    }

    prometheus.until("ringpost_events_accepted_total == 3").await;
    prometheus.until(r#"ringpost_deliveries_total{channel="webhook", state="delivered"} == 1"#).await;
    prometheus.until(r#"ringpost_deliveries_total{state="failed", reason="http_status"} == 2"#).await;
    prometheus.until(r#"ringpost_deliveries_total{channel="email", state="delivered"} == 3"#).await;
    // What has been seen moves: there is a rate.
    stage.accepted(&server).await;
    prometheus.until("rate(ringpost_attempt_seconds_count[1m]) > 0").await;
    for figure in FIGURES {
        let is_of_the_other_engine =
            figure.name == "ringpost_disk_free_bytes" && stage.place.url().starts_with("postgres");
        let name = match figure.kind {
            FigureKind::Histogram(_) => format!("{}_bucket", figure.name),
            FigureKind::Counter | FigureKind::Gauge => figure.name.to_owned(),
        };
        let series = prometheus.query(&name).await;
        assert_eq!(series.is_empty(), is_of_the_other_engine, "{name}");
    }
    for expression in expressions() {
        prometheus.query(&expression).await;
    }
    let rules = prometheus.ask("/api/v1/rules").await.json();
    let rules = rules["data"]["groups"][0]["rules"].as_array().unwrap().clone();
    assert!(rules.len() > 10);
    for rule in rules {
        assert_eq!((&rule["health"], &rule["state"]), (&"ok".into(), &"inactive".into()), "{rule}");
    }
    let page = Request::new("GET", "/metrics").bearer(&token).send(server.address).await;
    let (good, said) = promtool(&["check", "metrics"], &page.body).await;
    assert!(good, "{said}");
    stage.end(server).await;
}

#[tokio::test]
async fn a_port_of_its_own_asks_for_no_token_and_serves_nothing_else() {
    let receiver = Receiver::ok().await;
    let stage = Stage::with(&receiver).await;
    let metrics = free_address().await;
    let server = stage.serve(&["--metrics-listen", &metrics.to_string()]).await;

    let page = Request::new("GET", "/metrics").send(metrics).await;

    page.has_status(200);
    assert!(page.body.contains(concat!(
        "ringpost_build_info{version=\"",
        env!("CARGO_PKG_VERSION"),
        "\"} 1"
    )));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    for path in ["/", "/login", "/readyz", "/api/v1/event-types"] {
        Request::new("GET", path).send(metrics).await.has_status(404);
    }
    let taken = server.address.to_string();
    let free = free_address().await.to_string();
    let other =
        ["--listen", &free, "--metrics-listen", &taken, "--database-url", "sqlite:///nowhere/at/all.db"];
    ringpost(&crate::support::place::Place::on_sqlite(), &other[..4], "")
        .await
        .refused(1, "--metrics-listen");
    stage.end(server).await;
}
