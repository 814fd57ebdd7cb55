//! Values that specifications, offices and services publish for tests and examples.
//! Holds no value that may be somebody's.

/// Category and canonical text, by category.
const VALUES: &[(&str, &str)] = &[
    // Card schemes and the services that settle cards.
    ("credit_card", "4111111111111111"),
    ("credit_card", "4012888888881881"),
    ("credit_card", "4242424242424242"),
    ("credit_card", "4222222222222"),
    ("credit_card", "4000056655665556"),
    ("credit_card", "5555555555554444"),
    ("credit_card", "5105105105105100"),
    ("credit_card", "5200828282828210"),
    ("credit_card", "2223003122003222"),
    ("credit_card", "378282246310005"),
    ("credit_card", "371449635398431"),
    ("credit_card", "378734493671000"),
    ("credit_card", "6011111111111117"),
    ("credit_card", "6011000990139424"),
    ("credit_card", "30569309025904"),
    ("credit_card", "38520000023237"),
    ("credit_card", "36227206271667"),
    ("credit_card", "3530111333300000"),
    ("credit_card", "3566002020360505"),
    ("credit_card", "6200000000000005"),
    // Withdrawn by the Social Security Administration after they stood in advertisements.
    ("us_ssn", "078051120"),
    ("us_ssn", "219099999"),
    ("us_ssn", "457555462"),
    // The IBAN registry, and the examples of banks.
    ("iban", "DE89370400440532013000"),
    ("iban", "GB29NWBK60161331926819"),
    ("iban", "GB82WEST12345698765432"),
    ("iban", "FR1420041010050500013M02606"),
    ("iban", "NL91ABNA0417164300"),
    ("iban", "ES9121000418450200051332"),
    ("iban", "IT60X0542811101000000123456"),
    ("iban", "CH9300762011623852957"),
    ("iban", "AT611904300234573201"),
    ("iban", "BE68539007547034"),
    ("iban", "PL61109010140000071219812874"),
    ("iban", "PT50000201231234567890154"),
    // Centers for Medicare and Medicaid Services.
    ("us_mbi", "1EG4TE5MK73"),
    ("us_npi", "1234567893"),
];

/// Whether a value of this category is published.
pub(crate) fn has(category: &str, canonical: &str) -> bool {
    VALUES.contains(&(category, canonical))
}

/// The values of a category.
pub(crate) fn of(category: &str) -> impl Iterator<Item = &'static str> {
    VALUES.iter().filter(move |(named, _)| *named == category).map(|(_, value)| *value)
}

/// The categories that have such values, each once.
pub(crate) fn categories() -> impl Iterator<Item = &'static str> {
    let first = |n: usize| n == 0 || VALUES[n - 1].0 != VALUES[n].0;
    (0..VALUES.len()).filter(move |n| first(*n)).map(|n| VALUES[n].0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors;
    use cofferdam_engine::detect::validate;

    #[test]
    fn every_value_is_one_of_its_category_and_canonical() {
        for (category, value) in VALUES {
            let fits = |row: &&detectors::Builtin| {
                let mut canonical = Vec::new();
                validate::canonical(row.validator, value.as_bytes(), &mut canonical);
                canonical == value.as_bytes()
                    && validate::accept(row.validator, value.as_bytes(), 0, value.len())
            };
            let mut rows = detectors::builtin().filter(|row| row.category == *category);
            assert!(rows.any(|row| fits(&row)), "{category} {value}");
        }
        assert!(VALUES.is_sorted_by_key(|(category, _)| {
            VALUES.iter().position(|(first, _)| first == category)
        }));
        assert_eq!(
            categories().collect::<Vec<_>>(),
            ["credit_card", "us_ssn", "iban", "us_mbi", "us_npi"]
        );
    }
}
