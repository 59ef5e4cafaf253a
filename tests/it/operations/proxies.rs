//! Ringpost behind the real proxies, with the examples of `deploy/`: over TLS people sign in, and our own refusals
//! come through.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use ringpost::domain::role::Role;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::faults::table::Visitor;
use crate::support::app::spawn_app;
use crate::support::authority::Authority;
use crate::support::people::PASSWORD;
use crate::support::place::Place;
use crate::support::program::{Serving, command, free_address};
use crate::support::samples::sample;

const PATIENCE: Duration = Duration::from_secs(30);
/// Who comes; the proxy has another address of this machine.
const VISITOR: &str = "127.0.0.2";
/// What the proxy says of itself.
const SAID: &str = "said";

/// What a proxy needs: a certificate for localhost, a port, and the server behind it.
struct Stand {
    folder: TempDir,
    front: SocketAddr,
    server: Serving,
    place: Place,
    token: String,
}

impl Stand {
    async fn new() -> Self {
        let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
        let (certificate, key) = authority.pair(&["localhost"]);
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("root.pem", &authority.pem());
        write("certificate.pem", &certificate);
        write("key.pem", &key);
        let app = spawn_app().await;
        app.person("dana@acme.example", Some((100, Role::Admin))).await;
        let token = app.token(Some(100), Role::Ingest).await;
        let place = app.stop().await;
        let front = free_address().await;
        let server = Serving::start(&place, &settings(&public(front))).await;
        Self { folder, front, server, place, token }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One of the examples, with the certificate, ports and name of this stand.
    fn example(&self, name: &str) -> String {
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)).unwrap();
        let letsencrypt = "/etc/letsencrypt/live/notify.example.com";
        text.replace(
            &format!("{letsencrypt}/fullchain.pem"),
            &self.path("certificate.pem").display().to_string(),
        )
        .replace(&format!("{letsencrypt}/privkey.pem"), &self.path("key.pem").display().to_string())
        .replace("127.0.0.1:8080", &self.server.address.to_string())
    }

    /// What the proxy has said of itself.
    fn proxy_said(&self) -> String {
        std::fs::read_to_string(self.path(SAID)).unwrap_or_default()
    }

    /// What curl makes of a request through the proxy, from [`VISITOR`]: the status, then the body.
    async fn curl(&self, path: &str, arguments: &[&str]) -> (String, String) {
        let jar = self.path("jar").display().to_string();
        let root = self.path("root.pem").display().to_string();
        let asked = Command::new("curl")
            .args(["--silent", "--max-time", "20", "--cacert", &root, "--cookie", &jar, "--cookie-jar", &jar])
            .args(["--write-out", "\n%{http_code}", "--interface", VISITOR])
            // What a visitor says of himself.
            .args(["--header", "X-Forwarded-For: 203.0.113.9"])
            .args(arguments)
            .arg(format!("{}{path}", public(self.front)))
            .output()
            .await
            .expect("curl: apt-get install curl");
        let said = String::from_utf8(asked.stdout).unwrap();
        let (body, status) = said.rsplit_once('\n').unwrap();
        (status.to_owned(), body.to_owned())
    }

    /// Everything that has to come through a proxy.
    async fn works(self, mut proxy: Child) {
        let listens = async {
            while tokio::net::TcpStream::connect(self.front).await.is_err() {
                assert!(proxy.try_wait().unwrap().is_none(), "the proxy has ended: {}", self.proxy_said());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, listens)
            .await
            .unwrap_or_else(|_| panic!("the proxy does not listen: {}", self.proxy_said()));

        let url = public(self.front);
        let mut doctor = command(&self.place, &[&settings(&url)[..], &["doctor"]].concat());
        let found = run_with(&mut doctor, &self.path("root.pem")).await;
        assert!(found.contains(&format!("{url} leads to this server")), "{found}");

        let form = ["--data-urlencode", "email=dana@acme.example", "--data-urlencode"];
        let password = format!("password={PASSWORD}");
        let (origin, elsewhere) = (format!("Origin: {url}"), "Origin: https://evil.example");
        let from_here = [&form[..], &[&password, "--header", &origin]].concat();
        let from_elsewhere = [&form[..], &[&password, "--header", elsewhere]].concat();
        assert_eq!(self.curl("/login", &from_elsewhere).await.0, "403");
        assert_eq!(self.curl("/login", &from_here).await.0, "303");
        let addresses = "select address from audit where action = 'sign_in'";
        assert_eq!(Visitor::to(&self.place).await.texts(addresses).await, [VISITOR]);
        let (status, page) = self.curl("/accounts/100/company", &[]).await;
        assert_eq!(status, "200", "the cookie, which is for TLS only, comes and goes: {page}");

        let authorization = format!("Authorization: Bearer {}", self.token);
        let post =
            ["--header", &authorization, "--header", "Content-Type: application/json", "--data-binary"];
        let event = sample("run_failed").to_string();
        assert_eq!(self.curl("/api/v1/events", &[&post[..], &[&event]].concat()).await.0, "202");
        let large = self.path("large.json");
        std::fs::write(&large, format!("{{\"event_type\": \"{}\"}}", "x".repeat(1_500_000))).unwrap();
        let large = format!("@{}", large.display());
        let (status, refusal) = self.curl("/api/v1/events", &[&post[..], &[&large]].concat()).await;
        assert_eq!(status, "413");
        assert!(refusal.contains("\"trace_id\""), "our own refusal comes through: {refusal}");

        proxy.kill().await.unwrap();
        assert_eq!(self.server.terminate().await, Some(0));
        self.place.clear().await;
    }
}

fn public(front: SocketAddr) -> String {
    format!("https://localhost:{}", front.port())
}

/// As the examples say.
fn settings(url: &str) -> [&str; 4] {
    ["--public-url", url, "--trusted-proxy", "127.0.0.1/32"]
}

async fn run_with(doctor: &mut Command, root: &Path) -> String {
    doctor.env("SSL_CERT_FILE", root);
    let output = doctor.output().await.unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn started(program: &str, arguments: &[&str], home: &Path) -> Child {
    Command::new(program)
        .args(arguments)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(home.join(SAID)).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|_| panic!("{program}: apt-get install {program}"))
}

#[tokio::test]
async fn behind_nginx_people_sign_in_over_tls_and_our_refusals_come_through() {
    let stand = Stand::new().await;
    let (redirects, folder) = (free_address().await, stand.folder.path().display().to_string());
    let site = stand
        .example("nginx/ringpost.conf")
        .replace("listen 443 ssl", &format!("listen {} ssl", stand.front))
        .replace("listen 80;", &format!("listen {redirects};"))
        .replace("notify.example.com", "localhost");
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {folder}/{name};"))
        .join("\n");
    let config = format!(
        "user root;\ndaemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log;\n\
         events {{}}\nhttp {{\naccess_log off;\n{paths}\n{site}}}\n"
    );
    let path = stand.path("nginx.conf");
    std::fs::write(&path, config).unwrap();
    let nginx = started(
        "nginx",
        &["-e", &format!("{folder}/error.log"), "-c", path.to_str().unwrap()],
        stand.folder.path(),
    );
    stand.works(nginx).await;
}

#[tokio::test]
async fn behind_caddy_people_sign_in_over_tls_and_our_refusals_come_through() {
    let stand = Stand::new().await;
    let tls =
        format!("tls {} {}\n", stand.path("certificate.pem").display(), stand.path("key.pem").display());
    let site = stand.example("caddy/Caddyfile").replacen(
        "notify.example.com {\n",
        &format!("{} {{\n{tls}", public(stand.front)),
        1,
    );
    assert!(site.contains(&tls));
    let path = stand.path("Caddyfile");
    std::fs::write(
        &path,
        format!("{{\nadmin off\nauto_https disable_redirects\nskip_install_trust\n}}\n{site}"),
    )
    .unwrap();
    let arguments = ["run", "--adapter", "caddyfile", "--config", path.to_str().unwrap()];
    let caddy = started("caddy", &arguments, stand.folder.path());
    stand.works(caddy).await;
}
