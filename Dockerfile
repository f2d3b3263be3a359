# The operator's image: make image

# Keep the version in step with rust-toolchain.toml. The image has the C compiler that aws-lc-sys needs.
FROM rust:1.95-bookworm AS build
WORKDIR /build

# Dependencies alone: this layer changes with the manifests, not with the code. Cargo wants every member of the workspace
# and every target that a manifest names to be there.
COPY Cargo.toml Cargo.lock ./
COPY sim/Cargo.toml sim/
RUN mkdir -p src sim/src tests \
    && touch src/lib.rs sim/src/lib.rs tests/suite.rs \
    && echo 'fn main() {}' >src/main.rs \
    && cargo build --release --locked -p acmcert

# Cargo compares times, and the copied files may be older than what was built of the empty ones.
COPY src src
ARG REVISION=unknown
RUN touch src/lib.rs src/main.rs \
    && ACMCERT_COMMIT="$REVISION" cargo build --release --locked -p acmcert

FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="acmcert-operator" \
      org.opencontainers.image.description="Kubernetes operator for certificates of AWS Certificate Manager" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /build/target/release/acmcert /acmcert
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/acmcert"]
CMD ["run"]
