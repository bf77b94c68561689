//! A sweep over hosts that ssh reaches, one of which is lost.

#![cfg(target_os = "linux")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::cluster::{self, PLAN, hold, signal, wait_for};
use crate::support::Lab;

/// The daemon, which wants to be called by its whole path.
const DAEMON: &str = "/usr/sbin/sshd";

/// Hosts that are daemons on ports of this machine, in the folder `hosts`.
struct Hosts(Vec<Child>);

impl Hosts {
    /// Starts some, and names one more, `node0`, that does not answer; `None` where a program is missing.
    fn start(lab: &Lab, count: usize) -> Option<Self> {
        let there = |program: &str, argument: &str| {
            Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        };
        if !there(DAEMON, "-V")
            || !there("ssh", "-V")
            || !there("ssh-keygen", "--help")
            || !there("parallel", "--version")
        {
            return None;
        }
        fs::create_dir(lab.path("hosts")).expect("the folder is writable");
        // An administrator's daemon wants this folder; another one's does not.
        let _ = fs::create_dir("/run/sshd");
        for name in ["host", "user"] {
            let mut command = Command::new("ssh-keygen");
            command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(lab.path(&format!("hosts/{name}")));
            assert!(command.status().expect("ssh-keygen").success());
        }
        let mut known = reached(lab, 0, free_port());
        let hosts = (1..=count).map(|number| host(lab, number, &mut known)).collect();
        fs::write(lab.path("hosts/known"), known).expect("the folder is writable");
        Some(Self(hosts))
    }
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// How ssh reaches a host.
fn reached(lab: &Lab, number: usize, port: u16) -> String {
    let folder = lab.path("hosts").display().to_string();
    format!(
        "Host node{number}\nHostName 127.0.0.1\nPort {port}\nIdentityFile {folder}/user\nIdentitiesOnly yes\n\
         UserKnownHostsFile /dev/null\nStrictHostKeyChecking no\nLogLevel ERROR\n"
    )
}

/// Starts a host, and says how it is reached.
///
/// Its sessions have a home without start-up files: those of the person may wait for locks that killed sessions left.
fn host(lab: &Lab, number: usize, known: &mut String) -> Child {
    let folder = lab.path("hosts").display().to_string();
    let port = free_port();
    let config = lab.path(&format!("hosts/daemon{number}"));
    let text = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n\
         PidFile none\nStrictModes no\nUsePAM no\nSetEnv HOME={folder}\n"
    );
    fs::write(&config, text).expect("the folder is writable");
    *known += &reached(lab, number, port);
    let mut command = Command::new(DAEMON);
    let child = command.args(["-D", "-e", "-f"]).arg(&config).stderr(Stdio::null()).spawn().expect("sshd");
    wait_for("a host", || TcpStream::connect(("127.0.0.1", port)).ok().map(drop));
    child
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for host in &mut self.0 {
            signal("KILL", &cluster::family(host.id()));
            let _ = host.wait();
        }
    }
}

#[test]
fn a_sweep_survives_hosts_that_are_lost_or_never_answer() {
    let lab = Lab::with_plan(PLAN);
    let Some(hosts) = Hosts::start(&lab, 2) else {
        return cluster::skip(
            "sshd or GNU parallel is not installed, and no sweep was tried over ssh",
            "SGDLAB_NO_SSH",
        );
    };
    cluster::sweep_alone(&lab);
    let ssh = format!("ssh -F {}", lab.path("hosts/known").display());
    let mut command =
        lab.command(&["submit", "plan.toml", "--engine", "ssh", "--hosts", "node0,node1,node2", "--out", "run"]);
    command.args(["--shards", "6", "--cpus-per-task", "1"]);
    command.env("PARALLEL_SSH", ssh).env("PARALLEL_HOME", lab.path("hosts")).env_remove("SSH_AUTH_SOCK");
    let errors = fs::File::create(lab.path("errors")).expect("the folder is writable");
    let mut sweep = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("the program starts");

    let of_second = |process: u32| cluster::family(hosts.0[1].id()).contains(&process);
    let held = hold(&lab, 6, &[], of_second);
    let lost = cluster::family(hosts.0[1].id());
    assert!(lost.contains(&held.process));
    signal("KILL", &lost);

    let mut said = String::new();
    std::io::Read::read_to_string(sweep.stdout.as_mut().expect("a pipe"), &mut said).expect("output is UTF-8");
    assert_eq!(sweep.wait().expect("it ends").code(), Some(0), "{said}\n{}", lab.read("errors"));
    cluster::assert_same_tables(&lab, "run", "out");
    let log = lab.read("run/log/hosts.log");
    assert!(log.contains("node1"), "{log}");
    drop(hosts);
    let folder = lab.path(".").display().to_string();
    let folder = Path::new(folder.trim_end_matches("/.")).display().to_string();
    wait_for("no process to be left over", || cluster::left_over(&folder).is_empty().then_some(()));
}
