const HTTP = /^https?:\/\/[^\s#]+$/i;
/** Names and numbers; URL would also let through what ends a source in a Content-Security-Policy (`;`, `,`, quotes). */
const HOST = /^[a-z0-9._-]+(?::\d+)?$|^\[[0-9a-f:.]+\](?::\d+)?$/i;

/** Whether a browser may be sent there, and the address named in a header. */
export function isWebAddress(text: string): boolean {
  return HTTP.test(text) && URL.canParse(text) && HOST.test(new URL(text).host);
}
