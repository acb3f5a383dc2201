# Runs the migrations: `docker run IMAGE migrate`, as on a laptop. The last stage holds a static binary, the migrations and CA certificates.
#
#   docker build --build-arg BUILDER_IMAGE=rust:1.95-alpine --tag migrate-first .
#
# Any image with Rust, a C compiler and /etc/ssl/certs serves as the builder. The default one links against musl; one with glibc links that statically.
ARG BUILDER_IMAGE=rust:1.95-alpine
ARG BASE_IMAGE=scratch

FROM ${BUILDER_IMAGE} AS build
WORKDIR /src
ENV RUSTFLAGS="-C target-feature=+crt-static" CARGO_PROFILE_RELEASE_STRIP=symbols
# The dependencies first, under a program that does nothing: this layer stays as long as the manifests do.
COPY Cargo.toml Cargo.lock ./
COPY xtask/Cargo.toml xtask/
COPY tests/Cargo.toml tests/
RUN mkdir -p xtask/src tests/desk tests/it tests/support && touch xtask/src/lib.rs tests/support/lib.rs && \
    echo 'fn main() {}' >xtask/src/main.rs && echo 'fn main() {}' >tests/desk/main.rs && echo 'fn main() {}' >tests/it/main.rs && \
    cargo build --release --locked --package migrate-first --bin xtask --target "$(rustc --print host-tuple)"
COPY xtask xtask
# With `--target`, the flags above are not those of build scripts and macros.
RUN touch xtask/src/lib.rs xtask/src/main.rs && \
    cargo build --release --locked --package migrate-first --bin xtask --target "$(rustc --print host-tuple)" && \
    mkdir -p /out/tmp /out/etc/ssl/certs && chmod 1777 /out/tmp && \
    cp target/*/release/xtask /out/xtask && cp -L /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/

FROM ${BASE_IMAGE}
COPY --from=build /out/ /
WORKDIR /app
COPY xtask.toml ./
COPY migrations migrations
# Here is no server to be started: without DATABASE_URL it says so.
ENV XTASK_DB_SERVER=none SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
ENTRYPOINT ["/xtask", "db"]
CMD ["migrate"]
