/** Reading rendered pages as a person would: what is a heading, what is a button, which field has which label. */

/** Text of HTML: tags gone, entities resolved, spaces joined. */
export function plainText(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Texts of all elements of this name. */
export function textsOf(html: string, name: string): readonly string[] {
  return elements(html, name).map(({ inner }) => plainText(inner));
}

/** Every form with its method, action, fields and buttons. */
export function formsOf(html: string) {
  return elements(html, 'form').map(({ attributes, inner }) => ({
    method: attributes['method'],
    action: attributes['action'],
    fields: Object.fromEntries(
      [...tags(inner, 'input'), ...tags(inner, 'select'), ...tags(inner, 'textarea')].map((field) => [
        field['name'] ?? '',
        field['value'] ?? '',
      ]),
    ),
    buttons: elements(inner, 'button').map((button) => plainText(button.inner)),
  }));
}

/** The same without the forms of the head: lock, sign out. */
export function ownFormsOf(html: string): ReturnType<typeof formsOf> {
  return formsOf(html.slice(html.indexOf('<main')));
}

/** Visible fields that no label names; a form is finished when there are none. */
export function unlabelledFields(html: string): readonly string[] {
  const labelled = tags(html, 'label').map((label) => label['for']);
  return [...tags(html, 'input'), ...tags(html, 'select'), ...tags(html, 'textarea')]
    .filter((field) => field['type'] !== 'hidden' && !labelled.includes(field['id']))
    .map((field) => String(field['name']));
}

/** Text and target of every link. */
export function linksOf(
  html: string,
): readonly { readonly text: string; readonly href: string | undefined }[] {
  return elements(html, 'a').map(({ attributes, inner }) => ({
    text: plainText(inner),
    href: attributes['href'],
  }));
}

interface Element {
  readonly attributes: Readonly<Record<string, string>>;
  readonly inner: string;
}

function elements(html: string, name: string): readonly Element[] {
  const pattern = new RegExp(`<${name}(\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g');
  return [...html.matchAll(pattern)].map(([, head = '', inner = '']) => ({
    attributes: attributesOf(head),
    inner,
  }));
}

function tags(html: string, name: string): readonly Readonly<Record<string, string>>[] {
  return [...html.matchAll(new RegExp(`<${name}(\\s[^>]*)?>`, 'g'))].map(([, head = '']) =>
    attributesOf(head),
  );
}

function attributesOf(head: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...head.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, plainText(value)]),
  );
}
