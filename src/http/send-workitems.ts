import type { Request, Response } from 'express';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import {
  acceptedDatasets,
  datasetFormat,
  singlePartType,
  XML_TYPE,
  type DatasetFormat,
} from '../domain/dicom/dicomweb-media.ts';
import { nativeDicomModel, xmlParts } from '../domain/dicom/native-dicom-model.ts';
import { GatewayError } from '../domain/errors.ts';
import { singlePiece } from '../flows/dicomweb-answer.ts';
import type { PacsBody } from '../flows/ports.ts';
import { sendHead, streamResponse } from './stream-response.ts';

const JSON_TYPE = 'application/dicom+json';
const PIECE_BYTES = 64 * 1024;
const HEADERS = { 'Gateway-Origin': 'gateway', 'Cache-Control': 'no-store' };

/** How workitems are to be given. */
export interface WorkitemForm {
  readonly format: DatasetFormat;
  /** Whether one comes by itself, not in a multipart. */
  readonly isSingle: boolean;
}

/**
 * In which form a request takes workitems, by its header and the parameter `accept`. Throws GatewayError('not-acceptable') for one that takes
 * neither.
 */
export function formOf({ headers }: Pick<Request, 'headers'>, named: string | undefined): WorkitemForm {
  const accept = acceptedDatasets(named, headers.accept);
  const format = datasetFormat(accept);
  if (format !== undefined) return { format, isSingle: singlePartType(accept) === XML_TYPE };
  throw new GatewayError('not-acceptable', {
    detail: `Workitems are given as ${JSON_TYPE} or ${XML_TYPE}. Ask for one of these.`,
  });
}

interface Sending {
  readonly signal: AbortSignal;
  /** How long whoever asked may take nothing of it, ms. */
  readonly stalledMs?: number;
}

/** Answers with one workitem; as XML by itself, or in a multipart where that is asked for. */
export async function sendWorkitem(
  req: Request,
  res: Response,
  {
    form,
    workitem,
    ...sending
  }: Sending & { readonly form: WorkitemForm; readonly workitem: DicomJsonObject },
): Promise<void> {
  const { format, isSingle } = form;
  if (format === 'xml' && isSingle) {
    const whole = { contentType: XML_TYPE, bytes: Buffer.from(nativeDicomModel(workitem)) };
    await send(req, res, { ...whole, ...sending });
  } else await sendWorkitems(req, res, { ...sending, format, rows: [workitem] });
}

/** Answers with the rows of a search. Resolves when they lie with the system, or the client is gone or cut off. */
export async function sendWorkitems(
  req: Request,
  res: Response,
  {
    format,
    rows,
    ...sending
  }: Sending & Pick<WorkitemForm, 'format'> & { readonly rows: readonly DicomJsonObject[] },
): Promise<void> {
  if (format === 'json') {
    await send(req, res, { contentType: JSON_TYPE, bytes: Buffer.from(JSON.stringify(rows)), ...sending });
    return;
  }
  // A multipart has one part at least (RFC 2046 §5.1.1).
  if (rows.length === 0) sendNothing(res, 204);
  else await send(req, res, { ...xmlParts(rows), ...sending });
}

/** An answer of ours without a body. */
export function sendNothing(res: Response, status: 200 | 201 | 202 | 204): void {
  setHeaders(res);
  if (status !== 204) res.setHeader('Content-Length', '0');
  res.statusCode = status;
  res.end();
}

/** Not all at once, and to nobody who takes nothing: what is not read yet is in memory. */
async function send(
  req: Request,
  res: Response,
  {
    contentType,
    bytes,
    signal,
    stalledMs,
  }: Sending & {
    readonly contentType: string;
    readonly bytes: Uint8Array;
  },
): Promise<void> {
  res.vary('Accept');
  const headers = { ...HEADERS, 'Content-Type': contentType, 'Content-Length': String(bytes.length) };
  const answer = { status: 200, headers, body: piecesOf(bytes), cancel: () => undefined };
  if (req.method === 'HEAD') sendHead(res, answer);
  else await streamResponse(res, answer, signal, { stalledMs });
}

/** A short one goes out in one call. */
function piecesOf(bytes: Uint8Array): PacsBody {
  if (bytes.length <= PIECE_BYTES) return singlePiece(bytes);
  return {
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES)
        yield await Promise.resolve(bytes.subarray(at, at + PIECE_BYTES));
    },
  };
}

function setHeaders(res: Response): void {
  for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value);
}
