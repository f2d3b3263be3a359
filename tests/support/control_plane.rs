//! A real etcd and kube-apiserver, started by `hack/cluster` when the first test needs it.

use super::{root, tool};
use acmcert::api::AcmCertificate;
use kube::{
    Api, Client, Config,
    api::{Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

static KUBECONFIG: OnceLock<PathBuf> = OnceLock::new();

/// The kubeconfig of the run's control plane, with the CRD installed.
pub fn kubeconfig() -> &'static Path {
    KUBECONFIG.get_or_init(|| {
        let dir =
            std::env::var_os("ACMCERT_TEST_CLUSTER").map_or_else(|| root().join("target/test-cluster"), PathBuf::from);
        let up = Command::new(root().join("hack/cluster"))
            .args(["up", "--controllers", "--dir"])
            .arg(&dir)
            .output()
            .unwrap();
        assert!(up.status.success(), "hack/cluster up: {}", String::from_utf8_lossy(&up.stderr));
        let kubeconfig = dir.join("kubeconfig");
        let crd = root().join("crds/acmcert.io_acmcertificates.yaml");
        succeed(kubectl_with(
            &kubeconfig,
            &["apply", "--server-side", "--force-conflicts", "-f", crd.to_str().unwrap()],
            None,
        ));
        let established = ["wait", "--for=condition=Established", "--timeout=30s", "crd/acmcertificates.acmcert.io"];
        succeed(kubectl_with(&kubeconfig, &established, None));
        kubeconfig
    })
}

/// Runs kubectl against the control plane.
pub fn kubectl(args: &[&str], stdin: Option<&str>) -> Output {
    kubectl_with(kubeconfig(), args, stdin)
}

/// Runs kubectl, which must succeed, and answers what it printed.
pub fn kubectl_ok(args: &[&str], stdin: Option<&str>) -> String {
    succeed(kubectl(args, stdin))
}

fn kubectl_with(kubeconfig: &Path, args: &[&str], stdin: Option<&str>) -> Output {
    run(Command::new(tool("kubectl")).args(args).env("KUBECONFIG", kubeconfig), stdin)
}

/// Runs a command with text on its standard input.
pub fn run(command: &mut Command, stdin: Option<&str>) -> Output {
    use std::io::Write;
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let text = stdin.unwrap_or_default().to_owned();
    let writer = std::thread::spawn(move || pipe.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // NB: a command that does not read its input closes the pipe.
    let _ = writer.join().unwrap();
    output
}

/// The standard output of a command that must have succeeded.
pub fn succeed(output: Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    out.into_owned()
}

/// A kubeconfig with a token of that ServiceAccount instead of the administrator.
pub fn kubeconfig_of(service_account: &str, namespace: &str) -> PathBuf {
    let token = kubectl_ok(&["create", "token", service_account, "-n", namespace], None);
    let view = kubectl_ok(&["config", "view", "--raw", "-o", "json"], None);
    let mut config: serde_json::Value = serde_json::from_str(&view).unwrap();
    config["users"][0]["user"] = serde_json::json!({ "token": token.trim() });
    let path = root().join(format!("target/test-logs/{service_account}.kubeconfig"));
    std::fs::write(&path, config.to_string()).unwrap();
    path
}

/// A client with the administrator's rights.
pub async fn client() -> Client {
    // NB: another test may have installed it.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let kubeconfig = Kubeconfig::read_from(kubeconfig()).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

/// Objects of a namespace.
pub async fn certificates(namespace: &str) -> Api<AcmCertificate> {
    Api::namespaced(client().await, namespace)
}

/// A namespace that no other test of this run has.
pub async fn namespace(test: &str) -> String {
    use k8s_openapi::api::core::v1::Namespace;
    let name = format!("{test}-{:x}", std::process::id());
    let api: Api<Namespace> = Api::all(client().await);
    let namespace = Namespace {
        metadata: kube::api::ObjectMeta { name: Some(name.clone()), ..Default::default() },
        ..Default::default()
    };
    // An earlier process of the same id on the same cluster left it: as good.
    let _ = api.create(&PostParams::default(), &namespace).await;
    name
}

/// A merge patch by a user.
pub async fn patch(namespace: &str, name: &str, patch: serde_json::Value) -> AcmCertificate {
    let api = certificates(namespace).await;
    api.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap()
}
