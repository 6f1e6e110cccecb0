import { fetch, type Response } from 'undici';

/** A page as it was found in the end. */
export interface FoundPage {
  readonly status: number;
  readonly url: string;
  readonly html: string;
  /** Every address on the way there, the first one asked for included. */
  readonly way: readonly string[];
}

/** What a browser without script does between several sites, as far as signing in and out needs it. */
export interface RoamingBrowser {
  readonly open: (url: string) => Promise<FoundPage>;
  /** Sends an empty form from a page of the same site. */
  readonly post: (url: string) => Promise<FoundPage>;
  /** Sends the first form of a page, with what is typed. */
  readonly submit: (page: FoundPage, typed?: Readonly<Record<string, string>>) => Promise<FoundPage>;
  /** Presses on through pages that only pass something on, until one that a person must read. */
  readonly passOn: (page: FoundPage) => Promise<FoundPage>;
  /** Value of a cookie at this address. */
  readonly cookie: (url: string, name: string) => string | undefined;
  /** Forgets the cookies of this address. */
  readonly forget: (url: string) => void;
}

interface Load {
  readonly url: string;
  readonly body?: URLSearchParams;
  /** Of the page it comes from. */
  readonly origin?: string;
}

const MAX_STEPS = 10;
const REDIRECTS: readonly number[] = [301, 302, 303, 307];
const EXPIRED = /; *(expires=Thu, 01[ -]Jan[ -]1970|max-age=0)/i;

/** A browser with a cookie jar for each host and port. */
export function openRoamingBrowser(): RoamingBrowser {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (url: string): Map<string, string> => {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };
  const load = (first: Load): Promise<FoundPage> => follow(first, jarOf);
  const submit: RoamingBrowser['submit'] = (page, typed = {}) => {
    const { action, fields } = formOf(page);
    const body = new URLSearchParams({ ...fields, ...typed });
    return load({ url: action, body, origin: new URL(page.url).origin });
  };
  const passOn = async (page: FoundPage, steps = 0): Promise<FoundPage> => {
    const refresh = /<meta http-equiv="refresh" content="0; ?url=([^"]*)"/i.exec(page.html)?.[1];
    const isCarrier = /name="SAML(Request|Response)"/.test(page.html);
    if (steps === MAX_STEPS || (refresh === undefined && !isCarrier)) return page;
    const next = refresh === undefined ? await submit(page) : await load({ url: unescapeHtml(refresh) });
    return passOn({ ...next, way: [...page.way, ...next.way] }, steps + 1);
  };
  return {
    open: (url) => load({ url }),
    post: (url) => load({ url, body: new URLSearchParams(), origin: new URL(url).origin }),
    submit,
    passOn: (page) => passOn(page),
    cookie: (url, name) => jarOf(url).get(name),
    forget: (url) => {
      jarOf(url).clear();
    },
  };
}

async function follow(first: Load, jarOf: (url: string) => Map<string, string>): Promise<FoundPage> {
  const way: string[] = [];
  let next = first;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    way.push(next.url);
    const response = await ask(next, jarOf(next.url));
    const html = await response.text();
    const location = response.headers.get('location');
    if (!REDIRECTS.includes(response.status) || location === null)
      return { status: response.status, url: next.url, html, way };
    next = { url: new URL(location, next.url).href };
  }
  throw new Error(`more than ${String(MAX_STEPS)} redirects: ${way.join(' ')}`);
}

async function ask({ url, body, origin }: Load, jar: Map<string, string>): Promise<Response> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { cookie, accept: 'text/html', ...(origin === undefined ? {} : { origin }) },
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
  for (const line of response.headers.getSetCookie()) keep(line, jar);
  return response;
}

function keep(line: string, jar: Map<string, string>): void {
  const [name = '', value = ''] = line.split(';', 1)[0]?.split(/=(.*)/s) ?? [];
  if (value === '' || EXPIRED.test(line)) jar.delete(name);
  else jar.set(name, value);
}

function formOf({ html, url }: FoundPage): {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
} {
  const form = /<form[^>]*>/.exec(html)?.[0];
  if (form === undefined) throw new Error(`no form at ${url}: ${html.slice(0, 500)}`);
  const inputs = [...html.matchAll(/<input[^>]*>/g)].map(([input]) => input);
  const fields = inputs
    .filter((input) => attributeOf(input, 'type') === 'hidden')
    .map((input) => [attributeOf(input, 'name') ?? '', attributeOf(input, 'value') ?? '']);
  return { action: new URL(attributeOf(form, 'action') ?? '', url).href, fields: Object.fromEntries(fields) };
}

function attributeOf(tag: string, name: string): string | undefined {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : unescapeHtml(value);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d+)|(amp|lt|gt|quot));/g, (_entity, code?: string, name?: string) =>
    code === undefined ? (ENTITIES[name ?? ''] ?? '') : String.fromCodePoint(Number(code)),
  );
}
