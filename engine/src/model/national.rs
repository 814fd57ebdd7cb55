//! The numbers that states give to people and companies: which check each of them takes.
//! Never reordered: the number is the format.

use serde::{Deserialize, Serialize};

/// North and South America.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AmericanId {
    /// United States, Individual Taxpayer Identification Number.
    UsItin,
    /// United States, Employer Identification Number.
    UsEin,
    /// United States, passport.
    UsPassport,
    /// United States, driver license of a state.
    UsDriverLicense,
    /// Canada, Social Insurance Number.
    CaSin,
    /// Brazil, Cadastro de Pessoas Físicas.
    BrCpf,
    /// Brazil, Cadastro Nacional da Pessoa Jurídica, of digits or of letters too.
    BrCnpj,
    /// Mexico, Clave Única de Registro de Población.
    MxCurp,
    /// Argentina, Clave Única de Identificación Tributaria, and CUIL.
    ArCuit,
    /// Chile, Rol Único Tributario.
    ClRut,
    /// Colombia, Número de Identificación Tributaria.
    CoNit,
}

/// The British Isles, Germany, Austria, France, the Low Countries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WestEuropeanId {
    /// United Kingdom, National Insurance number.
    UkNino,
    /// United Kingdom, Unique Taxpayer Reference.
    UkUtr,
    /// United Kingdom, driver number.
    UkDrivingLicence,
    /// United Kingdom, passport.
    UkPassport,
    /// United Kingdom, postcode.
    UkPostcode,
    /// United Kingdom, number plate.
    UkVehicleRegistration,
    /// Ireland, Personal Public Service number.
    IePps,
    /// Germany, Identifikationsnummer of a taxpayer.
    DeTaxId,
    /// Germany, Steuernummer of a tax office.
    DeTaxNumber,
    /// Germany, identity card.
    DeIdCard,
    /// Germany, passport.
    DePassport,
    /// Germany, Versicherungsnummer of the pension insurance.
    DeSocialSecurity,
    /// Germany, number for value added tax.
    DeVatId,
    /// Germany, driving licence.
    DeDrivingLicence,
    /// Germany, postcode.
    DePostcode,
    /// Germany, number plate.
    DeVehicleRegistration,
    /// Austria, Sozialversicherungsnummer.
    AtSsn,
    /// France, numéro d'inscription au répertoire.
    FrNir,
    /// France, numéro fiscal.
    FrNif,
    /// Netherlands, Burgerservicenummer.
    NlBsn,
    /// Belgium, national register number.
    BeNrn,
    /// Luxembourg, national identification number.
    LuNin,
}

/// Spain, Portugal, Italy, Greece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SouthEuropeanId {
    /// Spain, Número de Identificación Fiscal of a citizen.
    EsNif,
    /// Spain, Número de Identidad de Extranjero.
    EsNie,
    /// Spain, Número de la Seguridad Social.
    EsNuss,
    /// Spain, passport.
    EsPassport,
    /// Portugal, Número de Identificação Fiscal.
    PtNif,
    /// Italy, codice fiscale.
    ItFiscalCode,
    /// Italy, partita IVA.
    ItVatCode,
    /// Italy, identity card on paper or as a card.
    ItIdentityCard,
    /// Italy, passport.
    ItPassport,
    /// Italy, driving licence.
    ItDriverLicense,
    /// Greece, Arithmos Mitroou Koinonikis Asfalisis.
    GrAmka,
    /// Greece, Arithmos Forologikou Mitroou.
    GrTin,
}

/// East and north of Europe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EastEuropeanId {
    /// Poland, number of the population register.
    PlPesel,
    /// Poland, tax number.
    PlNip,
    /// Czechia and Slovakia, birth number.
    CzSkBirthNumber,
    /// Hungary, personal tax number.
    HuTin,
    /// Romania, Cod Numeric Personal.
    RoCnp,
    /// Bulgaria, uniform civil number.
    BgEgn,
    /// Slovenia, tax number.
    SiTin,
    /// Slovenia, unique master citizen number.
    SiEmso,
    /// Estonia, personal code.
    EeIsikukood,
    /// Lithuania, personal code.
    LtAsmensKodas,
    /// Latvia, personal code.
    LvPersonasKods,
    /// Sweden, personal identity number.
    SePersonnummer,
    /// Sweden, number of an organization.
    SeOrganisationsnummer,
    /// Finland, personal identity code.
    FiHetu,
}

/// Asia, Turkey included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AsianId {
    /// India, Aadhaar.
    InAadhaar,
    /// India, Permanent Account Number.
    InPan,
    /// India, Goods and Services Tax Identification Number.
    InGstin,
    /// India, Electors Photo Identity Card.
    InVoter,
    /// India, passport.
    InPassport,
    /// India, number plate.
    InVehicleRegistration,
    /// Singapore, National Registration Identity Card and Foreign Identification Number.
    SgNricFin,
    /// Singapore, Unique Entity Number.
    SgUen,
    /// Thailand, national identity number.
    ThTnin,
    /// South Korea, resident registration number.
    KrRrn,
    /// South Korea, foreigner registration number.
    KrFrn,
    /// South Korea, business registration number.
    KrBrn,
    /// South Korea, passport.
    KrPassport,
    /// South Korea, driver license.
    KrDriverLicense,
    /// China, resident identity card.
    CnResidentId,
    /// Turkey, identity number.
    TrNationalId,
    /// Turkey, number plate.
    TrLicensePlate,
    /// Philippines, Taxpayer Identification Number.
    PhTin,
}

/// Africa and Oceania.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SouthernId {
    /// Australia, Australian Business Number.
    AuAbn,
    /// Australia, Australian Company Number.
    AuAcn,
    /// Australia, Tax File Number.
    AuTfn,
    /// Australia, Medicare card.
    AuMedicare,
    /// Nigeria, National Identification Number.
    NgNin,
    /// Nigeria, number plate.
    NgVehicleRegistration,
    /// South Africa, identity number.
    ZaId,
}
