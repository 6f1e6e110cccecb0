import type { Config } from './config.ts';
import type { StudyNotices } from './compose-study-notices.ts';
import { authorizationFor, type FurtherPacsSettings, type PacsSettings } from './config-pacs.ts';
import { pacsProfile } from './domain/dicom/pacs-profile.ts';
import type { BaseMapping } from './domain/dicom/rewrite-dicom-urls.ts';
import { GatewayError } from './domain/errors.ts';
import { namePacsFault } from './domain/name-pacs-fault.ts';
import type { Policy } from './domain/policy.ts';
import type { WadoUriDoor } from './flows/fetch-retrieval.ts';
import type { PassingAnswers } from './flows/ports-passing.ts';
import type { PacsStore, ResultsIndex, StudyMemory } from './flows/ports-store.ts';
import { createPrepareSearch, type PrepareSearch } from './flows/prepared-search.ts';
import { createRepeatedAnswers, type RepeatedAnswers } from './flows/repeated-answers.ts';
import type {
  AiResultReader,
  Clock,
  PartState,
  RegisterReader,
  SeriesFinder,
  StudyContextReader,
} from './flows/ports.ts';
import { recognisedResults, registeredProducts, registerSequence } from './register/registered-products.ts';
import { createAiResultReader } from './upstreams/ai-result-reader.ts';
import { createPacsClient } from './upstreams/pacs-client.ts';
import { createPacsStore } from './upstreams/pacs-store.ts';
import { createPassingPieces } from './upstreams/passing-pieces.ts';
import { createSeriesFinder, seriesOfSeveral } from './upstreams/series-finder.ts';
import { studiesOfSeveral } from './upstreams/studies-of-several.ts';
import { createStudyContextReader } from './upstreams/study-context-reader.ts';

/** One PACS, with what is read from it and the address at which it is served. */
export interface OpenPacs {
  readonly pacs: ReturnType<typeof createPacsClient>;
  readonly studies: StudyContextReader;
  readonly seriesFinder: SeriesFinder;
  readonly aiResults: AiResultReader;
  readonly pacsStore: PacsStore;
  /** What to tell of a study in which something was stored. */
  readonly memories: readonly StudyMemory[];
  /** Learns from the searches of others. */
  readonly passing: PassingAnswers;
  readonly prepareSearch: PrepareSearch;
  readonly repeated: RepeatedAnswers;
  readonly publicDicomwebUrl: string;
  /** What else is behind the gateway. */
  readonly otherBases: readonly BaseMapping[];
  /** Absent where WADO-URI is to be answered by WADO-RS. */
  readonly wadoUri: WadoUriDoor | undefined;
}

/** Every PACS of the config. */
export interface OpenHouses {
  readonly main: OpenPacs;
  /** Of all of them, the main one first. */
  readonly studies: StudyContextReader;
  readonly seriesFinder: SeriesFinder;
  /** What tells results of each. */
  readonly resultReaders: readonly Pick<AiResultReader, 'objectsOf'>[];
  /** A client of each. */
  readonly holders: readonly Pick<OpenPacs['pacs'], 'fetch'>[];
  /**
   * Runs with the PACS of that name (empty or absent: the main one), and tells its faults under its title. Rejects with
   * GatewayError('not-found') where there is none.
   */
  readonly at: <T>(name: string | undefined, run: (one: OpenPacs) => Promise<T>) => Promise<T>;
  /** How each of them is, asked at the same time. */
  readonly ping: (signal: AbortSignal) => Promise<readonly PartState[]>;
}

/** What has to be closed again, newest first. */
type Closing = (() => Promise<void>)[];

interface Needs {
  readonly config: Pick<Config, 'publicUrl' | 'pacs' | 'morePacs' | 'sites'>;
  readonly register: RegisterReader;
  readonly clock: Clock;
  readonly resultsIndex: ResultsIndex;
  readonly bodyPartRules: Policy['bodyPartRules'];
  /** Absent where no other node is to be told of what is stored here. */
  readonly studyNotices?: StudyNotices | undefined;
  readonly closing: Closing;
}

interface Wanted {
  /** Empty for the main one. */
  readonly id: string;
  readonly title: string | undefined;
  readonly settings: PacsSettings | FurtherPacsSettings;
  readonly publicDicomwebUrl: string;
}

const SECOND_MS = 1_000;
const MAX_CACHED_STUDIES = 5_000;

/** A client and its readers for each PACS. Nothing is asked of anybody yet. */
export function openEveryPacs(needs: Needs): OpenHouses {
  const { publicUrl, pacs, morePacs } = needs.config;
  const base = `${publicUrl}/dicom-web`;
  const first = { id: '', title: pacs.title, settings: pacs, publicDicomwebUrl: base };
  const more = morePacs.map((settings) => {
    const { id, title = id } = settings;
    return { id, title, settings, publicDicomwebUrl: `${base}/${id}` };
  });
  const bases = [first, ...more].flatMap(basesOf);
  const main = openPacs(needs, first, bases);
  const open = [
    { ...first, one: main },
    ...more.map((wanted) => ({ ...wanted, one: openPacs(needs, wanted, bases) })),
  ];
  const byName = new Map(open.map(({ id, title, one }) => [id, { title, one }] as const));
  return {
    main,
    resultReaders: open.map(({ one }) => one.aiResults),
    holders: open.map(({ one }) => one.pacs),
    studies: open.length === 1 ? main.studies : studiesOfSeveral(open.map(({ one }) => one.studies)),
    seriesFinder: seriesOfSeveral(open.map(({ one }) => one.seriesFinder)),
    at: async (name, run) => {
      const found = byName.get(name ?? '');
      if (found === undefined) throw new GatewayError('not-found', { detail: 'There is no such PACS.' });
      return await underTitle(found.title, () => run(found.one));
    },
    ping: async (signal) =>
      await Promise.all(
        open.map(async ({ id, title, one }) => named(await one.pacs.ping(signal), id, title)),
      ),
  };
}

async function underTitle<T>(title: string | undefined, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error: unknown) {
    throw namePacsFault(error, title);
  }
}

function named(state: PartState, name: string, title: string | undefined): PartState {
  const detail = title === undefined ? state.detail : `${title}: ${state.detail}`;
  return { ...state, ...(name === '' ? {} : { name }), detail };
}

function openPacs(needs: Needs, wanted: Wanted, otherBases: readonly BaseMapping[]): OpenPacs {
  const { closing } = needs;
  const { title, settings, publicDicomwebUrl } = wanted;
  const pacs = createPacsClient(clientOptions(wanted));
  const pacsStore = createPacsStore(clientOptions(wanted));
  closing.push(
    () => pacs.close(),
    () => pacsStore.close(),
  );
  const { passing, reader, seriesFinder, aiResults } = readersOf(needs, wanted, pacs);
  const studies: StudyContextReader = {
    ...reader,
    studyContext: async (study, signal, needs) =>
      await underTitle(title, () => reader.studyContext(study, signal, needs)),
  };
  return {
    pacs,
    studies,
    seriesFinder: {
      studyOf: async (series, signal) => await underTitle(title, () => seriesFinder.studyOf(series, signal)),
    },
    aiResults,
    pacsStore,
    memories: amongNodes([passing, reader, aiResults], needs.studyNotices),
    passing,
    prepareSearch: createPrepareSearch(pacsProfile(settings.profile)),
    repeated: createRepeatedAnswers(),
    publicDicomwebUrl,
    otherBases,
    wadoUri: openWadoUri(wanted, closing),
  };
}

/** What this node forgets the others forget too, and the other way round. */
function amongNodes(own: readonly StudyMemory[], notices: StudyNotices | undefined): readonly StudyMemory[] {
  notices?.hear(own);
  return notices === undefined ? own : [...own, notices.others];
}

function readersOf(
  { config: { sites }, register, clock, resultsIndex, bodyPartRules }: Needs,
  { id: name, settings }: Wanted,
  pacs: OpenPacs['pacs'],
) {
  const { simulator, profile: kind, contextCacheSeconds } = settings;
  const cache = {
    nowMs: clock.monotonicMs,
    cacheTtlMs: contextCacheSeconds * SECOND_MS,
    maxEntries: MAX_CACHED_STUDIES,
  };
  const profile = pacsProfile(kind);
  const passing = createPassingPieces(cache);
  const asked = {
    pacs,
    name,
    profile,
    sites,
    bodyPartRules,
    simulator,
    pieces: passing,
    resultsIndex,
    ...cache,
  };
  return {
    passing,
    reader: createStudyContextReader(asked),
    seriesFinder: createSeriesFinder({ pacs, profile, ...cache }),
    aiResults: createAiResultReader({
      pacs,
      isRegisteredProduct: registeredProducts(register),
      recognise: recognisedResults(register),
      registerSequence: () => registerSequence(register),
      pieces: passing,
      resultsIndex,
      ...cache,
    }),
  };
}

/** A client of its own for the folder above that address, which may be on another host than DICOMweb. */
function openWadoUri(wanted: Wanted, closing: Closing): WadoUriDoor | undefined {
  const { wadoUriUrl } = wanted.settings;
  if (wadoUriUrl === undefined) return undefined;
  const end = wadoUriUrl.lastIndexOf('/');
  const pacs = createPacsClient({ ...clientOptions(wanted), baseUrl: wadoUriUrl.slice(0, end) });
  closing.push(() => pacs.close());
  return { pacs, segments: [wadoUriUrl.slice(end + 1)] };
}

/** Each address of the config, and where the gateway serves what is there. */
function basesOf({ settings, publicDicomwebUrl }: Wanted): readonly BaseMapping[] {
  const { dicomwebUrl, wadoUriUrl } = settings;
  const own = (url: string): string => {
    const { origin, pathname } = new URL(url);
    return `${origin}${pathname.replace(/\/+$/, '')}`;
  };
  return [
    { ownBaseUrl: own(dicomwebUrl), publicBaseUrl: publicDicomwebUrl },
    ...(wadoUriUrl === undefined
      ? []
      : [{ ownBaseUrl: own(wadoUriUrl), publicBaseUrl: `${publicDicomwebUrl}/wado` }]),
  ];
}

function clientOptions({ settings, publicDicomwebUrl }: Wanted): Parameters<typeof createPacsClient>[0] {
  const authorization = authorizationFor(settings);
  return {
    baseUrl: settings.dicomwebUrl,
    publicDicomwebUrl,
    timeouts: {
      firstByteMs: settings.firstByteTimeoutSeconds * SECOND_MS,
      idleMs: settings.idleTimeoutSeconds * SECOND_MS,
    },
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    tls: tlsOf(settings),
  };
}

function tlsOf({
  clientCertificate,
  caFile,
}: PacsSettings): NonNullable<Parameters<typeof createPacsClient>[0]['tls']> {
  return {
    ...(clientCertificate === undefined
      ? {}
      : { cert: clientCertificate.certificateFile.text, key: clientCertificate.keyFile.text }),
    ...(caFile === undefined ? {} : { ca: caFile.text }),
  };
}
