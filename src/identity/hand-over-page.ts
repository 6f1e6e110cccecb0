import { createHash } from 'node:crypto';
import type { Response } from 'express';

/** Where a page sends the browser on to: an address, or a form for it. */
export interface HandOver {
  /** What the person reads while it happens, and what to press if nothing happens. */
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly url: string;
  /** Posted there when given. */
  readonly fields?: Readonly<Record<string, string>>;
}

const ORIGIN = /^https?:\/\/[a-z0-9._:[\]-]+$/;
const SUBMIT = 'document.forms[0].submit();';
const SUBMIT_HASH = createHash('sha256').update(SUBMIT).digest('base64');

/**
 * Sends the browser on from a page of its own. A redirect would not do: after a form of ours, browsers follow redirects only to
 * where `form-action` of that page allows (CSP 3 §6.4.2), and a provider may send people on to anywhere. This page
 * holds nothing but the way on, so it sets no `form-action`. The provider may show it in a frame.
 */
export function sendHandOver(res: Response, handOver: HandOver): void {
  const { origin } = new URL(handOver.url);
  // The provider's address stands in a header: nothing in it may end the source, or begin another policy.
  const ancestors = ORIGIN.test(origin) ? origin : "'none'";
  res.setHeader(
    'Content-Security-Policy',
    `default-src 'none'; script-src 'sha256-${SUBMIT_HASH}'; base-uri 'none'; frame-ancestors ${ancestors}`,
  );
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.type('html').send(pageOf(handOver));
}

function pageOf({ title, text, action, url, fields }: HandOver): string {
  const onward =
    fields === undefined
      ? `<p><a href="${escapeHtml(url)}">${escapeHtml(action)}</a></p>`
      : formOf(url, action, fields);
  const refresh =
    fields === undefined ? `<meta http-equiv="refresh" content="0; url=${escapeHtml(url)}">` : '';
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title>${refresh}</head>
<body><main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${onward}</main></body>
</html>
`;
}

function formOf(url: string, action: string, fields: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return `<form method="post" action="${escapeHtml(url)}">${inputs.join('')}<button>${escapeHtml(action)}</button></form><script>${SUBMIT}</script>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'\n\r]/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
