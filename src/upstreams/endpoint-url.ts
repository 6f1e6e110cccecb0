/**
 * The address below an endpoint's base that these segments make, each as it is. Undefined where the register's names make none that leads
 * there: `.` and `..` would be resolved away.
 */
export function endpointUrl(baseUrl: string, segments: readonly string[]): URL | undefined {
  if (segments.some((name) => /^\.{0,2}$/.test(name))) return undefined;
  const path = segments.map((name) => `/${encodeURIComponent(name)}`).join('');
  const url = URL.parse(`${baseUrl}${path}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname.endsWith(path) ? url : undefined;
}
