//! A NUL has no place in a path, a query or a form: PostgreSQL cannot store it, and no person types it.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use http::header::CONTENT_TYPE;
use http::{StatusCode, Uri};

/// What it looks like in a URL and in a form; an escape has one spelling.
const NUL: &[u8] = b"%00";

/// 400 for a request that holds one.
pub(super) async fn refuse_nul(request: Request, next: Next) -> Response {
    if has_nul(request.uri()) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let kind = request.headers().get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    let is_form = kind.to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded");
    let request = if is_form { request.map(without_nul) } else { request };
    next.run(request).await
}

fn has_nul(uri: &Uri) -> bool {
    let text = uri.path_and_query().map_or("", |text| text.as_str());
    text.as_bytes().windows(NUL.len()).any(|three| three == NUL)
}

/// The body as it comes, up to a NUL: there it ends with an error, which its reader answers with 400.
fn without_nul(body: Body) -> Body {
    // What may be the begin of one at the end of a chunk.
    let mut before: Vec<u8> = Vec::new();
    Body::from_stream(body.into_data_stream().map(move |chunk| {
        let chunk = chunk?;
        before.extend_from_slice(&chunk);
        if before.contains(&0) || before.windows(NUL.len()).any(|three| three == NUL) {
            return Err(axum::Error::new("a NUL in a form"));
        }
        let begin = before.len().saturating_sub(NUL.len() - 1);
        before.drain(..begin);
        Ok(chunk)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(chunks: &[&'static str]) -> bool {
        let chunks = futures_util::stream::iter(chunks.to_vec()).map(Ok::<_, axum::Error>);
        axum::body::to_bytes(without_nul(Body::from_stream(chunks)), usize::MAX).await.is_ok()
    }

    #[tokio::test]
    async fn a_nul_is_found_wherever_the_body_is_cut() {
        assert!(read(&["name=%2500&x=%2", "000"]).await);
        for chunks in [&["a=%00"][..], &["a=%", "00"], &["a=%0", "0&b=1"], &["a=", "%", "0", "0"], &["a=\0"]]
        {
            assert!(!read(chunks).await, "{chunks:?}");
        }
    }

    #[test]
    fn a_nul_in_a_path_or_query_is_seen() {
        assert!(has_nul(&"/accounts/100%00".parse().unwrap()));
        assert!(has_nul(&"/accounts?q=a%00".parse().unwrap()));
        assert!(!has_nul(&"/accounts?q=%2500".parse().unwrap()));
    }
}
