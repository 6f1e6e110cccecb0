import { PNG } from 'pngjs';

/** How the brightness of a picture is spread: 0 for a blank one. */
export function contrastOf(png: Buffer): number {
  const { data } = PNG.sync.read(png);
  let [sum, squares, count] = [0, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const light = ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3;
    sum += light;
    squares += light * light;
    count += 1;
  }
  const mean = sum / count;
  return Math.sqrt(squares / count - mean * mean);
}
