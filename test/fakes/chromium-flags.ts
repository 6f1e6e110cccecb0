/** How a browser is started that talks to nobody but this machine. */
export const CHROMIUM_FLAGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** For pages whose scripts run once and end: to compile them for speed costs more than it saves. */
export const BRIEF_FLAGS: readonly string[] = [...CHROMIUM_FLAGS, '--js-flags=--no-opt --no-maglev'];
