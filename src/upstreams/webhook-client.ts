import { createHmac } from 'node:crypto';
import { UpstreamFault } from '../domain/errors.ts';
import type { DocumentFetcher } from '../flows/ports.ts';
import type { NoticeReceiver } from '../flows/ports-due.ts';

interface WebhookOptions {
  /** Calls out: https or loopback, no redirect, a deadline. */
  readonly fetcher: DocumentFetcher;
  readonly url: string;
  /** Shared with the receiver; one that begins with `whsec_` is read as base64 after it, as Standard Webhooks has it. */
  readonly secret: string;
  /** Waits, or rejects when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const PEER = 'receiver of notices';
const PREFIX = 'whsec_';
const TIMEOUT_MS = 10_000;
/** What it says is not read; who sends a page is no receiver. */
const MAX_ANSWER_BYTES = 256 * 1024;
/** Before the second attempt, and so on. Receivers take a message for stale after five minutes. */
const WAITS_MS: readonly number[] = [1_000, 10_000, 60_000];
/** It may take the same message in a while. */
const PASSING: readonly number[] = [408, 425, 429];
const SECOND_MS = 1_000;

type Message = Parameters<NoticeReceiver['post']>[0];

/**
 * Posts messages as Standard Webhooks 1.0 has it: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`, an HMAC-SHA-256
 * over the three parts. Tries four times at most where that may help; then throws UpstreamFault.
 */
export function createWebhookClient(options: WebhookOptions): NoticeReceiver {
  const key = keyOf(options.secret);
  return {
    post: async (message, signal) => {
      for (const wait of WAITS_MS) {
        if (await isTaken(options, key, message, signal)) return;
        await options.pause(wait, signal);
      }
      if (await isTaken(options, key, message, signal)) return;
      throw new UpstreamFault('upstream-unreachable', PEER, {
        detail: 'The receiver of notices cannot be reached, or is busy.',
      });
    },
  };
}

function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

/** False where another attempt may help. Throws UpstreamFault where none will. */
async function isTaken(
  { fetcher, url }: WebhookOptions,
  key: Buffer,
  message: Message,
  signal: AbortSignal,
): Promise<boolean> {
  const status = await statusOf(
    fetcher,
    { url, headers: headersOf(message, key), body: message.body },
    signal,
  );
  if (status >= 200 && status < 300) return true;
  if (status >= 500 || PASSING.includes(status)) return false;
  const detail = `The receiver of notices does not take them: it answered ${String(status)}.`;
  throw new UpstreamFault('upstream-bad-answer', PEER, { detail });
}

function headersOf({ id, at, body }: Message, key: Buffer): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / SECOND_MS));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

/** Whoever cannot be reached is as good as busy. */
async function statusOf(
  fetcher: DocumentFetcher,
  call: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string },
  signal: AbortSignal,
): Promise<number> {
  try {
    const limits = { method: 'POST', maxBytes: MAX_ANSWER_BYTES, timeoutMs: TIMEOUT_MS } as const;
    return (await fetcher.fetch({ ...call, ...limits }, signal)).status;
  } catch (error: unknown) {
    signal.throwIfAborted();
    if (!(error instanceof UpstreamFault)) throw error;
    return 503;
  }
}
