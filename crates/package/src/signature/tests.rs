//! Vectors of RFC 8032, and what another implementation of minisign's format says.

use super::*;

/// Secret key, public key, message and signature of RFC 8032, section 7.1.
const VECTORS: [[&str; 4]; 3] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

#[test]
fn keys_and_signatures_are_those_of_the_standard() {
    for [secret, public, message, signature] in VECTORS {
        let secret = SecretKey::from_seed(bytes(secret).try_into().unwrap());
        assert_eq!(secret.public().point.as_slice(), bytes(public));
        let signed = Signature::parse(&secret.sign(&bytes(message), "").unwrap()).unwrap();
        assert_eq!(signed.signature.as_slice(), bytes(signature));
        assert!(secret.public().verifies(&bytes(message), &signed));
    }
}

#[test]
fn another_implementation_of_the_format_agrees() {
    let text = key(7).sign(b"[plugin]\n", "guard 1.0.0").unwrap();
    let public = minisign_verify::PublicKey::from_base64(&key(7).public().to_string()).unwrap();
    let signature = minisign_verify::Signature::decode(&text).unwrap();
    public.verify(b"[plugin]\n", &signature, true).unwrap();
    assert_eq!(signature.trusted_comment(), "guard 1.0.0");
    assert!(public.verify(b"[plugim]\n", &signature, true).is_err());
}

#[test]
fn what_minisign_itself_has_signed_is_taken() {
    // Made by minisign's author for the message `test`, with `minisign -S -l`.
    let public: PublicKey = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".parse().unwrap();
    let text = "untrusted comment: signature from minisign secret key\n\
                RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=\n\
                trusted comment: timestamp:1555779966\tfile:test\n\
                QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==\n";
    let signature = Signature::parse(text).unwrap();
    assert!(public.is_named_by(&signature) && public.verifies(b"test", &signature));
    assert!(!public.verifies(b"Test", &signature));
    let (public, signature) = (public.id(), signature.key_id());
    assert_eq!((public.as_str(), signature.as_str()), ("E7620F1842B4E81F", "E7620F1842B4E81F"));
}

#[test]
fn every_changed_bit_of_message_signature_or_comment_is_found() {
    let text = key(7).sign(b"plugin", "guard").unwrap();
    let (public, whole) = (key(7).public(), Signature::parse(&text).unwrap());
    assert!(public.verifies(b"plugin", &whole));
    assert!(!public.verifies(b"plugins", &whole) && !key(8).public().verifies(b"plugin", &whole));
    for bit in 0..512 {
        let mut changed = whole.clone();
        changed.signature[bit / 8] ^= 1 << (bit % 8);
        assert!(!public.verifies(b"plugin", &changed), "bit {bit}");
        let mut changed = whole.clone();
        changed.global_signature[bit / 8] ^= 1 << (bit % 8);
        assert!(!public.verifies(b"plugin", &changed), "bit {bit} of the comment's");
    }
    let renamed = Signature::parse(&text.replace("guard", "guarD")).unwrap();
    assert!(!public.verifies(b"plugin", &renamed));
}

#[test]
fn keys_are_read_as_they_are_written() {
    let secret = key(3);
    let public = secret.public();
    assert!(public.to_string().starts_with("RW") && public.to_string().len() == 56);
    assert_eq!(public.to_string().parse(), Ok(public));
    assert_eq!(format!("untrusted comment: minisign public key X\n{public}\n").parse(), Ok(public));
    assert_eq!(SecretKey::parse(&secret.to_text()).unwrap().public(), public);
    assert!(!format!("{secret:?}").contains(secret.to_text().lines().nth(1).unwrap()));
    for text in ["", "RW", "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO", "some\ntext"] {
        assert_eq!(text.parse::<PublicKey>(), Err(KeyError::NotPublic), "{text}");
    }
    // The neutral point verifies signatures of anything.
    let mut neutral = [b"Ed".as_slice(), &[0; 8], &[0; 32]].concat();
    neutral[10] = 1;
    assert_eq!(STANDARD.encode(neutral).parse::<PublicKey>(), Err(KeyError::NotPublic));
    let text = secret.to_text();
    let line = text.lines().nth(1).unwrap();
    let mut bytes = STANDARD.decode(line).unwrap();
    for at in 0..bytes.len() {
        bytes[at] ^= 1;
        let damaged = SecretKey::parse(&STANDARD.encode(&bytes));
        assert_eq!(damaged.map(|key| key.public()).err(), Some(KeyError::NotSecret), "byte {at}");
        bytes[at] ^= 1;
    }
}

#[test]
fn a_key_with_another_number_is_the_same_key() {
    let public = key(3).public();
    let renumbered = PublicKey { id: [9; 8], ..public };
    assert_eq!(public, renumbered);
    assert_ne!(public.to_string(), renumbered.to_string());
}

#[test]
fn what_is_no_signature_is_told_why() {
    let text = key(7).sign(b"x", "y").unwrap();
    assert_eq!(key(7).sign(b"x", "a\nb"), Err(KeyError::Comment));
    let line = text.lines().nth(1).unwrap();
    let mut bytes = STANDARD.decode(line).unwrap();
    bytes[1] = b'D';
    assert_eq!(Signature::parse(&text.replace(line, &STANDARD.encode(bytes))), Err(KeyError::Prehashed));
    for cut in 0..4 {
        let part: String = text.lines().take(cut).map(|line| format!("{line}\n")).collect();
        assert_eq!(Signature::parse(&part), Err(KeyError::NotASignature));
    }
    assert_eq!(Signature::parse(&text.replace("trusted", "signed")), Err(KeyError::NotASignature));
}
