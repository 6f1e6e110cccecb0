import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { GatewayError } from '../domain/errors.ts';

/** Our own forms are a handful of short fields. */
const MAX_FORM_BYTES = 16 * 1024;
/** A SAML response is at most 256 KiB of base64, and percent-encoding makes some of it three times as long. */
const MAX_SIGN_IN_BYTES = 1024 * 1024;
/** Two texts; percent-encoding makes letters beyond ASCII three times as long. */
const MAX_TEXT_FORM_BYTES = 1024 * 1024;
const MAX_FIELDS = 20;
/** Of a form with many fields each is a name and an identifier. */
const MAX_FIELD_BYTES = 200;
const FORM = 'application/x-www-form-urlencoded';
const CSV = 'text/csv';

/**
 * Reads a JSON body of at most `maxBytes`. Malformed: 400; too large: 413; another type: 415. One that names no type is taken where
 * `isJsonUntyped` says so.
 */
export function readJson(
  maxBytes: number,
  isJsonUntyped: (req: Request) => boolean = () => false,
): readonly RequestHandler[] {
  return [
    wantType('application/json', isJsonUntyped),
    // Its type was looked at just before.
    express.json({ limit: maxBytes, inflate: false, type: () => true }),
  ];
}

/** Reads a CSV table of at most `maxBytes` as bytes. Too large: 413; another type, or another charset than UTF-8: 415. */
export function readCsv(maxBytes: number): readonly RequestHandler[] {
  return [...wantCsv(), express.raw({ limit: maxBytes, inflate: false, type: CSV })];
}

/** Takes nothing but a CSV table, and leaves it to be read as it comes. Another type, or another charset than UTF-8: 415. */
export function wantCsv(): readonly RequestHandler[] {
  return [wantType(CSV), wantUtf8];
}

/** RFC 7111 §5.1: UTF-8 where none is named. */
function wantUtf8(req: Request, _res: Response, next: NextFunction): void {
  const charset = /;\s*charset\s*=\s*"?([^;"\s]*)/i.exec(req.headers['content-type'] ?? '')?.[1];
  if (charset === undefined || /^(utf-8|us-ascii)$/i.test(charset)) next();
  else next(new GatewayError('unsupported-media-type', { detail: 'Send the table in UTF-8.' }));
}

/** Reads one of our forms: at most 20 fields and 16 KiB, unless it is one of more fields. */
export function readForm(maxFields = MAX_FIELDS): readonly RequestHandler[] {
  const maxBytes = Math.max(MAX_FORM_BYTES, maxFields * MAX_FIELD_BYTES);
  return [wantType(FORM), formParser(maxBytes, maxFields)];
}

/** Reads one of our forms that holds a draft and the report that became of it, of at most 1 MiB. */
export function readTextForm(): readonly RequestHandler[] {
  return [wantType(FORM), formParser(MAX_TEXT_FORM_BYTES)];
}

/** Reads one of our forms where it may be left out: a body of another type is not looked at. */
export function readOptionalForm(): readonly RequestHandler[] {
  return [formParser(MAX_FORM_BYTES)];
}

/** Reads the form by which an identity provider answers, at most 1 MiB or `maxBytes`, whichever is less. */
export function readSignInForm(maxBytes: number): readonly RequestHandler[] {
  return [wantType(FORM), formParser(Math.min(MAX_SIGN_IN_BYTES, maxBytes))];
}

function formParser(maxBytes: number, maxFields = MAX_FIELDS): RequestHandler {
  return express.urlencoded({
    extended: false,
    inflate: false,
    limit: maxBytes,
    parameterLimit: maxFields,
    type: FORM,
  });
}

function wantType(type: string, isUntypedTaken: (req: Request) => boolean = () => false): RequestHandler {
  return (req, _res, next) => {
    const isTaken = req.headers['content-type'] === undefined ? isUntypedTaken(req) : req.is(type) === type;
    if (isTaken) next();
    else next(new GatewayError('unsupported-media-type', { detail: `Send the body as ${type}.` }));
  };
}
