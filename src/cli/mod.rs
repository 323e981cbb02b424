//! The command line: one subcommand for everything that is done to an installation from outside the browser.

mod create_admin;
mod database;
mod demo;
mod grant_domain;
mod hashing;
mod import_sims;
mod key_file;
mod let_in;
mod load_keys;
mod mail;
mod migrate;
mod networks_file;
mod problem;
mod reconcile;
mod serve;
mod shorten_audit;
mod tls;
mod work;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::telemetry;

const ENVIRONMENT: &str = "\
Environment:
  DATABASE_URL      the PostgreSQL database to use, as in postgresql://user@host/database (several hosts
                    are fine). Without it a private PostgreSQL is started, or found running, in --data-dir.
                    It may hold a password, so it is no option: options can be read by everybody.
  SIMYARD_DATA_DIR  the same as --data-dir
  SIMYARD_LISTEN    the same as --listen
  SIMYARD_SMTP_URL  the mail server to send e-mail through, as in smtps://user:password@host, or smtp:// with
                    ?tls=required at its end for STARTTLS, or ?tls=none for a server that
                    is spoken to in clear over the network. Without it no e-mail is sent. No option, as above.
  SIMYARD_LOG       what is logged to standard error: error, warn (the default), info, debug, or per part of
                    the program, as in warn,fleet=debug";

/// A self-hosted connectivity portal for companies that own many IoT SIMs.
#[derive(Debug, Parser)]
#[command(name = "simyard", version, about, after_help = ENVIRONMENT, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Work(work::Work),
    Migrate(migrate::Migrate),
    Demo(demo::Demo),
    ImportSims(import_sims::ImportSims),
    LoadKeys(load_keys::LoadKeys),
    Reconcile(reconcile::Reconcile),
    CreateAdmin(create_admin::CreateAdmin),
    LetIn(let_in::LetIn),
    GrantDomain(grant_domain::GrantDomain),
    ShortenAudit(shorten_audit::ShortenAudit),
}

/// Runs the program: 0 when all went well, 1 after a problem that is said in one sentence, 2 for a wrong command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::start();
    let outcome = match cli.command {
        Command::Serve(command) => command.run(),
        Command::Work(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::ImportSims(command) => command.run(),
        Command::LoadKeys(command) => command.run(),
        Command::Reconcile(command) => command.run(),
        Command::CreateAdmin(command) => command.run(),
        Command::LetIn(command) => command.run(),
        Command::GrantDomain(command) => command.run(),
        Command::ShortenAudit(command) => command.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simyard: {}", problem::sentence(&error));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
