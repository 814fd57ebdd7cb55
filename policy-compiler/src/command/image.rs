//! `cofferdam image`: the filter's module as an image, for registries and for Istio.

use super::{Ended, Ending, Failure, files};
use clap::{ArgMatches, Command};
use cofferdam_policy_compiler::image::Image;
use std::fs;
use std::io;
use std::path::Path;

pub(super) fn command() -> Command {
    Command::new("image")
        .about("Makes an image of the filter's module, for registries and Istio")
        .arg(files::argument("module", "MODULE", "The filter's module"))
        .arg(
            files::argument("output", "DIR", "Folder to write; it is made")
                .short('o')
                .long("output"),
        )
        .after_help(
            "The same module gives the same image. Push it with a client for registries:\n\
             \x20 skopeo copy --preserve-digests oci:DIR docker://REGISTRY/NAME:TAG",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let path = files::path(matches, "module")?;
    let refused = |why: &dyn std::fmt::Display| {
        Failure::refused(format!("error: {}: {why}", files::name(path)))
    };
    let image = Image::of_module(&files::read(path)?).map_err(|error| {
        let help = "hand in the filter's module: `cargo xtask dist` builds `cofferdam.wasm`";
        refused(&format_args!("{error}\nhelp: {help}"))
    })?;
    let output = files::path(matches, "output")?;
    let shown = files::name(output);
    write(&image, output).map_err(|error| {
        let help = "name a folder that is not there yet, or an empty one";
        Failure::misuse(format!("error: {shown}: {error}\nhelp: {help}"))
    })?;
    let talk = format!(
        "the module in it has the digest {}\n\
         push it: skopeo copy --preserve-digests oci:{shown} docker://REGISTRY/NAME:TAG\n\
         name it: oci://REGISTRY/NAME@sha256:{}",
        image.module, image.digest
    );
    Ok(Ending::done(format!("sha256:{}  {shown}\n", image.digest), talk))
}

/// Writes a folder in one step: nobody sees half of it, and nothing that was there is lost.
fn write(image: &Image, output: &Path) -> io::Result<()> {
    let taken = match fs::read_dir(output) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error),
    };
    if taken {
        return Err(io::Error::other("there is something in this folder"));
    }
    let mut name = output.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = output.with_file_name(name);
    let written = image.files.iter().try_for_each(|(name, bytes)| {
        let path = part.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&part))?;
        fs::write(path, bytes)
    });
    // An empty folder gives way.
    let moved = written.and_then(|()| match fs::remove_dir(output) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::rename(&part, output),
    });
    if moved.is_err() {
        let _ = fs::remove_dir_all(&part);
    }
    moved
}
