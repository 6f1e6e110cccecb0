import { createPrivateKey, X509Certificate } from 'node:crypto';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/** A file that the config names: where it is, and what it says. */
export interface NamedFile {
  /** Absolute. */
  readonly path: string;
  /** Never logged: it may be a secret. */
  readonly text: string;
}

/** Fields that name files, relative to the config file. Each is read with the config, so that all faults come at once. */
export interface FileFields {
  /** One or more certificates, PEM. */
  readonly certificate: z.ZodType<NamedFile>;
  /** A private key, PEM. */
  readonly privateKey: z.ZodType<NamedFile>;
  /** A secret in one line; the line end does not count. */
  readonly secret: z.ZodType<NamedFile>;
  /** Any text. */
  readonly text: z.ZodType<NamedFile>;
  /** The path of a file that can be read, and is read again as it changes. */
  readonly changing: z.ZodType<string>;
  /** A path that is only made absolute. */
  readonly path: z.ZodType<string>;
}

/** A part of the schema that names files: it is built once the folder of the config file is known. */
export function withFiles<T>(build: (file: FileFields) => T): (file: FileFields) => T {
  return build;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The fields for files of a config that lies in the folder `base`. */
export function fileFields(base: string): FileFields {
  const path = z.string().min(1);
  const file = (check: (text: string) => boolean, message: string): z.ZodType<NamedFile> =>
    path.transform((relative, context) => {
      const absolute = resolve(base, relative);
      const text = readText(absolute);
      if (text === undefined || text.trim() === '') {
        context.addIssue({ code: 'custom', message: 'this file cannot be read, or is empty' });
        return z.NEVER;
      }
      if (!check(text)) context.addIssue({ code: 'custom', message });
      return { path: absolute, text };
    });
  return {
    certificate: file(holdsCertificates, 'this file holds no PEM that can be read'),
    privateKey: file(
      (text) => isReadable(() => createPrivateKey(text)),
      'this file holds no PEM that can be read',
    ),
    secret: file((text) => !/[\r\n]/.test(text.trim()), 'this file must hold the secret in one line'),
    text: file(() => true, ''),
    changing: path
      .transform((relative) => resolve(base, relative))
      .refine(canBeRead, 'this file cannot be read'),
    path: path.transform((relative) => resolve(base, relative)),
  };
}

/** The certificates of a PEM file, one text each. */
export function certificatesIn(pem: string): readonly string[] {
  return pem.match(PEM) ?? [];
}

/** Text of a file; undefined when it cannot be read: the fault names its key and line, which of many reasons it is helps nobody. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function canBeRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function holdsCertificates(pem: string): boolean {
  const certificates = certificatesIn(pem);
  return certificates.length > 0 && certificates.every((one) => isReadable(() => new X509Certificate(one)));
}

function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    // What a parser says of a file's bytes helps nobody.
    return false;
  }
}
