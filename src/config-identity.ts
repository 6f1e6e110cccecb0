import { z } from 'zod';
import { withFiles } from './config-files.ts';
import {
  addresses,
  assurance,
  clockSkewSeconds,
  doorId,
  fingerprint,
  hashFile,
  listener,
  longSecret,
  oid,
  providerName,
  publicOrigin,
  safeUrl,
  title,
} from './config-words.ts';
import { parsePasswordHash } from './identity/break-glass/password-hash.ts';

/** How a SAML identity provider is known: by what stands here, or by its metadata. */
const samlProvider = withFiles((file) => {
  return z
    .strictObject({
      /** Short name, part of its URLs: `/auth/saml/<id>/…`. */
      id: doorId,
      title,
      entityId: providerName,
      /** Single sign-on URL, HTTP-Redirect binding. */
      ssoUrl: safeUrl.optional(),
      /** PEM files of its signing certificates: the current one, and the next while it rolls over. */
      certificateFiles: z.array(file.certificate).min(1).optional(),
      /** Single logout URL, HTTP-Redirect binding. */
      sloUrl: safeUrl.optional(),
      /** Instead of the three above: its metadata. */
      metadata: samlMetadata(file).optional(),
      /** What each AuthnContextClassRef is worth; one that is not listed is worth 1. */
      assurance: z.record(z.string(), assurance),
      clockSkewSeconds,
      /** What must be signed. Anything but `both` leaves parts of the answer to whoever is in between. */
      signatures: z.enum(['both', 'assertion', 'response']).default('both'),
      /** Whether it encrypts what it says; needs `identity.encryption`. */
      encryption: z.enum(['none', 'accepted', 'required']).default('none'),
      /** Takes AES-CBC as well, under a signed response only. */
      allowCbc: z.boolean().default(false),
      /** AuthnContextClassRefs asked for when somebody must prove more than they did. */
      stepUpContexts: z
        .array(z.string().min(1))
        .min(1)
        .default(['urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI']),
      /** Whether programs may exchange its assertions for a token (RFC 7522). */
      bearerGrant: z.boolean().default(false),
    })
    .refine(
      ({ ssoUrl, certificateFiles, metadata }) =>
        metadata === undefined
          ? ssoUrl !== undefined && certificateFiles !== undefined
          : ssoUrl === undefined && certificateFiles === undefined,
      { path: ['metadata'], message: 'give either `metadata`, or `ssoUrl` and `certificateFiles`' },
    );
});

const samlMetadata = withFiles((file) => {
  return z
    .strictObject({
      file: file.text.optional(),
      url: safeUrl.optional(),
      /** Signs the metadata behind the URL. */
      signingCertificateFile: file.certificate.optional(),
      /** Said out loud: nobody signs it, the connection alone is trusted. */
      unsigned: z.literal(true).optional(),
      refreshMinutes: z.int().min(1).max(10_080).default(60),
    })
    .refine(({ file: from, url }) => (from === undefined) !== (url === undefined), 'give `file` or `url`')
    .refine(
      ({ url, signingCertificateFile, unsigned }) =>
        url === undefined || (signingCertificateFile === undefined) !== (unsigned === undefined),
      'metadata behind a URL want `signingCertificateFile`, or `unsigned: true`',
    );
});

const openidProvider = withFiles((file) => {
  return z
    .strictObject({
      /** Short name, part of its URLs: `/auth/oidc/<id>/…`. */
      id: doorId,
      title,
      issuer: safeUrl,
      clientId: z.string().min(1),
      /** One of the two: a shared secret, or our key for private_key_jwt. */
      clientSecretFile: longSecret(file).optional(),
      /** Where the secret is shown: in the Authorization header, or in the form. */
      clientSecretIn: z.enum(['header', 'form']).default('header'),
      clientKeyFile: file.privateKey.optional(),
      clientKeyAlgorithm: z.enum(['RS256', 'RS512', 'PS256', 'ES256']).default('RS512'),
      clientKeyId: z.string().min(1).optional(),
      /** Whom the assertion signed by our key names as its reader. */
      clientKeyAudience: z.enum(['token-endpoint', 'issuer']).default('token-endpoint'),
      scopes: z.array(z.string().min(1)).min(1),
      assurance: z.strictObject({
        /** What each `acr` (or authentication_assurance_level) is worth; one that is not listed is worth 1. */
        acr: z.record(z.string(), assurance),
        /** Which `amr` are smart cards; without one of these nothing is worth more than 2. */
        cardAmr: z.array(z.string().min(1)),
      }),
      /** Lowest id_assurance_level that is taken; 0 where the provider has none. */
      minIdAssurance: z.int().min(0).max(3),
      /** Whether people choose a role at the provider. */
      roleSelection: z.enum(['none', 'provider']).default('none'),
      /** acr_values asked for at a plain sign-in; the provider chooses when absent. */
      signInAcrValues: z.array(z.string().min(1)).min(1).optional(),
      /** How old a sign-in at the provider may be. */
      maxAuthenticationHours: z.number().positive().max(24).default(12),
      /** acr_values asked for when somebody must prove more than they did. */
      stepUpAcrValues: z.array(z.string().min(1)).min(1),
      clockSkewSeconds,
    })
    .refine(
      ({ clientSecretFile, clientKeyFile }) =>
        (clientSecretFile === undefined) !== (clientKeyFile === undefined),
      { path: ['clientKeyFile'], message: 'give either `clientSecretFile` or `clientKeyFile`' },
    );
});

const smartCard = withFiles((file) => {
  const subject = z.enum(['san-upn', 'san-uri', 'subject-serial-number']);
  return z.strictObject({
    title,
    /** Name under which cards stand in the register (`identities[].provider`). */
    provider: providerName,
    /** The listener that asks for the card. Left out where a proxy does that (`trustedHops`). */
    listen: listener.optional(),
    /** Origin of that listener: the host of `publicUrl`, another port. */
    url: publicOrigin.optional(),
    /** Its own certificate, with what browsers need to check it. */
    certificateFile: file.certificate.optional(),
    keyFile: file.privateKey.optional(),
    /** Who issues the cards themselves: only their certificates are taken. */
    issuerFiles: z.array(file.certificate).min(1),
    /** Roots, and what stands between them and the issuers. */
    caFiles: z.array(file.certificate).min(1),
    /** One revocation list for each of all these, the root too. Read again when they change. */
    crlFiles: z.array(file.changing).min(1),
    /** How long before a list ends the alarm is raised: less than lists overlap, or it is raised each time. */
    crlWarningHours: z.number().positive().max(720).default(72),
    /** Certificate policies that tell a card from a file; no default. */
    policyOids: z.array(oid).min(1),
    /** Extended key usages a card must have. */
    extendedKeyUsages: z.array(oid).min(1).default(['1.3.6.1.5.5.7.3.2', '1.3.6.1.4.1.311.20.2.2']),
    /** What names the practitioner. */
    subject: z.strictObject({
      from: subject,
      /** Regular expression with one group: what is taken of it. */
      pattern: z.string().min(1).optional(),
      /** Another of the three that must say the same. */
      mustMatch: subject.optional(),
    }),
    ocsp: z
      .strictObject({
        url: safeUrl.or(z.url({ protocol: /^http$/ })),
        timeoutSeconds: z.number().positive().max(10),
        required: z.boolean(),
      })
      .optional(),
  });
});

const machine = withFiles((file) => {
  return z
    .strictObject({
      id: doorId,
      /** What it does: stores AI results, stores images, reports changes, or reports what was found out about cases (`truth`). */
      purpose: z.enum(['ai-results', 'modality', 'pacs-events', 'truth']),
      models: z.array(z.strictObject({ model: z.string().min(1), version: z.string().min(1) })),
      /** Where it may come from. */
      addresses,
      /** SHA-256 of its key in hex, as `countersign machine-key` prints it. */
      keyHashFile: hashFile(file).optional(),
      /** SHA-256 fingerprints of its client certificates, hex. */
      certificateFingerprints: z.array(fingerprint).min(1).optional(),
    })
    .refine(
      ({ keyHashFile, certificateFingerprints }) =>
        keyHashFile !== undefined || certificateFingerprints !== undefined,
      { path: ['keyHashFile'], message: 'give `keyHashFile`, `certificateFingerprints`, or both' },
    );
});

const sessions = z
  .strictObject({
    /** Locks a session that nobody used for so long. */
    idleMinutes: z.number().min(1).max(720),
    /** Ends any session. */
    absoluteHours: z.number().positive().max(24),
  })
  .refine(({ idleMinutes, absoluteHours }) => absoluteHours * 60 >= idleMinutes, {
    path: ['absoluteHours'],
    message: 'must be no shorter than `idleMinutes`',
  });

const samlLimits = z
  .strictObject({
    /** Elements of an answer; more costs time before anything is known of the sender. */
    maxElements: z.int().min(100).max(10_000),
    maxKibibytes: z.int().min(16).max(512),
    /** From leaving for the identity provider to coming back. */
    requestMinutes: z.number().min(1).max(15),
  })
  .default({ maxElements: 1_000, maxKibibytes: 256, requestMinutes: 10 });

const perMinute = z.int().min(1).max(100_000);
/** Attempts at the doors, counted across nodes. */
const limits = z
  .strictObject({ perAddressPerMinute: perMinute, perAccountPerMinute: perMinute })
  .default({ perAddressPerMinute: 600, perAccountPerMinute: 10 });

/** An account for the day on which no identity provider answers: plain images only. */
const breakGlass = withFiles((file) => {
  return z.strictObject({
    username: z.string().min(1).max(64),
    /** argon2id, as `countersign hash-password` prints it. */
    passwordHashFile: file.secret.refine(
      ({ text }) => parsePasswordHash(text) !== undefined,
      'this file must hold what `countersign hash-password` prints',
    ),
    minutes: z.number().positive().max(720),
    /** How often identity providers are asked whether they are there; two misses in a row make one away. */
    probeSeconds: z.number().min(0.1).max(120).default(15),
  });
});

/** Who may come in, and how. */
export const identitySchema = withFiles((file) => {
  return z.strictObject({
    /** Our entity ID, as the identity providers know us. */
    entityId: z.string().min(1),
    sessions,
    /** Signs our requests, where the providers want that. */
    signing: z
      .strictObject({
        keyFile: file.privateKey,
        certificateFile: file.certificate,
        /** Shown in our metadata before it is used. */
        nextCertificateFile: file.certificate.optional(),
      })
      .optional(),
    /** Opens what identity providers encrypt for us: the current key, and the one before while they roll over. */
    encryption: z
      .array(z.strictObject({ keyFile: file.privateKey, certificateFile: file.certificate }))
      .min(1)
      .max(2)
      .optional(),
    samlLimits,
    providers: z.array(samlProvider(file)).default([]),
    openidProviders: z.array(openidProvider(file)).default([]),
    smartCard: smartCard(file).optional(),
    /** Tokens for viewers and programs without a browser. */
    tokens: z
      .strictObject({
        lifetimeMinutes: z.number().positive().max(720),
        /** What assertions exchanged for a token must be meant for; never our entity ID. */
        audience: z.string().min(1).optional(),
      })
      .default({ lifetimeMinutes: 30 }),
    machines: z.array(machine(file)).default([]),
    /** Off without this block. */
    breakGlass: breakGlass(file).optional(),
    limits,
  });
});
