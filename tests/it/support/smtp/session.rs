//! One conversation.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use super::{Fault, Shared, Step, Taken, Tls};

type Wire = Either<TcpStream, TlsStream<TcpStream>>;

struct Session {
    shared: Arc<Shared>,
    wire: BufReader<Wire>,
    number: usize,
    user: Option<String>,
    mail: Option<Taken>,
}

/// The client or the script ended the conversation.
struct Over;

pub(super) async fn serve(shared: Arc<Shared>, socket: TcpStream, number: usize) {
    let tls = shared.script.lock().unwrap().tls.clone();
    let wire = match tls {
        Tls::FromTheStart(acceptor) => match acceptor.accept(socket).await {
            Ok(stream) => Either::Right(stream),
            Err(_) => return,
        },
        Tls::Never | Tls::OnDemand(_) => Either::Left(socket),
    };
    let session = Session { shared, wire: BufReader::new(wire), number, user: None, mail: None };
    let _ = session.run().await;
}

impl Session {
    async fn run(mut self) -> Result<(), Over> {
        self.answer(Step::Greeting, "220 mail.test ESMTP").await?;
        loop {
            let line = self.read_line().await?;
            let secure = self.secure();
            self.shared.log.send_modify(|log| log.commands.push((self.number, secure, line.clone())));
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.ehlo().await?,
                "STARTTLS" => {
                    if self.answer(Step::StartTls, "220 go ahead").await? {
                        self = self.start_tls().await?;
                    }
                }
                "AUTH" => self.auth(&line).await?,
                "MAIL" => self.mail(&line).await?,
                "RCPT" => self.rcpt(&line).await?,
                "DATA" => self.data().await?,
                "QUIT" => {
                    self.answer(Step::Quit, "221 bye").await?;
                    return Ok(());
                }
                "RSET" | "NOOP" => self.say("250 ok").await?,
                _ => self.say("500 what?").await?,
            }
        }
    }

    async fn ehlo(&mut self) -> Result<(), Over> {
        let mut lines = vec!["250-mail.test"];
        {
            let script = self.shared.script.lock().unwrap();
            if matches!(script.tls, Tls::OnDemand(_)) && !self.secure() {
                lines.push("250-STARTTLS");
            }
            if script.password.is_some() {
                lines.push("250-AUTH PLAIN LOGIN");
            }
        }
        lines.push("250 SIZE 1000000");
        self.answer(Step::Ehlo, &lines.join("\r\n")).await.map(drop)
    }

    async fn start_tls(self) -> Result<Self, Over> {
        let Tls::OnDemand(acceptor) = self.shared.script.lock().unwrap().tls.clone() else {
            return Err(Over);
        };
        let Either::Left(socket) = self.wire.into_inner() else {
            return Err(Over);
        };
        let stream = acceptor.accept(socket).await.map_err(|_| Over)?;
        Ok(Self { wire: BufReader::new(Either::Right(stream)), ..self })
    }

    async fn auth(&mut self, line: &str) -> Result<(), Over> {
        let given = line.rsplit(' ').next().unwrap_or_default();
        let given = String::from_utf8(STANDARD.decode(given).unwrap()).unwrap();
        let mut parts = given.split('\0').skip(1);
        let (user, password) = (parts.next().unwrap(), parts.next().unwrap());
        if self.shared.script.lock().unwrap().password != Some((user, password)) {
            return self.say("535 5.7.8 authentication failed").await;
        }
        if self.answer(Step::Auth, "235 2.7.0 welcome").await? {
            self.user = Some(user.to_owned());
        }
        Ok(())
    }

    async fn mail(&mut self, line: &str) -> Result<(), Over> {
        let needs_user = self.shared.script.lock().unwrap().password.is_some();
        if needs_user && self.user.is_none() {
            return self.say("530 5.7.0 authentication required").await;
        }
        if self.answer(Step::Mail, "250 2.1.0 ok").await? {
            self.mail = Some(Taken {
                connection: self.number,
                from: address(line),
                to: Vec::new(),
                message: String::new(),
                secure: self.secure(),
                user: self.user.clone(),
            });
        }
        Ok(())
    }

    async fn rcpt(&mut self, line: &str) -> Result<(), Over> {
        let to = address(line);
        let refused = self.shared.script.lock().unwrap().refused.clone();
        if let Some((_, reply)) = refused.into_iter().find(|(address, _)| *address == to) {
            return self.say(reply).await;
        }
        if self.answer(Step::Rcpt, "250 2.1.5 ok").await? {
            self.mail.as_mut().expect("RCPT before MAIL").to.push(to);
        }
        Ok(())
    }

    async fn data(&mut self) -> Result<(), Over> {
        if !self.answer(Step::Data, "354 go ahead").await? {
            return Ok(());
        }
        let mut mail = self.mail.take().expect("DATA before MAIL");
        loop {
            let line = self.read_line().await?;
            if line == "." {
                break;
            }
            mail.message.push_str(line.strip_prefix('.').unwrap_or(&line));
            mail.message.push_str("\r\n");
        }
        if self.answer(Step::Message, "250 2.0.0 queued as 4F9AC1").await? {
            self.shared.log.send_modify(|log| log.mails.push(mail));
        }
        Ok(())
    }

    /// Says yes, or does what the script wants in its place; true for a yes.
    async fn answer(&mut self, step: Step, yes: &str) -> Result<bool, Over> {
        match self.fault(step) {
            None => self.say(yes).await.map(|()| true),
            Some(Fault::Behind(gate)) => {
                gate.passed().await;
                self.say(yes).await.map(|()| true)
            }
            Some(Fault::Late(after)) => {
                sleep(after).await;
                self.say(yes).await.map(|()| true)
            }
            // A 220 with something behind it is still a yes.
            Some(Fault::Say(words)) => self.say(words).await.map(|()| words.starts_with(['2', '3'])),
            Some(Fault::SayBytes(bytes)) => {
                self.say_bytes(bytes).await.map(|()| bytes.starts_with(b"2") || bytes.starts_with(b"3"))
            }
            Some(Fault::SayAndClose(words)) => {
                self.say(words).await?;
                Err(Over)
            }
            Some(Fault::Close) => Err(Over),
            Some(Fault::Hang) => std::future::pending().await,
        }
    }

    fn fault(&self, step: Step) -> Option<Fault> {
        let mut script = self.shared.script.lock().unwrap();
        let (_, times, fault) = script.faults.iter_mut().find(|(at, times, _)| *at == step && *times > 0)?;
        *times -= 1;
        Some(fault.clone())
    }

    async fn say(&mut self, words: &str) -> Result<(), Over> {
        self.say_bytes(words.as_bytes()).await
    }

    async fn say_bytes(&mut self, bytes: &[u8]) -> Result<(), Over> {
        let wire = self.wire.get_mut();
        wire.write_all(&[bytes, b"\r\n"].concat()).await.map_err(|_| Over)?;
        wire.flush().await.map_err(|_| Over)
    }

    async fn read_line(&mut self) -> Result<String, Over> {
        let mut bytes = Vec::new();
        match self.wire.read_until(b'\n', &mut bytes).await {
            Ok(0) | Err(_) => Err(Over),
            Ok(_) => Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()),
        }
    }

    fn secure(&self) -> bool {
        matches!(self.wire.get_ref(), Either::Right(_))
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}
