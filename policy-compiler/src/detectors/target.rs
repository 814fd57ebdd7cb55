//! How much of what is there a detector must find, and how much of what it finds must be there:
//! the bar that `cofferdam evaluate --targets` holds a labelled text against.
//! Never blended over categories.

/// The least that a category must come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Of what is labelled, found.
    pub recall: f64,
    /// Of what is found, labelled.
    pub precision: f64,
}

/// A check digit, a curve, a prefix that nothing else has.
const PROVEN: Target = Target { recall: 0.99, precision: 0.99 };

/// A tenth of all numbers in the ranges of issuers passes Luhn.
const CARD: Target = Target { recall: 0.99, precision: 0.98 };

/// A shape, which a name beside it proves where it is not strict.
const SHAPE: Target = Target { recall: 0.95, precision: 0.95 };

/// Nothing but a name and disorder.
const DISORDER: Target = Target { recall: 0.85, precision: 0.75 };

/// Categories with some values that no check digit and no prefix proves. Sorted.
const SHAPES: [&str; 60] = [
    "auth0_secret",
    "aws_secret_key",
    "birth_date",
    "card_cvv",
    "card_expiry",
    "cloudflare_key",
    "cohere_key",
    "datadog_key",
    "date",
    "de_bsnr",
    "de_commercial_register",
    "de_postcode",
    "de_tax_number",
    "de_vehicle_registration",
    "dropbox_token",
    "email",
    "es_passport",
    "fastly_key",
    "google_service_account",
    "gps_position",
    "heroku_key",
    "imsi",
    "in_pan",
    "in_passport",
    "in_vehicle_registration",
    "in_voter",
    "ip_address",
    "it_driver_license",
    "it_identity_card",
    "it_passport",
    "kr_driver_license",
    "kr_passport",
    "kubernetes_secret",
    "linkedin_secret",
    "mac_address",
    "medical_record",
    "ng_nin",
    "ng_vehicle_registration",
    "okta_token",
    "paypal_key",
    "ph_tin",
    "phone",
    "snyk_token",
    "swift_bic",
    "tr_license_plate",
    "twilio_key",
    "twitter_secret",
    "uk_nino",
    "uk_passport",
    "uk_postcode",
    "uk_vehicle_registration",
    "url",
    "us_bank_account",
    "us_driver_license",
    "us_ein",
    "us_itin",
    "us_mbi",
    "us_passport",
    "us_ssn",
    "vercel_token",
];

/// The bar of a built-in category; none for what a policy made up.
#[must_use]
pub fn target(category: &str) -> Option<Target> {
    super::builtin().find(|row| row.category == category)?;
    Some(match category {
        "credit_card" => CARD,
        "generic_secret" | "password_field" | "session_cookie" => DISORDER,
        _ if SHAPES.contains(&category) => SHAPE,
        _ => PROVEN,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_category() {
        for name in SHAPES {
            assert_eq!(target(name), Some(SHAPE), "{name}");
        }
        assert_eq!(target("iban"), Some(PROVEN));
        assert_eq!(target("case_number"), None);
    }
}
