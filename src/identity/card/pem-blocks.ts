const BASE64 = /^[A-Za-z0-9+/=\s]*$/;

/**
 * The contents of all PEM blocks with one of these labels (RFC 7468 §3), decoded, in their order, whatever stands between
 * them. Walks by position and not by one pattern: a revocation list may be many megabytes.
 */
export function pemBlocks(text: string, labels: readonly string[]): readonly Uint8Array[] {
  return labels
    .flatMap((label) => blocksOf(text, label))
    .toSorted(byPosition)
    .map(({ der }) => der);
}

interface Block {
  readonly at: number;
  readonly der: Uint8Array;
}

function byPosition(one: Block, other: Block): number {
  return one.at - other.at;
}

function blocksOf(text: string, label: string): readonly Block[] {
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const blocks: Block[] = [];
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + 1)) {
    const stop = text.indexOf(end, at);
    const base64 = stop < 0 ? '' : text.slice(at + begin.length, stop);
    if (base64 !== '' && BASE64.test(base64))
      blocks.push({ at, der: new Uint8Array(Buffer.from(base64, 'base64')) });
  }
  return blocks;
}

/** One PEM block. */
export function pemOf(der: Uint8Array, label: string): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
