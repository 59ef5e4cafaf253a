//! lettre with nothing around it: mails over a few connections, with the delay of small packets off.

use std::net::SocketAddr;
use std::time::Instant;

use lettre::address::Envelope;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::loops::LONGEST;
use crate::Result;
use crate::flags::Flags;

/// As long as a mail about a failed run, in its text and its HTML.
const LINES: usize = 90;

pub async fn run(flags: &Flags) -> Result<()> {
    let mut tasks: JoinSet<Result<()>> = JoinSet::new();
    for task in 0..flags.in_flight {
        tasks.spawn(send(flags.address, task));
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

async fn send(address: SocketAddr, task: u16) -> Result<()> {
    let began = Instant::now();
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let hello = ClientId::Domain("bench.example".to_owned());
    let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?;
    let envelope =
        Envelope::new(Some("ringpost@bench.example".parse()?), vec!["dana@acme.example".parse()?])?;
    let body = "Run 9876 for tenant Widget Co finished with status failed.\r\n".repeat(LINES);
    for number in 0_u64.. {
        if began.elapsed() > LONGEST {
            break;
        }
        let head = format!("Message-ID: <{task}-{number}@bench.example>\r\nSubject: Run Failed\r\n\r\n");
        connection.send(&envelope, (head + &body).as_bytes()).await?;
    }
    Ok(())
}
