import { clock, ids } from './compose-clock.ts';
import type { Closing, Parts } from './compose-parts.ts';
import { createEndpointLocks } from './flows/endpoint-locks.ts';
import type { EndpointLocks, EndpointProber, Mismatch } from './flows/ports-attestation.ts';
import type { RegisterReader } from './flows/ports.ts';
import { createEndpointProbes, type EndpointProbes } from './flows/probe-endpoints.ts';
import { createEndpointProber } from './upstreams/endpoint-prober.ts';
import { guardProber } from './upstreams/guard-prober.ts';
import { isProvable } from './upstreams/torchserve-look.ts';
import { createTorchserveServers } from './upstreams/torchserve-servers.ts';

const SECOND_MS = 1_000;
const AGAIN_MS = 5 * SECOND_MS;

/** What watches the AI endpoints, and locks those that do not prove their version. */
export interface Endpoints {
  readonly prober: EndpointProber;
  readonly locks: EndpointLocks;
  readonly probes: EndpointProbes;
  /** The register as this node decides by it: with the locks that could not be written yet. */
  readonly registerOf: <R extends RegisterReader>(register: R) => R;
  /** To be done again and again. */
  readonly rounds: readonly {
    readonly everyMs: number;
    readonly name: string;
    readonly act: () => unknown;
  }[];
}

/** Opens the prober and the locks. */
export function openEndpoints(parts: Parts, closing: Closing): Endpoints {
  const { config, register, logger, metrics, upstreams } = parts;
  const servers = createTorchserveServers(config.ai.torchserve);
  const looker = createEndpointProber(servers);
  const prober = guardProber(looker, { gates: upstreams.gates, onHeld: metrics.callHeld });
  const locks = openLocks(parts);
  const probes = createEndpointProbes({
    ...{ register, prober, locks, clock, random: Math.random },
    everyMs: config.ai.probeSeconds * SECOND_MS,
    onProbed: (outcome) => metrics.endpointProbed(outcome),
    isProvable: (binding) => isProvable(servers, binding),
    onUnprovable: (watched) => {
      logger.warn(
        namesIn(watched),
        'nothing is sent to this TorchServe server: its metadata is to prove the version, and ai.torchserve names no management address for it',
      );
    },
  });
  const stopping = new AbortController();
  closing.push(async () => {
    stopping.abort();
    await looker.close();
  });
  return {
    ...{ prober, locks, probes },
    registerOf: (given) => ({ ...given, snapshot: () => locks.over(given.snapshot()) }),
    rounds: [
      {
        everyMs: SECOND_MS,
        name: 'asking AI endpoints for their versions',
        act: () => probes.round(stopping.signal),
      },
      { everyMs: AGAIN_MS, name: 'locking AI endpoints', act: () => locks.again() },
    ],
  };
}

function openLocks({
  register,
  caseLog,
  nodes,
  logger,
  metrics,
}: Parts): ReturnType<typeof createEndpointLocks> {
  return createEndpointLocks({
    ...{ register, caseLog, clock, ids, turns: nodes.turns },
    onMismatch: (mismatch) => {
      metrics.endpointLocked(mismatch.found);
      logger.error(
        { ...namesIn(mismatch), found: mismatch.found },
        'an AI endpoint did not prove its version: it is locked until two people clear it',
      );
    },
    onFailure: (err) => {
      logger.warn({ err }, 'the lock on an AI endpoint holds on this node only; writing it is tried again');
    },
  });
}

function namesIn({
  version: { model, version },
  binding,
}: Pick<Mismatch, 'version' | 'binding'>): Readonly<Record<string, string>> {
  return { model, version, endpoint: binding.baseUrl };
}
