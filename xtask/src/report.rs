//! `report`: a result as a page that people read, show to others and print.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::{Args, ValueEnum};
use sgdlab_reports::analysis::{Comparison, Options};
use sgdlab_reports::page::{Origin, Report};
use sgdlab_reports::reading::{Mapping, Source, Wish};
use sgdlab_sweeps::write_aside;

use crate::compare::{chain, number, positive, tune};
use crate::sweep::command;
use crate::text::{self, bytes, fill};
