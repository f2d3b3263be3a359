//! A running `acmcert-sim`, and requests to it over plain TCP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A server that ends with the test.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // NB: it may be gone already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// `name` tells the servers of different tests apart. Rates and quotas are off.
    pub(crate) fn start(name: &str) -> Server {
        let file = format!("coverage-{name}-{}", std::process::id());
        let port_file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file);
        let _ = std::fs::remove_file(&port_file);
        let mut command = Command::new(env!("CARGO_BIN_EXE_acmcert-sim"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--port-file"]).arg(&port_file);
        let mut server = Server { process: command.spawn().unwrap(), address: String::new() };
        let deadline = Instant::now() + Duration::from_secs(10);
        while server.address.is_empty() {
            assert!(Instant::now() < deadline, "acmcert-sim does not serve");
            std::thread::sleep(Duration::from_millis(5));
            server.address = std::fs::read_to_string(&port_file).unwrap_or_default();
        }
        let _ = std::fs::remove_file(&port_file);
        let (status, _) = server.send("PATCH", "/_sim/settings", "", r#"{"quotas": null}"#);
        assert_eq!(status, 200);
        server
    }

    /// Calls an operation of ACM: the status, and the body as JSON or null.
    pub(crate) fn acm(&self, operation: &str, body: &str) -> (u16, Value) {
        let headers = format!(
            "X-Amz-Target: CertificateManager.{operation}\r\nContent-Type: application/x-amz-json-1.1\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=AKIASIM/20260301/us-east-1/acm/aws4_request, \
             SignedHeaders=host, Signature=0\r\n"
        );
        let (status, text) = self.send("POST", "/", &headers, body);
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Something of the control interface.
    pub(crate) fn control(&self, path: &str, body: &str) -> Value {
        let (status, text) = self.send("POST", path, "", body);
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let host = &self.address;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, text.to_owned())
    }
}
