//! When a certificate ends. rustls has read and believed it before; all that is looked for here is one date, four
//! steps into it (RFC 5280, 4.1), which is no work for a library of thousands of lines.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The `notAfter` of a certificate in DER; `None` if it cannot be found.
pub(in crate::send) fn ends(certificate: &[u8]) -> Option<Timestamp> {
    let (outer, _) = expect(certificate, SEQUENCE)?;
    let (mut fields, _) = expect(outer, SEQUENCE)?;
    if let Some((_, rest)) = expect(fields, VERSION) {
        fields = rest;
    }
    // Serial number, algorithm, issuer.
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        (_, fields) = expect(fields, tag)?;
    }
    let (validity, _) = expect(fields, SEQUENCE)?;
    let (_, _, not_after) = element(validity)?;
    let (tag, time, _) = element(not_after)?;
    match tag {
        // Two digits of the year: 1950 to 2049.
        UTC_TIME => {
            time_of(time.get(..2)?, time.get(2..)?, |year| if year < 50 { 2000 } else { 1900 } + year)
        }
        GENERALIZED_TIME => time_of(time.get(..4)?, time.get(4..)?, |year| year),
        _ => None,
    }
}

/// Both forms go on with month, day, hour, minute and second, in UTC.
fn time_of(year: &[u8], rest: &[u8], full: impl Fn(i16) -> i16) -> Option<Timestamp> {
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<i16>().ok();
    let two = |at: usize| i8::try_from(number(rest.get(at..at + 2)?)?).ok();
    let date = Date::new(full(number(year)?), two(0)?, two(2)?).ok()?;
    let time = jiff::civil::Time::new(two(4)?, two(6)?, two(8)?, 0).ok()?;
    Some(date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The content of the first element, and what stands behind it, if the element has this tag.
fn expect(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    (tag == wanted).then_some((content, rest))
}

/// Tag, content, rest. Lengths of DER are one byte, or a count of bytes with these bytes.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..0x80 => (usize::from(first), rest),
        0x80 | 0x85.. => return None,
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn the_end_is_read_in_both_of_its_forms() {
        for (year, month, day) in [(1999, 12, 31), (2026, 3, 9), (2049, 1, 2), (2050, 1, 1), (4096, 1, 1)] {
            let mut params = CertificateParams::new(["hooks.acme.example".to_owned()]).unwrap();
            params.not_before = date_time_ymd(1990, 1, 1);
            params.not_after = date_time_ymd(year, month, day);
            let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            let end = format!("{year}-{month:02}-{day:02}T00:00:00Z").parse().unwrap();
            assert_eq!(ends(made.der()), Some(end));
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        let made = CertificateParams::new([]).unwrap().self_signed(&KeyPair::generate().unwrap()).unwrap();
        for length in 0..200 {
            assert_eq!(ends(&made.der()[..length]), None);
        }
        assert_eq!(ends(&[0xff; 64]), None);
        assert_eq!(ends(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff, 0]), None);
    }
}
