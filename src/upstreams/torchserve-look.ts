import { z } from 'zod';
import type { EndpointBinding } from '../domain/register.ts';
import type { ProbeAnswer } from '../flows/ports-attestation.ts';
import type { GateKey } from './endpoint-gates.ts';
import { endpointUrl } from './endpoint-url.ts';
import type { GotJson, JsonGetter } from './get-json.ts';
import type { TorchserveServers } from './torchserve-servers.ts';

type Json = Extract<GotJson, { readonly kind: 'json' }>;

const OK = 200;
const NOT_FOUND = 404;
const FIRST_OF_SERVER = 500;
const AWAY: ProbeAnswer = { kind: 'away' };
const SILENT: ProbeAnswer = { kind: 'silent' };
const ABSENT: ProbeAnswer = { kind: 'absent' };

const text = z.string().regex(/^[\x20-\x7e]{1,128}$/);
/** management_api.md, "Describe model": of one version, a list of one. */
const description = z.tuple([
  z.object({
    modelName: text,
    modelVersion: text,
    workers: z.array(z.object({ status: z.string() })).max(10_000),
  }),
]);
/** A wrong address has a 404 too, of another type. */
const unknown = z.object({ type: z.enum(['ModelNotFoundException', 'ModelVersionNotFoundException']) });

interface Asking {
  readonly servers: TorchserveServers;
  readonly getter: Pick<JsonGetter, 'get'>;
}

/**
 * Asks a TorchServe server at its management address which model and version it serves; a version without a worker that is ready counts
 * as away, for nobody would answer. Where the config names no such address it is asked whether it is well, and that says nothing of a version.
 */
export async function lookAtTorchserve(
  { servers, getter }: Asking,
  { binding, timeoutMs }: { readonly binding: EndpointBinding; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { baseUrl, endpointModel, endpointVersion } = binding;
  const management = servers.managementUrlOf(baseUrl);
  const url =
    management === undefined
      ? endpointUrl(baseUrl, ['ping'])
      : endpointUrl(management, ['models', endpointModel, endpointVersion]);
  const headers = await servers.keyHeader(baseUrl, management === undefined ? 'inference' : 'management');
  if (url === undefined || headers === undefined) return SILENT;
  const got = await getter.get({ url: url.href, timeoutMs, headers }, signal);
  if (got.kind === 'away') return AWAY;
  if (got.kind !== 'json') return SILENT;
  return management === undefined ? readPing(got) : readDescription(got, binding);
}

/** Whether the config leaves a TorchServe server any way to prove its version where its metadata is to prove it. */
export function isProvable(
  { managementUrlOf }: Pick<TorchserveServers, 'managementUrlOf'>,
  { protocol, attestation, baseUrl }: EndpointBinding,
): boolean {
  return protocol !== 'torchserve' || attestation !== 'metadata' || managementUrlOf(baseUrl) !== undefined;
}

/**
 * The management address has a gate of its own, for each version: that it is away says nothing of calls which it need not prove, and one
 * version's workers say nothing of another's.
 */
export function torchserveGate(
  { managementUrlOf }: Pick<TorchserveServers, 'managementUrlOf'>,
  { baseUrl, endpointModel, endpointVersion }: EndpointBinding,
): GateKey {
  const management = managementUrlOf(baseUrl);
  if (management === undefined) return { baseUrl, endpointModel };
  return { baseUrl: management, endpointModel: `${endpointModel}/${endpointVersion}` };
}

function readPing({ status }: Json): ProbeAnswer {
  return status >= FIRST_OF_SERVER ? AWAY : SILENT;
}

function readDescription({ status, value }: Json, binding: EndpointBinding): ProbeAnswer {
  if (status === NOT_FOUND) return unknown.safeParse(value).success ? ABSENT : SILENT;
  const { data } = description.safeParse(value);
  if (status !== OK || data === undefined) return SILENT;
  const [{ modelName: model, modelVersion: version, workers }] = data;
  const isIt = model === binding.endpointModel && version === binding.endpointVersion;
  // What it says is wrong counts whether somebody works there or not.
  const isReady = !isIt || workers.some((worker) => worker.status === 'READY');
  return isReady ? { kind: 'attested', model, version } : AWAY;
}
