//! The key file on a real file system.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Barrier, thread, time::Duration};

use super::*;
use crate::signing::{Purpose, TokenFault};

const NOW: Timestamp = Timestamp::from_seconds(1_760_000_000);
const DEPLOYMENT: &str = "https://esecure.example";

fn key_path(dir: &tempfile::TempDir) -> PathBuf {
    dir.path().join("etc/esecured/signing-keys.toml")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn states(path: &Path) -> Vec<(KeyId, KeyState)> {
    let keys = list(path).unwrap();
    keys.iter().map(|key| (key.id, key.state)).collect()
}

/// The words and line of the fault in a closed file with this text.
fn fault_in(text: &str) -> (usize, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let fault = load(&path, DEPLOYMENT).unwrap_err();
    assert!(fault.to_string().contains(path.to_str().unwrap()));
    match fault {
        LoadKeysError::Malformed { line, fault, .. } => (line, fault),
        other => panic!("{other}"),
    }
}

#[test]
fn the_first_rotation_makes_a_closed_file_in_a_closed_directory() {
    let dir = tempfile::tempdir().unwrap();
    let path = key_path(&dir);

    let missing = load(&path, DEPLOYMENT).unwrap_err().to_string();
    assert!(missing.contains(path.to_str().unwrap()));
    assert!(missing.contains("esecured signing-key rotate"));

    let rotated = rotate(&path, NOW).unwrap();
    assert!(rotated.created_file);
    assert_eq!(rotated.dropped, None);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(
        load(&path, DEPLOYMENT).unwrap().signing_key(),
        rotated.signing
    );
    let listed = list(&path).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].created, NOW);
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .starts_with("# The signing keys")
    );
}

#[test]
fn the_fifth_rotation_drops_the_oldest_key_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = key_path(&dir);
    // The clock runs backwards, which must not matter.
    let made: Vec<Rotated> = (0..5)
        .map(|day| rotate(&path, NOW.minus(Duration::from_secs(86_400 * day))).unwrap())
        .collect();

    assert!(
        made[1..4]
            .iter()
            .all(|r| r.dropped.is_none() && !r.created_file)
    );
    assert_eq!(made[4].dropped, Some(made[0].signing));
    let expected = [
        (made[4].signing, KeyState::Signing),
        (made[3].signing, KeyState::Verifying),
        (made[2].signing, KeyState::Verifying),
        (made[1].signing, KeyState::Verifying),
    ];
    assert_eq!(states(&path), expected);
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_revoked_key_stays_listed_and_verifies_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = key_path(&dir);
    let first = rotate(&path, NOW).unwrap().signing;
    let fields: &[&[u8]] = &[b"sent with the first key"];
    let mac: [u8; 16] = load(&path, DEPLOYMENT).unwrap().sign(Purpose::Link, fields);
    let check = || {
        load(&path, DEPLOYMENT)
            .unwrap()
            .verify(first, Purpose::Link, fields, &mac)
    };

    let refused = revoke(&path, first).unwrap_err();
    assert!(matches!(refused, RevokeKeyError::StillSigning { .. }));
    assert!(refused.to_string().contains("esecured signing-key rotate"));

    let second = rotate(&path, NOW).unwrap().signing;
    assert_eq!(check(), Ok(()));
    revoke(&path, first).unwrap();
    revoke(&path, first).unwrap();
    assert_eq!(check(), Err(TokenFault::UnknownKey));
    let expected = [(second, KeyState::Signing), (first, KeyState::Revoked)];
    assert_eq!(states(&path), expected);
    // One secret is left: that of the second key.
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches("secret = ").count(), 1);
    // A revoked key takes no place among those that verify.
    for _ in 0..3 {
        assert_eq!(rotate(&path, NOW).unwrap().dropped, None);
    }
    assert!(states(&path).contains(&(first, KeyState::Revoked)));
}

#[test]
fn what_is_not_there_cannot_be_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let path = key_path(&dir);
    let nobody = KeyId::from_bytes([0, 0]);
    assert!(matches!(
        revoke(&path, nobody),
        Err(RevokeKeyError::Load(LoadKeysError::Missing { .. }))
    ));
    assert!(!path.parent().unwrap().exists());

    let made = rotate(&path, NOW).unwrap().signing;
    let other = KeyId::from_bytes([made.as_bytes()[0] ^ 1, 0]);
    assert!(matches!(
        revoke(&path, other),
        Err(RevokeKeyError::Unknown { .. })
    ));
}

#[test]
fn rotations_at_the_same_time_lose_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = key_path(&dir);
    for _ in 0..10 {
        let together = Barrier::new(4);
        let made: Vec<KeyId> = thread::scope(|scope| {
            let rotate_together = || {
                together.wait();
                rotate(&path, NOW).unwrap().signing
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(rotate_together)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let listed = states(&path);
        assert_eq!(listed.len(), 4);
        for id in made {
            assert!(listed.iter().any(|(listed, _)| *listed == id), "{id}");
        }
    }
}

#[test]
fn what_a_crash_left_behind_does_not_stop_a_rotation() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.toml");
    let stale = dir.path().join("keys.toml.new");
    fs::write(&stale, "half a fi").unwrap();
    rotate(&path, NOW).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert!(!stale.exists());
}

#[test]
fn a_file_open_to_others_is_refused_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let path = key_path(&dir);
    rotate(&path, NOW).unwrap();
    for open in [0o604, 0o640, 0o644, 0o620, 0o660, 0o602, 0o444] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let fault = load(&path, DEPLOYMENT).unwrap_err().to_string();
        assert!(fault.contains("chmod 600"), "{open:o}: {fault}");
        assert!(rotate(&path, NOW).is_err(), "{open:o}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(load(&path, DEPLOYMENT).is_ok());
}

#[test]
fn a_fault_names_its_line_and_never_quotes_a_secret() {
    let dir = tempfile::tempdir().unwrap();
    let path = key_path(&dir);
    rotate(&path, NOW).unwrap();
    rotate(&path, NOW).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let secrets: Vec<&str> = good
        .lines()
        .filter_map(|l| l.strip_prefix("secret = "))
        .collect();
    let secret = secrets[1].trim_matches('"');
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let first_verifies = with("\"signing\"", "\"verifying\"");
    let second_entry = good.rfind("[[key]]").unwrap();
    let first_entry = &good[good.find("[[key]]").unwrap()..second_entry];
    // The line of the second key's `[[key]]`, counted from 1.
    let second = 1 + good[..second_entry].lines().count();
    let (first_created, id, state, key) = (second - 4, second + 1, second + 3, second + 4);

    let cases = [
        ("unquoted secret", with(secrets[1], secret), key),
        ("open quote", with(&format!("{secret}\""), secret), key),
        ("short secret", with(secret, &secret[1..]), key),
        (
            "spare bits in the secret",
            with(secret, &format!("{}_", &secret[..42])),
            key,
        ),
        ("unknown state", with("\"verifying\"", "\"resting\""), state),
        (
            "unknown name",
            with("state = \"verifying\"", "status = 1"),
            state,
        ),
        (
            "no secret",
            with(&format!("secret = {}\n", secrets[1]), ""),
            state,
        ),
        ("two sign", with("\"verifying\"", "\"signing\""), id),
        ("none signs", first_verifies, 1),
        ("twice", format!("{good}{first_entry}"), key + 2),
        ("empty", String::new(), 1),
        (
            "time",
            with("created = \"2025", "created = \"x025"),
            first_created,
        ),
    ];
    for (name, text, expected) in cases {
        let (line, fault) = fault_in(&text);
        assert_eq!(line, expected, "{name}: {fault}");
        assert!(!fault.contains(&secret[1..20]), "{name}: {fault}");
    }
}
