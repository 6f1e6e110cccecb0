import express, { type RequestHandler } from 'express';
import { GatewayError } from '../domain/errors.ts';

/** Our own forms are a handful of short fields. */
const MAX_FORM_BYTES = 16 * 1024;
/** A SAML response is at most 256 KiB of base64, and percent-encoding makes some of it three times as long. */
const MAX_SIGN_IN_BYTES = 1024 * 1024;
const MAX_FIELDS = 20;
const FORM = 'application/x-www-form-urlencoded';

/** Reads a JSON body of at most `maxBytes`. Malformed: 400; too large: 413; another type: 415. */
export function readJson(maxBytes: number): readonly RequestHandler[] {
  return [
    wantType('application/json'),
    express.json({ limit: maxBytes, inflate: false, type: 'application/json' }),
  ];
}

/** Reads one of our forms: at most 20 fields and 16 KiB. */
export function readForm(): readonly RequestHandler[] {
  return [wantType(FORM), formParser(MAX_FORM_BYTES)];
}

/** Reads one of our forms where it may be left out: a body of another type is not looked at. */
export function readOptionalForm(): readonly RequestHandler[] {
  return [formParser(MAX_FORM_BYTES)];
}

/** Reads the form by which an identity provider answers, at most 1 MiB or `maxBytes`, whichever is less. */
export function readSignInForm(maxBytes: number): readonly RequestHandler[] {
  return [wantType(FORM), formParser(Math.min(MAX_SIGN_IN_BYTES, maxBytes))];
}

function formParser(maxBytes: number): RequestHandler {
  return express.urlencoded({
    extended: false,
    inflate: false,
    limit: maxBytes,
    parameterLimit: MAX_FIELDS,
    type: FORM,
  });
}

function wantType(type: string): RequestHandler {
  return (req, _res, next) => {
    if (req.is(type) === type) next();
    else next(new GatewayError('unsupported-media-type', { detail: `Send the body as ${type}.` }));
  };
}
