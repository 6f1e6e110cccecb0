import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { fileFields, readText, withFiles } from './config-files.ts';
import { identitySchema } from './config-identity.ts';
import { noticesSchema, postgresSchema, redisSchema, trustedHop } from './config-network.ts';
import { furtherPacsSchema, pacsFaults, pacsSchema } from './config-pacs.ts';
import { storeSchema, workitemsSchema } from './config-store.ts';
import { torchserveSchema } from './config-torchserve.ts';
import { httpUrl, listener, otherOrigin, publicOrigin } from './config-words.ts';
import { firstRepeat } from './identity/provider-names.ts';
import { readYaml, type YamlFault } from './register/read-yaml.ts';

const SANDBOX_LOG = 'caselog.sandbox/';
/** The sandbox leaves this in its data folder; a gateway refuses such a folder. */
const SANDBOX_MARK = 'sandbox.json';

const site = z.strictObject({
  site: z.string().min(1).max(64),
  /** All that are given must match exactly; none at all matches every study. First match wins. */
  when: z.strictObject({
    institutionName: z.string().exactOptional(),
    stationName: z.string().exactOptional(),
    manufacturer: z.string().exactOptional(),
  }),
});

const ai = z.strictObject({
  /** Our DICOMweb base as AI endpoints reach it, where that differs from publicUrl. */
  dicomwebUrl: httpUrl.optional(),
  maxAnswerMebibytes: z.number().positive().max(1024),
  maxRequestMebibytes: z.number().positive().max(1024),
  /** Largest raw tensors of one call, and of one answer; they stream. */
  maxTensorMebibytes: z.number().positive().max(16_384).default(1024),
  /** How much each endpoint is asked at once, and when it is left alone. */
  endpoints: z
    .strictObject({
      maxConcurrent: z.int().min(1).max(4_096).default(64),
      /** Calls that wait for a place; more are turned away at once. */
      maxWaiting: z.int().min(0).max(65_536).default(256),
      /** So many failures in a row, and it is left alone. */
      failuresInRow: z.int().min(1).max(1_000).default(5),
      /** The first while, doubled with each failure that follows one, up to a minute. */
      leftAloneSeconds: z.int().min(1).max(60).default(5),
    })
    .prefault({}),
  /** How often each AI endpoint is asked which version it serves. */
  probeSeconds: z.int().min(5).max(86_400).default(60),
});

/** The credential card that people show and viewers read. */
const card = z
  .strictObject({
    /** How long each of its keys signs. */
    keyDays: z.int().min(2).max(366),
  })
  .default({ keyDays: 90 });

/** Every key of the config file; paths are relative to the folder it lies in. */
const schemaFor = withFiles((file) =>
  z.strictObject({
    /** Origin under which people and viewers reach this gateway. */
    publicUrl: publicOrigin,
    /** Where people, viewers and AI endpoints connect. TLS ends in front of it. */
    listen: listener,
    /** Health and metrics; keep it off the hospital's network. */
    admin: listener,
    /** The one folder it writes to: register, sessions, counters, case log and its signing key. */
    dataDir: file.path.refine(
      isNoSandbox,
      'this folder belongs to the sandbox; a gateway for patients needs one of its own',
    ),
    /** Name of this node in the case log. */
    node: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    /** Time zone of study days and printed dates. */
    timeZone: z.string().refine(isTimeZone, 'an IANA time zone, like Europe/London'),
    logLevel: z.enum(['error', 'warn', 'info', 'debug']),
    policyFile: file.path,
    caseLog: z.strictObject({
      /** Name of the log in its signed checkpoints: `caselog.<ods-code>.<site>/<yyyy>-<n>`. */
      origin: z
        .string()
        .regex(/^[a-z0-9.-]+(\/[a-z0-9.-]+)+$/)
        .refine((name) => !name.startsWith(SANDBOX_LOG), 'the sandbox’s case log is for the sandbox only'),
    }),
    /** Who stands in front of the gateway: load balancers and reverse proxies. */
    trustedHops: z.array(trustedHop(file)).default([]),
    /** Only where several nodes share sign-ins and sessions, register and case log; otherwise `dataDir` keeps them. */
    redis: redisSchema(file).optional(),
    postgres: postgresSchema(file).optional(),
    identity: identitySchema(file),
    pacs: pacsSchema(file),
    /** Others behind the same gateway, each at an address and with a login of its own. */
    morePacs: z.array(furtherPacsSchema(file)).default([]),
    /**
     * Other origins whose viewers may read images with the sign-in of whoever is at the screen, and call AI with a bearer token; each
     * exactly as browsers send it.
     */
    viewerOrigins: z.array(otherOrigin).default([]),
    /** A viewer that people open with the gateway's own sign-in, at `/viewer/`. */
    viewer: z
      .strictObject({
        /** The built files of OHIF: `dist/` of its npm package, or of a build for `/viewer/`. */
        folder: file.path,
      })
      .optional(),
    /** Who stores objects through the gateway. */
    store: storeSchema,
    /** How long work stays that people ask AI machines to do (UPS-RS). */
    workitems: workitemsSchema,
    /** Hospitals or scanner groups counted apart. A study that matches none is unknown, and AI stays locked for it. */
    sites: z.array(site),
    ai: ai.extend({ torchserve: torchserveSchema(file) }),
    /** Tells another system what falls due in the register; off without this block. */
    notices: noticesSchema(file).optional(),
    card,
    /** How long a stop waits for calls in flight. */
    stopGraceSeconds: z.number().min(0).max(600),
  }),
);

/** Everything the gateway was told, checked and frozen; paths are absolute, files are read. */
export type Config = z.infer<ReturnType<typeof schemaFor>>;

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
  const { value, plain, faults, lineOf } = readYaml<Config>(schemaFor(fileFields(base)), text);
  const between = value === undefined ? [] : faultsBetween(value);
  const all = [
    ...faults,
    ...between.map(({ path, message }) => ({ line: lineOf(path), path: path.join('.'), message })),
  ];
  if (value === undefined || all.length > 0) {
    const named = policyFileIn.safeParse(plain).data?.policyFile;
    throw new ConfigRefused(file, all, named === undefined ? undefined : resolve(base, named));
  }
  return deepFreeze(value);
}

const policyFileIn = z.object({ policyFile: z.string() });

/** Faults that only show when two parts are seen together. */
function faultsBetween(config: Config): readonly ConfigFault[] {
  const { redis, postgres } = config;
  const isHalf = postgres !== undefined && redis === undefined;
  const message = 'several nodes share sessions too: they need `redis`';
  return [
    ...(isHalf ? [{ path: ['postgres'], message }] : []),
    ...pacsFaults(config),
    ...identityFaults(config),
  ];
}

function identityFaults({ identity, publicUrl, trustedHops }: Config): readonly ConfigFault[] {
  const { entityId, tokens, providers, openidProviders, smartCard, breakGlass, encryption } = identity;
  const at = (path: ConfigFault['path'], message: string, isWrong: boolean): readonly ConfigFault[] =>
    isWrong ? [{ path: ['identity', ...path], message }] : [];
  const needsKey = providers.findIndex((one) => one.encryption !== 'none' && encryption === undefined);
  const count = providers.length + openidProviders.length;
  return [
    ...at(['providers'], 'two providers have the same id', hasRepeat(providers.map(({ id }) => id))),
    ...at(
      ['openidProviders'],
      'two providers have the same id',
      hasRepeat(openidProviders.map(({ id }) => id)),
    ),
    ...at(['providers', needsKey, 'encryption'], 'needs `identity.encryption`', needsKey >= 0),
    ...at(
      ['providers'],
      'nobody can sign in: name a provider or a smartCard',
      count === 0 && smartCard === undefined,
    ),
    ...at(
      ['breakGlass'],
      'opens when no identity provider answers; there is none',
      breakGlass !== undefined && count === 0,
    ),
    ...at(['machines'], 'two machines have the same id', hasRepeat(identity.machines.map(({ id }) => id))),
    ...cardFaults(publicUrl, smartCard),
    ...at(['tokens', 'audience'], 'must differ from `entityId`', tokens.audience === entityId),
    ...nameFaults(identity),
    ...hopFaults(trustedHops, smartCard),
  ];
}

/** Whoever has the name of another would sign people in as theirs. */
function nameFaults({
  entityId,
  providers,
  openidProviders,
  smartCard,
}: Config['identity']): readonly ConfigFault[] {
  const named = [
    { path: ['entityId'], name: entityId },
    ...providers.map((one, index) => ({ path: ['providers', index, 'entityId'], name: one.entityId })),
    ...openidProviders.map((one, index) => ({
      path: ['openidProviders', index, 'issuer'],
      name: one.issuer,
    })),
    ...(smartCard === undefined ? [] : [{ path: ['smartCard', 'provider'], name: smartCard.provider }]),
  ];
  const repeat = named[firstRepeat(named.map(({ name }) => name))];
  if (repeat === undefined) return [];
  const message = 'another provider, or the gateway itself, has this name: all of them must differ';
  return [{ path: ['identity', ...repeat.path], message }];
}

/** A hop proves itself by a certificate at the card listener only. */
function hopFaults(
  hops: Config['trustedHops'],
  card: Config['identity']['smartCard'],
): readonly ConfigFault[] {
  if (card?.listen !== undefined) return [];
  return hops.flatMap(({ fingerprints }, index) =>
    fingerprints === undefined
      ? []
      : [
          {
            path: ['trustedHops', index, 'fingerprints'],
            message: 'count at `identity.smartCard.listen` only; there is none',
          },
        ],
  );
}

interface ConfigFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function cardFaults(publicUrl: string, card: Config['identity']['smartCard']): readonly ConfigFault[] {
  if (card === undefined) return [];
  const at = (key: string, message: string): ConfigFault => ({
    path: ['identity', 'smartCard', key],
    message,
  });
  const parts = [card.listen, card.certificateFile, card.keyFile];
  const given = parts.filter((part) => part !== undefined).length;
  const faults: ConfigFault[] = [];
  // The address alone is that of a proxy which asks for cards on another port.
  if (given > 0 && (given < parts.length || card.url === undefined))
    faults.push(at('listen', '`listen`, `url`, `certificateFile` and `keyFile` belong together'));
  if (card.url !== undefined && new URL(card.url).hostname !== new URL(publicUrl).hostname)
    faults.push(
      at('url', 'must have the host of `publicUrl`, or browsers keep its session from the gateway'),
    );
  return faults;
}

function hasRepeat(names: readonly string[]): boolean {
  return new Set(names).size < names.length;
}

function isNoSandbox(folder: string): boolean {
  return ![folder, dirname(folder)].some((place) => existsSync(resolve(place, SANDBOX_MARK)));
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
