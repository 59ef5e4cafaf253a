use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use super::*;

const ONE: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const TWO: &str = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
const OTHER_ONE: &str = "k1:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";
const CELL: Cell<'static> = Cell::SettingsUrl(100);

fn vault(keys: &str) -> Vault {
    Vault::new(Keys::parse(keys).unwrap())
}

fn secret() -> SecretString {
    SecretString::from("https://hooks.acme.example/s3cret")
}

fn opened(vault: &Vault, cell: Cell<'_>, text: &str) -> Result<String, VaultError> {
    vault.open(cell, text).map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn what_is_sealed_opens_in_its_cell_and_reads_like_noise() {
    let vault = vault(ONE);
    let text = vault.seal(CELL, &secret()).unwrap();
    assert!(!text.contains("acme"));
    assert_ne!(text, vault.seal(CELL, &secret()).unwrap(), "two seals share a nonce");
    assert_eq!(opened(&vault, CELL, &text).unwrap(), secret().expose_secret());
}

#[test]
fn a_moved_ciphertext_does_not_open() {
    let vault = vault(ONE);
    let text = vault.seal(CELL, &secret()).unwrap();
    for elsewhere in [
        Cell::SettingsUrl(101),
        Cell::DestinationConfig { account: 100, id: 100 },
        Cell::DestinationConfig { account: 100, id: 1 },
        Cell::Session("100"),
        Cell::Check,
    ] {
        let error = opened(&vault, elsewhere, &text).unwrap_err();
        assert_eq!(error, VaultError::Refused { key: "k1".into() }, "{elsewhere:?}");
    }
}

/// Sealed by version 0.1.0 under [`ONE`]. Were the bytes that a cell is bound to ever changed, every stored
/// secret would be lost.
#[test]
fn what_an_earlier_version_sealed_still_opens() {
    for (cell, sealed) in [
        (
            Cell::SettingsUrl(100),
            "AQECazGQKr9YUVrAgV5MSXUj0V0GUQ86cWHx7h2C/5jvYcSQc+y2R2HVNb/ThUX3T6n3FY0A7mc5dlPy/4HWIMF+wO9t9rVlVBTjSOl8",
        ),
        (
            Cell::DestinationConfig { account: 100, id: 7 },
            "AQECazFolmjxt4hmmAQCoifxm78NLkRbUS4XyexzZZw/PXKriHOf5Kcc2zzLCpBGSltHbOIC2q6YuQZ6u+C+umy9H5bO12QaccQhBsZm",
        ),
        (
            Cell::Session("5e55"),
            "AQECazFZG69hqhw4YsJAlYiXmmbY9f6sazafp2ePLDrDVE7txgP4PvGxwohgB+JL+DN0AzIS5LA77JIEQ6FfUVkf+2AbX0noSV4H0JYa",
        ),
        (
            Cell::Check,
            "AQECazFnYBipGZdXUHZte8/aW4WI6HbElQg2Mt4qaa9wexG94jDnOQIui136bMAninHILTNsv2SI5cmtQ/CapOa8kdpRVyNwAFwc2gB+",
        ),
    ] {
        assert_eq!(opened(&vault(ONE), cell, sealed).unwrap(), secret().expose_secret(), "{cell:?}");
    }
}

#[test]
fn a_changed_or_cut_text_does_not_open() {
    let vault = vault(ONE);
    let text = vault.seal(CELL, &secret()).unwrap();
    for index in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        assert!(opened(&vault, CELL, &String::from_utf8(changed).unwrap()).is_err(), "{index}");
        assert!(opened(&vault, CELL, &text[..index]).is_err(), "{index}");
    }
}

#[test]
fn after_a_rotation_old_texts_still_open_and_new_ones_use_the_new_key() {
    let before = vault(ONE);
    let old = before.seal(CELL, &secret()).unwrap();
    let after = vault(&format!("{TWO},{ONE}"));
    assert!(opened(&after, CELL, &old).is_ok());
    let new = after.seal(CELL, &secret()).unwrap();
    let error = opened(&before, CELL, &new).unwrap_err();
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
        ("", "it is empty"),
        ("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "no id"),
        ("k1:!!!!", "not base64"),
        ("k1:AQEB", "has 3 bytes, not 32"),
        (":AQEB", "an id that is not"),
        (&format!("{ONE},{OTHER_ONE}"), "there twice"),
    ] {
        let error = Keys::parse(text).unwrap_err().to_string();
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

    // Somebody keeps the key elsewhere, and rotates it with sudo.
    let link = folder.join("link");
    std::os::unix::fs::symlink("secret.key", &link).unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).unwrap();
    }
    let owner = std::fs::metadata(&path).unwrap().uid();
    let rotated = Keys::add_first(&link).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(Keys::load_or_create(&path, true).unwrap().ids(), rotated.ids());
    assert_eq!(std::fs::metadata(&path).unwrap().uid(), owner);
    std::fs::remove_dir_all(&folder).unwrap();
}
