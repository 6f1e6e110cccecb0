import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readYaml, type YamlFault } from './register/read-yaml.ts';

const SANDBOX_NAMES = 'urn:countersign:sandbox:';
const SANDBOX_LOG = 'caselog.sandbox/';
/** The sandbox leaves this in its data folder; a gateway refuses such a folder. */
const SANDBOX_MARK = 'sandbox.json';

const httpUrl = z.url({ protocol: /^https?$/ }).refine((url) => !url.endsWith('/'), 'no slash at the end');
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
/** Sign-in and images travel here: https, or this machine only. */
const publicUrl = httpUrl
  .refine(
    (url) => url.startsWith('https:') || LOOPBACK.includes(new URL(url).hostname),
    'https, unless loopback',
  )
  .refine((url) => new URL(url).pathname === '/', 'an origin, without a path');
const listener = z.strictObject({
  /** Address to bind to; `0.0.0.0` for all. */
  host: z.string().min(1),
  port: z.int().min(0).max(65_535),
});
const assurance = z.union([z.literal(1), z.literal(2), z.literal(3)]);

const provider = z.strictObject({
  /** Short name, part of its URLs: `/auth/saml/<id>/…`. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
  /** What people see on the sign-in page. */
  title: z.string().min(1).max(80),
  entityId: z
    .string()
    .min(1)
    .refine(
      (name) => !name.startsWith(SANDBOX_NAMES),
      'the sandbox identity provider is for the sandbox only',
    ),
  /** Single sign-on URL, HTTP-Redirect binding. */
  ssoUrl: httpUrl,
  /** PEM files of its signing certificates: the current one, and the next while it rolls over. */
  certificateFiles: z.array(z.string().min(1)).min(1),
  /** What each AuthnContextClassRef is worth; one that is not listed is worth 1. */
  assurance: z.record(z.string(), assurance),
  /** Tolerated difference between its clock and ours. */
  clockSkewSeconds: z.int().min(0).max(60),
});

const site = z.strictObject({
  site: z.string().min(1).max(64),
  /** All that are given must match exactly; none at all matches every study. First match wins. */
  when: z.strictObject({
    institutionName: z.string().exactOptional(),
    stationName: z.string().exactOptional(),
    manufacturer: z.string().exactOptional(),
  }),
});

const schema = z.strictObject({
  /** Origin under which people and viewers reach this gateway. */
  publicUrl,
  /** Where people, viewers and AI endpoints connect. TLS ends in front of it. */
  listen: listener,
  /** Health and metrics; keep it off the hospital's network. */
  admin: listener,
  /** The one folder it writes to: register, sessions, counters, case log and its signing key. */
  dataDir: z.string().min(1),
  /** Name of this node in the case log. */
  node: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  /** Time zone of study days and printed dates. */
  timeZone: z.string().refine(isTimeZone, 'an IANA time zone, like Europe/London'),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']),
  /** Schemes and duties. */
  policyFile: z.string().min(1),
  caseLog: z.strictObject({
    /** Name of the log in its signed checkpoints: `caselog.<ods-code>.<site>/<yyyy>-<n>`. */
    origin: z
      .string()
      .regex(/^[a-z0-9.-]+(\/[a-z0-9.-]+)+$/)
      .refine((name) => !name.startsWith(SANDBOX_LOG), 'the sandbox’s case log is for the sandbox only'),
  }),
  identity: z.strictObject({
    /** Our entity ID, as the identity providers know us. */
    entityId: z.string().min(1),
    sessions: z.strictObject({
      idleMinutes: z.number().positive().max(720),
      absoluteHours: z.number().positive().max(24),
    }),
    /** Signs our requests, where the providers want that. */
    signing: z.strictObject({ keyFile: z.string().min(1), certificateFile: z.string().min(1) }).optional(),
    providers: z.array(provider).min(1),
  }),
  pacs: z.strictObject({
    /** DICOMweb base of the PACS. */
    dicomwebUrl: httpUrl,
    /** File with the Authorization header's value, where the PACS wants one. */
    authorizationFile: z.string().min(1).optional(),
    /** True only for a PACS that holds no patients. */
    simulator: z.boolean(),
    firstByteTimeoutSeconds: z.number().positive().max(600),
    idleTimeoutSeconds: z.number().positive().max(600),
    /** How long what the PACS said about a study is believed. */
    contextCacheSeconds: z.number().min(0).max(600),
  }),
  /** Hospitals or scanner groups counted apart. A study that matches none is unknown, and AI stays locked for it. */
  sites: z.array(site),
  ai: z.strictObject({
    /** Our DICOMweb base as AI endpoints reach it, where that differs from publicUrl. */
    dicomwebUrl: httpUrl.optional(),
    maxAnswerMebibytes: z.number().positive().max(1024),
    maxRequestMebibytes: z.number().positive().max(1024),
  }),
  /** How long a stop waits for calls in flight. */
  stopGraceSeconds: z.number().min(0).max(600),
});

type Settings = z.infer<typeof schema>;

const { identity, pacs, dataDir, policyFile } = schema.shape;
/** The parts that name files: these are looked at although something else in the config is wrong. */
const naming = z.object({ identity, pacs, dataDir, policyFile });
type Naming = z.infer<typeof naming>;

interface Secrets {
  /** Signing certificates by provider id. */
  readonly certificatesPem: Readonly<Record<string, readonly string[]>>;
  readonly signing?: { readonly privateKeyPem: string; readonly certificatePem: string };
  readonly pacsAuthorization?: string;
}

/** Everything the gateway was told, checked and frozen; paths are absolute. */
export interface Config extends Settings, Secrets {}

/** The config file cannot be used; every fault is listed, each with its line. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigRefused';
  /** The policy file it names, where that much could be read. */
  readonly policyFile: string | undefined;
  constructor(file: string, faults: readonly YamlFault[], policyFile?: string) {
    super(faults.map((fault) => `${file}:${String(fault.line)}: ${fault.path}: ${fault.message}`).join('\n'));
    this.policyFile = policyFile;
  }
}

/** Reads the config file and the files it names. Throws ConfigRefused with all faults at once. */
export function readConfig(file: string): Config {
  const text = readText(file);
  if (text === undefined)
    throw new ConfigRefused(file, [{ line: 1, path: 'file', message: 'cannot be read' }]);
  const base = dirname(resolve(file));
  const { value, plain, faults, lineOf } = readYaml(schema, text);
  const found = [...faults];
  const fault: FaultAt = (path, message) => {
    found.push({ line: lineOf(path), path: path.join('.'), message });
  };
  const named = value ?? naming.safeParse(plain).data;
  if (named === undefined) throw new ConfigRefused(file, found);
  const settings = withAbsolutePaths(named, base);
  const secrets = readSecrets(settings, fault);
  checkFolder(settings, fault);
  if (value === undefined || found.length > 0) {
    throw new ConfigRefused(
      file,
      found.toSorted((a, b) => a.line - b.line),
      settings.policyFile,
    );
  }
  return deepFreeze({ ...value, ...settings, ...secrets });
}

type FaultAt = (path: readonly (string | number)[], message: string) => void;

/** Text of a file; `read` is what will be made of it, and throws when it cannot be. */
type Secret = (path: string, where: readonly (string | number)[], read?: (text: string) => unknown) => string;

function certificate(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

function canRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    // The fault names the file's key and line; what a parser says of its bytes helps nobody.
    return false;
  }
}

function withAbsolutePaths(settings: Naming, base: string): Naming {
  const { identity, pacs } = settings;
  const { signing } = identity;
  const at = (path: string): string => resolve(base, path);
  return {
    ...settings,
    dataDir: at(settings.dataDir),
    policyFile: at(settings.policyFile),
    identity: {
      ...identity,
      ...(signing === undefined
        ? {}
        : { signing: { keyFile: at(signing.keyFile), certificateFile: at(signing.certificateFile) } }),
      providers: identity.providers.map((one) => ({
        ...one,
        certificateFiles: one.certificateFiles.map(at),
      })),
    },
    pacs: {
      ...pacs,
      ...(pacs.authorizationFile === undefined ? {} : { authorizationFile: at(pacs.authorizationFile) }),
    },
  };
}

function readSecrets(settings: Naming, fault: FaultAt): Secrets {
  const secret: Secret = (path, where, read) => {
    const text = readText(path);
    if (text === undefined || text.trim() === '') fault(where, 'this file cannot be read, or is empty');
    else if (read !== undefined && !canRead(() => read(text)))
      fault(where, 'this file holds no PEM that can be read');
    return text ?? '';
  };
  const { providers, signing } = settings.identity;
  const ids = providers.map((one) => one.id);
  if (new Set(ids).size < ids.length) fault(['identity', 'providers'], 'two providers have the same id');
  const certificatesPem = Object.fromEntries(
    providers.map((one, place) => [
      one.id,
      one.certificateFiles.map((path, index) =>
        secret(path, ['identity', 'providers', place, 'certificateFiles', index], certificate),
      ),
    ]),
  );
  const authorization = settings.pacs.authorizationFile;
  return {
    certificatesPem,
    ...(signing === undefined
      ? {}
      : {
          signing: {
            privateKeyPem: secret(signing.keyFile, ['identity', 'signing', 'keyFile'], createPrivateKey),
            certificatePem: secret(
              signing.certificateFile,
              ['identity', 'signing', 'certificateFile'],
              certificate,
            ),
          },
        }),
    ...(authorization === undefined
      ? {}
      : { pacsAuthorization: secret(authorization, ['pacs', 'authorizationFile']).trim() }),
  };
}

function checkFolder(settings: Naming, fault: FaultAt): void {
  const folders = [settings.dataDir, dirname(settings.dataDir)];
  if (folders.some((folder) => existsSync(resolve(folder, SANDBOX_MARK)))) {
    fault(['dataDir'], 'this folder belongs to the sandbox; a gateway for patients needs one of its own');
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Which of the many reasons it is helps nobody here: the fault names the file's key and line.
    return undefined;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
