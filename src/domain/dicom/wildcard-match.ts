/**
 * Whether a text is what a pattern names: `*` stands for any run of characters, `?` for one (PS3.4 §C.2.2.2.4). Goes back to the last star
 * and no further, so that it takes at most text × pattern steps, whatever they hold; an expression made of the pattern may take for ever.
 */
export function matchesWildcard(text: string, pattern: string): boolean {
  let [at, place, star, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    const sign = pattern[place];
    if (sign === '*') {
      star = place;
      resume = at;
      place += 1;
    } else if (sign === '?' || sign === text[at]) {
      at += 1;
      place += 1;
    } else {
      if (star === -1) return false;
      resume += 1;
      at = resume;
      place = star + 1;
    }
  }
  return isStarsOnly(pattern, place);
}

function isStarsOnly(pattern: string, from: number): boolean {
  for (let place = from; place < pattern.length; place += 1) if (pattern[place] !== '*') return false;
  return true;
}
