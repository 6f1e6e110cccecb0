import express, { type Express } from 'express';
import { openEveryPacs, type OpenHouses } from '../../src/compose-pacs.ts';
import type { FurtherPacsSettings, PacsSettings } from '../../src/config-pacs.ts';
import { retrieve } from '../../src/flows/retrieve.ts';
import { search } from '../../src/flows/search.ts';
import { createDicomwebRoutes } from '../../src/http/dicomweb-routes.ts';
import { handleErrors, handleUnknownRoute } from '../../src/http/error-handler.ts';
import { giveRequestId } from '../../src/http/request-context.ts';
import { createMemoryWorkitems } from './memory-workitems.ts';
import { createFixedIdentity } from './fixed-identity.ts';
import { createMemoryCaseLog } from './memory-case-log.ts';
import { aPrincipal, aRegister, NOW, SITE } from './register-builder.ts';
import { createSaidWords } from './said-words.ts';

/** The DICOMweb door over several PACS, as the gateway opens them. Alice is signed in. */
export interface SeveralPacsHouse {
  readonly app: Express;
  readonly houses: OpenHouses;
  /** How many addresses in answers belonged to nobody. */
  readonly unmapped: () => number;
  readonly close: () => Promise<void>;
}

export const PUBLIC_URL = 'https://gw.example:8443';

/** Settings of a PACS as the config has them, patient enough for any machine. */
export function pacsSettings(
  changes: Partial<PacsSettings> & Pick<PacsSettings, 'dicomwebUrl'>,
): PacsSettings {
  return {
    profile: 'generic',
    simulator: false,
    firstByteTimeoutSeconds: 30,
    idleTimeoutSeconds: 30,
    contextCacheSeconds: 30,
    ...changes,
  };
}

/** A file of the config with that text. */
export const named = (text: string): { readonly path: string; readonly text: string } => ({ path: '', text });

export function openSeveralPacs(config: {
  readonly pacs: PacsSettings;
  readonly morePacs: FurtherPacsSettings[];
}): SeveralPacsHouse {
  const closing: (() => Promise<void>)[] = [];
  const register = { snapshot: () => aRegister() };
  const clock = { nowMs: () => NOW, monotonicMs: () => 0 };
  const sites = [{ site: SITE, when: {} }];
  const all = { ...config, publicUrl: PUBLIC_URL, sites };
  const resultsIndex = { among: async () => ({ results: new Map(), elsewhere: [], isCurrent: true }) };
  const houses = openEveryPacs({ config: all, register, clock, resultsIndex, bodyPartRules: [], closing });
  let unmapped = 0;
  const deps = {
    identity: createFixedIdentity({ alice: aPrincipal() }),
    register,
    clock,
    caseLog: createMemoryCaseLog(),
    drift: { count: () => undefined },
    accesses: { note: () => undefined },
    workitems: createMemoryWorkitems(),
    resultsIndex,
    ...createSaidWords(),
    after: () => () => undefined,
    onUnmappedUrls: (count: number) => {
      unmapped += count;
    },
  };
  const flows: Parameters<typeof createDicomwebRoutes>[0]['flows'] = {
    search: (input, signal) => houses.at(input.pacs, (one) => search({ ...deps, ...one }, input, signal)),
    retrieve: (input, signal) => houses.at(input.pacs, (one) => retrieve({ ...deps, ...one }, input, signal)),
  };
  const app = express().disable('x-powered-by').disable('etag');
  const morePacs = config.morePacs.map(({ id }) => id);
  app.use(
    giveRequestId(() => 'request-1'),
    createDicomwebRoutes({ flows, publicUrl: PUBLIC_URL, morePacs }),
  );
  app.use(handleUnknownRoute(), handleErrors());
  return {
    app,
    houses,
    unmapped: () => unmapped,
    close: async () => {
      for (const close of closing) await close();
    },
  };
}
