# docker build -t ringpost .
# docker run --read-only --cap-drop ALL -v ringpost:/data -p 127.0.0.1:8080:8080 ringpost \
#   --public-url https://notify.example.com
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked && install -d -m 700 /data

# Nothing but the C library and the certificate authorities.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/ringpost /usr/local/bin/ringpost
COPY --from=build --chown=nonroot:nonroot /data /data
# The root is read-only, so what SQLite sorts or copies aside goes beside the database.
ENV RINGPOST_DATA_DIR=/data RINGPOST_LISTEN=0.0.0.0:8080 SQLITE_TMPDIR=/data
VOLUME /data
EXPOSE 8080
# An orderly end takes as long as what is under way.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s CMD ["/usr/local/bin/ringpost", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/ringpost"]
