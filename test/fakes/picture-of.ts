import { PNG } from 'pngjs';

/** Of 255. */
const APART = 20;

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

/** The share of a picture's pixels that are coloured: their red, green and blue lie well apart. */
export function colourOf(png: Buffer): number {
  const { data } = PNG.sync.read(png);
  let coloured = 0;
  for (let at = 0; at < data.length; at += 4) {
    const channels = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    if (Math.max(...channels) - Math.min(...channels) > APART) coloured += 1;
  }
  return coloured / (data.length / 4);
}
