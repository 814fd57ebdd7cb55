//! Numbers of America north and south of the United States.

use super::{BARE, Builtin, CODE, N11, N333, NUMBER, words};
use cofferdam_engine::model::{AmericanId, Strength, Validator};

const CA_SIN: Validator = Validator::AmericanId(AmericanId::CaSin);
const BR_CPF: Validator = Validator::AmericanId(AmericanId::BrCpf);
const BR_CNPJ: Validator = Validator::AmericanId(AmericanId::BrCnpj);
const AR_CUIT: Validator = Validator::AmericanId(AmericanId::ArCuit);
const CL_RUT: Validator = Validator::AmericanId(AmericanId::ClRut);
const CO_NIT: Validator = Validator::AmericanId(AmericanId::CoNit);

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "ca_sin",
        category: "ca_sin",
        pattern: r"[1-79][0-9]{2}-[0-9]{3}-[0-9]{3}",
        structure: "3-3-3 digits with dashes",
        validator: CA_SIN,
        example: "130-692-544",
        ..NUMBER
    },
    Builtin {
        name: "ca_sin.bare",
        category: "ca_sin",
        pattern: N333,
        structure: "9 digits, perhaps 3-3-3 with spaces",
        validator: CA_SIN,
        near: words::CA_SIN,
        example: "130 692 544",
        ..BARE
    },
    Builtin {
        name: "br_cpf",
        category: "br_cpf",
        strength: Strength::Certain,
        pattern: r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}",
        structure: "3.3.3-2 digits",
        validator: BR_CPF,
        example: "111.444.777-35",
        ..NUMBER
    },
    Builtin {
        name: "br_cpf.bare",
        category: "br_cpf",
        pattern: N11,
        structure: "11 digits",
        validator: BR_CPF,
        near: words::BRAZIL,
        example: "11144477735",
        ..BARE
    },
    Builtin {
        name: "br_cnpj",
        category: "br_cnpj",
        on: false,
        strength: Strength::Certain,
        pattern: r"[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-[0-9]{2}",
        structure: "2.3.3/4-2 digits or capitals",
        validator: BR_CNPJ,
        example: "11.222.333/0001-81",
        ..NUMBER
    },
    Builtin {
        name: "br_cnpj.bare",
        category: "br_cnpj",
        on: false,
        pattern: r"[0-9A-Z]{12}[0-9]{2}",
        structure: "12 digits or capitals, 2 digits",
        validator: BR_CNPJ,
        near: words::BRAZIL,
        example: "11222333000181",
        ..BARE
    },
    Builtin {
        name: "mx_curp",
        category: "mx_curp",
        strength: Strength::Certain,
        pattern: r"[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[0-9A-Z][0-9]",
        structure: "4 letters, birth date, sex, state, 3 consonants, 2 characters",
        validator: Validator::AmericanId(AmericanId::MxCurp),
        example: "BOXW310820HNERXN09",
        ..CODE
    },
    Builtin {
        name: "ar_cuit",
        category: "ar_cuit",
        pattern: r"[23][0-9]-[0-9]{8}-[0-9]",
        structure: "2-8-1 digits with dashes",
        validator: AR_CUIT,
        example: "20-05536168-2",
        ..NUMBER
    },
    Builtin {
        name: "ar_cuit.bare",
        category: "ar_cuit",
        pattern: N11,
        structure: "11 digits",
        validator: AR_CUIT,
        near: words::AR_CUIT,
        example: "20055361682",
        ..BARE
    },
    Builtin {
        name: "cl_rut",
        category: "cl_rut",
        pattern: r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9Kk]",
        structure: "7 or 8 digits with dots, a dash, a digit or K",
        validator: CL_RUT,
        example: "12.531.909-2",
        ..NUMBER
    },
    Builtin {
        name: "cl_rut.bare",
        category: "cl_rut",
        pattern: r"[0-9]{7,8}-?[0-9Kk]",
        structure: "7 or 8 digits, perhaps a dash, a digit or K",
        validator: CL_RUT,
        near: words::CL_RUT,
        example: "12531909-2",
        ..BARE
    },
    Builtin {
        name: "co_nit",
        category: "co_nit",
        pattern: r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]",
        structure: "3.3.3-1 digits",
        validator: CO_NIT,
        example: "213.123.432-1",
        ..NUMBER
    },
    Builtin {
        name: "co_nit.bare",
        category: "co_nit",
        pattern: r"[0-9]{8,10}-?[0-9]",
        structure: "8 to 10 digits, perhaps a dash, a digit",
        validator: CO_NIT,
        near: words::CO_NIT,
        example: "213123432-1",
        ..BARE
    },
];
