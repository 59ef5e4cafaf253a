//! The rows of the failure table in which the request was sent: what an answer means, and its absence.

use std::time::{Duration, Instant};

use ringpost::domain::delivery::{Reason, Verdict};
use ringpost::send::Progress;

use super::{HASTY, PATIENT, open_guard, post, post_watched};
use crate::support::receiver::{Answer, Door, Receiver, Then, url};

const UNKNOWN: Verdict = Verdict::Unknown(Reason::NoAnswer);

#[tokio::test]
async fn any_2xx_is_delivered_with_its_status_and_both_sides_in_the_transcript() {
    for code in [200, 201, 202, 204, 299] {
        let receiver =
            Receiver::answering(Answer::status(code, if code == 204 { "" } else { "thanks" })).await;
        let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
        assert_eq!((outcome.verdict, outcome.status), (Verdict::Delivered, Some(code)));
        assert!(outcome.transcript.response_head.starts_with(&format!("HTTP/1.1 {code} Whatever\n")));
        assert_eq!(outcome.transcript.response_body, if code == 204 { "" } else { "thanks" });
        assert_eq!(outcome.transcript.request_body, receiver.requests()[0].body);
    }
}

#[tokio::test]
async fn any_other_status_is_failed_http_status() {
    for code in [300, 304, 400, 401, 404, 410, 429, 500, 503, 599] {
        let receiver = Receiver::answering(Answer::status(code, "")).await;
        let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
        assert_eq!((outcome.verdict, outcome.status), (Verdict::Failed(Reason::HttpStatus), Some(code)));
    }
}

#[tokio::test]
async fn a_receiver_that_wants_to_be_left_alone_says_for_how_long() {
    for (code, header, wanted) in [
        (429, "Retry-After: 120\r\n", Some(120)),
        (
            503,
            "Date: Mon, 04 May 2026 18:00:00 GMT\r\nRetry-After: Mon, 04 May 2026 18:00:30 GMT\r\n",
            Some(30),
        ),
        (503, "Retry-After: Mon, 04 May 2026 12:00:07 GMT\r\n", Some(7)),
        (503, "", None),
        (500, "Retry-After: 120\r\n", None),
    ] {
        let answer = format!("HTTP/1.1 {code} Later\r\n{header}Content-Length: 0\r\n\r\n");
        let receiver = Receiver::answering(Answer::raw(answer, Then::KeepAlive)).await;
        let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
        assert_eq!(outcome.verdict, Verdict::Failed(Reason::HttpStatus));
        assert_eq!(outcome.retry_after.map(|wait| wait.as_secs()), wanted, "{code} {header}");
    }
}

#[tokio::test]
async fn an_informational_answer_is_not_the_answer() {
    let then = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let receiver = Receiver::answering(Answer::raw(then, Then::KeepAlive)).await;
    let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
    assert_eq!((outcome.verdict, outcome.status), (Verdict::Delivered, Some(200)));
}

#[tokio::test]
async fn a_request_that_gets_no_whole_answer_is_unknown() {
    for (answer, words) in [
        (Answer::reset(), "the connection was broken off"),
        (Answer::close(), "the connection was closed"),
        (Answer::raw("HTTP/1.1 20", Then::Close), "the connection was closed"),
        (Answer::raw("HTTP/1.1 200 OK\r\nContent-Le", Then::Close), "the connection was closed"),
        (Answer::raw("HTTP/1.1 200 OK\r\nContent-Le", Then::Reset), "the connection was broken off"),
        (Answer::raw("HTTP/1.1 100 Continue\r\n\r\n", Then::Close), "the connection was closed"),
        (
            Answer::raw("HTTP/1.1 200 OK\r\n", Then::Flood(b"X-More: of the same\r\n".repeat(100))),
            "the headers of its answer did not end",
        ),
    ] {
        let receiver = Receiver::answering(answer).await;
        let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
        assert_eq!(outcome.verdict, UNKNOWN, "{}", outcome.detail);
        assert_eq!(outcome.detail, words);
        assert_eq!(receiver.requests().len(), 1, "it was sent again");
    }
}

#[tokio::test]
async fn a_receiver_that_is_silent_or_too_slow_is_unknown_when_the_time_is_up() {
    for answer in [
        Answer::silence(),
        Answer::status(200, "").after(Duration::from_mins(1)),
        Answer::raw("HTTP/1.1 200 O", Then::Hold),
        Answer::raw("HTTP/1.1 200 OK\r\nX-Slow: 1\r\n", Then::Hold),
    ] {
        let receiver = Receiver::answering(answer).await;
        let outcome = post(&open_guard(), &receiver.url("/hook"), HASTY).await;
        assert_eq!((outcome.verdict, outcome.detail.as_str()), (UNKNOWN, "waited 0.3 s"));
        assert!(outcome.took >= HASTY);
        assert_eq!(receiver.wait_for(1).await.len(), 1);
    }
}

#[tokio::test]
async fn a_slow_answer_within_the_time_is_delivered() {
    let receiver = Receiver::answering(Answer::status(200, "").after(Duration::from_millis(200))).await;
    let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
    assert_eq!(outcome.verdict, Verdict::Delivered);
    assert!(outcome.took >= Duration::from_millis(200));
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_unknown_because_the_request_was_written() {
    for answer in [
        Answer::raw("220 mail.acme.example ESMTP\r\n", Then::Close),
        Answer::raw("\0\x01\x02\x03\x04garbage", Then::Close),
        Answer::raw("HTTP/9.9 200 OK\r\n\r\n", Then::Close),
        Answer::raw("HTTP/1.1 two hundred\r\n\r\n", Then::Close),
        Answer::raw("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", Then::Close),
        Answer::raw("", Then::Flood(b"garbage ".to_vec())),
    ] {
        let bytes = String::from_utf8_lossy(&answer.bytes).into_owned();
        let receiver = Receiver::answering(answer).await;
        let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
        assert_eq!(outcome.verdict, Verdict::Unknown(Reason::NotHttp), "{bytes:?}: {}", outcome.detail);
        assert_eq!(receiver.requests().len(), 1);
    }
}

/// Whether the greeting or the request is quicker is chance; what counts is that the two cases are told apart.
#[tokio::test]
async fn a_server_that_speaks_first_is_failed_only_if_nothing_of_the_request_has_left() {
    for _ in 0..20 {
        let receiver =
            Receiver::start(Door::Greets("SSH-2.0-OpenSSH_9.2\r\n"), vec![Answer::silence()]).await;
        let progress = Progress::default();
        let outcome = post_watched(&open_guard(), &receiver.url("/hook"), PATIENT, &progress).await;
        let expected = if progress.may_have_left() {
            receiver.wait_for(1).await;
            Verdict::Unknown(Reason::NotHttp)
        } else {
            receiver.wait_for_ended(1).await;
            assert_eq!(receiver.requests().len(), 0);
            Verdict::Failed(Reason::NotHttp)
        };
        assert_eq!(outcome.verdict, expected, "{}", outcome.detail);
    }
}

#[tokio::test]
async fn a_2xx_status_line_decides_although_the_body_stalls_breaks_or_never_ends() {
    let ok = "HTTP/1.1 200 OK\r\n";
    for (answer, kept) in [
        (Answer::raw(format!("{ok}Content-Length: 100\r\n\r\nstalls"), Then::Hold), "stalls"),
        (Answer::raw(format!("{ok}Content-Length: 100\r\n\r\nbreaks"), Then::Reset), "breaks"),
        (Answer::raw(format!("{ok}Content-Length: 100\r\n\r\nends early"), Then::Close), "ends early"),
        (Answer::raw(format!("{ok}Transfer-Encoding: chunked\r\n\r\nnot a chunk"), Then::Hold), ""),
        (Answer::raw(format!("{ok}Transfer-Encoding: chunked\r\n\r\n3\r\none\r\nZZ\r\n"), Then::Hold), "one"),
        (Answer::raw(format!("{ok}\r\n"), Then::Flood(vec![b'x'; 4_096])), "xxx"),
        (
            Answer::raw(
                format!("{ok}Transfer-Encoding: chunked\r\n\r\n"),
                Then::Flood(b"1\r\ny\r\n".repeat(99)),
            ),
            "yyy",
        ),
        (
            Answer::raw(
                format!("{ok}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nno"),
                Then::KeepAlive,
            ),
            "no",
        ),
    ] {
        let receiver = Receiver::answering(answer).await;
        let begun = Instant::now();
        let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
        assert_eq!((outcome.verdict, outcome.status), (Verdict::Delivered, Some(200)), "{kept}");
        assert!(outcome.transcript.response_body.starts_with(kept), "{}", outcome.transcript.response_body);
        assert!(outcome.transcript.response_body.len() <= 16 * 1_024);
        assert!(begun.elapsed() < Duration::from_secs(4), "the body held the worker up: {kept}");
        assert!(outcome.took < Duration::from_secs(1), "the body's time is not the answer's");
    }
}

#[tokio::test]
async fn a_huge_head_is_kept_in_part() {
    let head = format!("HTTP/1.1 200 OK\r\nX-Huge: {}\r\nContent-Length: 0\r\n\r\n", "h".repeat(20_000));
    let receiver = Receiver::answering(Answer::raw(head, Then::KeepAlive)).await;
    let outcome = post(&open_guard(), &receiver.url("/hook"), PATIENT).await;
    assert_eq!(outcome.verdict, Verdict::Delivered);
    assert_eq!(outcome.transcript.response_head.len(), 8 * 1_024);
}

#[tokio::test]
async fn no_text_of_an_outcome_holds_the_path_or_the_query() {
    let path = "/services/s3cr3t-path/x?token=s3cr3t-token";
    let echo = format!(
        "HTTP/1.1 404 Not Found\r\nLocation: {path}\r\nContent-Length: {}\r\n\r\nCannot POST {path}",
        path.len() + 12
    );
    for answer in [
        Answer::raw(echo, Then::KeepAlive),
        Answer::status(200, "ok"),
        Answer::redirect(307, &format!("https://elsewhere.example{path}")),
        Answer::reset(),
        Answer::close(),
        Answer::silence(),
        Answer::raw("garbage\r\n\r\n", Then::Close),
    ] {
        let receiver = Receiver::answering(answer).await;
        let outcome = post(&open_guard(), &receiver.url(path), HASTY).await;
        let everything = format!("{outcome:?}");
        assert!(!everything.contains("s3cr3t") && !everything.contains("/services"), "{everything}");
        assert!(receiver.requests()[0].head.starts_with(&format!("POST {path} HTTP/1.1\n")));
    }
    for place in ["http://127.0.0.1:1", "https://nowhere.invalid", "http://10.0.0.1", "https://127.0.0.1:1"] {
        let outcome = post(&open_guard(), &url(&format!("{place}{path}")), PATIENT).await;
        assert!(!format!("{outcome:?}").contains("s3cr3t"), "{outcome:?}");
    }
}
