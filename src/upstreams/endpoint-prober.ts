import { z } from 'zod';
import type { EndpointBinding } from '../domain/register.ts';
import type { ProbeAnswer } from '../flows/ports-attestation.ts';
import type { GateKey } from './endpoint-gates.ts';
import { createJsonGetter, type GotJson } from './get-json.ts';
import { lookAtTorchserve, torchserveGate } from './torchserve-look.ts';
import { createTorchserveServers, type TorchserveServers } from './torchserve-servers.ts';

/** Looks at an endpoint, whoever asks. */
export interface Looker {
  /** One look, within the binding's own time and a few seconds at most. Never rejects: a fault of the endpoint is a value. */
  readonly probe: (binding: EndpointBinding, signal: AbortSignal) => Promise<ProbeAnswer>;
  /** Whose gate a look passes: that of the calls, or where another address is asked one of its own. */
  readonly gateOf: (binding: EndpointBinding) => GateKey;
}

/** A look must be over soon: what it finds is of that moment. */
const MAX_TIMEOUT_MS = 5_000;

/** How endpoints of one dialect are asked what they serve. */
interface Look {
  /** Undefined where the register's names make no path. */
  readonly path: (binding: EndpointBinding) => string | undefined;
  readonly read: (got: Extract<GotJson, { kind: 'json' }>, binding: EndpointBinding) => ProbeAnswer;
}

const LOOKS: Readonly<Record<Exclude<EndpointBinding['protocol'], 'torchserve'>, Look>> = {
  'oip-v2': { path: oipPath, read: readOip },
  'monai-label': { path: monaiPath, read: readMonai },
  'openai-chat': { path: () => '/v1/models', read: readChat },
};

const ABSENT: ProbeAnswer = { kind: 'absent' };
const SILENT: ProbeAnswer = { kind: 'silent' };
const OK = 200;
const NOT_FOUND = 404;

/** Asks AI endpoints which model and version they serve, each in its own dialect; TorchServe where the config says that it can be asked. */
export function createEndpointProber(
  servers: TorchserveServers = createTorchserveServers([]),
): Looker & { readonly close: () => Promise<void> } {
  const getter = createJsonGetter();
  return {
    probe: async (binding, signal) => {
      const timeoutMs = Math.min(binding.timeoutMs, MAX_TIMEOUT_MS);
      if (binding.protocol === 'torchserve') {
        return await lookAtTorchserve({ servers, getter }, { binding, timeoutMs }, signal);
      }
      const { path, read } = LOOKS[binding.protocol];
      const place = path(binding);
      const url = place === undefined ? undefined : `${binding.baseUrl}${place}`;
      if (url === undefined || !URL.canParse(url)) return SILENT;
      const got = await getter.get({ url, timeoutMs }, signal);
      if (got.kind === 'away') return { kind: 'away' };
      return got.kind === 'json' ? read(got, binding) : SILENT;
    },
    gateOf: (binding) => (binding.protocol === 'torchserve' ? torchserveGate(servers, binding) : binding),
    close: getter.close,
  };
}

/** `.` and `..` would be resolved away by the URL parser. */
function segment(name: string): string | undefined {
  return /^\.{0,2}$/.test(name) ? undefined : encodeURIComponent(name);
}

function oipPath({ endpointModel, endpointVersion }: EndpointBinding): string | undefined {
  const [model, version] = [segment(endpointModel), segment(endpointVersion)];
  return model === undefined || version === undefined ? undefined : `/v2/models/${model}/versions/${version}`;
}

const text = z.string().regex(/^[\x20-\x7e]{1,128}$/);
const oipError = z.object({ error: z.string() });
const oipMetadata = z.object({ name: text, versions: z.array(text).max(10_000).nullish() });

/** inference_rest.md, "Model Metadata". A list of versions without the one that was asked for names another. */
function readOip(
  { status, value }: Extract<GotJson, { kind: 'json' }>,
  binding: EndpointBinding,
): ProbeAnswer {
  // In the protocol's own shape: a proxy on the way has a 404 of its own.
  if (status === NOT_FOUND) return oipError.safeParse(value).success ? ABSENT : SILENT;
  const { data } = oipMetadata.safeParse(value);
  if (status !== OK || data === undefined) return SILENT;
  const { name: model, versions } = data;
  const version = servedVersion(versions ?? [], binding.endpointVersion);
  return { kind: 'attested', model, ...(version === undefined ? {} : { version }) };
}

function servedVersion(versions: readonly string[], wanted: string): string | undefined {
  return versions.includes(wanted) ? wanted : versions.at(-1);
}

function monaiPath({ endpointModel }: EndpointBinding): string | undefined {
  const model = segment(endpointModel);
  return model === undefined ? undefined : `/model/info/${model}`;
}

const monaiError = z.object({ detail: z.string() });
const monaiInfo = z.object({
  checksum: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/i)
    .nullish(),
});

/** Answers for one model, by the name that it was asked for. `SHA256:` in capitals, as MONAI Label writes it. */
function readMonai(
  { status, value }: Extract<GotJson, { kind: 'json' }>,
  binding: EndpointBinding,
): ProbeAnswer {
  if (status === NOT_FOUND) return monaiError.safeParse(value).success ? ABSENT : SILENT;
  const { data } = monaiInfo.safeParse(value);
  if (status !== OK || data === undefined) return SILENT;
  const checksum = data.checksum?.toLowerCase();
  return { kind: 'attested', model: binding.endpointModel, ...(checksum === undefined ? {} : { checksum }) };
}

const chatModels = z.object({ data: z.array(z.object({ id: z.string() })).max(10_000) });

/** The list has names and no versions; one that lacks the served name serves it no more. */
function readChat(
  { status, value }: Extract<GotJson, { kind: 'json' }>,
  binding: EndpointBinding,
): ProbeAnswer {
  const { data } = chatModels.safeParse(value);
  if (status !== OK || data === undefined) return SILENT;
  const isServed = data.data.some(({ id }) => id === binding.endpointModel);
  return isServed ? { kind: 'attested', model: binding.endpointModel } : ABSENT;
}
