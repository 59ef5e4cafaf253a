//! Which of the two content types is read and answered; <https://jsonapi.org/format/#content-negotiation>.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, VARY};
use mime::{Mime, Name};

use crate::api::http::envelope::ApiError;
use crate::error::{Error, Result};

/// <https://jsonapi.org/format/#introduction>
pub(super) const JSON_API: &str = "application/vnd.api+json";
/// The same without its name, for who does not know it.
pub(super) const JSON: &str = "application/json";

/// Answers in JSON:API's own content type, and in plain JSON who accepts only that. 415 and 406 for parameters
/// that are not known. Errors are the envelope, which is no JSON:API document.
pub(super) async fn negotiate(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let chosen = check_sent(headers).and_then(|()| choose(&accepted(headers)));
    let mut response = match chosen {
        Ok(content_type) => {
            let mut response = next.run(request).await;
            if response.status().is_success() && response.headers().contains_key(CONTENT_TYPE) {
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            }
            response
        }
        Err(refusal) => ApiError(refusal).into_response(),
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("Accept"));
    response
}

fn check_sent(headers: &HeaderMap) -> Result<()> {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()?.parse::<Mime>().ok());
    if sent.is_none_or(|sent| sent.essence_str() != JSON_API || is_understood(&sent)) {
        return Ok(());
    }
    Err(Error::UnsupportedMedia(format!("Send Content-Type: {JSON_API} without parameters, or {JSON}.")))
}

/// A profile changes nothing that we say; an extension would, and there is none.
fn is_understood(media_type: &Mime) -> bool {
    media_type.params().all(|(name, value)| {
        name == "profile" || name == "q" || (name == "ext" && value.as_str().trim().is_empty())
    })
}

fn choose(accepted: &[Mime]) -> Result<&'static str> {
    let is_wanted = |range: &&Mime| range.get_param("q").is_none_or(|q| !is_zero(&q));
    let named: Vec<&Mime> = accepted.iter().filter(|range| range.essence_str() == JSON_API).collect();
    if !named.is_empty() && !named.iter().any(|range| is_understood(range)) {
        return Err(Error::NotAcceptable(format!("Accept {JSON_API} without parameters, or {JSON}.")));
    }
    let wanted: Vec<&str> = accepted.iter().filter(is_wanted).map(Mime::essence_str).collect();
    let takes_any = |ranges: &[&str]| wanted.iter().any(|range| ranges.contains(range));
    let takes_only_json = takes_any(&[JSON]) && !takes_any(&[JSON_API, "application/*", "*/*"]);
    Ok(if takes_only_json { JSON } else { JSON_API })
}

fn is_zero(quality: &Name<'_>) -> bool {
    quality.as_str().parse::<f32>().is_ok_and(|quality| quality <= 0.0)
}

/// The ranges of `Accept`; one that cannot be read asks for nothing.
fn accepted(headers: &HeaderMap) -> Vec<Mime> {
    let lists = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(split).filter_map(|range| range.parse().ok()).collect()
}

/// Splits at commas, but for those in quotation marks.
fn split(list: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let at_comma = |c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    };
    list.split(at_comma).map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        choose(&accepted(&headers)).ok()
    }

    #[test]
    fn plain_json_is_for_those_who_accept_only_that() {
        for accept in [
            "application/json",
            "application/json, text/plain",
            "application/vnd.api+json;q=0, application/json",
        ] {
            assert_eq!(chosen(accept), Some(JSON), "{accept}");
        }
        for accept in ["*/*", "application/json, text/plain, */*", "application/*", "text/html", "", JSON_API]
        {
            assert_eq!(chosen(accept), Some(JSON_API), "{accept}");
        }
    }

    #[test]
    fn one_instance_without_strange_parameters_is_enough() {
        assert_eq!(chosen("application/vnd.api+json; charset=utf-8"), None);
        assert_eq!(chosen("application/vnd.api+json; charset=utf-8, application/json"), None);
        assert_eq!(chosen("application/vnd.api+json; ext=\"https://a.example/x, y\""), None);
        for accept in [
            "application/vnd.api+json; charset=utf-8, application/vnd.api+json",
            "application/vnd.api+json; profile=\"https://a.example/x, https://b.example/y\"",
            "application/vnd.api+json;q=0.5",
        ] {
            assert_eq!(chosen(accept), Some(JSON_API), "{accept}");
        }
    }
}
