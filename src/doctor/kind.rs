//! The table of what doctor can find: a stable name and a level for each kind.

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something will fail. Doctor's exit status is 1.
    Fail,
    /// Something may fail, or is good to know.
    Note,
}

impl Level {
    /// Returns the first word of a finding's line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Note => "note",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident = $level:ident $name:literal,)+) => {
        /// A kind of fault. Its name is stable: `--ignore` takes the name, and docs/troubleshooting.md has a section
        /// for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])+ $kind,)+ }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// Returns the stable name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// Returns how much the kind matters.
            #[must_use]
            pub fn level(self) -> Level {
                match self { $(Self::$kind => Level::$level,)+ }
            }
        }
    };
}

kinds! {
    /// No proxy variable is set.
    ProxyUnset = Note "proxy-unset",
    /// A proxy variable is set to nothing, and no other proxy is configured.
    ProxySwitchedOff = Note "proxy-switched-off",
    /// The value is no proxy address, or its password is not percent-encoded.
    ProxyInvalid = Fail "proxy-invalid",
    /// `proxy.corp:3128`
    ProxySchemeMissing = Fail "proxy-scheme-missing",
    /// `http://proxy.corp`
    ProxyPortMissing = Fail "proxy-port-missing",
    /// `http://proxy.corp:3128/path`
    ProxyPath = Fail "proxy-path",
    /// `"http://proxy.corp:3128"`, with the quotes in the value.
    ProxyQuoted = Fail "proxy-quoted",
    /// `socks://proxy.corp:1080`
    ProxySocksAlias = Fail "proxy-socks-alias",
    /// A character of the user or the password must be percent-encoded for some programs.
    ProxyCredentialsUnescaped = Fail "proxy-credentials-unescaped",
    /// Some programs send another password than the one that is meant.
    ProxyCredentialsMisread = Note "proxy-credentials-misread",
    /// User and password look wrong, but may be right.
    ProxyCredentialsDoubtful = Note "proxy-credentials-doubtful",
    /// The address is loopback, and the job runs in a container.
    ProxyLoopback = Fail "proxy-loopback",
    /// The address is loopback, and the containers that the job starts get the same address.
    ProxyLoopbackInContainers = Note "proxy-loopback-in-containers",
    /// The address is one of the job's own container.
    ProxyOwnAddress = Fail "proxy-own-address",
    /// `https://`: TLS to the proxy itself.
    ProxyTlsUnsupported = Note "proxy-tls-unsupported",
    /// Two variables reach the same port with TLS and without.
    ProxyTlsMixed = Note "proxy-tls-mixed",
    /// One letter case is empty, the other is filled.
    ProxyEmptyHides = Fail "proxy-empty-hides",
    /// The two letter cases have different values.
    ProxyCaseDiffers = Fail "proxy-case-differs",
    /// Only the upper case is set.
    ProxyUpperCaseOnly = Fail "proxy-upper-case-only",
    /// Only the lower case is set.
    ProxyLowerCaseOnly = Note "proxy-lower-case-only",
    /// A variable is not UTF-8.
    NotUtf8 = Fail "not-utf8",
    /// HTTP_PROXY without HTTPS_PROXY, or the other way round.
    ProxyOtherSchemeMissing = Note "proxy-other-scheme-missing",
    /// REQUEST_METHOD is set.
    RequestMethod = Fail "request-method",
    /// One letter case of the list is empty, the other is filled.
    NoProxyEmptyHides = Fail "no-proxy-empty-hides",
    /// The two letter cases of the list differ.
    NoProxyCaseDiffers = Fail "no-proxy-case-differs",
    /// Only the upper case of the list is set.
    NoProxyUpperCaseOnly = Fail "no-proxy-upper-case-only",
    /// Only the lower case of the list is set.
    NoProxyLowerCaseOnly = Note "no-proxy-lower-case-only",
    /// The list has quotes around it.
    NoProxyQuoted = Fail "no-proxy-quoted",
    /// `;` or `|` between entries.
    NoProxySeparator = Fail "no-proxy-separator",
    /// An `@`: a proxy address was pasted into the list.
    NoProxyCredentials = Fail "no-proxy-credentials",
    /// `a,,b`
    NoProxyEmptyEntry = Fail "no-proxy-empty-entry",
    /// A blank between entries.
    NoProxyBlank = Fail "no-proxy-blank",
    /// `*` beside other entries.
    NoProxyStar = Fail "no-proxy-star",
    /// An entry that another entry covers.
    NoProxyDuplicate = Note "no-proxy-duplicate",
    /// An entry that makes every request of a client fail.
    NoProxyEntryBreaks = Fail "no-proxy-entry-breaks",
    /// An entry that exempts hosts that it does not name.
    NoProxyEntryWide = Fail "no-proxy-entry-wide",
    /// An entry that (nearly) no client reads.
    NoProxyEntryUnread = Fail "no-proxy-entry-unread",
    /// An entry that some clients ignore.
    NoProxyEntryIgnored = Note "no-proxy-entry-ignored",
    /// localhost or 127.0.0.1 is not in the list.
    NoProxyLoopbackMissing = Note "no-proxy-loopback-missing",
    /// One of the job's own hosts looks local and is not in the list.
    NoProxyLocalHost = Note "no-proxy-local-host",
    /// With `--connect`: a host with a private address is reached through the proxy.
    NoProxyPrivateHost = Note "no-proxy-private-host",
    /// Docker's config.json cannot be read, or docker rejects it.
    DockerConfigInvalid = Fail "docker-config-invalid",
    /// Docker's config.json holds logins that other users can read.
    DockerConfigReadable = Note "docker-config-readable",
    /// Docker's config.json holds other proxies than setup would write.
    DockerConfigDiffers = Note "docker-config-differs",
    /// Docker's config.json has an entry for the daemon that hides `default`.
    DockerConfigHidden = Note "docker-config-hidden",
    /// Docker's config.json holds no proxies.
    DockerConfigLacks = Note "docker-config-lacks",
    /// Docker's config.json holds proxies, and the environment names none.
    DockerConfigAlone = Note "docker-config-alone",
    /// The docker CLI reaches its daemon through the proxy.
    DockerHostProxied = Fail "docker-host-proxied",
    /// Pulls and pushes go by the daemon's environment.
    DockerDaemonEnvironment = Note "docker-daemon-environment",
    /// Git's config has a lock that a killed program left behind.
    GitLocked = Fail "git-locked",
    /// Git's config cannot be read or changed.
    GitConfigInvalid = Fail "git-config-invalid",
    /// Git's config names another proxy than setup would write.
    GitProxyDiffers = Fail "git-proxy-differs",
    /// Git's config names a proxy for one address.
    GitUrlProxy = Note "git-url-proxy",
    /// Git's config names a proxy, and the environment names none.
    GitProxyAlone = Note "git-proxy-alone",
    /// `https.proxy` is no key of git.
    GitHttpsProxy = Note "git-https-proxy",
    /// A program does not use the proxy variables as they are; `--for` sets the program up.
    ProgramNotSetUp = Note "program-not-set-up",
    /// This Node reads no proxy variable.
    NodeOld = Note "node-old",
    /// BusyBox wget ignores NO_PROXY.
    WgetBusybox = Note "wget-busybox",
    /// sudo drops the proxy variables.
    SudoDropsVariables = Note "sudo-drops-variables",
    /// A builder of docker buildx has no proxies.
    BuildxBuilder = Note "buildx-builder",
    /// A variable for CA certificates names no file with certificates.
    CaFileMissing = Note "ca-file-missing",
    /// A variable names a file without a CA that another file has.
    CaFileLacks = Note "ca-file-lacks",
    /// A CA is there, and no variable names a file with its certificate.
    CaNotSetUp = Note "ca-not-set-up",
    /// A file that should hold a CA holds something else.
    CaRefused = Fail "ca-refused",
    /// CI_DEBUG_TRACE is on, and a proxy has a password.
    DebugTracePassword = Note "debug-trace-password",
    /// With `--connect`: the name of a proxy has no address.
    ConnectUnresolved = Fail "connect-unresolved",
    /// With `--connect`: no connection to a proxy.
    ConnectUnreachable = Fail "connect-unreachable",
    /// With `--connect`: a connection, and no answer in time.
    ConnectSilent = Fail "connect-silent",
    /// With `--connect`: the answer is not HTTP.
    ConnectNotHttp = Fail "connect-not-http",
    /// With `--connect`: an http:// proxy speaks TLS.
    ConnectTls = Fail "connect-tls",
    /// With `--connect`: an https:// proxy does not speak TLS.
    ConnectNotTls = Fail "connect-not-tls",
    /// With `--connect`: the proxy wants a user and a password, or refuses those that are set.
    ConnectLogin = Fail "connect-login",
    /// With `--connect`: the proxy accepts only login schemes that most programs do not know.
    ConnectLoginScheme = Fail "connect-login-scheme",
    /// With `--connect`: the proxy refuses the server.
    ConnectForbidden = Fail "connect-forbidden",
    /// With `--connect`: any other status that is no success.
    ConnectStatus = Fail "connect-status",
    /// With `--connect`: the server that NO_PROXY exempts cannot be reached.
    ConnectDirect = Fail "connect-direct",
    /// With `--connect`: only a connection was tried, since doctor sends no request in the proxy's protocol.
    ConnectNotTried = Note "connect-not-tried",
    /// With `--connect`: the GitLab server is unknown.
    ConnectNoServer = Note "connect-no-server",
    /// With `--connect`: the image does not trust the certificate that comes through the proxy.
    ConnectCaUnknown = Fail "connect-ca-unknown",
    /// With `--connect`: no program of the image could judge the certificate.
    ConnectCaUnchecked = Note "connect-ca-unchecked",
}

impl Kind {
    /// Returns the kind of a stable name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
