import type { Instant } from '../domain/register.ts';

/** A key as the key set shows it (RFC 7517, RFC 8037). */
export interface PublishedKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  /** Thumbprint of the key (RFC 7638). */
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
}

/** A change of the keys that has come due. */
export interface CardKeyChange {
  readonly kid: string;
  /** `published`: shown, and signs from `signsFrom`. `retired`: signs no more, its private half is gone. `withdrawn`: shown no more. */
  readonly change: 'published' | 'retired' | 'withdrawn';
  readonly signsFrom?: Instant;
}

/** The keys that credential cards are signed with. Nothing else is ever signed with them. */
export interface CardKeys {
  /** What has come due by now. Nothing is changed: asked again before it is kept, it says the same. */
  readonly due: (now: Instant) => readonly CardKeyChange[];
  /**
   * Keeps what `due` last said, durable when it resolves. Throws RegisterUnavailable when it cannot be written: then nothing is signed
   * with what it said.
   */
  readonly keep: () => Promise<void>;
  /**
   * Signs claims with the key in use: a JWS in compact form (RFC 7515) of the given type. Throws GatewayError('internal') while there
   * is no key.
   */
  readonly sign: (claims: Readonly<Record<string, unknown>>, type: string, now: Instant) => string;
  /**
   * Every key by which a card that is still good can have been signed on any node, and those that will sign soon. Throws
   * RegisterUnavailable: a part of them would be taken for all.
   */
  readonly published: () => Promise<readonly PublishedKey[]>;
}
