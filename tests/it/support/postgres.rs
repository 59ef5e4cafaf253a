//! A PostgreSQL of a test's own, for what cannot be done to one that others use: restarting it.

use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::place::on_postgres;
use super::program::free_address;

/// Stopped and removed when dropped.
pub struct Cluster {
    pub address: SocketAddr,
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Cluster {
    /// Makes one and starts it. Only where the tests run on PostgreSQL: its programs are needed.
    pub async fn start() -> Self {
        assert!(on_postgres());
        let folder = tempfile::Builder::new().prefix("ringpost-pg-").tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let cluster = Self { address: free_address().await, folder, programs: programs() };
        let data = cluster.data();
        cluster.run("initdb", &["--pgdata", &data, "--username", "postgres", "--auth", "trust", "--no-sync"]);
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\nmax_connections = 200\n",
            cluster.address.port(),
            cluster.folder.path().display()
        );
        std::fs::write(Path::new(&data).join("postgresql.auto.conf"), settings).unwrap();
        cluster.pg_ctl(&["start"]).await;
        cluster
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address)
    }

    /// As in a power cut: every connection ends.
    pub async fn stop(&self) {
        self.pg_ctl(&["stop", "--mode", "immediate"]).await;
    }

    /// What was committed is there again.
    pub async fn start_again(&self) {
        self.pg_ctl(&["start"]).await;
    }

    async fn pg_ctl(&self, arguments: &[&str]) {
        let log = self.folder.path().join("log").display().to_string();
        let mut command = self.command("pg_ctl");
        command.args(arguments).args(["--pgdata", &self.data(), "--wait", "--silent"]);
        if arguments == ["start"] {
            command.args(["--log", &log]);
        }
        let done = Command::from(command).status().await.unwrap();
        assert!(done.success(), "pg_ctl: {}", std::fs::read_to_string(log).unwrap_or_default());
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = self.command(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// One of PostgreSQL's programs, which refuse to be root.
    fn command(&self, program: &str) -> std::process::Command {
        let program = self.programs.join(program);
        let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let mut command = if is_root {
            let mut command = std::process::Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            std::process::Command::new(program)
        };
        command.current_dir("/");
        command
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stop = ["stop", "--mode", "immediate", "--silent", "--pgdata", &self.data()];
        let _ = self.command("pg_ctl").args(stop).status();
    }
}

/// Where `initdb` is: on the path, or where Debian keeps it.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(debian);
    folders.find(|folder| folder.join("initdb").exists()).expect("PostgreSQL’s server programs")
}
