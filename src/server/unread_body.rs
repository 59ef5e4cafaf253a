//! The rest of a body whose request is answered already. A connection that is closed while the other end still writes
//! is reset, and takes the answer with it: a proxy would then tell its visitor of a bad gateway, and not what we said.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::EXPECT;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::sync::oneshot;

/// Whoever still sends after so much, or so long, is cut off.
const MOST: usize = 8 * 1_024 * 1_024;
const LONGEST: Duration = Duration::from_secs(5);

/// A body that goes back where it came from when nobody wants it any more.
pub(super) struct ReturningBody {
    body: Option<Incoming>,
    back: Option<oneshot::Sender<Incoming>>,
}

/// Where it comes back.
pub(super) struct UnreadBody(oneshot::Receiver<Incoming>);

/// Makes a request whose body comes back.
pub(super) fn returning(request: Request<Incoming>) -> (Request<ReturningBody>, UnreadBody) {
    let (sender, receiver) = oneshot::channel();
    // Who waits to be asked for the body has not sent it.
    let back = (!waits_to_be_asked(request.headers())).then_some(sender);
    (request.map(|body| ReturningBody { body: Some(body), back }), UnreadBody(receiver))
}

fn waits_to_be_asked(headers: &HeaderMap) -> bool {
    headers.contains_key(EXPECT)
}

impl UnreadBody {
    /// Reads on what the handler has left, if it has left anything, while the answer is on its way.
    pub(super) fn discard(mut self) {
        if let Ok(body) = self.0.try_recv() {
            // Who goes away, or sends too much, has had the answer.
            tokio::spawn(tokio::time::timeout(LONGEST, read_on(body)));
        }
    }
}

async fn read_on(mut body: Incoming) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > MOST {
            return;
        }
    }
}

impl Body for ReturningBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for ReturningBody {
    fn drop(&mut self) {
        let body = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Some(back)) = (body, self.back.take()) {
            // Where nobody waits for it, the connection is closed.
            let _ = back.send(body);
        }
    }
}
