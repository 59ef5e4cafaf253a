//! From the built program to a service behind a proxy: the lines of the README, run as they stand there in an empty
//! folder. What would change this machine (users, units, packages) is told and not done.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

use crate::house::{readme, section};
use crate::support::http::Request;
use crate::support::program::free_address;

/// What stands for the machine's own programs. The unit is started as its file says, with the settings that the lines
/// have written.
const MACHINE: &str = r#"
set -euo pipefail
sudo() { "$@"; }
told() { echo "$*" >> "$root/told"; }
useradd() { told useradd "$@"; }
apt-get() { told apt-get "$@"; }
journalctl() { cat "$root/journal"; }
systemctl() {
  told systemctl "$@"
  [[ $* == 'enable --now ringpost' ]] || return 0
  local unit=$root/etc/systemd/system/ringpost.service
  (
    set -a
    for setting in $(sed -n 's/^Environment=//p' "$unit"); do declare "$setting"; done
    source "$root/$(sed -n 's/^EnvironmentFile=-//p' "$unit")"
    RINGPOST_DATA_DIR=$root$RINGPOST_DATA_DIR RINGPOST_LISTEN=$listen RINGPOST_DRAIN=0s
    install -d -m 700 "$RINGPOST_DATA_DIR"
    exec $root$(sed -n 's/^ExecStart=//p' "$unit") >"$root/journal" 2>&1
  ) &
  echo $! >"$root/pid"
  for _ in $(seq 600); do
    ! grep -q '"message":"ready"' "$root/journal" 2>/dev/null || return 0
    kill -0 $(cat "$root/pid")
    sleep 0.05
  done
  return 1
}
"#;

/// The copied lines, with every path of the machine below the empty folder.
fn lines(root: &Path) -> String {
    let readme = readme();
    let lines = section(&readme, "## As a service");
    let block = lines.split(|line| line.starts_with("```")).nth(1).unwrap().join("\n");
    assert!(block.lines().count() <= 12, "ten lines were promised: {block}");
    let root = root.display();
    let program = env!("CARGO_BIN_EXE_ringpost");
    block
        .replace("target/release/ringpost", program)
        .replace(" /usr/local/", &format!(" {root}/usr/local/"))
        .replace(" /etc/", &format!(" {root}/etc/"))
}

#[tokio::test]
async fn ten_copied_lines_make_a_service_behind_a_proxy() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    for made in ["usr/local/bin", "etc/systemd/system", "etc/caddy"] {
        fs::create_dir_all(root.join(made)).unwrap();
    }
    let listen = free_address().await;
    let script = root.join("script");
    fs::write(&script, format!("{MACHINE}{}", lines(root))).unwrap();

    let ran = Command::new("bash")
        .arg(&script)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("root", root)
        .env("listen", listen.to_string())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();

    let journal = fs::read_to_string(root.join("journal")).unwrap_or_default();
    let said = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
    assert!(ran.status.success(), "{said}\n{journal}");
    // The last line shows the code with which the first person comes in.
    assert!(said.contains("one-time code"), "{said}");
    let told = fs::read_to_string(root.join("told")).unwrap();
    for done in [
        "useradd --system --home-dir /var/lib/ringpost --shell /usr/sbin/nologin ringpost",
        "systemctl enable --now ringpost",
        "apt-get install --yes caddy",
        "systemctl reload caddy",
    ] {
        assert!(told.lines().any(|line| line == done), "{done}: {told}");
    }
    let unit = fs::read_to_string(root.join("etc/systemd/system/ringpost.service")).unwrap();
    assert!(unit.contains("\nUser=ringpost\n") && unit.contains("\nStateDirectory=ringpost\n"), "{unit}");
    // The server believes the proxy, and knows the name that people type.
    let page = Request::new("GET", "/setup").send(listen).await;
    page.has_status(200);
    assert!(page.header("strict-transport-security").is_some(), "it was told of https");
    let settings = fs::read_to_string(root.join("etc/ringpost/ringpost.env")).unwrap();
    assert_eq!(
        settings,
        "RINGPOST_PUBLIC_URL=https://notify.example.com\nRINGPOST_TRUSTED_PROXY=127.0.0.1/32\n"
    );
    let caddyfile = root.join("etc/caddy/Caddyfile");
    let judged = Command::new("caddy")
        .args(["adapt", "--adapter", "caddyfile", "--config", caddyfile.to_str().unwrap()])
        .output()
        .await
        .expect("caddy: apt-get install caddy");
    let adapted = String::from_utf8(judged.stdout).unwrap();
    assert!(adapted.contains("notify.example.com") && adapted.contains("127.0.0.1:8080"), "{adapted}");
    let pid = fs::read_to_string(root.join("pid")).unwrap();
    Command::new("kill").arg(pid.trim()).status().await.unwrap();
    while Path::new("/proc").join(pid.trim()).join("exe").exists() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
