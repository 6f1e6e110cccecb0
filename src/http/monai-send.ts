import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { GatewayError } from '../domain/errors.ts';
import type { AnswerFile } from '../flows/ports-inference.ts';
import type { ReleasedResult } from '../flows/release-result.ts';
import { sendDialectJson, setCaseHead } from './dialect-answer.ts';
import { doseMembers } from './dose-parameters.ts';

type Output = 'image' | 'json' | 'all' | 'dicom_seg';

/**
 * Sends a released result as MONAI Label does (endpoints/infer.py): JSON, the file, or a form with both. Clients take the format from the
 * file's name, and 3D Slicer takes nothing but 200. Throws GatewayError('upstream-bad-answer') where what was asked for is not there.
 */
export function sendMonaiResult(res: Response, released: ReleasedResult, output: Output): void {
  const { caseId, files = [] } = released;
  const [file] = files;
  const body = bodyOf(released);
  setCaseHead(res, released);
  setDoseHeaders(res, released);
  if (output === 'json' || (output === 'all' && file === undefined)) sendDialectJson(res, 200, body);
  else if (file === undefined) throw noFile(caseId);
  else if (output === 'all') sendBoth(res, body, file);
  else sendFile(res, file);
}

/** The model's JSON; what is the gateway's to say of it stands in a member of its own, in which nobody else says anything. */
function bodyOf({ body, doseFlags }: ReleasedResult): ReleasedResult['body'] {
  const { countersign: _anothers, ...said } = body;
  return doseFlags === undefined ? said : { ...said, countersign: doseMembers(doseFlags) };
}

/** A file has no place for it. */
function setDoseHeaders(res: Response, { doseFlags }: ReleasedResult): void {
  if (doseFlags === undefined) return;
  const { dose_exceeds: exceeds, dose_without_level: isWithout } = doseMembers(doseFlags);
  res.setHeader('Countersign-Dose-Exceeds', String(exceeds));
  res.setHeader('Countersign-Dose-Without-Level', String(isWithout));
}

function noFile(caseId: string): GatewayError {
  const detail = 'The AI endpoint gave an answer without the file that was asked for.';
  return new GatewayError('upstream-bad-answer', { detail, caseId });
}

function sendFile(res: Response, { bytes, contentType, fileName }: AnswerFile): void {
  res.setHeader('Content-Disposition', `attachment; filename="${fileName ?? 'image'}"`);
  send(res, contentType, [bytes]);
}

/** RFC 7578. The boundary is made of the file's digest: the endpoint knows the case, but no file can hold its own digest. */
function sendBoth(res: Response, body: ReleasedResult['body'], file: AnswerFile): void {
  // RFC 2046 §5.1.1: at most 70 characters.
  const boundary = `countersign-${createHash('sha256').update(file.bytes).digest('hex').slice(0, 48)}`;
  const head = (field: string, type: string): Buffer =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${field}\r\nContent-Type: ${type}\r\n\r\n`);
  send(res, `multipart/form-data; boundary=${boundary}`, [
    head('name="params"', 'application/json'),
    Buffer.from(`${JSON.stringify(body)}\r\n`),
    head(`name="${file.name}"; filename="${file.fileName ?? 'image'}"`, file.contentType),
    file.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

function send(res: Response, contentType: string, pieces: readonly Uint8Array[]): void {
  res.statusCode = 200;
  res.setHeader('Content-Type', contentType);
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader(
    'Content-Length',
    pieces.reduce((sum, { length }) => sum + length, 0),
  );
  for (const piece of pieces) res.write(piece);
  res.end();
}
