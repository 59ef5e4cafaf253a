//! A disk that is really full: a small one, in a namespace of its own.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::Duration;

use ringpost::domain::role::Role;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::support::app::spawn_app;
use crate::support::http::Request;
use crate::support::place::on_postgres;
use crate::support::program::{Serving, command_by};
use crate::support::receiver::{Answer, Gate, Receiver};
use crate::support::smtp::SmtpServer;

use super::stage::{LONG, Stage, until_ready};
use super::table::{Visitor, of};

/// A little more than the 128 MiB that have to be free.
const SIZE: &str = "136m";
/// Enough to fall below that.
const TOO_MUCH: usize = 16;

/// A disk in memory that holds a stage's folder. It is gone with the process that holds the namespace, and with
/// the servers that run in it.
struct SmallDisk {
    holder: Child,
    folder: PathBuf,
    namespaces: &'static [&'static str],
}

impl SmallDisk {
    /// `None` where a machine lets nobody mount anything, as an unprivileged container does.
    async fn under(stage: &Stage) -> Option<Self> {
        let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let namespaces: &[&str] = if is_root { &["--mount"] } else { &["--user", "--mount"] };
        let folder = stage.place.folder().to_owned();
        let script = format!(
            "cp -a {0} {0}.away && mount -t tmpfs -o size={SIZE},mode=700 tmpfs {0} && cp -a {0}.away/. {0} \
             && rm -r {0}.away && echo mounted && exec sleep infinity",
            folder.display()
        );
        let mut command = Command::new("unshare");
        command.args(if is_root { &["--mount"][..] } else { &["--map-root-user", "--mount"] });
        command.args(["sh", "-c", &script]).stdout(std::process::Stdio::piped()).kill_on_drop(true);
        let mut holder = command.spawn().unwrap();
        let mut said = BufReader::new(holder.stdout.take().unwrap()).lines();
        let mounted = said.next_line().await.unwrap().as_deref() == Some("mounted");
        mounted.then_some(Self { holder, folder, namespaces })
    }

    /// The folder as those see it who are outside.
    fn seen(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id().unwrap()));
        root.join(self.folder.strip_prefix("/").unwrap())
    }

    /// A server that has its data there.
    async fn serve(&self, stage: &Stage) -> Serving {
        let holder = format!("--target={}", self.holder.id().unwrap());
        let enter = [&[&*holder], self.namespaces, &["--"]].concat();
        let inside = command_by("nsenter", &enter, &stage.place, &stage.arguments(&[]));
        Serving::start_as(inside).await
    }

    /// Writes this many MiB into a file, or as many as there is room for.
    fn fill(&self, mebibytes: usize) {
        let mut filler = File::options().create(true).append(true).open(self.seen().join("filler")).unwrap();
        for _ in 0..mebibytes * 256 {
            if filler.write_all(&[b'x'; 4_096]).is_err() {
                return;
            }
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.seen().join("filler")).unwrap();
    }
}

#[tokio::test]
async fn refuses_events_before_it_is_full_and_keeps_outcomes_while_it_is() {
    if on_postgres() {
        return;
    }
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(418, "short and stout").behind(&gate)).await;
    let stage = Stage::with(&receiver).await;
    let Some(disk) = SmallDisk::under(&stage).await else {
        eprintln!("NOT SHOWN: this machine lets nobody mount a small disk");
        return;
    };
    let server = disk.serve(&stage).await;
    stage.accepted(&server).await;
    receiver.wait_for(1).await;
    stage.mails.wait_for(1).await;

    disk.fill(TOO_MUCH);
    let refused = stage.post(&server, None).await;
    refused.error(503, "STORAGE_FULL");
    assert!(refused.header("retry-after").is_some());

    disk.fill(usize::MAX / 256);
    gate.let_through();
    until_ready(&server, false).await;
    disk.free();
    until_ready(&server, true).await;
    stage.accepted(&server).await;
    receiver.wait_for(2).await;

    assert_eq!(server.terminate().await, Some(0));
    let rows = Visitor::to(&stage.place.by(stage.place.folder(), &copied(&disk, &stage))).await.rows().await;
    let webhooks = of(&rows, "webhook");
    assert!(webhooks.iter().all(|row| (row.ended(), row.status) == (("failed", "http_status"), Some(418))));
    assert!(of(&rows, "email").iter().all(|row| row.ended() == ("delivered", "")), "{rows:#?}");
    assert_eq!((webhooks.len(), receiver.requests().len()), (2, 2));
}

/// Asks as an admin until the answer is as wanted.
async fn asked(
    server: &Serving,
    token: &str,
    (method, path): (&'static str, &str),
    is: fn(&Value) -> bool,
) -> Value {
    let looked = async {
        loop {
            let request = Request::new(method, path).bearer(token);
            let request = if method == "POST" {
                request.body("application/json", r#"{"dry_run": true}"#)
            } else {
                request
            };
            let told = request.send(server.address).await.json();
            if is(&told) {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LONG, looked).await.expect("what is waited for comes")
}

#[tokio::test]
async fn a_recovery_waits_for_room_and_says_so() {
    if on_postgres() {
        return;
    }
    let receiver = Receiver::answering(Answer::status(500, "")).await;
    let app = spawn_app().await;
    let admin = app.token(Some(100), Role::Admin).await;
    let stage = Stage::prepared(app, &receiver, SmtpServer::friendly().await).await;
    let Some(disk) = SmallDisk::under(&stage).await else {
        eprintln!("NOT SHOWN: this machine lets nobody mount a small disk");
        return;
    };
    let server = disk.serve(&stage).await;
    stage.accepted(&server).await;
    let recover = "/api/v1/deliveries/recover";
    asked(&server, &admin, ("POST", recover), |count| count["total"] == 1).await;

    disk.fill(TOO_MUCH);
    let begun = Request::new("POST", recover).bearer(&admin).body("application/json", "{}");
    let begun = begun.send(server.address).await;
    let id = begun.has_status(202).json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/recoveries/{id}");
    let waits = asked(&server, &admin, ("GET", &path), |told| told["state"] == "running").await;
    assert_eq!(
        waits["message"],
        "0 of 1 sent. It waits: less than 128 MiB of the server’s disk is free. It goes on by itself once there is room."
    );
    server.logs("that it waits", |said| said.contains("a recovery waits")).await;

    disk.free();
    let ended = asked(&server, &admin, ("GET", &path), |told| told["state"] == "done").await;
    assert_eq!(ended["message"], "Recovered 0 of 1. 1 failed again.");
    assert_eq!(receiver.requests().len(), 2);
    stage.end(server).await;
}

/// The database as it was left there, brought to where it can be read.
fn copied(disk: &SmallDisk, stage: &Stage) -> String {
    for file in std::fs::read_dir(disk.seen()).unwrap().map(|file| file.unwrap().path()) {
        if file.is_file() {
            std::fs::copy(&file, stage.place.folder().join(file.file_name().unwrap())).unwrap();
        }
    }
    stage.place.url().to_owned()
}
