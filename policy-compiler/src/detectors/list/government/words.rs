//! Words near numbers that states give. Kinds that all countries have share one list.

/// Near a passport.
pub(super) const PASSPORT: &[&str] = &[
    "passport",
    "passport number",
    "passport no",
    "passport nr",
    "passport id",
    "reisepass",
    "reisepassnummer",
    "pass nr",
    "passnummer",
    "passeport",
    "pasaporte",
    "passaporto",
    "passaporte",
    "paspoort",
    "travel document",
];

/// Near a British passport with letters.
pub(super) const UK_PASSPORT: &[&str] =
    &["uk passport", "british passport", "gb passport", "hmpo", "passport office"];

/// Near a driving licence.
pub(super) const DRIVER: &[&str] = &[
    "driver license",
    "drivers license",
    "s license",
    "driver licence",
    "drivers licence",
    "s licence",
    "driving license",
    "driving licence",
    "driver lic",
    "drivers lic",
    "dl number",
    "dl no",
    "cdl",
    "dln",
    "dmv",
    "operator license",
    "führerschein",
    "fuehrerschein",
    "führerscheinnummer",
    "fuehrerscheinnummer",
    "fahrerlaubnis",
    "patente",
    "patente di guida",
    "permis de conduire",
];

/// Near an identity card.
pub(super) const ID_CARD: &[&str] = &[
    "id card",
    "identity card",
    "id card number",
    "national id",
    "identity document",
    "ausweis",
    "ausweisnummer",
    "ausweisnr",
    "ausweis nr",
    "personalausweis",
    "personalausweisnummer",
    "carta d identita",
    "carta identita",
    "carta identità",
    "identita",
    "identità",
    "cie",
];

/// Near a postcode that has a form of its own.
pub(super) const POSTCODE: &[&str] =
    &["postcode", "post code", "postal code", "postal", "zip", "zip code", "address"];

/// Near a postcode that any number looks like.
pub(super) const DE_POSTCODE: &[&str] =
    &["plz", "postleitzahl", "postcode", "post code", "postal code", "zip code"];

/// Near a number plate.
pub(super) const PLATE: &[&str] = &[
    "plate",
    "number plate",
    "numberplate",
    "license plate",
    "licence plate",
    "plate number",
    "registration",
    "reg",
    "reg number",
    "vehicle",
    "vehicle registration",
    "vrm",
    "vrn",
    "kennzeichen",
    "kfz",
    "plaka",
    "car",
];

/// Near a Social Security number. A bare one passes for the tax number of any other state, so
/// that a word for tax numbers says too little.
pub(super) const SSN: &[&str] =
    &["ssn", "social security", "social security number", "socsec", "soc sec"];

/// Near the number of a taxpayer who has no Social Security number.
pub(super) const ITIN: &[&str] = &[
    "itin",
    "individual taxpayer",
    "taxpayer id",
    "tin",
    "tax id",
    "ssn",
    "social security",
    "social security number",
    "socsec",
    "soc sec",
];

pub(super) const US_EIN: &[&str] = &[
    "ein",
    "fein",
    "employer id",
    "employer identification",
    "employer identification number",
    "federal tax id",
    "federal id",
    "tax id",
    "irs",
];

pub(super) const CA_SIN: &[&str] = &[
    "sin",
    "sin number",
    "social insurance",
    "social insurance number",
    "nas",
    "assurance sociale",
];

pub(super) const BRAZIL: &[&str] =
    &["cpf", "cnpj", "cadastro", "cadastro de pessoas", "receita federal", "contribuinte"];

pub(super) const AR_CUIT: &[&str] =
    &["cuit", "cuil", "cuit cuil", "afip", "clave unica", "identificacion tributaria"];

pub(super) const CL_RUT: &[&str] =
    &["rut", "rol unico", "rol único", "rol unico tributario", "rol único tributario"];

pub(super) const CO_NIT: &[&str] =
    &["nit", "identificacion tributaria", "identificación tributaria", "dian"];

pub(super) const UK_UTR: &[&str] = &[
    "utr",
    "utr number",
    "unique taxpayer",
    "unique taxpayer reference",
    "self assessment",
    "taxpayer reference",
    "tax reference",
    "hmrc",
];

pub(super) const IE_PPS: &[&str] =
    &["pps", "ppsn", "pps number", "pps no", "personal public service", "rsi number"];

pub(super) const DE_TAX: &[&str] = &[
    "steuer id",
    "steuerid",
    "steuer identifikationsnummer",
    "steueridentifikationsnummer",
    "steuerliche identifikationsnummer",
    "identifikationsnummer",
    "idnr",
    "id nr",
    "tin",
    "tax id",
    "tax number",
    "tax identification number",
    "steuernummer",
    "steuer nr",
    "steuernr",
    "st nr",
    "stnr",
    "finanzamt",
];

pub(super) const DE_REGISTER: &[&str] = &[
    "handelsregister",
    "handelsregisternummer",
    "amtsgericht",
    "registergericht",
    "register",
    "commercial register",
    "company register",
];

pub(super) const AT_SSN: &[&str] = &[
    "svnr",
    "sv nr",
    "sv nummer",
    "sozialversicherung",
    "sozialversicherungsnummer",
    "versicherungsnummer",
    "vsnr",
    "social security",
    "social security number",
    "e card",
];

pub(super) const FR_NIR: &[&str] = &[
    "nir",
    "insee",
    "numero insee",
    "numéro insee",
    "secu",
    "sécu",
    "securite sociale",
    "sécurité sociale",
    "numero de securite sociale",
    "numéro de sécurité sociale",
    "carte vitale",
    "assure social",
    "assuré social",
    "social security",
];

pub(super) const FR_TAX: &[&str] = &[
    "nif",
    "spi",
    "fiscal",
    "numero fiscal",
    "numéro fiscal",
    "reference fiscale",
    "référence fiscale",
    "impots",
    "impôts",
    "tax number",
    "tax id",
    "tin",
];

pub(super) const NL_BSN: &[&str] = &[
    "bsn",
    "bsn nummer",
    "burgerservicenummer",
    "burger service nummer",
    "sofi",
    "sofinummer",
    "citizen service number",
];

pub(super) const BE_NRN: &[&str] = &[
    "nrn",
    "rijksregister",
    "rijksregisternummer",
    "insz",
    "niss",
    "registre national",
    "numero national",
    "numéro national",
    "national number",
    "national register",
    "nationalregisternummer",
];

pub(super) const ES_NUSS: &[&str] = &[
    "nuss",
    "naf",
    "nss",
    "seguridad social",
    "numero de afiliacion",
    "número de afiliación",
    "afiliacion",
    "afiliación",
    "social security",
];

pub(super) const PT_NIF: &[&str] = &[
    "nif",
    "nipc",
    "contribuinte",
    "numero de contribuinte",
    "número de contribuinte",
    "identificacao fiscal",
    "identificação fiscal",
    "tax number",
    "tax id",
];

pub(super) const IT_VAT: &[&str] =
    &["partita iva", "p iva", "piva", "iva", "vat", "vat number", "vat code"];

pub(super) const GR_AMKA: &[&str] = &["amka", "social security", "asfalisis"];

pub(super) const GR_TIN: &[&str] = &["afm", "tin", "tax id", "tax number", "vat number", "vat id"];

pub(super) const PL_PESEL: &[&str] = &["pesel", "nr pesel", "numer pesel", "pesel number"];

pub(super) const PL_NIP: &[&str] = &[
    "nip",
    "nip number",
    "numer identyfikacji podatkowej",
    "vat number",
    "vat id",
    "tax id",
    "tax number",
];

pub(super) const CZ_SK_BIRTH_NUMBER: &[&str] =
    &["rodne cislo", "rodné číslo", "rodného čísla", "rč", "birth number", "personal number"];

pub(super) const HU_TIN: &[&str] = &[
    "adoazonosito",
    "adóazonosító",
    "adoazonosito jel",
    "adóazonosító jel",
    "adojel",
    "adójel",
    "tax id",
    "tax number",
    "tin",
];

pub(super) const RO_CNP: &[&str] =
    &["cnp", "cod numeric personal", "cod numeric", "personal numeric code", "personal code"];

pub(super) const BG_EGN: &[&str] = &["egn", "uniform civil number", "civil number", "grazhdanski"];

pub(super) const SI_TIN: &[&str] = &[
    "davcna",
    "davčna",
    "davcna stevilka",
    "davčna številka",
    "vat number",
    "vat id",
    "tax number",
];

pub(super) const SI_EMSO: &[&str] =
    &["emso", "emšo", "jmbg", "maticna stevilka", "matična številka", "master citizen number"];

pub(super) const EE_ISIKUKOOD: &[&str] =
    &["isikukood", "isiku kood", "personal code", "identification code", "estonian id"];

pub(super) const LT_ASMENS_KODAS: &[&str] =
    &["asmens kodas", "asmens kodo", "asmens kodą", "personal code", "lithuanian id"];

pub(super) const LV_PERSONAS_KODS: &[&str] =
    &["personas kods", "personas koda", "personal code", "latvian id"];

pub(super) const SE_PERSONNUMMER: &[&str] = &[
    "personnummer",
    "personnr",
    "person nr",
    "pnr",
    "samordningsnummer",
    "personal identity number",
    "personal number",
    "swedish id",
];

pub(super) const SE_ORGANISATIONSNUMMER: &[&str] = &[
    "organisationsnummer",
    "organisations nr",
    "orgnr",
    "org nr",
    "organization number",
    "organisation number",
];

pub(super) const IN_AADHAAR: &[&str] =
    &["aadhaar", "aadhar", "adhaar", "adhar", "uidai", "aadhaar number", "aadhaar no"];

pub(super) const IN_VOTER: &[&str] =
    &["voter", "voter id", "epic", "epic number", "election", "elector", "voter card"];

pub(super) const SG_UEN: &[&str] =
    &["uen", "unique entity number", "entity number", "acra", "gst", "business registration"];

pub(super) const TH_TNIN: &[&str] =
    &["thai id", "thai national id", "national id", "citizen id", "id card", "tnin"];

pub(super) const KOREA: &[&str] = &[
    "rrn",
    "resident registration",
    "resident registration number",
    "resident number",
    "jumin",
    "jumin number",
    "frn",
    "alien registration",
    "foreigner registration",
    "foreigner registration number",
    "korean id",
];

pub(super) const KR_BRN: &[&str] =
    &["brn", "business registration", "business registration number", "business number", "saeopja"];

pub(super) const TR_NATIONAL_ID: &[&str] = &[
    "tckn",
    "tc",
    "tc no",
    "tc kimlik",
    "tc kimlik no",
    "kimlik",
    "kimlik no",
    "kimlik numarası",
    "kimlik numarasi",
    "turkish id",
    "national id",
];

pub(super) const PH_TIN: &[&str] = &["tin", "bir", "tin number", "tin no", "bir tin"];

pub(super) const NG_NIN: &[&str] =
    &["nin", "nin number", "national identification number", "nimc", "national identity number"];

pub(super) const ZA_ID: &[&str] = &[
    "id number",
    "id no",
    "identity number",
    "identity no",
    "south african id",
    "sa id",
    "rsa id",
    "said",
    "national id",
    "identiteitsnommer",
];

pub(super) const AU_COMPANY: &[&str] = &[
    "abn",
    "acn",
    "business number",
    "company number",
    "australian business number",
    "australian company number",
    "asic",
];

pub(super) const AU_TFN: &[&str] = &["tfn", "tax file", "tax file number", "tax file no"];

pub(super) const AU_MEDICARE: &[&str] =
    &["medicare", "medicare number", "medicare card", "medicare no", "irn"];
