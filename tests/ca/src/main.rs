//! Writes a throw-away authority's certificate and those of some peers into a folder:
//! `cofferdam-ca FOLDER NAME=URI[,URI]..`. Never keeps the authority's own key.

use cofferdam_ca::Authority;
use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, peers @ ..] = arguments.as_slice() else {
        eprintln!("usage: cofferdam-ca FOLDER NAME=URI[,URI]..");
        return ExitCode::from(2);
    };
    match write(Path::new(folder), peers) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn write(folder: &Path, peers: &[String]) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let authority = Authority::new()?;
    fs::write(folder.join("ca.pem"), authority.pem())?;
    for peer in peers {
        let (name, uris) = peer.split_once('=').unwrap_or((peer, ""));
        let uris: Vec<&str> = uris.split(',').filter(|uri| !uri.is_empty()).collect();
        authority.peer(name, &uris)?.write(folder, name)?;
    }
    Ok(())
}
