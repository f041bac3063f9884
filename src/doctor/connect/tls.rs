//! The first message of a TLS handshake.

/// A ClientHello without extensions, the smallest that a TLS server must answer (RFC 5246, section 7.4.1.2): a server
/// that accepts none of the cipher suites answers with an alert.
///
/// The 32 random bytes end in two empty lines, so that a proxy that expects plain HTTP sees the end of a request and
/// answers at once.
pub const CLIENT_HELLO: &[u8] = b"\
    \x16\x03\x01\x00\x2f\
    \x01\x00\x00\x2b\
    \x03\x03\
    jobproxy doctor --connect   \r\n\r\n\
    \x00\
    \x00\x04\xc0\x2f\x00\x2f\
    \x01\x00";

#[cfg(test)]
mod tests {
    use super::CLIENT_HELLO;

    #[test]
    fn the_lengths_in_the_message_are_right() {
        assert_eq!(CLIENT_HELLO.len(), 5 + usize::from(CLIENT_HELLO[4]));
        assert_eq!(CLIENT_HELLO.len(), 9 + usize::from(CLIENT_HELLO[8]));
        assert_eq!(&CLIENT_HELLO[39..43], b"\r\n\r\n");
    }
}
