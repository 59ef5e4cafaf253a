//! What came of an attempt is kept until the database takes it: nothing stays `sending`, and nothing that was
//! seen is forgotten.

use crate::support::place::on_postgres;
use crate::support::postgres::Cluster;
use crate::support::program::{Serving, command_by};
use crate::support::proxy::Proxy;
use crate::support::receiver::{Answer, Gate, Receiver};

use super::stage::{Stage, is_ready, until_ready};
use super::table::of;

/// A receiver that answers 418 when it is let, and a server that waits for this.
struct Waiting {
    stage: Stage,
    receiver: Receiver,
    gate: Gate,
}

impl Waiting {
    async fn new() -> Self {
        let gate = Gate::shut();
        let receiver = Receiver::answering(Answer::status(418, "short and stout").behind(&gate)).await;
        Self { stage: Stage::with(&receiver).await, receiver, gate }
    }

    /// An event has been posted: the webhook has arrived, and the mail has been taken.
    async fn under_way(&self, server: &Serving) {
        assert!(is_ready(server).await);
        self.stage.accepted(server).await;
        self.receiver.wait_for(1).await;
        self.stage.mails.wait_for(1).await;
    }

    /// The receiver answers; comes back when the server says that it cannot write this down.
    async fn answered_in_vain(&self, server: &Serving) {
        self.gate.let_through();
        until_ready(server, false).await;
    }

    /// The database works again: what was seen is written down, and nobody was asked twice.
    async fn writes_it_down(self, server: Serving) {
        let rows = self.stage.visitor().await.settled(2).await;
        let (webhook, mail) = (of(&rows, "webhook")[0], of(&rows, "email")[0]);
        assert_eq!((webhook.ended(), webhook.status), (("failed", "http_status"), Some(418)));
        assert_eq!((mail.ended(), mail.attempt), (("delivered", ""), 1));
        assert_eq!((self.receiver.requests().len(), self.stage.mails.log().mails.len()), (1, 1));
        until_ready(&server, true).await;
        self.stage.end(server).await;
    }
}

#[tokio::test]
async fn while_another_program_holds_sqlites_write_lock() {
    if on_postgres() {
        return;
    }
    let waiting = Waiting::new().await;
    let server = waiting.stage.serve(&[]).await;
    waiting.under_way(&server).await;

    let mut other = waiting.stage.visitor().await;
    other.run("begin immediate").await;
    waiting.answered_in_vain(&server).await;
    other.run("rollback").await;

    waiting.writes_it_down(server).await;
}

/// Files that may not grow are the disk that is full, for one process only.
#[tokio::test]
async fn while_no_byte_can_be_written_to_the_disk() {
    if on_postgres() {
        return;
    }
    let waiting = Waiting::new().await;
    let server = of_limited_files(&waiting.stage).await;
    waiting.under_way(&server).await;

    limit_files(&server, "1:").await;
    waiting.answered_in_vain(&server).await;
    limit_files(&server, "unlimited:").await;

    waiting.writes_it_down(server).await;
}

#[tokio::test]
async fn while_postgresql_is_out_of_reach() {
    if !on_postgres() {
        return;
    }
    let waiting = Waiting::new().await;
    let (server, proxy): (Serving, Proxy) = waiting.stage.serve_through_proxy(&[]).await;
    waiting.under_way(&server).await;

    proxy.close();
    waiting.answered_in_vain(&server).await;
    proxy.open();

    waiting.writes_it_down(server).await;
}

#[tokio::test]
async fn while_postgresql_says_nothing() {
    if !on_postgres() {
        return;
    }
    let waiting = Waiting::new().await;
    let (server, proxy) = waiting.stage.serve_through_proxy(&[]).await;
    waiting.under_way(&server).await;

    proxy.silence();
    waiting.answered_in_vain(&server).await;
    proxy.resume();

    waiting.writes_it_down(server).await;
}

#[tokio::test]
async fn while_postgresql_restarts() {
    if !on_postgres() {
        return;
    }
    let cluster = Cluster::start().await;
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(418, "short and stout").behind(&gate)).await;
    let stage = Stage::at(&cluster.url(), &receiver).await;
    let waiting = Waiting { stage, receiver, gate };
    let server = waiting.stage.serve(&[]).await;
    waiting.under_way(&server).await;

    cluster.stop().await;
    waiting.answered_in_vain(&server).await;
    cluster.start_again().await;

    waiting.writes_it_down(server).await;
}

#[tokio::test]
async fn while_the_table_is_being_altered() {
    if !on_postgres() {
        return;
    }
    let waiting = Waiting::new().await;
    let server = waiting.stage.serve(&[]).await;
    waiting.under_way(&server).await;

    let mut other = waiting.stage.visitor().await;
    other.run("begin").await;
    other.run("lock table deliveries in access exclusive mode").await;
    waiting.answered_in_vain(&server).await;
    other.run("rollback").await;

    waiting.writes_it_down(server).await;
}

/// A server that is told by an error that a file may not grow, and not by a signal.
async fn of_limited_files(stage: &Stage) -> Serving {
    let shell =
        command_by("sh", &["-c", "trap '' XFSZ; exec \"$0\" \"$@\""], &stage.place, &stage.arguments(&[]));
    Serving::start_as(shell).await
}

/// Sets how large the files may become that a running server writes: `soft:hard`.
async fn limit_files(server: &Serving, limit: &str) {
    let arguments = [format!("--pid={}", server.pid()), format!("--fsize={limit}")];
    assert!(tokio::process::Command::new("prlimit").args(arguments).status().await.unwrap().success());
}
