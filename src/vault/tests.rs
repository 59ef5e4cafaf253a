use std::os::unix::fs::PermissionsExt as _;

use super::*;

const ONE: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const TWO: &str = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
const OTHER_ONE: &str = "k1:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";
const PLACE: Place<'static> = Place { table: "settings", column: "webhook_url", row: "100", account: 100 };

fn vault(keys: &str) -> Vault {
    Vault::new(Keys::parse(keys).unwrap())
}

fn secret() -> SecretString {
    SecretString::from("https://hooks.acme.example/s3cret")
}

fn opened(vault: &Vault, place: &Place<'_>, text: &str) -> Result<String, VaultError> {
    vault.open(place, text).map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn what_is_sealed_opens_at_its_place_and_reads_like_noise() {
    let vault = vault(ONE);
    let text = vault.seal(&PLACE, &secret()).unwrap();
    assert!(!text.contains("acme"));
    assert_ne!(text, vault.seal(&PLACE, &secret()).unwrap(), "two seals share a nonce");
    assert_eq!(opened(&vault, &PLACE, &text).unwrap(), secret().expose_secret());
}

#[test]
fn a_moved_ciphertext_does_not_open() {
    let vault = vault(ONE);
    let text = vault.seal(&PLACE, &secret()).unwrap();
    for elsewhere in [
        Place { table: "destinations", ..PLACE },
        Place { column: "secret", ..PLACE },
        Place { row: "101", ..PLACE },
        Place { account: 101, ..PLACE },
        Place { table: "setting", column: "swebhook_url", ..PLACE },
    ] {
        let error = opened(&vault, &elsewhere, &text).unwrap_err();
        assert_eq!(error, VaultError::Refused { key: "k1".into() }, "{elsewhere:?}");
    }
}

#[test]
fn a_changed_or_cut_text_does_not_open() {
    let vault = vault(ONE);
    let text = vault.seal(&PLACE, &secret()).unwrap();
    for index in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        assert!(opened(&vault, &PLACE, &String::from_utf8(changed).unwrap()).is_err(), "{index}");
        assert!(opened(&vault, &PLACE, &text[..index]).is_err(), "{index}");
    }
}

#[test]
fn after_a_rotation_old_texts_still_open_and_new_ones_use_the_new_key() {
    let before = vault(ONE);
    let old = before.seal(&PLACE, &secret()).unwrap();
    let after = vault(&format!("{TWO},{ONE}"));
    assert!(opened(&after, &PLACE, &old).is_ok());
    assert!(!after.is_current(&old));
    let new = after.seal(&PLACE, &secret()).unwrap();
    assert!(after.is_current(&new));
    let error = opened(&before, &PLACE, &new).unwrap_err();
    assert_eq!(
        error.to_string(),
        "it was encrypted with key “k2”, which is not in the key file (it holds k1)"
    );
}

#[test]
fn the_check_value_finds_a_wrong_key_file() {
    let stored = vault(ONE).check_value().unwrap();
    assert_eq!(vault(ONE).verify_check(&stored), Ok(()));
    assert_eq!(vault(OTHER_ONE).verify_check(&stored), Err(VaultError::Refused { key: "k1".into() }));
    assert!(vault(TWO).verify_check(&stored).unwrap_err().to_string().contains("“k1”"));
}

#[test]
fn derived_keys_differ_by_purpose_and_outlive_a_rotation() {
    let before = vault(ONE);
    assert_ne!(before.derive("unsubscribe"), before.derive("session"));
    assert_ne!(&before.derive("unsubscribe"), before.keys.first().expose());
    let after = vault(&format!("{TWO},{ONE}")).derive_all("unsubscribe");
    assert_eq!(after.len(), 2);
    assert_eq!(after[1], before.derive("unsubscribe"));
}

#[test]
fn a_bad_key_file_says_what_is_wrong_and_shows_no_key() {
    for (text, why) in [
        ("", "no id"),
        ("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "no id"),
        ("k1:!!!!", "not base64"),
        ("k1:AQEB", "has 3 bytes, not 32"),
        (":AQEB", "an id that is not"),
        (&format!("{ONE},{OTHER_ONE}"), "there twice"),
    ] {
        let error = Keys::parse(text).unwrap_err();
        assert!(error.contains(why) && !error.contains("AQE"), "{text}: {error}");
    }
    assert_eq!(format!("{:?}", Keys::parse(ONE).unwrap()), "Keys(k1)");
}

#[test]
fn the_key_file_is_made_once_for_its_owner_only_and_never_when_ciphertext_exists() {
    let folder = std::env::temp_dir().join(format!("ringpost-keys-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("secret.key");
    let missing = Keys::load_or_create(&path, true).unwrap_err().to_string();
    assert!(missing.contains("is missing") && missing.contains("--secret-key-file"), "{missing}");

    let made = Keys::load_or_create(&path, false).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let read = Keys::load_or_create(&path, true).unwrap();
    assert_eq!(made.ids(), read.ids());
    assert_eq!(made.first().expose(), read.first().expose());
    std::fs::remove_dir_all(&folder).unwrap();
}
