/** A property of an iCalendar component, its value as it stands. */
export interface Property {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly value: string;
}

export interface Component {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly components: readonly Component[];
}

const NAME = /^(?:X-)?[A-Z0-9-]+$/;
/** RFC 5545 §3.6: how often each may stand in a component; `1` exactly once, `?` at most once, `*` any number of times. */
const RULES: Readonly<Record<string, Readonly<Record<string, '1' | '?' | '*'>>>> = {
  VCALENDAR: { VERSION: '1', PRODID: '1', CALSCALE: '?', METHOD: '?', 'REFRESH-INTERVAL': '?' },
  VEVENT: {
    UID: '1',
    DTSTAMP: '1',
    DTSTART: '1',
    DTEND: '?',
    SUMMARY: '?',
    DESCRIPTION: '?',
    URL: '?',
    CLASS: '?',
    TRANSP: '?',
  },
  VALARM: { ACTION: '1', TRIGGER: '1', DESCRIPTION: '1' },
  VTIMEZONE: { TZID: '1' },
  STANDARD: { DTSTART: '1', TZOFFSETFROM: '1', TZOFFSETTO: '1' },
};
const VALUES: Readonly<Record<string, RegExp>> = {
  VERSION: /^2\.0$/,
  UID: /^\S{1,255}$/,
  DTSTAMP: /^\d{8}T\d{6}Z$/,
  TRIGGER: /^-P\d+D$/,
  ACTION: /^DISPLAY$/,
  CLASS: /^(PUBLIC|PRIVATE|CONFIDENTIAL)$/,
  TRANSP: /^(OPAQUE|TRANSPARENT)$/,
  URL: /^https?:\/\/\S+$/,
  'REFRESH-INTERVAL': /^P(T\d+H|\d+D)$/,
};
const TEXTS: readonly string[] = ['SUMMARY', 'DESCRIPTION', 'X-WR-CALNAME'];

/**
 * Reads an iCalendar object to the letter of RFC 5545 (§3.1 lines, §3.3.11 text, §3.6 components) and throws for whatever does not
 * keep to it, even where calendar programs look away.
 */
export function parseCalendar(text: string): Component {
  const lines = unfolded(text).map(propertyOf);
  const reader = { lines, next: 0 };
  const calendar = componentAt(reader);
  if (calendar.name !== 'VCALENDAR' || reader.next !== lines.length) throw new Error('not one VCALENDAR');
  if (calendar.components.length === 0) throw new Error('a calendar needs a component');
  const uids = calendar.components.flatMap(({ properties }) => valuesOf(properties, 'UID'));
  if (new Set(uids).size !== uids.length) throw new Error('a UID stands twice');
  return calendar;
}

/** Values of all properties of this name, as people read them. */
export function valuesOf(properties: readonly Property[], name: string): readonly string[] {
  return properties.filter((one) => one.name === name).map(({ value }) => plain(name, value));
}

function unfolded(text: string): readonly string[] {
  if (!text.endsWith('\r\n')) throw new Error('the last line has no end');
  const lines: string[] = [];
  for (const line of text.slice(0, -2).split('\r\n')) {
    checkLine(line);
    if (!line.startsWith(' ')) lines.push(line);
    else lines.push(`${lines.pop() ?? ''}${line.slice(1)}`);
  }
  return lines;
}

function checkLine(line: string): void {
  if (Buffer.byteLength(line) > 75) throw new Error(`${Buffer.byteLength(line)} octets in a line`);
  // Half of a surrogate pair: a character was taken apart.
  if (!line.isWellFormed()) throw new Error('a character was taken apart');
  if (/\p{Cc}/u.test(line))
    throw new Error('a control character, or a line that ends in something else than CRLF');
}

function propertyOf(line: string): Property {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`no property: ${line}`);
  const [name = '', ...given] = line.slice(0, colon).split(';');
  if (!NAME.test(name)) throw new Error(`no name: ${name}`);
  const parameters = Object.fromEntries(
    given.map((pair) => {
      const [key = '', value = '', ...rest] = pair.split('=');
      if (!NAME.test(key) || value === '' || rest.length > 0) throw new Error(`no parameter: ${pair}`);
      return [key, value];
    }),
  );
  return { name, parameters, value: line.slice(colon + 1) };
}

interface Reader {
  readonly lines: readonly Property[];
  next: number;
}

function componentAt(reader: Reader): Component {
  const begin = reader.lines[reader.next++];
  if (begin?.name !== 'BEGIN') throw new Error('a component begins with BEGIN');
  const properties = untilNext(reader, (name) => name === 'BEGIN' || name === 'END');
  const components: Component[] = [];
  while (reader.lines[reader.next]?.name === 'BEGIN') components.push(componentAt(reader));
  const end = reader.lines[reader.next++];
  if (end?.name !== 'END') throw new Error('a property stands after a component, or there is no end');
  if (end.value !== begin.value) throw new Error(`${end.value} ends ${begin.value}`);
  checkComponent(begin.value, properties);
  return { name: begin.value, properties, components };
}

function untilNext(reader: Reader, isEnd: (name: string) => boolean): readonly Property[] {
  const found: Property[] = [];
  for (let line = reader.lines[reader.next]; line !== undefined && !isEnd(line.name);) {
    found.push(line);
    reader.next += 1;
    line = reader.lines[reader.next];
  }
  return found;
}

function checkComponent(name: string, properties: readonly Property[]): void {
  const rules = RULES[name];
  if (rules === undefined) throw new Error(`an unknown component: ${name}`);
  for (const [property, often] of Object.entries(rules)) {
    const count = properties.filter((one) => one.name === property).length;
    const isWrong = (often === '1' && count !== 1) || (often === '?' && count > 1);
    if (isWrong) throw new Error(`${name} has ${count} of ${property}`);
  }
  for (const one of properties) checkProperty(name, rules, one);
}

function checkProperty(component: string, rules: Readonly<Record<string, unknown>>, one: Property): void {
  const isKnown = one.name.startsWith('X-') || rules[one.name] !== undefined;
  if (!isKnown) throw new Error(`${component} with ${one.name}`);
  if (VALUES[one.name]?.test(one.value) === false) throw new Error(`${one.name}: ${one.value}`);
  if (component === 'VEVENT' && ['DTSTART', 'DTEND'].includes(one.name)) checkDate(one);
  plain(one.name, one.value);
}

function checkDate({ name, parameters, value }: Property): void {
  const iso = value.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
  const isDay = new Date(`${iso}T00:00:00Z`).toISOString().startsWith(iso);
  if (parameters['VALUE'] !== 'DATE' || !isDay) throw new Error(`${name}: ${value} is no day`);
}

/** RFC 5545 §3.3.11: a backslash, comma or semicolon in a text has a backslash before it. */
function plain(name: string, value: string): string {
  if (!TEXTS.includes(name)) return value;
  if (/(^|[^\\])(\\\\)*[,;]/.test(value)) throw new Error(`${name} is not escaped: ${value}`);
  return value.replace(/\\(.)/gs, (_all, character: string) => {
    if (!/[\\,;nN]/.test(character)) throw new Error(`an unknown escape: \\${character}`);
    return /n/i.test(character) ? '\n' : character;
  });
}
