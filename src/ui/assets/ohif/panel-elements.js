// Elements of the page, made without text that is read as markup.

/** An element with attributes (`on…` is a listener) and children, texts among them. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A link beside the viewer: what is measured and not saved stays where it is. */
export function link(text, href, key) {
  const unseen = element('span', { class: 'unseen' }, ' (opens in a new tab)');
  return element('a', { href, target: '_blank', rel: 'noopener', 'data-key': `link ${key}` }, text, unseen);
}

/** The page of the gateway about a study, which says what puts a lock right. */
export function studyHref({ uid }) {
  return `/me/studies/${encodeURIComponent(uid)}`;
}

export function reasonList(reasons) {
  return element(
    'ul',
    { class: 'reasons' },
    ...reasons.map(({ text, remedy }) =>
      element('li', {}, `${text} `, element('span', { class: 'remedy' }, remedy)),
    ),
  );
}
