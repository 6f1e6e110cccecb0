import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { certificatesIn, withFiles, type FileFields, type NamedFile } from './config-files.ts';
import { httpUrl, isLoopback, title } from './config-words.ts';
import { isPacsId } from './domain/dicom/pacs-id.ts';
import { PACS_PROFILES } from './domain/dicom/pacs-profile.ts';

/** Characters of a header's value (RFC 9110 §5.5), ASCII only, as they can be sent in one line. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;
/** RFC 6750 §2.1. */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** What a URL parser would forgive (backslashes, a third slash, blanks) goes astray where the text is cut at its last slash. */
const PLAIN_URL = /^https?:\/\/[^/\\\s]+(\/[^\\\s]*)?$/i;
const LAST_SEGMENT = /\/[0-9A-Za-z_-][0-9A-Za-z._-]*$/;

/** Settings of any PACS. */
const settings = (file: FileFields) => ({
  /** How it is called in what people and IT are told of its faults. */
  title: title.optional(),
  /** DICOMweb base of the PACS. */
  dicomwebUrl: baseUrl,
  /** Where it serves WADO-URI; without it such requests are answered by WADO-RS. */
  wadoUriUrl: baseUrl
    .refine(
      (url) => LAST_SEGMENT.test(URL.parse(url)?.pathname ?? '/faulty-already'),
      'must end in a name, like /wado',
    )
    .optional(),
  /** What differs among servers, by their name. */
  profile: z.enum(PACS_PROFILES).default('generic'),
  /** File with the Authorization header's value, where the PACS wants one. This, `basic` or `bearerTokenFile`. */
  authorizationFile: headerSecret(file).optional(),
  /** A user name and password for Basic (RFC 7617). */
  basic: z
    .strictObject({
      username: z.string().regex(/^[^:\p{Cc}]+$/u, 'no colon and no control characters'),
      passwordFile: file.secret.refine(
        (held) => passwordIn(held) !== '' && !/\p{Cc}/u.test(passwordIn(held)),
        'this file must hold the password in one line',
      ),
    })
    .optional(),
  /** File with a token for Bearer (RFC 6750), without that word. */
  bearerTokenFile: file.secret
    .refine(
      ({ text }) => BEARER_TOKEN.test(text.trim()),
      'this file must hold a token alone, without `Bearer`',
    )
    .optional(),
  /** What the gateway shows of itself in the TLS handshake, beside or instead of a login. */
  clientCertificate: z
    .strictObject({ certificateFile: file.certificate, keyFile: file.privateKey })
    .refine(belongTogether, { path: ['keyFile'], message: 'does not belong to `certificateFile`' })
    .optional(),
  /** Authorities that vouch for the PACS; with it, those of the system do not count. */
  caFile: file.certificate.optional(),
  /** Said out loud: the login travels unencrypted. */
  plain: z.literal(true).optional(),
  /** True only for a PACS that holds no patients. */
  simulator: z.boolean(),
  firstByteTimeoutSeconds: z.number().positive().max(600),
  idleTimeoutSeconds: z.number().positive().max(600),
  /** How long what the PACS said about a study is believed. */
  contextCacheSeconds: z.number().min(0).max(600),
});

/** An address as it is joined with what is asked: its login stands in the config by itself, and nothing comes behind the path. */
const baseUrl = httpUrl
  .refine((url) => PLAIN_URL.test(url), 'write it as https://host/path')
  .refine((url) => !/[?#]/.test(url), 'no query and no fragment')
  .refine((url) => !/^\w+:\/\/[^/]*@/.test(url), 'no user and no password here: name `basic`');

/** The main PACS, at `/dicom-web`. */
export const pacsSchema = withFiles((file) => z.strictObject(settings(file)).superRefine(checkPacs));

/** Another one, at `/dicom-web/<id>`. */
export const furtherPacsSchema = withFiles((file) =>
  z
    .strictObject({
      /** Part of its address. */
      id: z.string().refine(isPacsId, 'a to z, 0 to 9 and -, from a letter on; not a word of DICOMweb’s own'),
      ...settings(file),
    })
    .superRefine(checkPacs),
);

/** Where a PACS is and how the gateway shows itself to it. */
export type PacsSettings = z.infer<ReturnType<typeof pacsSchema>>;
/** The same of any but the main one. */
export type FurtherPacsSettings = z.infer<ReturnType<typeof furtherPacsSchema>>;

/** Faults that show when two PACS are seen together. */
export function pacsFaults(config: {
  readonly pacs: PacsSettings;
  readonly morePacs: readonly FurtherPacsSettings[];
}): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  const { pacs, morePacs } = config;
  const ids = new Set<string>();
  return morePacs.flatMap(({ id, simulator }, index) => {
    const isRepeat = ids.has(id);
    ids.add(id);
    const other = 'must be as in `pacs`: a gateway for patients is not one for a simulator';
    return [
      ...(isRepeat ? [{ path: ['morePacs', index, 'id'], message: 'another PACS has this id' }] : []),
      ...(simulator === pacs.simulator ? [] : [{ path: ['morePacs', index, 'simulator'], message: other }]),
    ];
  });
}

/** The Authorization header for a PACS; undefined where it wants none. */
export function authorizationFor(pacs: PacsSettings): string | undefined {
  const { authorizationFile, basic, bearerTokenFile } = pacs;
  if (authorizationFile !== undefined) return authorizationFile.text.trim();
  if (bearerTokenFile !== undefined) return `Bearer ${bearerTokenFile.text.trim()}`;
  if (basic === undefined) return undefined;
  const login = `${basic.username}:${passwordIn(basic.passwordFile)}`;
  return `Basic ${Buffer.from(login, 'utf8').toString('base64')}`;
}

/** A password may begin and end with spaces; the mark and the line end that editors add are not part of it. */
function passwordIn({ text }: NamedFile): string {
  return text.replace(/^\uFEFF/, '').replace(/[\r\n]+$/, '');
}

function headerSecret(file: FileFields): z.ZodType<NamedFile> {
  return file.secret.refine(
    ({ text }) => HEADER_VALUE.test(text.trim()),
    'this file must hold one line of ASCII, as a header can say it',
  );
}

/** What of the settings belongs together. */
interface Checked {
  readonly dicomwebUrl: string;
  readonly wadoUriUrl?: string | undefined;
  readonly authorizationFile?: unknown;
  readonly basic?: unknown;
  readonly bearerTokenFile?: unknown;
  readonly clientCertificate?: unknown;
  readonly caFile?: unknown;
  readonly plain?: true | undefined;
}

function checkPacs(pacs: Checked, context: z.RefinementCtx): void {
  for (const [key, message] of faultsOf(pacs)) context.addIssue({ code: 'custom', path: [key], message });
}

function faultsOf(pacs: Checked): readonly (readonly [key: keyof Checked, message: string])[] {
  const ways = (['authorizationFile', 'basic', 'bearerTokenFile'] as const).filter(
    (way) => pacs[way] !== undefined,
  );
  const urls = (['dicomwebUrl', 'wadoUriUrl'] as const).filter((key) => !isSafe(pacs[key]));
  const ofTls = (['clientCertificate', 'caFile'] as const).filter((key) => pacs[key] !== undefined);
  const inClear = 'https, unless loopback, or the login can be read on the way; or say `plain: true`';
  const two = 'give one of `authorizationFile`, `basic` and `bearerTokenFile`, not two';
  return [
    ...ways.slice(1).map((way) => [way, two] as const),
    ...(ways.length === 0 || pacs.plain === true ? [] : urls.map((key) => [key, inClear] as const)),
    ...(pacs.dicomwebUrl.startsWith('https:')
      ? []
      : ofTls.map((key) => [key, 'is for https; `dicomwebUrl` is not'] as const)),
  ];
}

function isSafe(url: string | undefined): boolean {
  return url === undefined || !URL.canParse(url) || url.startsWith('https:') || isLoopback(url);
}

function belongTogether(pair: { readonly certificateFile: NamedFile; readonly keyFile: NamedFile }): boolean {
  const [own = ''] = certificatesIn(pair.certificateFile.text);
  try {
    return new X509Certificate(own).checkPrivateKey(createPrivateKey(pair.keyFile.text));
  } catch {
    // A file without PEM has its fault already.
    return true;
  }
}
