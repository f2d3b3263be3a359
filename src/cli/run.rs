//! `acmcert run`: proves the surroundings, stands for election, works, and goes in good order.

use super::{args::RunArgs, settings};
use crate::{
    aws::{
        CallObserver, CertificateStore, PacedCertificates, PacedRecords, Pacer, SdkCertificates, SdkRecords, Session,
    },
    clock::Clock,
    controller::{self, Cluster, Context, preflight},
    fleet::{Fleet, Periods},
    leader::{Election, Leadership},
    server::{self, Health},
    telemetry::{self, CertificateCollector, Metrics},
};
use std::{pin::Pin, sync::Arc, time::Duration};
use tokio::signal::unix::{SignalKind, signal};

/// After SIGTERM the step in hand may take so long; then it is dropped, which the protocol survives.
const GRACE: Duration = Duration::from_secs(4);
/// First and longest pause before AWS is asked again for the account of the credentials.
const ACCOUNT_RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

pub(super) fn run(args: RunArgs) -> Result<(), String> {
    telemetry::init(args.log_format, &args.log).map_err(|error| format!("--log {:?}: {error}", args.log))?;
    // NB: two TLS providers are compiled into neither kube nor the SDK; this one serves both. Fail if one is there.
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| "a TLS provider is installed already: this is a defect of the build".to_owned())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("the async runtime cannot start: {error}"))?;
    let outcome = runtime.block_on(start(args));
    // Whatever still waits for AWS does not hold the process up.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

async fn start(args: RunArgs) -> Result<(), String> {
    let session = Session::load(args.region.clone()).await.map_err(|error| error.to_string())?;
    let client = kube::Client::try_default().await.map_err(|error| {
        format!("no usable Kubernetes configuration: {error}. Set KUBECONFIG, or run in a pod with a ServiceAccount")
    })?;
    let cluster = Cluster::new(client.clone(), args.namespaces.clone());
    let instance = settings::identity();
    let candidacy = settings::candidacy(&args, &instance);
    let lease = candidacy.as_ref().map(|candidacy| (candidacy.namespace.as_str(), candidacy.name.as_str()));
    preflight(&cluster, lease).await.map_err(|error| error.to_string())?;
    let (cluster_name, cluster_alias) = match (&args.cluster_name, cluster.get_cluster_uid().await) {
        (Some(name), Ok(uid)) => (name.clone(), Some(uid)),
        (Some(name), Err(error)) => {
            tracing::warn!("certificates from before --cluster-name was set will not be recognised: {error}");
            (name.clone(), None)
        }
        (None, Ok(uid)) => (uid, None),
        (None, Err(error)) => {
            return Err(format!(
                "the identity of the cluster cannot be read ({error}): allow `get namespaces/kube-system`, or set \
                 --cluster-name"
            ));
        }
    };
    // From here on SIGTERM is a wish, not the end.
    let stopped = stop_signal()?;
    tokio::pin!(stopped);
    let metrics = Arc::new(Metrics::default());
    let health = Health::default();
    let bound = server::serve(args.http_address, health.clone(), Arc::clone(&metrics)).await;
    let bound = bound.map_err(|error| format!("--http-address {}: {error}", args.http_address))?;
    let account = tokio::select! {
        account = check_account(&session, args.expected_account.as_deref()) => account?,
        () = &mut stopped => return Ok(()),
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        region = %session.region(),
        account,
        cluster = cluster_name,
        http = %bound,
        "acmcert has started"
    );
    let election = match candidacy {
        None => None,
        Some(candidacy) => {
            let election = Election::start(client, candidacy).await;
            Some(election.map_err(|error| format!("the lease cannot be used: {error}"))?)
        }
    };
    let settings = settings::settings(&args, cluster_name, cluster_alias, session.region(), instance);
    let operator = Operator { args, session, cluster, settings, account, metrics, health };
    operator.work(election, stopped).await
}

/// Resolves at SIGTERM or SIGINT.
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    let mut term = signal(SignalKind::terminate()).map_err(|error| format!("SIGTERM cannot be handled: {error}"))?;
    let mut interrupt =
        signal(SignalKind::interrupt()).map_err(|error| format!("SIGINT cannot be handled: {error}"))?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// GetCallerIdentity. A wrong account is fatal; refused credentials and silence are not, unless an account is expected,
/// for then nothing may be done before it is proven.
async fn check_account(session: &Session, expected: Option<&str>) -> Result<Option<String>, String> {
    let mut pause = ACCOUNT_RETRY.0;
    loop {
        match (session.get_caller_account().await, expected) {
            (Ok(account), Some(expected)) if account != expected => {
                return Err(format!(
                    "the AWS credentials belong to account {account}, but --expected-account is {expected}: correct one of them"
                ));
            }
            (Ok(account), _) => return Ok(Some(account)),
            (Err(error), None) => {
                tracing::warn!("the account of the credentials is not known: {error}");
                return Ok(None);
            }
            (Err(error), Some(expected)) => {
                tracing::warn!(retry_in = ?pause, "nothing is done until the account is proven to be {expected}: {error}");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(ACCOUNT_RETRY.1);
            }
        }
    }
}

struct Operator {
    args: RunArgs,
    session: Session,
    cluster: Cluster,
    settings: controller::Settings,
    account: Option<String>,
    metrics: Arc<Metrics>,
    health: Health,
}

impl Operator {
    async fn work(
        self,
        election: Option<Election>,
        mut stopped: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), String> {
        let Some(mut election) = election else {
            let (stop, ended) = self.begin(Leadership::permanent());
            stopped.await;
            finish(stop, ended).await;
            return Ok(());
        };
        // A standby is ready: it can take over at any time.
        self.health.set_ready();
        loop {
            tokio::select! {
                () = election.won() => {}
                () = &mut stopped => break,
            }
            tracing::info!("this process leads");
            let (stop, ended) = self.begin(election.leadership.clone());
            let is_over = tokio::select! {
                () = election.lost() => false,
                () = &mut stopped => true,
            };
            finish(stop, ended).await;
            self.metrics.leads(false);
            if is_over {
                break;
            }
            tracing::warn!("this process does not lead any more");
        }
        election.release().await;
        Ok(())
    }

    /// Starts the watches and workers with a fresh memory.
    fn begin(&self, leadership: Leadership) -> (tokio::sync::oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let clock = Clock::system();
        let pacer = Arc::new(Pacer::new(self.args.quota_share, self.args.quotas.clone()));
        let observer: Arc<dyn CallObserver> = Arc::clone(&self.metrics) as _;
        let certificates: Arc<dyn CertificateStore> = Arc::new(PacedCertificates::new(
            Arc::new(SdkCertificates::new(self.session.clone())),
            Arc::clone(&pacer),
            Arc::clone(&observer),
        ));
        let records =
            Arc::new(PacedRecords::new(Arc::new(SdkRecords::new(&self.session)), Arc::clone(&pacer), observer));
        let periods = Periods { pending: self.args.pending_period, settled: self.args.settled_period };
        let (fleet, woken) = Fleet::new(Arc::clone(&certificates), clock.clone(), periods);
        let context = Arc::new(Context::new(
            self.settings.clone(),
            clock,
            self.cluster.clone(),
            certificates,
            records,
            pacer,
            fleet,
            leadership,
            Arc::clone(&self.metrics),
        ));
        if let Some(account) = &self.account {
            let _ = context.account.set(account.clone());
        }
        self.metrics.register_collector(Box::new(CertificateCollector::new(Arc::downgrade(&context))));
        self.metrics.leads(true);
        let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
        let health = self.health.clone();
        let ended = tokio::spawn(controller::run(context, woken, move || health.set_ready(), async {
            let _ = stopping.await;
        }));
        (stop, ended)
    }
}

/// Lets the steps in hand finish, for a while.
async fn finish(stop: tokio::sync::oneshot::Sender<()>, ended: tokio::task::JoinHandle<()>) {
    let _ = stop.send(());
    let abort = ended.abort_handle();
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!("a step in hand did not finish within {} s and is dropped", GRACE.as_secs());
        abort.abort();
    }
}
