# The only list of commands. Each target works from a fresh clone and installs what it needs into bin/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

.PHONY: help tools tools-demo demo test explore chaos lint fmt generate bench bench-sim image clean

help: ## Print this list
	@awk -F ':[^#]*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

tools: ## Put etcd, kube-apiserver, kube-controller-manager, kubectl, helm, check-metrics and the AWS clients into bin/
	@hack/tools etcd kube-apiserver kube-controller-manager kubectl helm check-metrics
	@hack/venv bin/clients-venv hack/python/clients.txt

# What the demo needs: no kube-controller-manager, for it takes a minute to build and the demo has no use for it.
tools-demo:
	@hack/tools etcd kube-apiserver kubectl helm

demo: tools-demo ## Show it all on a real API server and a simulated AWS (KEEP=1 leaves it running)
	@hack/timed "release build" cargo build --release --locked --workspace --bins
	@KEEP="$(KEEP)" hack/demo

test: tools ## Run every test; the last line is the total
	@hack/test

explore: ## One run of the explorer with its trace (CELL=E4.c.shared or SEED=7), or many more (RUNS=100 or PAIRS=all)
	@[[ -n "$(CELL)$(SEED)$(RUNS)$(PAIRS)" ]] || { echo "say CELL=STEP.KIND.VARIANT (docs/explorer.md has them), SEED=number, RUNS=number, or PAIRS=all" >&2; exit 2; }
	@cargo test --locked --quiet -p acmcert --test suite -- --nocapture explore::what_is_asked_for_is_told explore::random::more_runs explore::pairs::more_pairs

chaos: tools-demo ## Everything goes wrong on a real API server, and an auditor looks at what is left (SEED=number)
	@hack/timed "release build" cargo build --release --locked --workspace --bins
	@hack/chaos --seed $(or $(SEED),1)

lint: ## Check format, clippy, dependencies, scripts and the Dockerfile
	@hack/lint

fmt: ## Format the Rust code
	@cargo fmt --all

generate: ## Write the CRD from the Rust types into crds/ and its copies
	@hack/timed "generate the CRD" hack/generate

bench: tools-demo ## Run the benchmark (N=number of certificates, default 100)
	@hack/timed "release build" cargo build --release --locked --workspace --bins
	@hack/bench $(N)

bench-sim: ## Print how many calls a second the simulator answers
	@hack/bench-sim

image: ## Build the container image (IMAGE=name:tag)
	@IMAGE="$(IMAGE)" hack/image

clean: ## Stop clusters under target/; remove target/ and bin/
	@hack/clean
