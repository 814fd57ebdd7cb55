//! Numbers whose check digits were worked out apart from the code, or are published as examples.

use super::*;
use std::string::String;

#[test]
fn numbers_of_america() {
    let rows: [Row<AmericanId>; 11] = [
        (
            AmericanId::UsItin,
            &["912-78-1234", "952940181", "946708194"],
            &["812781234", "912661234", "912891234", "91278123", "978935797"],
        ),
        (
            AmericanId::UsEin,
            &["137215901", "396245957"],
            &["072345678", "192345678", "111111111", "187777412"],
        ),
        (
            AmericanId::UsPassport,
            &["340020013", "A59898347", "A88783848"],
            &["333333333", "AB1234567", "1234567A8"],
        ),
        (
            AmericanId::UsDriverLicense,
            &["D123456789012", "12ABC34567", "K4319829", "N5724920"],
            &["D0000000", "ABCD1234", "D12345"],
        ),
        (
            AmericanId::CaSin,
            &["526114913", "369919220"],
            &["046454286", "800000002", "000000000", "590031441"],
        ),
        (
            AmericanId::BrCpf,
            &["11144477735", "50090518772", "18455345306"],
            &["11111111111", "1114447773", "32798378714"],
        ),
        (
            AmericanId::BrCnpj,
            &["12ABC34501DE35", "30891713000587", "45001828000364"],
            &["00000000000000", "12ABC34501DE36", "38707079000169"],
        ),
        (
            AmericanId::MxCurp,
            &["BOXW310820HNERXN09", "NIHG850719MMCMGT31", "MEXN520119HVZXRW60"],
            &["BOXW311320HNERXN09", "BOXW310820HXXRXN09", "RAYJ680902HJCJSH19"],
        ),
        (AmericanId::ArCuit, &["20566360269", "30047943880"], &["99055361682", "27259059711"]),
        (
            AmericanId::ClRut,
            &["12531909-2", "191547594", "162236822"],
            &["11111111", "1", "121926574"],
        ),
        (
            AmericanId::CoNit,
            &["213.123.432-1", "9903678051", "9469870022"],
            &["2131234325", "9194867478"],
        ),
    ];
    check(&rows, National::American);
}

#[test]
fn numbers_of_the_west_of_europe() {
    let rows: [Row<WestEuropeanId>; 22] = [
        (
            WestEuropeanId::UkNino,
            &["AB123456C", "CA613040C", "ZT119194C"],
            &["DB123456C", "BG123456A", "AO123456A", "AB123456E", "AB12345C"],
        ),
        (
            WestEuropeanId::UkUtr,
            &["1955839661", "4270788834", "2575090546"],
            &["2955839661", "3806932956"],
        ),
        (
            WestEuropeanId::UkDrivingLicence,
            &["MORGA657054SM9IJ", "MORGA607054SM9IJ12", "TUHPB607089YN9WF", "GZBMU551196MK9VZ"],
            &["MORGA637054SM9IJ", "MORGA657324SM9IJ", "M9RGA657054SM9IJ", "99999657054SM9IJ"],
        ),
        (
            WestEuropeanId::UkPassport,
            &["AB1234567", "543606346", "201368316"],
            &["111111111", "A12345678"],
        ),
        (
            WestEuropeanId::UkPostcode,
            &["SW1A 1AA", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "EC1A 1BB", "W1A 0AX"],
            &["QQ1 1AA", "SW1A 1CC", "SW1A1A", "1A1 1AA"],
        ),
        (
            WestEuropeanId::UkVehicleRegistration,
            &["AB12CDE", "A123BCD", "ABC123D"],
            &["AI12CDE", "Z123BCD", "AB1CDE"],
        ),
        (
            WestEuropeanId::IePps,
            &["1234567T", "1234567FA", "9289759EB", "1917865TA"],
            &["1234567A", "0000000W", "1234567TX", "6933363EX"],
        ),
        (
            WestEuropeanId::DeTaxId,
            &["36574261809", "45836207880", "49919073854"],
            &["01234567890", "36574261800", "12345678903", "65934285758"],
        ),
        (
            WestEuropeanId::DeTaxNumber,
            &["181/815/08155", "21/815/08150", "5181081508155"],
            &["5181181508155", "8181081508155", "111/111/11111"],
        ),
        (
            WestEuropeanId::DeIdCard,
            &["T220001293", "T22000129", "L01X00T471", "L97G9ZTKN1", "P0GH4M0XV4"],
            &["T220001294", "C01X00T478", "LMNPRTVWX", "T2200012", "T68MH91581"],
        ),
        (
            WestEuropeanId::DePassport,
            &["C01X00T478", "C01X00T47", "CLL975Z6X3", "G1CY3JJ7R4"],
            &["C01X00T479", "T220001293", "CA1X00T47", "HZ62P6YW68"],
        ),
        (
            WestEuropeanId::DeSocialSecurity,
            &["15070649C103", "65170839J003", "53240755M838", "15100283M676"],
            &["15070649C104", "15320649C103", "15100892H849"],
        ),
        (
            WestEuropeanId::DeVatId,
            &["DE136695976", "DE639612114", "DE663096754"],
            &["DE136695978", "136695976", "DE807276309"],
        ),
        (
            WestEuropeanId::DeDrivingLicence,
            &["B072RRE2I55", "G43HDAJSY12", "K80AHWWVB47"],
            &["B072RRE2I65", "BX72RRE2I55", "V65BXGJCS82"],
        ),
        (WestEuropeanId::DePostcode, &["01067", "10115", "99998"], &["00999", "99999", "1011"]),
        (
            WestEuropeanId::DeVehicleRegistration,
            &["B-XY 1234", "LOE-A 1E"],
            &["B-XY 0123", "ABCD-XYZ 1", "B 1"],
        ),
        (
            WestEuropeanId::AtSsn,
            &["1237 010180", "5472181164", "3017281180"],
            &["2237 010180", "0237010180", "7742190659"],
        ),
        (
            WestEuropeanId::FrNir,
            &["295109912611193", "202023722451440", "131087754568905"],
            &["295109912611199", "595109912611193", "295139912611193", "244071758470528"],
        ),
        (
            WestEuropeanId::FrNif,
            &["3023217600053", "2631543094404", "0389510740479"],
            &["3023217600054", "4023217600053", "0653684271290"],
        ),
        (
            WestEuropeanId::NlBsn,
            &["111222333", "146843812", "846536390"],
            &["111252333", "000000000", "811926502"],
        ),
        (
            WestEuropeanId::BeNrn,
            &["85073003328", "00012511148", "45102620431", "70090581385"],
            &["85073003329", "85133003328", "56110515572"],
        ),
        (
            WestEuropeanId::LuNin,
            &["1893120105732", "1978101436148", "1952060263363"],
            &["1893120105733", "1893120105742", "1893130105732", "1968091319949"],
        ),
    ];
    check(&rows, National::West);
}

#[test]
fn numbers_of_the_south_of_europe() {
    let rows: [Row<SouthEuropeanId>; 12] = [
        (
            SouthEuropeanId::EsNif,
            &["12345678Z", "29567983B", "03265858L"],
            &["12345678A", "1234567Z", "46930255W"],
        ),
        (
            SouthEuropeanId::EsNie,
            &["X1234567L", "Z0931915Y", "Y8010824F"],
            &["X1234567A", "W1234567L", "Z7106113R"],
        ),
        (
            SouthEuropeanId::EsNuss,
            &["281234567840", "345915771774", "082757290239"],
            &["281234567841", "991234567840", "514195062829"],
        ),
        (SouthEuropeanId::EsPassport, &["AAA123456", "AFV968502", "VGC575889"], &["AA1234567"]),
        (
            SouthEuropeanId::PtNif,
            &["501964843", "195344910", "586347275"],
            &["501964842", "401964843", "920872185"],
        ),
        (
            SouthEuropeanId::ItFiscalCode,
            &[
                "RCCMNL83S18D969H",
                "rccmnl83s18d969h",
                "RCCMNL83S18D96VW",
                "ACNJUN79E66F337T",
                "YUVAAN12T01L838G",
            ],
            &["RCCMNL83S18D969X", "RCCMNL83G18D969H", "RCCMNL83S00D969H", "FVHAYK42T66L977A"],
        ),
        (
            SouthEuropeanId::ItVatCode,
            &["00743110157", "IT00743110157", "50024770088", "41525180992"],
            &["00743110158", "00000000000", "60468060788"],
        ),
        (
            SouthEuropeanId::ItIdentityCard,
            &["CA12345AB", "AA1234567", "1234567AA", "CA54058CK", "CA20241JC"],
            &["CA123456A", "CA1234567B"],
        ),
        (SouthEuropeanId::ItPassport, &["YA1308171", "YA5261184"], &["Y12345678"]),
        (
            SouthEuropeanId::ItDriverLicense,
            &["U1K123456B", "DN1701507N", "PY1493102M"],
            &["U1KABCDEFB", "AA123456B"],
        ),
        (
            SouthEuropeanId::GrAmka,
            &["01013099997", "26039974097", "01074436294"],
            &["01013099999", "32013099997", "12038341441"],
        ),
        (
            SouthEuropeanId::GrTin,
            &["094259216", "EL094259216", "779993801", "132323947"],
            &["123456781", "000000000", "413971542"],
        ),
    ];
    check(&rows, National::South);
}

#[test]
fn numbers_of_the_east_and_north_of_europe() {
    let rows: [Row<EastEuropeanId>; 14] = [
        (
            EastEuropeanId::PlPesel,
            &["44051401359", "02070803628", "57081501823", "42102320718"],
            &["44051401358", "44131401359", "40090466985"],
        ),
        (
            EastEuropeanId::PlNip,
            &["8567346215", "9698751253", "1150898026"],
            &["8567346216", "5188965081"],
        ),
        (
            EastEuropeanId::CzSkBirthNumber,
            &["710319/2745", "530101123", "8501133047", "8551074411"],
            &["7103192746", "540101123", "711319/2745", "6062184339"],
        ),
        (
            EastEuropeanId::HuTin,
            &["8071592153", "8221651583", "8421355643"],
            &["9071592153", "8071592154", "8744727051"],
        ),
        (
            EastEuropeanId::RoCnp,
            &["1630615123457", "2600602364831", "2690921345434"],
            &["1630615123458", "0630615123457", "1631315123457", "2730903334433"],
        ),
        (
            EastEuropeanId::BgEgn,
            &["7523169263", "8032056031", "6104232858", "7203157483"],
            &["7552A10004", "8019010008", "7004227606"],
        ),
        (
            EastEuropeanId::SiTin,
            &["50223054", "SI50223054", "74928465", "82789363"],
            &["50223055", "05022305", "67336840"],
        ),
        (
            EastEuropeanId::SiEmso,
            &["0101006500006", "0309953503566", "0604984507260"],
            &["0101006500007", "0101006300006", "0910971500658"],
        ),
        (
            EastEuropeanId::EeIsikukood,
            &["36805280109", "44807021049", "35401041926"],
            &["36805280108", "96805280109", "36012280973"],
        ),
        (
            EastEuropeanId::LtAsmensKodas,
            &["33309240064", "45402048378", "36602285368"],
            &["33309240164", "13309240064", "39001280789"],
        ),
        (
            EastEuropeanId::LvPersonasKods,
            &["161175-19997", "320123-12345", "11089114770", "07049212509"],
            &["161375-19997", "161175-19998", "01025512787"],
        ),
        (
            EastEuropeanId::SePersonnummer,
            &["880320-0016", "8803200016", "198803200016", "7402237254", "6203101917"],
            &["880320-0018", "881320-0016", "178803200016", "5705082489"],
        ),
        (
            EastEuropeanId::SeOrganisationsnummer,
            &["1234567897", "5580411733", "5575997852"],
            &["1234567891", "1212567897", "5599455329"],
        ),
        (
            EastEuropeanId::FiHetu,
            &["131052-308T", "131052A308T", "220692-8174", "071293-024Y"],
            &["131052-308U", "131352-308T", "260457-2965"],
        ),
    ];
    check(&rows, National::East);
}

#[test]
fn numbers_of_asia() {
    let rows: [Row<AsianId>; 18] = [
        (
            AsianId::InAadhaar,
            &["234123412346", "536853164520", "775085408438"],
            &["222222222222", "123412341234", "643343121456", "761012418833"],
        ),
        (
            AsianId::InPan,
            &["ACUPA7085R", "MCXPJ6808G", "WAJPA6455T"],
            &["ABMPE0000A", "ABMXE1234A", "ACUPA7085", "FZNNW3604X"],
        ),
        (
            AsianId::InGstin,
            &["27AAPFU0939F1ZV", "27GGKCK1895M1ZA", "29YJSCT8800V1ZR"],
            &["27AAPFU0939F1Z0", "40AAPFU0939F1ZV", "27AAPFU0939F1XV", "07WJSCJ3894G1ZB"],
        ),
        (AsianId::InVoter, &["WKH1186253", "UNY7176045", "EJN8919832"], &["WK11186253"]),
        (
            AsianId::InPassport,
            &["J8369854", "N3460247", "L3502737"],
            &["Q8369854", "J0369854", "J8369850"],
        ),
        (
            AsianId::InVehicleRegistration,
            &["MH12AB1234", "DL8CAF5031", "22BH1234AB"],
            &["XX12AB1234", "MH12AB123"],
        ),
        (
            AsianId::SgNricFin,
            &["S1234567D", "M1234567K", "G4677999T", "F9806610K"],
            &["S1234567E", "A1234567D", "S0052255Y"],
        ),
        (
            AsianId::SgUen,
            &["00192200M", "197401143C", "S16FC0121D", "T01FC6132D", "79503741D", "51756615W"],
            &["00192200X", "S16FC0121A", "17803000S"],
        ),
        (
            AsianId::ThTnin,
            &["1234545678781", "8416095277819", "1553112839599"],
            &["0000000000000", "1234545678789", "4985687818344"],
        ),
        (
            AsianId::KrRrn,
            &["971013-9019902", "201013-3000000", "8708091703682", "5104222852551"],
            &["971013-9019903", "971313-9019902", "871110-6600385", "7608271611316"],
        ),
        (
            AsianId::KrFrn,
            &["871110-6600385", "9403085677984", "4911115957679"],
            &["871110-6600386", "971013-9019902", "4706286565400"],
        ),
        (
            AsianId::KrBrn,
            &["124-81-00998", "116-82-00276", "1797608114", "2470260391"],
            &["124-81-00999", "1436417068"],
        ),
        (
            AsianId::KrPassport,
            &["M123A4567", "M12345678", "M488V6852", "M988X8377"],
            &["A12345678", "M12AA4567"],
        ),
        (
            AsianId::KrDriverLicense,
            &["112012345678", "158101909904", "149732258951"],
            &["302012345678", "27-20-123456-78"],
        ),
        (
            AsianId::CnResidentId,
            &[
                "11010519491231002X",
                "11010519491231002x",
                "110105200010223689",
                "11010519760620138X",
            ],
            &[
                "110105194912310025",
                "91010519491231002X",
                "11010519491331002X",
                "110105196009024039",
            ],
        ),
        (
            AsianId::TrNationalId,
            &["17291716060", "21643717124", "76145431382"],
            &["17291716050", "07291716060", "29939448421"],
        ),
        (AsianId::TrLicensePlate, &["34ABC123", "06A1234"], &["82ABC123", "34ABC1234", "34WBC123"]),
        (
            AsianId::PhTin,
            &["123-456-789", "123-456-789-000", "894634272836", "588366584490"],
            &["111-111-111", "1234567890"],
        ),
    ];
    check(&rows, National::Asian);
}

#[test]
fn numbers_of_africa_and_oceania() {
    let rows: [Row<SouthernId>; 7] = [
        (
            SouthernId::AuAbn,
            &["51824753556", "37545842467", "93041683965"],
            &["51824753557", "01824753556", "54981190435"],
        ),
        (SouthernId::AuAcn, &["004085616", "098922591", "037313232"], &["004085617", "092341735"]),
        (
            SouthernId::AuTfn,
            &["123456782", "37118629", "905381387", "442915175"],
            &["123456789", "999999999", "706411612"],
        ),
        (
            SouthernId::AuMedicare,
            &["2123456701", "21234567011", "5028754476", "3229291375"],
            &["2123456711", "1123456701", "2123456700", "5162205230"],
        ),
        (SouthernId::NgNin, &["55199629608", "90740285776"], &["11111111111", "1234567890"]),
        (SouthernId::NgVehicleRegistration, &["ABC123DE", "KJA45XY"], &["ABC1234DE", "AB123DE"]),
        (
            SouthernId::ZaId,
            &["7503305044089", "5904269222087", "7812261520085"],
            &["7503305044088", "7513305044089", "7503305044389", "6104044602080"],
        ),
    ];
    check(&rows, National::Southern);
}

/// What a check takes, and what it does not.
type Row<'r, Id> = (Id, &'r [&'r str], &'r [&'r str]);

fn check<Id: Copy>(rows: &[Row<'_, Id>], national: impl Fn(Id) -> National) {
    for (id, right, wrong) in rows {
        let accepts = |text: &str| accept(national(*id), b"", text.as_bytes());
        assert!(!right.is_empty() && !wrong.is_empty());
        right.iter().for_each(|text| assert!(accepts(text), "{text}"));
        wrong.iter().for_each(|text| assert!(!accepts(text), "{text}"));
        assert!(!accepts("") && !accepts(&"7".repeat(40)) && !accepts("é"));
    }
}

#[test]
fn zones_that_machines_read() {
    // ICAO Doc 9303, the specimens of parts 4 to 6.
    let right = [
        concat!(
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n",
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        ),
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\r\nD231458907UTO7408122F1204159<<<<<<<6",
        concat!(
            "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\n",
            "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        ),
    ];
    for text in right {
        assert!(mrz::accept(text.as_bytes()), "{text}");
        for (at, digit) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
            let next = if digit == '9' { "0" } else { "5" };
            let next = if digit == '5' { "8" } else { next };
            let wrong: String = [&text[..at], next, &text[at + 1..]].concat();
            assert!(!mrz::accept(wrong.as_bytes()), "{wrong}");
        }
        assert!(!mrz::accept(&text.as_bytes()[1..]));
    }
}

#[test]
fn spellings_of_one_number_come_to_one() {
    let same = [
        (National::American(AmericanId::BrCpf), "111.444.777-35", "11144477735"),
        (National::American(AmericanId::ClRut), "12.531.909-k", "12531909K"),
        (National::West(WestEuropeanId::UkNino), "AB 12 34 56 C", "AB123456C"),
        (National::West(WestEuropeanId::DeVehicleRegistration), "LÖ-A 1", "LÖA1"),
        (National::South(SouthEuropeanId::ItVatCode), "IT00743110157", "00743110157"),
        (National::East(EastEuropeanId::SePersonnummer), "19880320-0016", "8803200016"),
        (National::East(EastEuropeanId::SePersonnummer), "880320+0016", "8803200016"),
        (National::East(EastEuropeanId::FiHetu), "131052-308t", "131052-308T"),
        (National::Asian(AsianId::InAadhaar), "2341 2341 2346", "234123412346"),
        (National::Southern(SouthernId::AuAbn), "51 824 753 556", "51824753556"),
    ];
    for (id, text, wanted) in same {
        let mut out = Vec::new();
        canonical(id, text.as_bytes(), &mut out);
        assert_eq!(out, wanted.as_bytes(), "{text}");
    }
}

#[test]
fn groups_of_a_dump_or_a_uuid_are_no_number() {
    let aadhaar = National::Asian(AsianId::InAadhaar);
    let spaced = b"2341 2341 2346";
    assert!(accept(aadhaar, b"aadhaar ", spaced) && accept(aadhaar, b"", spaced));
    assert!(!accept(aadhaar, b"3130 ", spaced) && !accept(aadhaar, b"2e31 ", spaced));
    assert!(!accept(aadhaar, b"00000010: ", spaced));
    assert!(!accept(aadhaar, b"123e4567-e89b-12d3-a456-", b"234123412346"));
}
