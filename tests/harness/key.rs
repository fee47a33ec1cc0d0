//! RSA keys of a test.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};

/// An RSA key pair of 2048 bits.
pub struct Key(KeyPair);

/// The hash of a signature.
#[derive(Debug, Clone, Copy)]
pub enum Hash {
    /// RS256.
    Sha256,
    /// RS512.
    Sha512,
}

impl Key {
    /// Generates a key.
    pub fn generate() -> Self {
        Self(KeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// The public key in PEM, the format of Clerk's dashboard.
    pub fn public_pem(&self) -> String {
        let der: PublicKeyX509Der = self.0.public_key().as_der().unwrap();
        let body = BASE64_STANDARD.encode(der.as_ref());
        let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// Makes a token with a valid signature. The header and the claims may be any text.
    pub fn sign(&self, hash: Hash, header: &str, claims: &str) -> String {
        let signed = signing_input(header, claims);
        let padding = match hash {
            Hash::Sha256 => &RSA_PKCS1_SHA256,
            Hash::Sha512 => &RSA_PKCS1_SHA512,
        };
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// Makes a token whose signature is an HMAC with the public key as its secret. This is the algorithm confusion of
    /// RFC 8725 §2.1.
    pub fn sign_with_public_pem(&self, header: &str, claims: &str) -> String {
        let signed = signing_input(header, claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.public_pem().as_bytes());
        let signature = hmac::sign(&key, signed.as_bytes());
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn signing_input(header: &str, claims: &str) -> String {
    format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(claims))
}
