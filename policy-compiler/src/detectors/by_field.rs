//! What no pattern can find, and the name of its field tells: names of people, addresses, notes.
//! Data only, in English, German, French, Spanish, Italian, Portuguese, Dutch and Polish. Holds no
//! name that everything else is called by too, such as `name`.

/// A category whose values are told by the names of their fields.
#[derive(Debug)]
pub struct ByField {
    /// The category.
    pub category: &'static str,
    /// Words and phrases of which one stands in the name: `customer_first_name`.
    pub words: &'static [&'static str],
    /// Names that are one of these, or whose last part is: `user[address]`.
    pub names: &'static [&'static str],
    /// A made-up value that is found in a field of the first of them.
    pub example: &'static str,
}

/// The group of all of them.
pub const GROUP: &str = "by_field";

/// All of them, sorted by category.
pub const BY_FIELD: &[ByField] = &[
    ByField {
        category: "by_field.birth_date",
        words: &[
            "birth date",
            "date of birth",
            "dob",
            "birthday",
            "birth day",
            "day of birth",
            "birth month",
            "birth year",
            "year of birth",
            "geburtsdatum",
            "geburtstag",
            "geburtsjahr",
            "geb datum",
            "date naissance",
            "date de naissance",
            "né le",
            "née le",
            "fecha nacimiento",
            "fecha de nacimiento",
            "data nascita",
            "data di nascita",
            "data nascimento",
            "data de nascimento",
            "geboortedatum",
            "geboortedag",
            "data urodzenia",
        ],
        names: &["birth", "born", "born on", "naissance", "nacimiento", "nascita", "nascimento"],
        example: "17.05.1980",
    },
    ByField {
        category: "by_field.card_verification",
        words: &[
            "cvv",
            "cvc",
            "cvn",
            "csc",
            "card verification",
            "card security code",
            "card code",
            "verification value",
            "kartenprüfnummer",
            "kartenprüfziffer",
            "kartensicherheitscode",
            "cryptogramme",
            "code de sécurité",
            "código de seguridad",
            "codice di sicurezza",
            "código de segurança",
            "beveiligingscode",
            "kod bezpieczeństwa",
        ],
        names: &["cid", "security code", "prüfziffer", "prüfnummer", "sicherheitscode"],
        example: "123",
    },
    ByField {
        category: "by_field.health_notes",
        words: &[
            "diagnosis",
            "diagnoses",
            "medical history",
            "medical note",
            "medical condition",
            "health note",
            "health condition",
            "clinical note",
            "allergy",
            "allergies",
            "medication",
            "symptom",
            "treatment note",
            "disability",
            "diagnose",
            "diagnosen",
            "anamnese",
            "krankengeschichte",
            "vorerkrankung",
            "vorerkrankungen",
            "allergie",
            "allergien",
            "medikamente",
            "medikation",
            "befund",
            "behinderung",
            "antécédents médicaux",
            "diagnostic médical",
            "dossier médical",
            "traitement médical",
            "historial médico",
            "historia clínica",
            "antecedentes médicos",
            "diagnóstico",
            "alergia",
            "medicación",
            "diagnosi",
            "anamnesi",
            "cartella clinica",
            "patologia",
            "patologie",
            "terapia farmacologica",
            "histórico médico",
            "historial clínico",
            "medicação",
            "doença",
            "medische geschiedenis",
            "medicatie",
            "allergieën",
            "diagnoza",
            "historia choroby",
            "choroby",
            "alergie",
            "leczenie",
        ],
        names: &["symptoms", "symptome", "symptômes", "síntomas", "sintomi", "sintomas", "objawy"],
        example: "asthma, since childhood",
    },
    ByField {
        category: "by_field.nationality",
        words: &[
            "nationality",
            "nationalities",
            "citizenship",
            "country of citizenship",
            "staatsangehörigkeit",
            "staatsbürgerschaft",
            "nationalität",
            "nationalité",
            "citoyenneté",
            "nacionalidad",
            "ciudadanía",
            "nazionalità",
            "cittadinanza",
            "nacionalidade",
            "cidadania",
            "nationaliteit",
            "staatsburgerschap",
            "obywatelstwo",
            "narodowość",
        ],
        names: &[],
        example: "Norwegian",
    },
    ByField {
        category: "by_field.password",
        words: &[
            "password",
            "passwd",
            "pwd",
            "passphrase",
            "passcode",
            "pass word",
            "pin code",
            "security answer",
            "secret answer",
            "passwort",
            "kennwort",
            "mot de passe",
            "contraseña",
            "clave de acceso",
            "parola d ordine",
            "senha",
            "palavra passe",
            "wachtwoord",
            "hasło",
        ],
        names: &["pass", "pin", "pw", "mdp", "clave", "heslo", "geheimzahl"],
        example: "correct horse",
    },
    ByField {
        category: "by_field.person_name",
        words: &[
            "first name",
            "last name",
            "full name",
            "given name",
            "family name",
            "middle name",
            "maiden name",
            "birth name",
            "legal name",
            "preferred name",
            "forename",
            "surname",
            "cardholder",
            "card holder",
            "account holder",
            "customer name",
            "contact name",
            "patient name",
            "person name",
            "recipient name",
            "passenger name",
            "employee name",
            "beneficiary name",
            "sender name",
            "receiver name",
            "fname",
            "lname",
            "vorname",
            "vornamen",
            "nachname",
            "nachnamen",
            "familienname",
            "geburtsname",
            "rufname",
            "zuname",
            "vollständiger name",
            "kundenname",
            "patientenname",
            "karteninhaber",
            "kontoinhaber",
            "ansprechpartner",
            "prénom",
            "nom de famille",
            "nom de naissance",
            "nom complet",
            "nom usage",
            "nom client",
            "nom du client",
            "titulaire",
            "apellido",
            "nombre completo",
            "primer nombre",
            "segundo nombre",
            "nombre de pila",
            "nombre cliente",
            "nombre del cliente",
            "titular",
            "cognome",
            "nome completo",
            "nome cliente",
            "nome del cliente",
            "intestatario",
            "sobrenome",
            "apelido",
            "primeiro nome",
            "último nome",
            "nome próprio",
            "nome do cliente",
            "voornaam",
            "voornamen",
            "achternaam",
            "familienaam",
            "roepnaam",
            "tussenvoegsel",
            "geboortenaam",
            "volledige naam",
            "klantnaam",
            "nazwisko",
            "imię",
            "imiona",
            "imię i nazwisko",
        ],
        names: &["nachn", "vorn", "holder name", "fullname"],
        example: "Ana Example",
    },
    ByField {
        category: "by_field.religion",
        words: &[
            "religion",
            "religious affiliation",
            "religious belief",
            "religionszugehörigkeit",
            "religionsgemeinschaft",
            "konfession",
            "glaubensbekenntnis",
            "confession religieuse",
            "religión",
            "creencia religiosa",
            "religione",
            "confessione religiosa",
            "religião",
            "crença religiosa",
            "godsdienst",
            "religie",
            "geloofsovertuiging",
            "wyznanie",
            "religia",
        ],
        names: &["faith", "bekenntnis"],
        example: "made up",
    },
    ByField {
        category: "by_field.sex",
        words: &[
            "gender identity",
            "biological sex",
            "sex at birth",
            "legal sex",
            "legal gender",
            "geschlecht",
            "geslacht",
            "płeć",
            "gender",
        ],
        names: &["sex", "sexe", "sexo", "sesso", "género", "gênero"],
        example: "f",
    },
    ByField {
        category: "by_field.street_address",
        words: &[
            "street address",
            "street name",
            "street number",
            "street line",
            "address line",
            "address street",
            "postal address",
            "mailing address",
            "home address",
            "residential address",
            "billing address",
            "shipping address",
            "delivery address",
            "billing street",
            "shipping street",
            "mailing street",
            "house number",
            "house no",
            "straße",
            "strassenname",
            "straßenname",
            "hausnummer",
            "hausnr",
            "anschrift",
            "wohnadresse",
            "postanschrift",
            "lieferadresse",
            "rechnungsadresse",
            "adresse postale",
            "adresse de livraison",
            "adresse de facturation",
            "numéro de rue",
            "nom de rue",
            "nom de la rue",
            "dirección postal",
            "dirección de envío",
            "dirección de facturación",
            "domicilio",
            "indirizzo di residenza",
            "indirizzo di spedizione",
            "indirizzo di fatturazione",
            "numero civico",
            "logradouro",
            "morada",
            "endereço de entrega",
            "endereço de cobrança",
            "straatnaam",
            "straat",
            "huisnummer",
            "woonadres",
            "postadres",
            "bezorgadres",
            "factuuradres",
            "ulica",
            "numer domu",
            "nr domu",
            "adres zamieszkania",
            "adres korespondencyjny",
            "adres dostawy",
        ],
        names: &[
            "address",
            "addresses",
            "addr",
            "street",
            "adresse",
            "rue",
            "dirección",
            "calle",
            "indirizzo",
            "endereço",
            "rua",
            "adres",
            "domicile",
        ],
        example: "12 Made Up Lane",
    },
];

/// The category of this name.
#[must_use]
pub fn find(category: &str) -> Option<&'static ByField> {
    BY_FIELD.iter().find(|row| row.category == category)
}

/// A word, and the same with its marks spelled otherwise or left out: `straße`, `strasse`.
pub(super) fn spellings(word: &str) -> Vec<String> {
    let written = |other: fn(char) -> Option<&'static str>| {
        word.chars().fold(String::new(), |mut text, c| {
            match other(c) {
                Some(other) => text.push_str(other),
                None => text.push(c),
            }
            text
        })
    };
    let mut all = vec![word.to_owned(), written(bare), written(|c| umlaut(c).or_else(|| bare(c)))];
    all.sort();
    all.dedup();
    all
}

fn umlaut(c: char) -> Option<&'static str> {
    match c {
        'ä' => Some("ae"),
        'ö' => Some("oe"),
        'ü' => Some("ue"),
        _ => None,
    }
}

fn bare(c: char) -> Option<&'static str> {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'ą' => Some("a"),
        'ç' | 'ć' => Some("c"),
        'è' | 'é' | 'ê' | 'ë' | 'ę' => Some("e"),
        'ì' | 'í' | 'î' | 'ï' => Some("i"),
        'ł' => Some("l"),
        'ñ' | 'ń' => Some("n"),
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => Some("o"),
        'ś' => Some("s"),
        'ß' => Some("ss"),
        'ù' | 'ú' | 'û' | 'ü' => Some("u"),
        'ź' | 'ż' => Some("z"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_says_nothing_twice() {
        assert!(BY_FIELD.is_sorted_by(|a, b| a.category < b.category));
        let mut all = Vec::new();
        for row in BY_FIELD {
            assert!(row.category.starts_with(GROUP), "{}", row.category);
            let words = row.words.iter().chain(row.names);
            all.extend(words.map(|word| word.to_lowercase()));
        }
        let said = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), said, "a name is told twice");
    }

    #[test]
    fn marks_may_be_left_out() {
        assert_eq!(spellings("straße"), ["strasse", "straße"]);
        assert_eq!(spellings("prüfziffer"), ["pruefziffer", "prufziffer", "prüfziffer"]);
        assert_eq!(spellings("hasło"), ["haslo", "hasło"]);
        assert_eq!(spellings("name"), ["name"]);
    }
}
