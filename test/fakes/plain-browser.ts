import { fetch, type Response } from 'undici';

const MAX_STEPS = 12;

/** What a browser without script does at one site: keeps cookies, follows redirects, sends forms. */
export interface Browser {
  /** Goes where it is sent until that begins with `until`; resolves to that address, which is not asked for. */
  readonly follow: (url: string, until: string) => Promise<URL>;
  readonly get: (url: string) => Promise<Response>;
  readonly post: (url: string, fields: Readonly<Record<string, string>>) => Promise<Response>;
}

export function openBrowser(): Browser {
  const cookies = new Map<string, string>();
  const send = async (
    url: string,
    init: { method?: string; body?: URLSearchParams } = {},
  ): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      ...init,
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';', 1)[0]?.split(/=(.*)/s) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  return {
    get: (url) => send(url),
    post: (url, fields) => send(url, { method: 'POST', body: new URLSearchParams(fields) }),
    follow: async (url, until) => {
      let next = url;
      for (let step = 0; step < MAX_STEPS; step += 1) {
        const answer = await send(next);
        const text = await answer.text();
        const location = answer.headers.get('location');
        if (location === null) throw new Error(`${answer.status} at ${new URL(next).pathname}: ${text}`);
        next = new URL(location, next).href;
        if (next.startsWith(until)) return new URL(next);
      }
      throw new Error(`no way back after ${MAX_STEPS} redirects`);
    },
  };
}
