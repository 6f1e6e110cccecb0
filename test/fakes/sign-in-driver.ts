import { fetch, type Response } from 'undici';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';

interface SignInOptions {
  readonly gatewayUrl: string;
  readonly username: string;
  readonly password: string;
  /** Which identity provider; the first one of the sign-in page when absent. */
  readonly provider?: string;
}

/** What a browser does with cookies, for one host: keeps them, sends them, drops those that are cleared. */
class CookieJar {
  readonly #cookies = new Map<string, string>();

  keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';', 1)[0]?.split(/=(.*)/s) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }

  header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

/**
 * Signs a person in as a browser without script would: the gateway's login door, the identity provider's page, the form
 * that carries the answer back. Resolves to a `Cookie` header holding the session. Throws, saying how far it got, when
 * no session comes of it.
 */
export async function signIn(options: SignInOptions): Promise<{ readonly cookie: string }> {
  const jar = new CookieJar();
  const provider = options.provider ?? (await firstProvider(options.gatewayUrl));
  const login = await fetch(new URL(`/auth/saml/${provider}/login`, options.gatewayUrl), {
    redirect: 'manual',
  });
  jar.keep(login);
  const ssoUrl = login.headers.get('location');
  if (ssoUrl === null) throw new Error(`the login door answered ${login.status}: ${await login.text()}`);
  const loginPage = await (await fetch(ssoUrl)).text();
  const passwordForm = formIn(loginPage, ssoUrl);
  const typed = { ...passwordForm.fields, username: options.username, password: options.password };
  const answered = await fetch(passwordForm.action, { method: 'POST', body: new URLSearchParams(typed) });
  const answerPage = await answered.text();
  if (!answered.ok)
    throw new Error(`the identity provider answered ${answered.status}: ${alertIn(answerPage)}`);
  const answerForm = formIn(answerPage, ssoUrl);
  const finished = await fetch(answerForm.action, {
    method: 'POST',
    body: new URLSearchParams(answerForm.fields),
    headers: { cookie: jar.header(), origin: 'null', 'sec-fetch-site': 'cross-site' },
    redirect: 'manual',
  });
  jar.keep(finished);
  const cookie = jar.header();
  if (!cookie.includes(`${SESSION_COOKIE}=`)) {
    throw new Error(`the gateway answered ${finished.status}: ${await finished.text()}`);
  }
  return { cookie };
}

async function firstProvider(gatewayUrl: string): Promise<string> {
  const page = await (await fetch(new URL('/auth/sign-in', gatewayUrl))).text();
  const provider = /\/auth\/saml\/([A-Za-z0-9._-]+)\/login/.exec(page)?.[1];
  if (provider === undefined) throw new Error('the sign-in page offers no identity provider');
  return provider;
}

function formIn(
  html: string,
  base: string,
): { readonly action: string; readonly fields: Record<string, string> } {
  const action = /<form[^>]* action="([^"]*)"/.exec(html)?.[1];
  if (action === undefined) throw new Error(`no form in the page: ${alertIn(html)}`);
  const hidden = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  const fields = Object.fromEntries(
    [...hidden].map(([, name = '', value = '']) => [name, unescapeHtml(value)]),
  );
  return { action: new URL(unescapeHtml(action), base).href, fields };
}

function alertIn(html: string): string {
  return /<p class="error"[^>]*>([^<]*)/.exec(html)?.[1] ?? html.slice(0, 200);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function unescapeHtml(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}
