/** What came of a body, and whether that is all of it. */
interface SoFar {
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

/** A body as far as it comes: until it is longer than `maxBytes`, or breaks off. Never rejects. */
export async function bytesSoFar(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<SoFar> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length > maxBytes) return { bytes: Buffer.concat(chunks), isWhole: false };
    }
    return { bytes: Buffer.concat(chunks), isWhole: true };
  } catch {
    // Why it broke off is the HTTP client's; whoever reads it knows by their signals what that means.
    return { bytes: Buffer.concat(chunks), isWhole: false };
  }
}
