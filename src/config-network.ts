import { z } from 'zod';
import { withFiles } from './config-files.ts';
import { addresses, fingerprint, isLoopback, longSecret, safeUrl } from './config-words.ts';

/** Hops in front of the gateway whose word is taken for addresses, and for certificates where that is said. */
export const trustedHop = withFiles((file) => {
  return z
    .strictObject({
      addresses,
      /** Holds what the hop sends in `X-Countersign-Hop-Secret`; without it, or fingerprints, no certificate is taken from it. */
      secretFile: longSecret(file).optional(),
      /** SHA-256 fingerprints of the certificates with which it comes to the card listener itself, instead of a secret. */
      fingerprints: z.array(fingerprint).min(1).optional(),
      /** The one header in which it passes client certificates on: RFC 9440, or nginx's escaped PEM. */
      certificateHeader: z.enum(['client-cert', 'x-ssl-client-cert']).optional(),
    })
    .refine(
      ({ secretFile, fingerprints, certificateHeader }) =>
        certificateHeader === undefined || secretFile !== undefined || fingerprints !== undefined,
      { path: ['certificateHeader'], message: 'is taken only with a `secretFile` or `fingerprints`' },
    );
});

/** Where several nodes keep what they share. */
export const redisSchema = withFiles((file) => {
  return z
    .strictObject({
      /** Of its path only the number of a database counts. */
      url: z
        .url({ protocol: /^rediss?$/ })
        .refine((url) => new URL(url).password === '', 'no password here: name a `passwordFile`')
        .refine((url) => new URL(url).username === '', 'no user here: name a `username`')
        .refine((url) => !/[?#]/.test(url), 'no query and no fragment')
        .refine(
          (url) => /^\/?(?:0|[1-9]\d{0,3})?$/.test(new URL(url).pathname),
          'the path is the number of a database, or nothing',
        ),
      /** Said out loud: what is kept there travels unencrypted. */
      plain: z.literal(true).optional(),
      username: z.string().min(1).optional(),
      passwordFile: file.secret.optional(),
      caFile: file.certificate.optional(),
      /** Begins every key, so that two gateways can share a server. */
      keyPrefix: z.string().regex(/^[a-z0-9-]{1,32}$/),
    })
    .refine(({ url, plain }) => url.startsWith('rediss:') || plain === true || isLoopback(url), {
      path: ['url'],
      message: 'rediss, unless loopback; or say `plain: true`',
    });
});

/** Where several nodes keep register and case log. */
export const postgresSchema = withFiles((file) => {
  return z
    .strictObject({
      /** Host, port and database. */
      url: z
        .url({ protocol: /^postgres(?:ql)?$/ })
        .refine((url) => new URL(url).password === '', 'no password here: name a `passwordFile`')
        .refine((url) => new URL(url).username === '', 'no user here: name a `username`')
        .refine((url) => !/[?#]/.test(url), 'no query and no fragment')
        .refine((url) => /^\/[^/]+$/.test(new URL(url).pathname), 'the path is the name of a database'),
      /** Said out loud: register and case log travel unencrypted. */
      plain: z.literal(true).optional(),
      username: z.string().min(1),
      passwordFile: file.secret.optional(),
      caFile: file.certificate.optional(),
    })
    .refine(({ caFile, plain }) => caFile === undefined || plain !== true, {
      path: ['caFile'],
      message: 'is for TLS; `plain: true` says that there is none',
    });
});

/** Whoever wants to be told what falls due in the register: a message of identifiers each day, signed. */
export const noticesSchema = withFiles((file) => {
  return z.strictObject({
    webhookUrl: safeUrl,
    /** Shared with the receiver; `whsec_` and base64, as Standard Webhooks has it, or any other text. */
    secretFile: longSecret(file).refine(
      ({ text }) => !text.startsWith('whsec_') || /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(text.trim()),
      'after `whsec_` this file must hold base64 of 24 bytes or more',
    ),
    /** Authorities that vouch for the receiver, where those of the system do not. */
    caFile: file.certificate.optional(),
  });
});
