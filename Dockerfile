# Both programs and nothing else. `.ci/release build` of both targets has filled dist/.
#   COPY --from=registry.example.com/tools/jobproxy:1.0.0 /jobproxy /usr/local/bin/
# or, as an init container: jobproxy install /opt/jobproxy
FROM scratch AS amd64
COPY dist/jobproxy dist/jobproxy-host /

FROM scratch AS arm64
COPY dist/jobproxy-aarch64 /jobproxy
COPY dist/jobproxy-host-aarch64 /jobproxy-host

# hadolint ignore=DL3006
FROM ${TARGETARCH}
ENTRYPOINT ["/jobproxy"]
