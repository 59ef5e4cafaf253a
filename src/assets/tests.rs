//! What browsers and proxies ask of a static file.

use std::io::Read as _;

use axum::body::{Body, to_bytes};
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LAST_MODIFIED, RANGE, VARY,
};
use axum::http::request::Builder;
use axum::http::{Method, Request};
use tower::ServiceExt;

use super::*;

async fn send(request: Builder) -> Response<Body> {
    routes::<()>().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn bytes(answer: Response<Body>) -> Vec<u8> {
    to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec()
}

#[tokio::test]
async fn every_asset_is_served_under_its_hashed_name_to_be_kept_forever() {
    let types = ["text/css", "text/javascript", "image/svg+xml"];
    for (asset, content_type) in Asset::ALL.into_iter().zip(types) {
        let answer = send(Request::get(asset.url())).await;
        assert_eq!(answer.status(), StatusCode::OK, "{asset:?}");
        let headers = answer.headers();
        assert_eq!(headers[CACHE_CONTROL], IMMUTABLE);
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[CONTENT_TYPE], content_type);
        assert_eq!(headers[VARY], "accept-encoding");
        assert!(headers.contains_key(ETAG) && headers.contains_key(LAST_MODIFIED), "{headers:?}");
        assert_eq!(bytes(answer).await, asset.body().as_bytes());
    }
}

#[tokio::test]
async fn head_says_the_same_without_the_file() {
    let url = Asset::Css.url();
    let (got, head) = (send(Request::get(&url)).await, send(Request::head(&url)).await);
    assert_eq!((head.status(), head.headers()), (got.status(), got.headers()));
    assert_eq!(head.headers()[CONTENT_LENGTH], Asset::Css.body().len().to_string());
    assert!(bytes(head).await.is_empty());
}

#[tokio::test]
async fn who_has_it_already_is_told_so() {
    for asset in Asset::ALL {
        let first = send(Request::get(asset.url())).await;
        let again = send(Request::get(asset.url()).header(IF_NONE_MATCH, &first.headers()[ETAG])).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[CACHE_CONTROL], IMMUTABLE);
        assert!(bytes(again).await.is_empty());
        let other = send(Request::get(asset.url()).header(IF_NONE_MATCH, "\"another\"")).await;
        assert_eq!(other.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_range_is_served_alone_and_one_past_the_end_is_refused() {
    let size = Asset::Css.body().len();
    let part = send(Request::get(Asset::Css.url()).header(RANGE, "bytes=10-19")).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()[CONTENT_RANGE], format!("bytes 10-19/{size}"));
    assert_eq!(part.headers()[CACHE_CONTROL], IMMUTABLE);
    assert_eq!(bytes(part).await, &Asset::Css.body().as_bytes()[10..20]);

    for odd in ["bytes=0-1,3-4", "bytes=abc", "lines=1-2"] {
        assert_eq!(
            send(Request::get(Asset::Css.url()).header(RANGE, odd)).await.status(),
            StatusCode::OK,
            "{odd}"
        );
    }
    let beyond = send(Request::get(Asset::Css.url()).header(RANGE, format!("bytes={size}-"))).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert!(!beyond.headers().contains_key(CACHE_CONTROL));
}

#[tokio::test]
async fn who_reads_gzip_gets_the_compressed_twin() {
    for asset in Asset::ALL {
        let plain = send(Request::get(asset.url())).await;
        let answer = send(Request::get(asset.url()).header(ACCEPT_ENCODING, "gzip, br")).await;
        assert_eq!(
            (answer.status(), &answer.headers()[CONTENT_ENCODING]),
            (StatusCode::OK, &"gzip".parse().unwrap())
        );
        assert_eq!(answer.headers()[CONTENT_TYPE], plain.headers()[CONTENT_TYPE]);
        assert_ne!(answer.headers()[ETAG], plain.headers()[ETAG]);
        let packed = bytes(answer).await;
        assert!(packed.len() < asset.body().len());
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*packed).read_to_string(&mut text).unwrap();
        assert_eq!(text, asset.body());
    }
    let refused = send(Request::get(Asset::Css.url()).header(ACCEPT_ENCODING, "gzip;q=0")).await;
    assert!(!refused.headers().contains_key(CONTENT_ENCODING));
}

#[tokio::test]
async fn another_version_an_unknown_name_and_a_way_out_are_not_found() {
    let css = Asset::Css.name();
    for path in [
        "/static/app.css".to_owned(),
        "/static/app.0000000000000000.css".to_owned(),
        "/static/..%2fCargo.toml".to_owned(),
        "/static/%2e%2e".to_owned(),
        "/static/..%2fstatic%2f".to_owned() + css,
        "/static/a%2f".to_owned() + css,
        "/static/%00".to_owned(),
        format!("/static/{css}.gz.gz"),
    ] {
        let answer = send(Request::get(&path)).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.headers().contains_key(CACHE_CONTROL), "{path}");
        assert_eq!(answer.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}

#[tokio::test]
async fn a_file_is_only_read() {
    let answer = send(Request::builder().method(Method::POST).uri(Asset::Css.url())).await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers()[ALLOW], "GET,HEAD");
}

#[test]
fn the_script_stays_small() {
    assert!(Asset::Js.body().len() < 8_192);
}
