/** A client certificate as it arrived, before anything is believed of it. */
export interface PresentedCertificate {
  /** The certificate itself, DER. */
  readonly der: Uint8Array;
  /** What was sent with it, DER; may hold intermediates. */
  readonly chain: readonly Uint8Array[];
  /** `tls`: this process did the handshake, so the key was there. `proxy`: a trusted hop says it did. */
  readonly via: 'tls' | 'proxy';
  /** Why TLS did not accept it, as OpenSSL names it (`CERT_REVOKED`, `CERT_HAS_EXPIRED` …). */
  readonly fault?: string;
}

/** The other end of a request: what the connection itself, or a hop that is trusted, says of it. */
export interface Hop {
  /** IP address of the client in its canonical spelling; IPv4 never as `::ffff:…`. */
  readonly address: string;
  readonly certificate?: PresentedCertificate;
  /** Why a certificate in a header was not taken: nobody trusted sent it, or what a trusted hop sent cannot be read. */
  readonly certificateFault?: 'untrusted-sender' | 'unclear';
  /** True when it came where cards are asked for: our listener for them, or a trusted hop that passes certificates on. */
  readonly isCardListener: boolean;
}
