import { instanceInLocation, multipartBoundary } from '../domain/dicom/dicomweb-media.ts';
import type { RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { BadRequest, GatewayError, UpstreamFault } from '../domain/errors.ts';
import type { MultipartRules } from '../domain/dicom/filter-multipart.ts';
import type { PartIdentity } from '../domain/dicom/part-head.ts';
import {
  publicUrl,
  rewriteDicomUrls,
  rewriteUrl,
  type BaseMapping,
  type UrlMapping,
} from '../domain/dicom/rewrite-dicom-urls.ts';
import { admitPicture } from './admit-picture.ts';
import type { AdmitDeps, Admission } from './admission.ts';
import { betweenPieces } from './between-pieces.ts';
import { checkStatus, withCaching, withoutValidators, type DicomwebAnswer } from './dicomweb-answer.ts';
import { fetchRetrieval, type FetchInput, type WadoUriDoor } from './fetch-retrieval.ts';
import { filteredBody } from './filter-body.ts';
import { identifyReader, type IdentifyReaderDeps, type ImageReader } from './identify-reader.ts';
import type { KeepReadableDeps } from './keep-readable.ts';
import { learnImage } from './learn-image.ts';
import type { ObjectIdentity } from './late-objects.ts';
import type { Clock, LoginEvidence, PacsAnswer } from './ports.ts';
import type { PassingAnswers } from './ports-passing.ts';
import type { PrepareSearch } from './prepared-search.ts';
import type { AccessRecorder } from './record-access.ts';
import type { RepeatedAnswers } from './repeated-answers.ts';
import { shapeMetadata } from './shape-metadata.ts';

const UTF8 = new TextEncoder();

/** What retrieving needs. */
export interface RetrieveDeps extends AdmitDeps, KeepReadableDeps, IdentifyReaderDeps {
  readonly clock: Clock;
  /** Who read what. */
  readonly accesses: Pick<AccessRecorder, 'note'>;
  readonly prepareSearch: PrepareSearch;
  /** Reads answers to searches. */
  readonly repeated: RepeatedAnswers;
  /** Learns from searches and metadata that pass by; nothing depends on it. */
  readonly passing?: PassingAnswers;
  /** The gateway's DICOMweb base for this PACS as viewers see it, without a trailing slash. */
  readonly publicDicomwebUrl: string;
  /** What else is behind the gateway, as answers may name it. */
  readonly otherBases?: readonly BaseMapping[];
  /** Where this PACS serves WADO-URI; without it WADO-RS answers. */
  readonly wadoUri?: WadoUriDoor | undefined;
  /** Told how many addresses inside an answer belong to no known host. */
  readonly onUnmappedUrls?: (count: number) => void;
}

/** A retrieval as the edge parsed it. */
export interface RetrieveInput extends FetchInput {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** Which of several PACS; the main one when absent or empty. */
  readonly pacs?: string;
}

/**
 * Passes images from the PACS to whoever is signed in, and stored AI results to those for whom they are unlocked; that
 * they were seen is on record before the first byte. That images were read is recorded beside them, and holds none up. An AI
 * endpoint reads the images of its case's one study, by a token or as the performer of a workitem.
 * Throws NotIdentified, NotPermitted (with the case), CaseLogUnavailable and RegisterUnavailable (AI results only),
 * UpstreamFault, GatewayError('not-acceptable') when the caller takes nothing that can be given.
 */
export async function retrieve(
  deps: RetrieveDeps,
  input: RetrieveInput,
  signal: AbortSignal,
): Promise<DicomwebAnswer> {
  const { resource, requestId, evidence, pacs } = input;
  const caller = await identifyReader(deps, { evidence, study: resource.study, pacs }, signal);
  checkToken(caller, resource.study);
  const look = { caller, study: resource.study, requestId };
  const presentation = input.wadoUri?.presentation;
  const admission = await admitPicture(deps, look, { resource, presentation }, signal);
  const askedAt = deps.clock.monotonicMs();
  const answer = await fetchRetrieval(deps, input, signal);
  checkStatus(answer);
  try {
    await admission.lastLook();
    const shaped = await shape(deps, resource, admission, { ...answer, askedAt });
    if (shaped.status < 400) deps.accesses.note(look, input);
    return shaped;
  } catch (error: unknown) {
    answer.cancel();
    throw error;
  }
}

/** A token that reads one study opens no other. Throws GatewayError('not-permitted') with the token's case. */
export function checkToken(caller: ImageReader, study: string): void {
  if (caller.kind === 'person' || caller.studyInstanceUid === study) return;
  const detail = 'This token opens one study and nothing else.';
  throw new GatewayError('not-permitted', { detail, caseId: caller.caseId });
}

async function shape(
  deps: RetrieveDeps,
  resource: RetrieveResource,
  admission: Admission,
  { askedAt, ...answer }: PacsAnswer & { readonly askedAt: number },
): Promise<DicomwebAnswer> {
  const { status, body, cancel } = answer;
  const mapping = mappingOf(deps);
  const headers = {
    ...withCaching(answer.headers, admission.concernsAi),
    ...locationIn(answer.headers, mapping),
  };
  if (passesUnshaped(status, resource)) return { status, headers, body, cancel };
  if (resource.part === 'metadata') {
    const { mayPass, lookUp } = admission;
    const rules = { mapping, mayPass, lookUp, onUnmapped: deps.onUnmappedUrls };
    const learning = learnImage(deps.passing, resource.study, askedAt);
    const { readAnew } = admission;
    return await shapeMetadata({ ...answer, headers }, resource, { ...rules, ...learning, readAnew });
  }
  const boundary = multipartBoundary(headers['content-type']);
  if (boundary !== undefined && isPlainBytes(headers)) {
    return {
      status,
      headers: withoutValidators(headers),
      body: filteredBody(
        betweenPieces(body, admission.readAnew),
        rulesOf(deps, admission, boundary, mapping),
      ),
      cancel,
    };
  }
  if (resource.level !== 'instance' && resource.part === 'objects' && !(await admission.isWhole())) {
    throw new BadRequest(
      'This holds, or may hold, AI results that are locked for you. Ask for multipart/related; type="application/dicom" to get the rest.',
    );
  }
  return { status, headers, body, cancel };
}

/**
 * Errors, what has no body, and a range of one object that was judged already. Every other success is looked through whatever its
 * number: a PACS may answer 206 when it could give only some of the objects (PS3.18 §10.4.3), or 203 from a cache in between.
 */
function passesUnshaped(status: number, { level, part }: RetrieveResource): boolean {
  if (status >= 300 || status === 204) return true;
  return status === 206 && level === 'instance' && part !== 'metadata';
}

/** A compressed body cannot be read part by part; only whole objects that were judged before come that way. */
function isPlainBytes(headers: Readonly<Record<string, string>>): boolean {
  const coding = headers['content-encoding'];
  return coding === undefined || coding === 'identity';
}

function mappingOf(deps: Pick<RetrieveDeps, 'pacs' | 'publicDicomwebUrl' | 'otherBases'>): UrlMapping {
  const { pacs, publicDicomwebUrl, otherBases = [] } = deps;
  return { ownBaseUrls: pacs.ownBaseUrls, publicBaseUrl: publicDicomwebUrl, others: otherBases };
}

/** Where the whole answer can be had, by the gateway's own address; nothing where that is not known. */
function locationIn(
  headers: Readonly<Record<string, string>>,
  mapping: UrlMapping,
): Readonly<Record<string, string>> {
  const location = publicUrl(headers['content-location'] ?? '', mapping);
  return location === undefined ? {} : { 'content-location': location };
}

function rulesOf(
  deps: RetrieveDeps,
  admission: Admission,
  boundary: string,
  mapping: UrlMapping,
): MultipartRules {
  return {
    boundary,
    mayPass: (part) => admission.mayPass(objectIn(part)),
    lookUp: (part) => admission.lookUp([objectIn(part)]),
    rewriteLocation: (location) => {
      const { value, unmapped } = rewriteUrl(location, mapping);
      if (unmapped > 0) deps.onUnmappedUrls?.(unmapped);
      return value;
    },
  };
}

function objectIn({ sopInstanceUid, sopClassUid, contentLocation }: PartIdentity): ObjectIdentity {
  const uid = sopInstanceUid ?? instanceInLocation(contentLocation ?? '');
  return {
    ...(uid === undefined ? {} : { sopInstanceUid: uid }),
    ...(sopClassUid === undefined ? {} : { sopClassUid }),
  };
}

/** Datasets as JSON with the gateway's own addresses. Throws UpstreamFault for one nested too deeply to be read. */
export function rewrittenJson(
  deps: Pick<RetrieveDeps, 'pacs' | 'publicDicomwebUrl' | 'otherBases' | 'onUnmappedUrls'>,
  datasets: readonly unknown[],
): Uint8Array {
  const mapping = mappingOf(deps);
  try {
    const rewritten = datasets.map((dataset) => rewriteDicomUrls(dataset, mapping));
    const unmapped = rewritten.reduce((sum, one) => sum + one.unmapped, 0);
    if (unmapped > 0) deps.onUnmappedUrls?.(unmapped);
    return UTF8.encode(JSON.stringify(rewritten.map((one) => one.value)));
  } catch (cause: unknown) {
    // Beyond 64 sequences, or beyond the stack.
    if (!(cause instanceof RangeError)) throw cause;
    const detail = 'The PACS sent an answer that is nested too deeply to be read.';
    throw new UpstreamFault('upstream-bad-answer', 'pacs', { detail, cause });
  }
}
