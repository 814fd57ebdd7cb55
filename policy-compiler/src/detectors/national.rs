//! What the checks of numbers that states give ask for, in words.

use cofferdam_engine::model::{
    AmericanId, AsianId, EastEuropeanId, SouthEuropeanId, SouthernId, WestEuropeanId,
};

pub(super) fn american(id: AmericanId) -> &'static str {
    match id {
        AmericanId::UsItin => "9 first, and a group that is given out",
        AmericanId::UsEin => "prefixes that are given out",
        AmericanId::UsPassport => "digits that are not all alike",
        AmericanId::UsDriverLicense => "the form of one of the states",
        AmericanId::CaSin => "Luhn, 0 and 8 not first",
        AmericanId::BrCpf => "two check digits mod 11, not all alike",
        AmericanId::BrCnpj => "two check digits mod 11, letters too, not all alike",
        AmericanId::MxCurp => "calendar, sex, state, check digit mod 10",
        AmericanId::ArCuit => "kind of person, weights mod 11",
        AmericanId::ClRut => "weights 2 to 7 mod 11, K for 10",
        AmericanId::CoNit => "prime weights mod 11",
    }
}

pub(super) fn west_european(id: WestEuropeanId) -> &'static str {
    match id {
        WestEuropeanId::UkNino => "letters and prefixes that are used",
        WestEuropeanId::UkUtr => "weights mod 11, the first digit checks",
        WestEuropeanId::UkDrivingLicence => "name, calendar, initials",
        WestEuropeanId::UkPassport => "digits that are not all alike",
        WestEuropeanId::UkPostcode => "area that exists, letters that are used",
        WestEuropeanId::UkVehicleRegistration => "the marks that were given out",
        WestEuropeanId::IePps => "weights mod 23, letter",
        WestEuropeanId::DeTaxId => "ISO 7064 mod 11,10, one digit repeated",
        WestEuropeanId::DeTaxNumber => "length, state",
        WestEuropeanId::DeIdCard | WestEuropeanId::DePassport => "alphabet, weights 7-3-1 mod 10",
        WestEuropeanId::DeSocialSecurity => "calendar, weighted sums of digits mod 10",
        WestEuropeanId::DeVatId => "ISO 7064 mod 11,10",
        WestEuropeanId::DeDrivingLicence => "weights 9 to 1 mod 11, X for 10",
        WestEuropeanId::DePostcode => "01001 to 99998",
        WestEuropeanId::DeVehicleRegistration => "at most 8 characters, 0 not first",
        WestEuropeanId::AtSsn => "calendar, weights mod 11",
        WestEuropeanId::FrNir => "month, department, 97 less mod 97",
        WestEuropeanId::FrNif => "mod 511",
        WestEuropeanId::NlBsn => "weights mod 11",
        WestEuropeanId::BeNrn => "calendar, 97 less mod 97, also of 2000",
        WestEuropeanId::LuNin => "calendar, Luhn and Verhoeff",
    }
}

pub(super) fn south_european(id: SouthEuropeanId) -> &'static str {
    match id {
        SouthEuropeanId::EsNif | SouthEuropeanId::EsNie => "letter of mod 23",
        SouthEuropeanId::EsNuss => "province, mod 97",
        SouthEuropeanId::EsPassport => "3 letters, 6 digits",
        SouthEuropeanId::PtNif => "weights mod 11",
        SouthEuropeanId::ItFiscalCode => "calendar, tables of odd and even places mod 26",
        SouthEuropeanId::ItVatCode => "office, Luhn",
        SouthEuropeanId::ItIdentityCard => "the forms on paper and as a card",
        SouthEuropeanId::ItPassport => "2 letters, 7 digits",
        SouthEuropeanId::ItDriverLicense => "the forms of before and after 2013",
        SouthEuropeanId::GrAmka => "calendar, Luhn",
        SouthEuropeanId::GrTin => "powers of 2 mod 11",
    }
}

pub(super) fn east_european(id: EastEuropeanId) -> &'static str {
    match id {
        EastEuropeanId::PlPesel => "calendar, weights mod 10",
        EastEuropeanId::PlNip => "weights mod 11",
        EastEuropeanId::CzSkBirthNumber => "calendar, mod 11",
        EastEuropeanId::HuTin => "8 first, weights mod 11",
        EastEuropeanId::RoCnp => "calendar, county, weights mod 11",
        EastEuropeanId::BgEgn => "calendar, weights mod 11",
        EastEuropeanId::SiTin => "weights mod 11",
        EastEuropeanId::SiEmso => "calendar, region, weights mod 11",
        EastEuropeanId::EeIsikukood | EastEuropeanId::LtAsmensKodas => {
            "calendar, two rows of weights mod 11"
        }
        EastEuropeanId::LvPersonasKods => "calendar and weights mod 11, or 32 to 39 first",
        EastEuropeanId::SePersonnummer => "calendar, Luhn",
        EastEuropeanId::SeOrganisationsnummer => "the third digit, Luhn",
        EastEuropeanId::FiHetu => "calendar, mod 31",
    }
}

pub(super) fn asian(id: AsianId) -> &'static str {
    match id {
        AsianId::InAadhaar => "Verhoeff, no palindrome",
        AsianId::InPan => "the fourth letter, a kind of holder",
        AsianId::InGstin => "state, PAN, Luhn mod 36",
        AsianId::InVoter => "3 letters, 7 digits",
        AsianId::InPassport => "letter, digits that are not 0 at the ends",
        AsianId::InVehicleRegistration => "state that exists",
        AsianId::SgNricFin => "weights mod 11, letters by kind",
        AsianId::SgUen => "weights mod 11, letters by kind",
        AsianId::ThTnin => "weights mod 11",
        AsianId::KrRrn | AsianId::KrFrn => "calendar, weights mod 11 for those born before 2020",
        AsianId::KrBrn => "weights mod 10",
        AsianId::KrPassport => "kind, 8 digits or a letter among them",
        AsianId::KrDriverLicense => "office",
        AsianId::CnResidentId => "region, calendar, ISO 7064 mod 11-2",
        AsianId::TrNationalId => "two check digits mod 10",
        AsianId::TrLicensePlate => "province, letters and digits that go together",
        AsianId::PhTin => "9, 12 or 14 digits",
    }
}

pub(super) fn southern(id: SouthernId) -> &'static str {
    match id {
        SouthernId::AuAbn => "weights mod 89",
        SouthernId::AuAcn => "weights mod 10",
        SouthernId::AuTfn => "weights mod 11",
        SouthernId::AuMedicare => "2 to 6 first, weights mod 10",
        SouthernId::NgNin => "digits that are not all alike",
        SouthernId::NgVehicleRegistration => "3 letters, 2 or 3 digits, 2 letters",
        SouthernId::ZaId => "calendar, citizenship, Luhn",
    }
}
