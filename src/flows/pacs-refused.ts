import { GatewayError, type ProblemCode } from '../domain/errors.ts';

/** The PACS answered with an error that is its own business: it goes on as the PACS's word, with the PACS's status. */
export class PacsRefused extends GatewayError {
  override readonly name = 'PacsRefused';
  readonly status: number;
  /** The PACS's; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, headers: Readonly<Record<string, string>>) {
    super(pacsRefusalCode(status), { detail: `The PACS answered with status ${String(status)}.` });
    this.status = status;
    this.headers = headers;
  }
}

/** The problem code for an error status of the PACS. */
function pacsRefusalCode(status: number): ProblemCode {
  if (status === 404 || status === 410) return 'not-found';
  if (status === 403) return 'not-permitted';
  return status < 500 ? 'bad-request' : 'upstream-bad-answer';
}
