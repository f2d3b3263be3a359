//! How many calls a simulator answers in a second: `throughput BINARY [SECONDS]`, through `hack/bench-sim`.
//!
//! It starts the binary with every quota off and calls it over keep-alive connections, one and then four. The numbers
//! are for reading: nothing fails because a machine is slow.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What each client asks for, as often as it can.
#[derive(Debug, Clone)]
enum Load {
    DescribeCertificate { arn: String },
    ChangeResourceRecordSets { zone: String },
}

impl Load {
    fn name(&self) -> &'static str {
        match self {
            Load::DescribeCertificate { .. } => "DescribeCertificate",
            Load::ChangeResourceRecordSets { .. } => "ChangeResourceRecordSets, one record",
        }
    }

    /// Path, headers and body of the `number`-th call of a client.
    fn request(&self, client: usize, number: u64) -> (String, String, String) {
        match self {
            Load::DescribeCertificate { arn } => (
                "/".to_owned(),
                format!("X-Amz-Target: CertificateManager.DescribeCertificate\r\n{}", authorization("acm")),
                json!({"CertificateArn": arn}).to_string(),
            ),
            Load::ChangeResourceRecordSets { zone } => (
                format!("/2013-04-01/hostedzone/{zone}/rrset"),
                authorization("route53"),
                format!(
                    "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>UPSERT</Action>\
                     <ResourceRecordSet><Name>n{}.c{client}.example.com</Name><Type>CNAME</Type><TTL>300</TTL>\
                     <ResourceRecords><ResourceRecord><Value>v{number}.example.net</Value></ResourceRecord>\
                     </ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch>\
                     </ChangeResourceRecordSetsRequest>",
                    number % 1000
                ),
            ),
        }
    }
}

fn authorization(service: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIASIM/20260301/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0\r\n"
    )
}

/// A server that ends with this program.
#[derive(Debug)]
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // NB: it may be gone already; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(binary: &str, port_file: &Path) -> Outcome<(Server, String)> {
    let _ = std::fs::remove_file(port_file);
    let mut command = Command::new(binary);
    command.args(["serve", "--listen", "127.0.0.1:0", "--port-file"]).arg(port_file);
    let mut server = Server(command.spawn()?);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match std::fs::read_to_string(port_file) {
            Ok(address) if !address.is_empty() => return Ok((server, address)),
            _ if Instant::now() > deadline || server.0.try_wait()?.is_some() => {
                return Err(format!("{binary} does not serve").into());
            }
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// A connection that is kept.
#[derive(Debug)]
struct Client {
    address: String,
    stream: BufReader<TcpStream>,
}

impl Client {
    fn connect(address: &str) -> Outcome<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Client { address: address.to_owned(), stream: BufReader::new(stream) })
    }

    fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Outcome<Vec<u8>> {
        let (host, length) = (&self.address, body.len());
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut status = String::new();
        self.stream.read_line(&mut status)?;
        let mut length: usize = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse()?,
                Some(_) => {}
                None => break,
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        if status.split(' ').nth(1) != Some("200") {
            return Err(format!("{}: {}", status.trim_end(), String::from_utf8_lossy(&answer)).into());
        }
        Ok(answer)
    }

    fn control(&mut self, method: &str, path: &str, body: &Value) -> Outcome<Value> {
        let answer = self.send(method, path, "", &body.to_string())?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// How many calls one client got answered.
fn run(address: &str, load: &Load, client: usize, duration: Duration) -> Outcome<u64> {
    let mut connection = Client::connect(address)?;
    let end = Instant::now() + duration;
    let mut number = 0;
    while Instant::now() < end {
        let (path, headers, body) = load.request(client, number);
        connection.send("POST", &path, &headers, &body)?;
        number += 1;
    }
    Ok(number)
}

fn measure(address: &str, load: &Load, clients: usize, duration: Duration) -> Outcome<f64> {
    let started = Instant::now();
    let mut calls = 0;
    std::thread::scope(|scope| -> Outcome<()> {
        let threads: Vec<_> =
            (0..clients).map(|client| scope.spawn(move || run(address, load, client, duration))).collect();
        for thread in threads {
            calls += thread.join().map_err(|_| "a client panicked")??;
        }
        Ok(())
    })?;
    Ok(calls as f64 / started.elapsed().as_secs_f64())
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().ok_or("usage: throughput BINARY [SECONDS]")?;
    let seconds: u64 = arguments.next().map_or(Ok(3), |text| text.parse::<u64>())?;
    let port_file = std::env::temp_dir().join(format!("acmcert-sim-throughput-{}", std::process::id()));
    let (_server, address) = start(&binary, &port_file)?;
    let _ = std::fs::remove_file(&port_file);
    let mut client = Client::connect(&address)?;
    client.control("PATCH", "/_sim/settings", &json!({"quotas": null}))?;
    let planted = client.control("POST", "/_sim/certificates", &json!({"domainName": "example.com"}))?;
    let zone = client.control("POST", "/_sim/zones", &json!({"name": "example.com"}))?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("an answer without an id");
    let loads = [
        Load::DescribeCertificate { arn: text(&planted["certificateArn"])? },
        Load::ChangeResourceRecordSets { zone: text(&zone["id"])? },
    ];
    let mut output = std::io::stdout().lock();
    for load in &loads {
        for clients in [1, 4] {
            let rate = measure(&address, load, clients, Duration::from_secs(seconds))?;
            writeln!(output, "{:<40} {clients} connection(s) {rate:>9.0}/s", load.name())?;
        }
    }
    Ok(())
}
