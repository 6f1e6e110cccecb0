/** As much of a browser's XMLHttpRequest (WHATWG XHR) as `dicomweb-client` uses, over fetch. */
export class FetchingXhr {
  responseType = '';
  readyState = 0;
  status = 0;
  response: unknown = null;
  onreadystatechange: (() => void) | undefined;
  readonly #headers = new Headers();
  #target: { readonly method: string; readonly url: string } | undefined;
  #answered = new Headers();

  open(method: string, url: string): void {
    this.#target = { method: method.toUpperCase(), url };
    this.readyState = 1;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.append(name, value);
  }

  getResponseHeader(name: string): string | null {
    return this.#answered.get(name);
  }

  getAllResponseHeaders(): string {
    return [...this.#answered].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  send(): void {
    void this.#fetch().then(() => {
      this.readyState = 4;
      this.onreadystatechange?.();
    });
  }

  async #fetch(): Promise<void> {
    const { method, url } = this.#target ?? { method: '', url: '' };
    const answer = await fetch(url, { method, headers: this.#headers }).catch(() => undefined);
    if (answer === undefined) return;
    const bytes = await answer.arrayBuffer();
    this.status = answer.status;
    this.#answered = answer.headers;
    this.response = this.responseType === 'json' ? jsonIn(bytes) : bytes;
  }
}

/** What is no JSON is null, as in a browser. */
function jsonIn(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
