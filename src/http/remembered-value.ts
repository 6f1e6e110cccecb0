import type { CookieOptions, Request, Response } from 'express';
import type { z } from 'zod';

const MAX_LENGTH = 1_000;

/** Something small that this browser keeps for our pages. It is the browser's to change, so it decides nothing. */
export interface RememberedValue<T> {
  readonly remember: (res: Response, value: T) => void;
  readonly forget: (res: Response) => void;
  /** One that cannot be read is none. */
  readonly read: (req: Pick<Request, 'headers'>) => T | undefined;
}

/** A cookie for one folder of our pages, which no script sees and no other site's page brings along. */
export function rememberedValue<S extends z.ZodType>(options: {
  readonly name: string;
  readonly path: string;
  readonly maxAgeMs: number;
  readonly schema: S;
}): RememberedValue<z.output<S>> {
  const { name, path, maxAgeMs, schema } = options;
  const attributes: CookieOptions = { path, httpOnly: true, secure: true, sameSite: 'lax' };
  return {
    remember: (res, value) => {
      const text = Buffer.from(JSON.stringify(value)).toString('base64url');
      res.cookie(name, text, { ...attributes, maxAge: maxAgeMs });
    },
    forget: (res) => {
      res.clearCookie(name, attributes);
    },
    read: (req) => {
      const pair = (req.headers.cookie ?? '').split(';').find((text) => text.trim().startsWith(`${name}=`));
      const value = pair?.trim().slice(name.length + 1) ?? '';
      if (value === '' || value.length > MAX_LENGTH) return undefined;
      const parsed = schema.safeParse(jsonOf(Buffer.from(value, 'base64url').toString('utf8')));
      return parsed.success ? parsed.data : undefined;
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A cookie is the browser's to change; what is not ours is as good as none.
    return undefined;
  }
}
